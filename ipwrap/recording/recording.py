"""`Recording`: in memory and, where a path is given, in a file that grows with it."""

import contextlib
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Self

from attrs import define, field

from ipwrap.errors import RecordingError
from ipwrap.recording.decode import EventDecoder, open_lines
from ipwrap.recording.encode import event_json, header_json, line
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
    """A header and events, in memory and, where a path is given, in a file that grows with them.

    ``torn`` says which line a crash cut short. ``ending`` gives the `End` event that a copy saved in mid-session has.
    ``normalise`` gives each event as it is to be kept (see `ipwrap.placeholders`).
    """

    header: Header = field(factory=Header)
    events: list[Event] = field(factory=list)
    path: str | None = None
    truncated_line: str | None = None
    pending_end: Callable[[], End] | None = field(default=None, repr=False, eq=False)
    normalise: Callable[[Event], Event] | None = field(default=None, repr=False, eq=False)
    _file: IO[bytes] | None = field(default=None, repr=False, eq=False)
    _waiting: list[bytes] = field(factory=list, repr=False, eq=False)
    _lock: threading.Lock = field(factory=threading.Lock, repr=False, eq=False)

    @classmethod
    def start(cls, header: Header, path: str | os.PathLike[str] | None = None) -> Self:
        """Return a new recording; with a path, its file is made (or emptied) and holds the header."""
        recording = cls(header)
        if path is not None:
            recording.keep(path)
        return recording

    def keep(self, path: str | os.PathLike[str]) -> None:
        """Write it to a file from now on, what it holds already included. Raises `RecordingError`."""
        before, self.path = self.path, os.fspath(path)
        try:
            with _writing(self.path):
                self._file = open(self.path, "wb", opener=_open_private)  # noqa: SIM115 - closed by close()
            self._waiting += [
                line(header_json(self.header)),
                *(line(event_json(event)) for event in self.events),
            ]
            self.flush()
        except RecordingError:
            self._give_up()
            self.path = before
            raise

    def append(self, event: Event, *, at_once: bool = True) -> None:
        """Add an event, in memory and in the file: when this returns, the line has left the process.

        With ``at_once=False`` it leaves with the next one, or with `flush`.
        """
        with self._lock:
            if self.normalise is not None:
                event = self.normalise(event)
            self.events.append(event)
            if self._file is None:
                return
            self._waiting.append(line(event_json(event)))
        if at_once:
            self.flush()

    def flush(self) -> None:
        """Write the lines that have waited for each other. Raises `RecordingError`, as on a disk that is full."""
        with self._lock:
            if self._file is not None and self._waiting:
                lines, self._waiting = self._waiting, []
                with _writing(self.path):
                    self._file.write(b"".join(lines))
                    self._file.flush()

    def close(self) -> None:
        """Close the file. Calling it again does nothing. Raises `RecordingError` for what could not be written."""
        try:
            self.flush()
            if self._file is not None:
                with _writing(self.path):
                    self._file.close()
                self._file = None
        finally:
            self._give_up()

    def _give_up(self) -> None:
        """Close the file, if it is still open, whatever becomes of what it was to hold."""
        file, self._file = self._file, None
        self._waiting.clear()
        if file is not None:
            with contextlib.suppress(OSError):
                file.close()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write all of it to a file; in mid-session the copy ends with the state reached by now."""
        events = list(self.events)
        if self.pending_end is not None and not any(isinstance(event, End) for event in events):
            end = self.pending_end()
            events.append(end if self.normalise is None else self.normalise(end))
        target = Path(path)
        with _writing(str(target)), open(target, "wb", opener=_open_private) as file:
            file.write(line(header_json(self.header)))
            file.writelines(line(event_json(event)) for event in events)
        return target

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a recording. Raises `RecordingError`, with path and line, for what is not one."""
        reader = EventDecoder(os.fspath(path))
        with open_lines(path) as file:
            header = reader.header(file.readline())
            events = list(reader.events(file))
        return cls(header, events, path=reader.name, truncated_line=reader.torn)

    @property
    def results(self) -> list[Result]:
        """What the commands gave back, in the order in which they were asked for. One that never ended is missing."""
        by_number = {
            event.number: event.result for event in self.events if isinstance(event, ResultEvent)
        }
        return [by_number[asked.number] for asked in self.commands if asked.number in by_number]

    @property
    def commands(self) -> list[CommandEvent]:
        """The commands as they were asked for."""
        return [event for event in self.events if isinstance(event, CommandEvent)]

    @property
    def end(self) -> End | None:
        """How it ended; None when it was cut short."""
        return next((event for event in reversed(self.events) if isinstance(event, End)), None)

    @property
    def initial_state(self) -> State | None:
        """The state before the first change."""
        taken = (event for event in self.events if isinstance(event, Snapshot) and not event.asked)
        return next((event.state for event in taken), None)

    @property
    def required_secrets(self) -> frozenset[str]:
        """The names of the secrets that it was given, and did not make itself."""
        made = {asked.command.output_secret for asked in self.commands}
        return frozenset(
            {each.name for asked in self.commands for each in asked.command.secrets} - made
        )

    def pairs(self) -> Iterator[Pair]:
        """Yield notes and commands in order, each command with its result (None if it never ended)."""
        by_number = {
            event.number: event.result for event in self.events if isinstance(event, ResultEvent)
        }
        for event in self.events:
            if isinstance(event, Note):
                yield event, None
            elif isinstance(event, CommandEvent):
                yield event, by_number.get(event.number)


@contextlib.contextmanager
def _writing(path: str | None) -> Iterator[None]:
    """Raise `RecordingError` for a file that the block cannot write."""
    try:
        yield
    except OSError as error:
        raise RecordingError(f"cannot be written: {error.strerror}", path) from error


def _open_private(path: str, flags: int) -> int:
    """Open a file; a new one nobody but its owner can read: a recording may hold what was meant for nobody else."""
    return os.open(path, flags, 0o600)
