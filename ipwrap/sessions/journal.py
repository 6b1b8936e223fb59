"""`Journal`: the recording of a session, with the states before the first change and at the end."""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from attrs import define, evolve, field

from ipwrap.command import Command
from ipwrap.errors import (
    CommandError,
    CommandTimeout,
    ConnectionLost,
    IpwrapError,
    RecordingError,
)
from ipwrap.places import Local
from ipwrap.places.remote import is_remote
from ipwrap.recording import (
    CommandEvent,
    CommandsEvent,
    End,
    Event,
    Header,
    ProcessEvent,
    Recording,
    ResultEvent,
    Snapshot,
)
from ipwrap.recording.pointer import write_pointer
from ipwrap.result import Result
from ipwrap.sessions import log
from ipwrap.sessions.device_query import DeviceQuery
from ipwrap.sessions.identities import may_leave_identities, with_identities
from ipwrap.sessions.program_state import ProgramState
from ipwrap.sessions.traffic_state import TrafficState
from ipwrap.sessions.unrecorded import UnrecordedRunner
from ipwrap.state import State, take_snapshot
from ipwrap.state.settling import look_until_vanished
from ipwrap.system.process_identity import ProcessIdentity, crash_folder

if TYPE_CHECKING:
    from ipwrap.conditions import Condition
    from ipwrap.placeholders import PlaceholderMapper
    from ipwrap.system.live_lock import LiveLock

__all__ = ["Journal"]


