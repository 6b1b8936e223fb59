"""`StreamedRecording`: a recording on disk, read anew for each use instead of held in memory."""

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

__all__ = ["ProgressWatch", "StreamedRecording"]

ProgressWatch = Callable[[Iterable[bytes], int], Iterable[bytes]]

# The lines that may lie between a command and its result. A result farther away is kept in memory:
# a monitor's comes at the end of the session, and all events behind its command would wait for it.
MAX_RESULT_DISTANCE = 1000

# States are by far the longest lines, and known already: they are not even parsed.
STATE_LINES = (b'{"event":"snapshot"', b'{"event":"end"')


def _unwatched(lines: Iterable[bytes], size: int) -> Iterable[bytes]:  # noqa: ARG001 - a `Watch`
    """Return the lines without showing progress."""
    return lines


@define
class StreamedRecording:
    """A recording in a file; `open` keeps in memory only the facts that the last line may decide.

    - ``watch``: a function that gets the lines of a reading and the number of bytes, and returns
      the lines; for a progress bar
    - ``truncated_line``: the warning about a last line that a crash cut short
    - ``initial_state``: the state before the first change
    - ``end``: the end event; None for a recording that was cut short
    - ``required_secrets``: the names of the secrets that the session got from outside
    """

    path: str
    header: Header
    watch: ProgressWatch = field(default=_unwatched, repr=False)
    truncated_line: str | None = None
    initial_state: State | None = field(default=None, repr=False)
    end: End | None = field(default=None, repr=False)
    required_secrets: frozenset[str] = frozenset()
    _unfinished: dict[int, int] = field(factory=dict, repr=False)
    _late_results: dict[int, Result] = field(factory=dict, repr=False)
    _line_count: int = field(default=0, repr=False)

    @classmethod
    def open(cls, path: str | os.PathLike[str], watch: ProgressWatch = _unwatched) -> Self:
        """Read and check a whole recording. Raises `RecordingError`, as `Recording.load` does.

        Lines that are written to the file later are not read.
        """
        decoder = EventDecoder(os.fspath(path))

        with open_lines(path) as file:
            header = decoder.decode_header(file.readline())
            streamed = cls(decoder.name, header, watch)
            lines = watch(file, _bytes_left(file))
            streamed._survey(decoder.decode_events(lines))

        streamed.truncated_line = decoder.truncated_line
        return streamed

    def _survey(self, events: Iterable[Event]) -> None:
        """Keep the states, the late results and the secrets of the events."""
        used: set[str] = set()
        printed: set[str | None] = set()

        for event in events:
            self._line_count += 1

            match event:
                case CommandEvent(number, command):
                    self._unfinished[number] = self._line_count
                    used.update(secret.name for secret in command.secrets)
                    printed.add(command.output_secret)
                case ResultEvent(number, result):
                    distance = self._line_count - self._unfinished.pop(number)
                    if distance > MAX_RESULT_DISTANCE:
                        self._late_results[number] = result
                case Snapshot(state, asked=False) if self.initial_state is None:
                    self.initial_state = state
                case End():
                    self.end = event

        self.required_secrets = frozenset(used - printed)

    def pairs(self) -> Iterator[Pair]:
        """Yield notes and commands in order; a command with its result (None if it never ended).

        A command waits for its result, and the events behind it wait as well; late results are
        known from the start.
        """
        waiting: deque[Note | CommandEvent] = deque()
        results = dict(self._late_results)  # a copy: each reading takes its results away

        for event in self._events():
            if isinstance(event, ResultEvent):
                if event.number not in self._late_results:
                    results[event.number] = event.result
            elif isinstance(event, (Note, CommandEvent)):
                waiting.append(event)

            while waiting and self._is_ready(waiting[0], results):
                yield _take_pair(waiting.popleft(), results)

    def _is_ready(self, event: Note | CommandEvent, results: dict[int, Result]) -> bool:
        """Return whether an event waits for no result."""
        if isinstance(event, Note):
            return True
        return event.number in results or event.number in self._unfinished

    def _events(self) -> Iterator[Event]:
        """Yield the events without the states, which are known."""
        decoder = EventDecoder(self.path)

        with open_lines(self.path) as file:
            file.readline()
            lines = self.watch(file, _bytes_left(file))
            yield from decoder.decode_events(islice(lines, self._line_count), skip=STATE_LINES)


def _bytes_left(file: IO[bytes]) -> int:
    """Return the number of bytes behind the position in a file."""
    size = os.fstat(file.fileno()).st_size
    return size - file.tell()


def _take_pair(event: Note | CommandEvent, results: dict[int, Result]) -> Pair:
    """Return an event with its result, which is removed from the results."""
    if isinstance(event, Note):
        return event, None
    return event, results.pop(event.number, None)
