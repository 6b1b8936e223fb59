"""`Stored`: a recording on disk, however large: read anew for each use, never all of it in memory."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import IO, Self

from attrs import define, field

from ipwrap.recording.decode import Reader, opened
from ipwrap.recording.events import Answered, Asked, End, Event, Header, Note, Pair, Snapshot, State
from ipwrap.result import Result

__all__ = ["Stored", "Watch"]

Watch = Callable[[Iterable[bytes], int], Iterable[bytes]]
LATE = 1000  # lines that may come between a command and its result; a monitor's comes at the end
STATES = (b'{"event":"snapshot"', b'{"event":"end"')


def _unwatched(lines: Iterable[bytes], size: int) -> Iterable[bytes]:  # noqa: ARG001 - a watch would show it
    """Return the lines, with nobody watching."""
    return lines


@define
class Stored:
    """A recording in a file, which `open` has read once, and of which it keeps what cannot be known on the way.

    ``torn`` says which line a crash cut short; ``before`` is the state before the first change, ``end`` how it ended,
    ``needs`` are the names of the secrets that it was given. ``watch`` is handed the lines of each reading, and
    how many bytes they are, and hands them on: it may show how far it came.
    """

    path: str
    header: Header
    watch: Watch = field(default=_unwatched, repr=False)
    torn: str | None = None
    before: State | None = field(default=None, repr=False)
    end: End | None = field(default=None, repr=False)
    needs: frozenset[str] = frozenset()
    _unanswered: dict[int, int] = field(factory=dict, repr=False)
    _late: dict[int, Result] = field(factory=dict, repr=False)
    _lines: int = field(default=0, repr=False)

    @classmethod
    def open(cls, path: str | os.PathLike[str], watch: Watch = _unwatched) -> Self:
        """Read a recording through, and know that it is whole. Raises `RecordingError`, as `Recording.load` does.

        What is written to the file after that is not read.
        """
        reader = Reader(os.fspath(path))
        with opened(path) as file:
            stored = cls(reader.name, reader.header(file.readline()), watch)
            stored._survey(reader.events(watch(file, _left(file))))
        stored.torn = reader.torn
        return stored

    def _survey(self, events: Iterable[Event]) -> None:
        """Note what has to be known before the events are used."""
        given: set[str] = set()
        made: set[str | None] = set()
        for event in events:
            self._lines += 1
            if isinstance(event, Asked):
                self._unanswered[event.n] = self._lines
                given.update(each.name for each in event.command.secrets)
                made.add(event.command.prints)
            elif isinstance(event, Answered):
                if self._lines - self._unanswered.pop(event.n) > LATE:
                    self._late[event.n] = event.result
            elif isinstance(event, Snapshot) and not event.asked:
                self.before = event.state if self.before is None else self.before
            elif isinstance(event, End):
                self.end = event
        self.needs = frozenset(given - made)

    def pairs(self) -> Iterator[Pair]:
        """Yield notes and commands in order, each command with its result (None if it never ended).

        A command waits for its result, and what comes after it waits with it; what came late is known from the start.
        """
        waiting: deque[Note | Asked] = deque()
        results = dict(self._late)
        for event in self._events():
            if isinstance(event, Answered):
                if event.n not in self._late:
                    results[event.n] = event.result
            elif isinstance(event, (Note, Asked)):
                waiting.append(event)
            while waiting and self._is_ready(waiting[0], results):
                yield _pair(waiting.popleft(), results)

    def _is_ready(self, event: Note | Asked, results: dict[int, Result]) -> bool:
        """Tell whether all that there will be of an event has come."""
        return isinstance(event, Note) or event.n in results or event.n in self._unanswered

    def _events(self) -> Iterator[Event]:
        """Yield the events but for the states, which are known."""
        with opened(self.path) as file:
            file.readline()
            lines = islice(self.watch(file, _left(file)), self._lines)
            yield from Reader(self.path).events(lines, skip=STATES)


def _left(file: IO[bytes]) -> int:
    """Return how many bytes of a file are still to be read."""
    return os.fstat(file.fileno()).st_size - file.tell()


def _pair(event: Note | Asked, results: dict[int, Result]) -> Pair:
    """Return an event with its result."""
    return event, results.pop(event.n, None) if isinstance(event, Asked) else None
