"""`StreamedRecording`: a recording on disk, read anew for each use instead of held in memory."""

import os
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
    Pair,
    Snapshot,
    State,
)
from ipwrap.recording.pairing import Pairing
from ipwrap.recording.state_parts import merge_state

__all__ = ["ProgressWatch", "StreamedRecording"]

ProgressWatch = Callable[[Iterable[bytes], int], Iterable[bytes]]

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
    - ``required_secrets``: the names of the secrets from outside the session
    """

    path: str
    header: Header
    watch: ProgressWatch = field(default=_unwatched, repr=False)
    truncated_line: str | None = None
    initial_state: State | None = field(default=None, repr=False)
    end: End | None = field(default=None, repr=False)
    required_secrets: frozenset[str] = frozenset()
    _pairing: Pairing = field(factory=Pairing, repr=False)
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
        streamed._line_count = decoder.line_count
        return streamed

    def _survey(self, events: Iterable[Event]) -> None:
        """Keep the states, the late results and the secrets of the events."""
        used: set[str] = set()
        printed: set[str | None] = set()

        for event in events:
            self._pairing.survey(event)

            match event:
                case CommandEvent(_, command):
                    used.update(secret.name for secret in command.secrets)
                    printed.add(command.output_secret)
                case Snapshot(state, asked=False):
                    self.initial_state = merge_state(self.initial_state or {}, state)
                case End():
                    self.end = event

        self.required_secrets = frozenset(used - printed)

    def pairs(self) -> Iterator[Pair]:
        """Yield notes and commands in order; a command with the result (None without an end)."""
        return self._pairing.pairs(self._events())

    def overlapped_pairs(self) -> Iterator[Pair]:
        """Yield the steps as `pairs` does; a program beside other commands as a process."""
        return self._pairing.overlapped_pairs(self._events())

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