@define(eq=False)
class Journal:
    """Numbers, records and logs the commands of a session.

    - ``unrecorded``: the runner that reads states and the release of iproute2
    - ``record``: a path to record to; None keeps the ``recording`` in memory
    - ``normalise``: the values to replace by placeholders (see `ipwrap.placeholders`)
    - ``clock``: seconds since the epoch
    - ``running_numbers``: returns the numbers of the running background processes
    - ``lock``: held while a command gets its number, and while the session opens and closes
    """

    unrecorded: UnrecordedRunner
    record: str | os.PathLike[str] | None
    normalise: tuple[str, ...]
    clock: Callable[[], float]
    running_numbers: Callable[[], tuple[int, ...]] = field(default=tuple, init=False, repr=False)
    lock: threading.RLock = field(factory=threading.RLock, init=False, repr=False)
    recording: Recording = field(init=False, repr=False)
    _placeholders: "PlaceholderMapper | None" = field(init=False, repr=False)
    programs: ProgramState = field(init=False, repr=False)
    traffic: TrafficState = field(init=False, repr=False)
    _has_changed: bool = field(default=False, init=False, repr=False)
    _needs_thorough_end: bool = field(default=False, init=False, repr=False)
    _may_delete_netns: bool = field(default=False, init=False, repr=False)
    _command_count: int = field(default=0, init=False, repr=False)
    _last_failure: tuple[int, BaseException] | None = field(default=None, init=False, repr=False)
    _crash_file: Path | None = field(default=None, init=False, repr=False)
    _locks: "list[LiveLock]" = field(factory=list, init=False, repr=False)
    _own_netns: dict[str, str] = field(factory=dict, init=False, repr=False)
    _is_cut_off: bool = field(default=False, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._placeholders = None
        if self.normalise:
            from ipwrap.placeholders import PlaceholderMapper

            self._placeholders = PlaceholderMapper(self.normalise)

        self.programs = ProgramState(self.unrecorded)
        self.traffic = TrafficState(self.unrecorded)

        header = Header(place=self.unrecorded.place.name, started=self._start_time())
        self.recording = Recording(header)

    def begin(self) -> None:
        """Begin the recording. Raises `RecordingError`."""
        self.recording = Recording.start(self._header(), self.record)
        self.recording.pending_end = self.record_end
        self.recording.normalise = self._placeholders
        if self.recording.path is not None and self._changes_host:
            self._lock(self.recording.path)

    @property
    def _changes_host(self) -> bool:
        """Whether the changes outlive a crash: they do not in a sandbox, nor in a dry run."""
        place = self.unrecorded.place
        return self.unrecorded.executor.live and (isinstance(place, Local) or is_remote(place))

    @property
    def records_links(self) -> bool:
        """Whether results get the links of changes: not in a sandbox, which deletes its links."""
        return self.unrecorded.executor.live and not self.unrecorded.place.isolated

    def add(self, event: Event) -> None:
        """Record a note or a state."""
        with self.lock:
            self.recording.append(event)

    def record_command(
        self, command: Command, call_site: str | None, *, at_once: bool
    ) -> CommandEvent:
        """Number a command and record it; before the first change, record the state as well."""
        # The number and the line of a command are one step: threads share a session.
        with self.lock:
            if command.changes:
                self.prepare_change(command)

            self._command_count += 1
            asked = CommandEvent(self._command_count, command, call_site)
            self.recording.append(asked, at_once=at_once)

        return asked

    def record_commands(self, event: CommandsEvent) -> CommandsEvent:
        """Number like changes, and record a single event before the changes run."""
        with self.lock:
            event = evolve(event, number=self._command_count + 1)
            self.prepare_change(event.command(0))
            self._command_count += len(event.rows)
            self.recording.append_bulk(event)

        return event

    def prepare_change(self, command: Command) -> None:
        """Record the state before a change, as far as it is not recorded yet.

        The caller holds the lock.
        """
        if not self._has_changed:
            self._record_initial_state()
        if self.unrecorded.executor.live:
            self._record_part(self.traffic.prepare(command))
        if _deletes_netns(command):
            self._may_delete_netns = True
        if not _affects_unnamed_objects(command):
            return

        self._needs_thorough_end = True
        self._may_delete_netns = True
        if self.unrecorded.executor.live:
            self._record_part(self.programs.prepare(command))

    def _record_part(self, part: State | None) -> None:
        """Record a further part of the state before, if there is one."""
        if part is not None:
            self.recording.append(Snapshot(part))

    def take_state(self, *, thorough: bool = True) -> State:
        """Return the current state, with what only some commands and programs may have changed."""
        state = take_snapshot(self.unrecorded, thorough=thorough)
        self.traffic.add_to(state)
        self.programs.add_to(state)
        return state

    def take_settled_state(self, *, thorough: bool = True) -> State:
        """Return the current state once the links of deleted namespaces are gone."""
        return look_until_vanished(
            lambda: self.take_state(thorough=thorough),
            self.unrecorded,
            before=self.recording.initial_state,
        )

    def record_process(
        self,
        command: Command,
        name: str,
        *,
        ready: "Condition | None",
        ready_timeout: float | None,
        log: str | None,
        call_site: str | None,
    ) -> ProcessEvent:
        """Number a background process, and record a change before the process starts."""
        with self.lock:
            self.prepare_change(command)
            self._needs_thorough_end = True

            self._command_count += 1
            event = ProcessEvent(
                self._command_count, command, name, ready, ready_timeout, log, call_site
            )
            self.recording.append(event)

        return event

    def record_result(self, number: int, result: Result, *, check: bool) -> None:
        """Record and log the result of a command; raise its error, if ``check``."""
        if self.records_links:
            result = self.add_identities(result)
        self.recording.append(ResultEvent(number, result))
        log.command_ran(number, result)

        if check and (result.status or result.timed_out):
            self.check(number, result)

    def add_identities(self, result: Result) -> Result:
        """Return a result with the identities of the objects created or moved by the change."""
        # Nearly no command needs the query.
        if not may_leave_identities(result.command):
            return result
        return with_identities(result, self.device_query())

    def device_query(self, expected: int = 1) -> DeviceQuery:
        """Return the query for the links of new routes, behind so many changes."""
        return DeviceQuery(self.unrecorded, expected, self._own_netns)

    def record_failure(
        self,
        asked: CommandEvent | ProcessEvent,
        error: IpwrapError,
        *,
        started: float,
        seconds: float,
    ) -> None:
        """Record a command that could not be run, with the error as stderr."""
        # 127 is the status of a shell whose program is missing.
        failed = Result(
            asked.command,
            status=127,
            stderr=str(error),
            started=started,
            seconds=seconds,
            call_site=asked.call_site,
        )

        self.recording.append(ResultEvent(asked.number, failed))
        self.note_failure(asked.number, error)

    def note_failure(self, number: int, error: BaseException) -> None:
        """Remember the command of an error for the end event."""
        self._last_failure = (number, error)
        self._is_cut_off = self._is_cut_off or isinstance(error, ConnectionLost)

    def check(self, number: int, result: Result) -> None:
        """Raise the error of a failed result, and remember its command for the end event."""
        try:
            if result.timed_out:
                raise CommandTimeout(
                    f"{result.line}: ended after {result.command.timeout} s "
                    f"(asked at {result.call_site})",
                    result,
                )
            result.check()
        except (CommandError, CommandTimeout) as error:
            if isinstance(error, CommandError):
                error.place = self.unrecorded.place.name
            self._last_failure = (number, error)
            raise

    def record_end(self, error: BaseException | None = None, *, is_last: bool = False) -> End:
        """Return the end event: the error that ended the session, the failed command, the state,
        and the running processes.

        ``is_last``: no change comes afterwards, as in a session that closes.
        """
        running = self.running_numbers()
        state = self._end_state(is_last=is_last)
        if error is None:
            return End(None, None, state, running)

        message_lines = str(error).splitlines()
        first_line = message_lines[0] if message_lines else ""
        summary = f"{type(error).__name__}: {first_line}"

        failed_number = None
        if self._last_failure is not None and self._last_failure[1] is error:
            failed_number = self._last_failure[0]

        return End(summary, failed_number, state, running)

    def _end_state(self, *, is_last: bool) -> State | None:
        """Return the state reached; None where nothing changed or where it cannot be read."""
        if not self._has_changed or not self.unrecorded.executor.live:
            return None

        try:
            if not self._may_delete_netns:
                return self._read_end_state(is_last=is_last)
            return look_until_vanished(
                lambda: self._read_end_state(is_last=is_last),
                self.unrecorded,
                before=self.recording.initial_state,
            )
        except ConnectionLost:
            self._is_cut_off = True
            return None
        except IpwrapError:  # the place is gone, and its state with it
            return None

    def _read_end_state(self, *, is_last: bool) -> State:
        """Return the present state, as far as the commands may have changed it."""
        state = take_snapshot(
            self.unrecorded, thorough=self._needs_thorough_end, retires_workers=is_last
        )
        self.traffic.add_to(state)
        if self.programs.has_begun:
            self.programs.add_to(state)
        return state

    def forget(self) -> None:
        """Delete the file that was kept for `ipwrap clean`. Raises `RecordingError`.

        After a lost connection the file stays, since the created objects are still on the other
        machine.
        """
        unmasked, self.recording.unmasked = self.recording.unmasked, None
        if unmasked is not None:
            unmasked.close()

        try:
            if self._crash_file is not None and not self._is_cut_off:
                self._crash_file.unlink(missing_ok=True)
        except OSError as error:
            advice = "delete it, or `ipwrap clean` takes it for a crash"
            raise RecordingError(
                f"cannot be taken away: {error.strerror}; {advice}", str(self._crash_file)
            ) from error
        finally:
            while self._locks:
                self._locks.pop().release()

    def _record_initial_state(self) -> None:
        """Record the state before the first change.

        After an interruption the next change records the state, without which undo is impossible.
        """
        if self.unrecorded.executor.live:
            if self._changes_host and self._crash_file is None:
                self._keep_for_clean()

            state = take_snapshot(self.unrecorded)
            self.recording.append(Snapshot(state))
            self.programs.note_namespaces(state)
            self.traffic.note_qdiscs(state)
            self._record_part(self.programs.begin_watching())

        self._has_changed = True

    def _keep_for_clean(self) -> None:
        """Keep a file in the user's state directory while the session lives.

        After a crash `ipwrap clean` finds the file, and undoes the session: the file is the
        recording, or names the path of the recording. A normalised recording lacks the values of
        this machine: then the kept file is a second recording without placeholders.
        """
        # A home that cannot be written is no reason to stop.
        with contextlib.suppress(OSError, RecordingError):
            folder = crash_folder()
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            path = folder / f"{os.getpid()}-{time.time_ns()}.jsonl"

            if self._placeholders is not None:
                unmasked = Recording.start(evolve(self._header(), normalised=()), path)
                self.recording.unmasked = unmasked
            elif self.recording.path is None:
                self.recording.keep(path)
            else:
                path = write_pointer(path, self.recording)
            self._crash_file = path
            self._lock(path)

    def _lock(self, path: str | os.PathLike[str]) -> None:
        """Lock a file, so that processes in other pid namespaces see that this session lives."""
        # Imported late: not every system has fcntl.
        from ipwrap.system.live_lock import LiveLock

        lock = LiveLock.hold(path)
        if lock is not None:
            self._locks.append(lock)

    def _header(self) -> Header:
        """Return the recording's header."""
        place = self.unrecorded.place
        iproute2 = self.unrecorded.iproute2()

        kernel = None
        host = None
        if self.unrecorded.executor.live and is_remote(place):
            kernel = place.machine.kernel.partition("-")[0]
            host = place.machine.identity
        elif sys.platform == "linux":
            kernel = os.uname().release.partition("-")[0]

        # A sandbox disappears with its session, so that nothing of it is ever to be undone.
        is_ownerless = "pid" in self.normalise and place.isolated
        owner = None if is_ownerless else ProcessIdentity.current()

        return Header(
            iproute2=iproute2,
            kernel=kernel,
            place=place.name,
            started=self._start_time(),
            owner=owner,
            normalised=tuple(self.normalise),
            host=host,
        )

    def _start_time(self) -> float:
        """Return the start time of the session for its recording."""
        return 0.0 if "time" in self.normalise else self.clock()


def _deletes_netns(command: Command) -> bool:
    """Return whether a command deletes namespaces: `ip netns delete red`, also with `-all`."""
    if "netns" not in command.argv:  # nearly every change
        return False

    _, noun, verb, *_ = (*command.argv[len(command.flags) :], "", "", "")
    return noun == "netns" and verb.startswith("d")


def _affects_unnamed_objects(command: Command) -> bool:
    """Return whether a change may affect objects that only a thorough snapshot covers.

    A quick snapshot leaves out qdiscs and rules of IPv6. `tc` changes the former, `ip -6` the
    latter; programs outside iproute2, also behind `ip netns exec`, may change both.
    """
    return (
        command.argv[0] not in ("ip", "bridge")
        or ("-6" in command.argv and "-6" in command.flags)
        or command.argv[1:3] == ("netns", "exec")
    )
