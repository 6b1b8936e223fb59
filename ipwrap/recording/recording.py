"""`Recording`: a header and events, in memory or in a growing file."""

import os
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Self

from attrs import define, field

from ipwrap.errors import RecordingError
from ipwrap.recording.encode import encode_event, encode_line, header_json
from ipwrap.recording.event_log import (
    EventLog,
    FileLog,
    MemoryLog,
    RecordingFile,
    count_events,
    open_private,
    raise_recording_error,
)
from ipwrap.recording.events import (
    BulkEvent,
    CommandEvent,
    End,
    Event,
    Header,
    Pair,
    Snapshot,
    State,
)
from ipwrap.recording.state_parts import merge_state
from ipwrap.result import Result
from ipwrap.system.counts import count_of
from ipwrap.system.lazy import report_shortage

if TYPE_CHECKING:
    from ipwrap.recording.pairing import Pairing

__all__ = ["Recording"]

STATE_EVENTS = frozenset({End, Snapshot})


def _to_log(events: Iterable[Event]) -> EventLog:
    """Return the log of a recording that is made from events."""
    return events if isinstance(events, EventLog) else MemoryLog(events)


@define
class Recording:
    """A header and events, in memory or, with a path, in a growing file.

    ``events`` is a read-only sequence, which `append` extends. If `start` began the recording with
    a path, the events are read back from the file, so that a session needs the same memory after a
    hundred commands and after a million; otherwise the events are compressed in memory.

    - ``truncated_line``: the warning about a last line that a crash cut short
    - ``pending_end``: returns the `End` event of a copy saved in mid-session
    - ``normalise``: replaces kernel-assigned values in each event (see `ipwrap.placeholders`)
    - ``unmasked``: a second recording, which gets the unnormalised events
    """

    header: Header = field(factory=Header)
    _log: EventLog = field(factory=MemoryLog, alias="events", converter=_to_log)
    path: str | None = None
    truncated_line: str | None = None
    pending_end: Callable[[], End] | None = field(default=None, repr=False, eq=False)
    normalise: Callable[[Event], Event] | None = field(default=None, repr=False, eq=False)
    unmasked: "Recording | None" = field(default=None, repr=False, eq=False)
    _initial_state: State | None = field(default=None, init=False, repr=False, eq=False)
    _end: End | None = field(default=None, init=False, repr=False, eq=False)
    _file: RecordingFile | None = field(default=None, init=False, repr=False, eq=False)

    def __repr__(self) -> str:
        where = "in memory" if self.path is None else f"in {self.path!r}"
        return f"<Recording: {count_of(len(self._log), 'event')}, {where}>"

    def __attrs_post_init__(self) -> None:
        # A file is new.
        if isinstance(self._log, MemoryLog):
            for event in self._log:
                self._note_state(event)

    @classmethod
    def start(cls, header: Header, path: str | os.PathLike[str] | None = None) -> Self:
        """Return a new recording; with a path, create (or empty) a file and write the header.

        Raises `RecordingError`.
        """
        if path is None:
            return cls(header)

        file = RecordingFile(os.fspath(path))
        # A pipe or a device cannot be read back.
        log = FileLog(file) if file.is_regular else MemoryLog(lock=file.lock)
        recording = cls(header, log, path=file.path)
        recording._write_to(file)
        return recording

    def keep(self, path: str | os.PathLike[str]) -> None:
        """Write past and future events to a file, too. Raises `RecordingError`."""
        file = RecordingFile(os.fspath(path), lock=self._log.lock)

        with self._log.lock:
            lines = self._log.copy_lines()
            self._write_to(file)
            file.unwritten += lines
            file.flush()

        self.path = file.path

    def _write_to(self, file: RecordingFile) -> None:
        """Write the header to a new file, and further events as well. Raises `RecordingError`."""
        try:
            file.write_header(encode_line(header_json(self.header)))
        except RecordingError:
            file.abandon()
            raise
        self._file = file

    @property
    def events(self) -> EventLog:
        """The events in order; a live view, also while a session goes on."""
        return self._log

    def append(self, event: Event, *, at_once: bool = True) -> None:
        """Add an event, in memory or in the file: on return, the line has left the process.

        With ``at_once=False`` the line leaves with the next line, or with `flush`. Raises
        `RecordingError`, as on a full disk: the line is then written with the next one.
        """
        # One lock for memory and file: several threads may append, and both keep the same order.
        with self._log.lock:
            if self.unmasked is not None:
                self.unmasked.append(event, at_once=at_once)
            if self.normalise is not None:
                event = self.normalise(event)

            # Comparing types costs less than isinstance(), where each command comes by twice.
            if type(event) in STATE_EVENTS:
                self._note_state(event)
            if type(self._log) is MemoryLog:
                self._log.append(event)

            if self._file is not None:
                self._file.unwritten.append(encode_event(event))
                if at_once:
                    self._file.flush()

    def _note_state(self, event: Event) -> None:
        """Keep the initial state and the end, which are read often."""
        if isinstance(event, End):
            self._end = event
        elif isinstance(event, Snapshot) and not event.asked:
            self._initial_state = merge_state(self._initial_state or {}, event.state)

    def append_bulk(self, event: BulkEvent) -> None:
        """Add like commands or their results in one line. Raises `RecordingError`, as `append`.

        Not for a recording with placeholders, nor with an ``unmasked`` recording.
        """
        assert self.normalise is None
        assert self.unmasked is None

        with self._log.lock:
            if isinstance(self._log, MemoryLog):
                self._log.append(event)
            if self._file is not None:
                self._file.unwritten.append(encode_event(event))
                self._file.extra_count += count_events(event) - 1
                self._file.flush()

    def flush(self) -> None:
        """Write the lines still in memory. Raises `RecordingError`, as on a full disk."""
        if self.unmasked is not None:
            self.unmasked.flush()

        with self._log.lock:
            if self._file is not None:
                self._file.flush()

    def close(self) -> None:
        """Write the remaining lines and close the file. Raises `RecordingError`.

        A second call does nothing.
        """
        with self._log.lock:
            file = self._file
            if file is not None:
                file.close()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write a copy to a file; in mid-session the copy ends with the present state.

        Raises `RecordingError`, also for the file that a session still writes to.
        """
        target = Path(path)
        if self._file is not None and self._file.is_at(target):
            if self._file.is_open:
                raise RecordingError(
                    "the session writes its recording to this file; give the copy another path, "
                    "or end the session",
                    str(target),
                )
            if isinstance(self._log, FileLog):
                return target

        end_line = self._pending_end_line()

        with (
            raise_recording_error(str(target)),
            open(target, "wb", opener=open_private) as file,
        ):
            file.write(encode_line(header_json(self.header)))
            file.writelines(self._log.lines())
            file.write(end_line)

        return target

    def _pending_end_line(self) -> bytes:
        """Return the end event of a copy that is saved in mid-session; else nothing."""
        if self.pending_end is None or self._end is not None:
            return b""

        end: Event = self.pending_end()
        if self.normalise is not None:
            end = self.normalise(end)
        return encode_event(end)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a recording. Raises `RecordingError`, with path and line, for a damaged file."""
        # Imported late: a session that only records reads nothing.
        with report_shortage():
            from ipwrap.recording.decode import EventDecoder, open_lines

        decoder = EventDecoder(os.fspath(path))

        with open_lines(path) as file:
            header = decoder.decode_header(file.readline())
            events = list(decoder.decode_events(file))

        return cls(header, events, path=decoder.name, truncated_line=decoder.truncated_line)

    @property
    def results(self) -> list[Result]:
        """The results in the order of their commands; unfinished commands have none."""
        return [result for _, result in self.pairs() if result is not None]

    @property
    def commands(self) -> list[CommandEvent]:
        """The commands in the order in which they were started."""
        return [event for event in self._log if isinstance(event, CommandEvent)]

    @property
    def end(self) -> End | None:
        """The end event; None for a recording that was cut short."""
        return self._end

    @property
    def initial_state(self) -> State | None:
        """The state before the first change."""
        return self._initial_state

    @property
    def required_secrets(self) -> frozenset[str]:
        """The names of the secrets from outside, without secrets created by the session."""
        used: set[str] = set()
        printed: set[str | None] = set()

        for event in self._log:
            if isinstance(event, CommandEvent):
                used.update(secret.name for secret in event.command.secrets)
                printed.add(event.command.output_secret)

        return frozenset(used - printed)

    def pairs(self) -> Iterator[Pair]:
        """Yield notes and commands in order; a command with the result (None without an end)."""
        pairing = self._survey()
        # Events that a session appends between the two readings are left out.
        yield from pairing.pairs(islice(self._log, pairing.count))

    def overlapped_pairs(self) -> Iterator[Pair]:
        """Yield the steps as `pairs` does; a program beside other commands as a process."""
        pairing = self._survey()
        yield from pairing.overlapped_pairs(islice(self._log, pairing.count))

    def _survey(self) -> "Pairing":
        """Return the facts of a first reading."""
        from ipwrap.recording.pairing import Pairing

        pairing = Pairing()
        for event in self._log:
            pairing.survey(event)
        return pairing
