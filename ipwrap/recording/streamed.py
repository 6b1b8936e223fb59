"""`StreamedRecording`: a recording on disk, however large: read anew for each use, never all of it in memory."""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import IO, Self

from attrs import define, field

from ipwrap.recording.decode import EventDecoder, open_lines
from ipwrap.recording.events import (
    CommandEvent,
    End,
    Event,
    Header,
    Note,
    Pair,
    ResultEvent,
    Snapshot,
    State,
)
from ipwrap.result import Result

__all__ = ["StreamedRecording", "Watch"]

Watch = Callable[[Iterable[bytes], int], Iterable[bytes]]
LATE = 1000  # lines that may come between a command and its result; a monitor's comes at the end
STATES = (b'{"event":"snapshot"', b'{"event":"end"')


def _unwatched(lines: Iterable[bytes], size: int) -> Iterable[bytes]:  # noqa: ARG001 - a watch would show it
    """Return the lines, with nobody watching."""
    return lines


@define
class StreamedRecording:
    """A recording in a file, which `open` has read once, and of which it keeps what cannot be known on the way.

    ``torn`` says which line a crash cut short; ``before`` is the state before the first change, ``end`` how it ended,
    ``needs`` are the names of the secrets that it was given. ``watch`` is handed the lines of each reading, and
    how many bytes they are, and hands them on: it may show how far it came.
    """

    path: str
    header: Header
    watch: Watch = field(default=_unwatched, repr=False)
    truncated_line: str | None = None
    initial_state: State | None = field(default=None, repr=False)
    end: End | None = field(default=None, repr=False)
    required_secrets: frozenset[str] = frozenset()
    _unanswered: dict[int, int] = field(factory=dict, repr=False)
    _late: dict[int, Result] = field(factory=dict, repr=False)
    _lines: int = field(default=0, repr=False)

    @classmethod
    def open(cls, path: str | os.PathLike[str], watch: Watch = _unwatched) -> Self:
        """Read a recording through, and know that it is whole. Raises `RecordingError`, as `Recording.load` does.

        What is written to the file after that is not read.
        """
        reader = EventDecoder(os.fspath(path))
        with open_lines(path) as file:
            stored = cls(reader.name, reader.header(file.readline()), watch)
            stored._survey(reader.events(watch(file, _left(file))))
        stored.truncated_line = reader.torn
        return stored

    def _survey(self, events: Iterable[Event]) -> None:
        """Note what has to be known before the events are used."""
        given: set[str] = set()
        made: set[str | None] = set()
        for event in events:
            self._lines += 1
            if isinstance(event, CommandEvent):
                self._unanswered[event.number] = self._lines
                given.update(each.name for each in event.command.secrets)
                made.add(event.command.output_secret)
            elif isinstance(event, ResultEvent):
                if self._lines - self._unanswered.pop(event.number) > LATE:
                    self._late[event.number] = event.result
            elif isinstance(event, Snapshot) and not event.asked:
                self.initial_state = (
                    event.state if self.initial_state is None else self.initial_state
                )
            elif isinstance(event, End):
                self.end = event
        self.required_secrets = frozenset(given - made)

    def pairs(self) -> Iterator[Pair]:
        """Yield notes and commands in order, each command with its result (None if it never ended).

        A command waits for its result, and what comes after it waits with it; what came late is known from the start.
        """
        waiting: deque[Note | CommandEvent] = deque()
        results = dict(self._late)
        for event in self._events():
            if isinstance(event, ResultEvent):
                if event.number not in self._late:
                    results[event.number] = event.result
            elif isinstance(event, (Note, CommandEvent)):
                waiting.append(event)
            while waiting and self._is_ready(waiting[0], results):
                yield _pair(waiting.popleft(), results)

    def _is_ready(self, event: Note | CommandEvent, results: dict[int, Result]) -> bool:
        """Tell whether all that there will be of an event has come."""
        return (
            isinstance(event, Note) or event.number in results or event.number in self._unanswered
        )

    def _events(self) -> Iterator[Event]:
        """Yield the events but for the states, which are known."""
        with open_lines(self.path) as file:
            file.readline()
            lines = islice(self.watch(file, _left(file)), self._lines)
            yield from EventDecoder(self.path).events(lines, skip=STATES)


def _left(file: IO[bytes]) -> int:
    """Return how many bytes of a file are still to be read."""
    return os.fstat(file.fileno()).st_size - file.tell()


def _pair(event: Note | CommandEvent, results: dict[int, Result]) -> Pair:
    """Return an event with its result."""
    return event, results.pop(event.number, None) if isinstance(event, CommandEvent) else None
