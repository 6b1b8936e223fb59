"""`Recording`: header and events in memory and, with a path, in a growing file."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Self

from attrs import define, field

from ipwrap.errors import RecordingError
from ipwrap.recording.decode import EventDecoder, open_lines
from ipwrap.recording.encode import encode_line, event_json, header_json
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

__all__ = ["Recording"]


@define
class Recording:
    """A header and events, in memory and, with a path, in a growing file.

    - ``truncated_line``: the warning about a last line that a crash cut short
    - ``pending_end``: returns the `End` event of a copy saved in mid-session
    - ``normalise``: replaces kernel-assigned values in each event (see `ipwrap.placeholders`)
    - ``unmasked``: a second recording, which gets the events before they are normalised
    """

    header: Header = field(factory=Header)
    events: list[Event] = field(factory=list)
    path: str | None = None
    truncated_line: str | None = None
    pending_end: Callable[[], End] | None = field(default=None, repr=False, eq=False)
    normalise: Callable[[Event], Event] | None = field(default=None, repr=False, eq=False)
    unmasked: "Recording | None" = field(default=None, repr=False, eq=False)
    _file: IO[bytes] | None = field(default=None, repr=False, eq=False)
    _unwritten: list[bytes] = field(factory=list, repr=False, eq=False)
    _lock: threading.Lock = field(factory=threading.Lock, repr=False, eq=False)

    @classmethod
    def start(cls, header: Header, path: str | os.PathLike[str] | None = None) -> Self:
        """Return a new recording; with a path, create (or empty) a file and write the header."""
        recording = cls(header)
        if path is not None:
            recording.keep(path)
        return recording

    def keep(self, path: str | os.PathLike[str]) -> None:
        """Write past and future events to a file. Raises `RecordingError`."""
        previous_path, self.path = self.path, os.fspath(path)

        try:
            with _raise_recording_error(self.path):
                self._file = open(self.path, "wb", opener=_open_private)  # noqa: SIM115
            self._unwritten.append(encode_line(header_json(self.header)))
            self._unwritten += [encode_line(event_json(event)) for event in self.events]
            self.flush()
        except RecordingError:
            self._abandon_file()
            self.path = previous_path
            raise

    def append(self, event: Event, *, at_once: bool = True) -> None:
        """Add an event, in memory and in the file: on return, the line has left the process.

        With ``at_once=False`` the line leaves with the next line, or with `flush`.
        """
        # One lock for memory and file: several threads may append, and both keep the same order.
        with self._lock:
            if self.unmasked is not None:
                self.unmasked.append(event, at_once=at_once)
                self.unmasked.events.clear()  # the file has them
            if self.normalise is not None:
                event = self.normalise(event)

            self.events.append(event)
            if self._file is None:
                return
            self._unwritten.append(encode_line(event_json(event)))

        if at_once:
            self.flush()

    def flush(self) -> None:
        """Write the lines still in memory. Raises `RecordingError`, as on a full disk."""
        if self.unmasked is not None:
            self.unmasked.flush()

        with self._lock:
            if self._file is None or not self._unwritten:
                return

            # A line is written once, also where writing fails: half of it may be on the disk.
            lines, self._unwritten = self._unwritten, []
            with _raise_recording_error(self.path):
                self._file.write(b"".join(lines))
                self._file.flush()

    def close(self) -> None:
        """Write the remaining lines and close the file. Raises `RecordingError`.

        A second call does nothing.
        """
        try:
            self.flush()
            if self._file is not None:
                with _raise_recording_error(self.path):
                    self._file.close()
                self._file = None
        finally:
            self._abandon_file()

    def _abandon_file(self) -> None:
        """Close the file, if it is still open, without the remaining lines."""
        file, self._file = self._file, None
        self._unwritten.clear()

        if file is not None:
            with contextlib.suppress(OSError):
                file.close()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write a copy to a file; in mid-session the copy ends with the present state."""
        events = list(self.events)
        has_end = any(isinstance(event, End) for event in events)

        if self.pending_end is not None and not has_end:
            end: Event = self.pending_end()
            if self.normalise is not None:
                end = self.normalise(end)
            events.append(end)

        target = Path(path)
        with (
            _raise_recording_error(str(target)),
            open(target, "wb", opener=_open_private) as file,
        ):
            file.write(encode_line(header_json(self.header)))
            for event in events:
                file.write(encode_line(event_json(event)))

        return target

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a recording. Raises `RecordingError`, with path and line, for a damaged file."""
        decoder = EventDecoder(os.fspath(path))

        with open_lines(path) as file:
            header = decoder.decode_header(file.readline())
            events = list(decoder.decode_events(file))

        return cls(header, events, path=decoder.name, truncated_line=decoder.truncated_line)

    @property
    def results(self) -> list[Result]:
        """The results in the order of their commands; unfinished commands have none."""
        results = self._results_by_number()
        return [results[asked.number] for asked in self.commands if asked.number in results]

    @property
    def commands(self) -> list[CommandEvent]:
        """The commands in the order in which they were started."""
        return [event for event in self.events if isinstance(event, CommandEvent)]

    @property
    def end(self) -> End | None:
        """The end event; None for a recording that was cut short."""
        for event in reversed(self.events):
            if isinstance(event, End):
                return event
        return None

    @property
    def initial_state(self) -> State | None:
        """The state before the first change."""
        for event in self.events:
            if isinstance(event, Snapshot) and not event.asked:
                return event.state
        return None

    @property
    def required_secrets(self) -> frozenset[str]:
        """The names of the secrets from outside, without those that the session created."""
        used: set[str] = set()
        printed: set[str | None] = set()

        for asked in self.commands:
            used.update(secret.name for secret in asked.command.secrets)
            printed.add(asked.command.output_secret)

        return frozenset(used - printed)

    def pairs(self) -> Iterator[Pair]:
        """Yield notes and commands in order; a command with its result (None if it never ended)."""
        results = self._results_by_number()

        for event in self.events:
            if isinstance(event, Note):
                yield event, None
            elif isinstance(event, CommandEvent):
                yield event, results.get(event.number)

    def _results_by_number(self) -> dict[int, Result]:
        """Return the results by the numbers of their commands."""
        results = {}
        for event in self.events:
            if isinstance(event, ResultEvent):
                results[event.number] = event.result
        return results


@contextlib.contextmanager
def _raise_recording_error(path: str | None) -> Iterator[None]:
    """Raise `RecordingError` for a file that the block cannot write."""
    try:
        yield
    except OSError as error:
        raise RecordingError(f"cannot be written: {error.strerror}", path) from error


def _open_private(path: str, flags: int) -> int:
    """Open a file; only the owner can read a new file, since recordings may be confidential."""
    return os.open(path, flags, 0o600)
