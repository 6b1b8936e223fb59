"""`Playback`: replies from a recording, without root and without a kernel."""

import os
import threading
from collections import deque
from collections.abc import Callable, Hashable
from typing import Any, Literal, get_args

from attrs import Attribute, define, evolve, field

from ipwrap.command import Command
from ipwrap.conditions import Condition, Observation
from ipwrap.errors import ExecutorError, PlaybackError, UnknownOption
from ipwrap.executors.background import BackgroundProgram
from ipwrap.executors.base import Reply
from ipwrap.executors.command_diff import closest, describe_difference
from ipwrap.executors.exit_status import ENDED_FROM_OUTSIDE
from ipwrap.executors.played_program import PlayedProgram
from ipwrap.executors.recorded_entries import (
    ActionRequest,
    Entry,
    RecordedAction,
    RecordedProcess,
    Request,
    SleepRequest,
    Spawn,
    WaitRequest,
    format_request,
    netns_of,
    read_entries,
    request_of,
)
from ipwrap.executors.steps import Action
from ipwrap.executors.stream import FinishedStream
from ipwrap.placeholders import PlaceholderMapper
from ipwrap.places import Place
from ipwrap.recording import Recording, Snapshot, State, WaitEvent
from ipwrap.recording.process_failure import start_failure
from ipwrap.result import Result
from ipwrap.system.uts import without_uts

__all__ = ["Ordered", "Playback"]

MISSING_PROGRAM = 127  # a shell's status for a missing program

Ordered = Literal["strict", "per-namespace", "any"]

# The queue of a request. The entries of a queue are played back in the recorded order. States and
# pauses belong to no namespace, and have queues of their own.
QUEUE_KEYS: dict[str, Callable[[Any], Hashable]] = {
    "strict": lambda _: Snapshot,
    "per-namespace": netns_of,
    "any": lambda request: request,
}


def _to_recording(source: "Recording | str | os.PathLike[str]") -> Recording:
    """Return a recording, loaded if ``source`` is a path."""
    if isinstance(source, Recording):
        return source

    return Recording.load(source)


def _check_order(_: Any, attribute: "Attribute[Any]", value: Any) -> None:
    """Refuse an unknown value of ``ordered``."""
    orders = get_args(Ordered)
    if value not in orders:
        raise UnknownOption(f"{attribute.name}: {value!r} is not one of {', '.join(orders)}")


@define
class Playback:
    """Answer each command with the recorded reply.

    A background process has the recorded output, and runs until the script stops it, or until the
    script reaches the step at which the recorded process had ended. Waits and pauses return at
    once; a wait that timed out raises `WaitTimeout` again.

    ``ordered`` chooses the commands with a fixed order: "strict" every command, "per-namespace" the
    commands of a namespace, "any" only equal commands. With ``allow_playback_repeats`` a read or a
    wait, but not a change, may be repeated more often than recorded, and gets the last reply.

    Raises `PlaybackError` if the next recorded command is different: the error shows both commands,
    the most similar recorded command, and the difference. ``mismatches`` keeps errors.
    """

    recording: Recording = field(converter=_to_recording)
    ordered: Ordered = field(default="strict", validator=_check_order)
    allow_playback_repeats: bool = field(default=False, kw_only=True)
    live: bool = field(default=False, init=False)
    mismatches: list[PlaybackError] = field(factory=list, init=False, repr=False)
    _entries: list[Entry] = field(factory=list, init=False, repr=False)
    _pending: dict[Hashable, deque[int]] = field(factory=dict, init=False, repr=False)
    _last: dict[Hashable, Entry] = field(factory=dict, init=False, repr=False)
    _programs: dict[int, PlayedProgram] = field(factory=dict, init=False, repr=False)
    _lock: threading.RLock = field(factory=threading.RLock, init=False, repr=False)
    _placeholders: PlaceholderMapper | None = field(default=None, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        normalised = self.recording.header.normalised
        if normalised:
            self._placeholders = PlaceholderMapper(normalised)

        for number, entry in enumerate(read_entries(self.recording)):
            self._entries.append(entry)
            key = QUEUE_KEYS[self.ordered](request_of(entry))
            queue = self._pending.setdefault(key, deque())
            queue.append(number)

    def run(self, command: Command, place: Place) -> Reply:
        """Return the recorded reply to a command.

        Raises `PlaybackError` for another command than the next recorded one, and `ExecutorError`
        where the program was missing in the recorded session.
        """
        with self._lock:
            result = self._play(self._mask(command))
            assert isinstance(result, Result), "only a result answers a command"
            if self._placeholders is not None:
                result = _unmask(result, self._placeholders)

        missing_program = f"{without_uts(command.argv)[0]}: no such program"
        if result.status == MISSING_PROGRAM and result.stderr.startswith(missing_program):
            raise ExecutorError(result.stderr)

        return Reply(
            result.status, result.stdout, result.stderr, result.timed_out, result.left_running
        )

    def listen(self, command: Command, place: Place) -> FinishedStream:
        """Return the complete recorded output of a command that ran until it was stopped."""
        return FinishedStream(self.run(command, place))

    def start(self, command: Command, place: Place, *, log: str | None) -> BackgroundProgram:
        """Return the recorded process of a command. Its log is not written.

        Raises `PlaybackError`, and `ExecutorError` where the program could not be run.
        """
        with self._lock:
            recorded = self._play(Spawn(self._mask(command)))
            assert isinstance(recorded, RecordedProcess), "only a process answers a Spawn"
            return self._to_program(recorded)

    def _to_program(self, recorded: RecordedProcess) -> PlayedProgram:
        """Return the program of a recorded process. Raises `ExecutorError` where none could run."""
        result = recorded.result or Result(recorded.event.command, ENDED_FROM_OUTSIDE)
        pid = 0 if recorded.started is None else recorded.started.pid
        if self._placeholders is not None:
            result = _unmask(result, self._placeholders)
            pid = self._placeholders.pid_to_script(pid)

        failure = start_failure(recorded.event, recorded.result)
        if recorded.started is None and failure == "ExecutorError":
            raise ExecutorError(result.stderr)

        program = PlayedProgram(self, recorded, pid, result)
        self._programs[recorded.number] = program
        return program

    def wait_until_ready(self, program: BackgroundProgram) -> Observation | None:
        """Return whether the recorded process became ready."""
        assert isinstance(program, PlayedProgram), "a playback starts recorded programs"
        is_ready = program.recorded.started is not None
        if not is_ready and not program.recorded.timed_out:
            program.end()

        return Observation(is_ready)

    def wait_for(
        self, condition: Condition, netns: str | None, *, timeout: float
    ) -> Observation | None:
        """Return the outcome of the recorded wait, whose limit may be another one."""
        with self._lock:
            if self._placeholders is not None:
                condition, netns = self._placeholders.mask_wait(condition, netns)

            recorded = self._play(WaitRequest(condition, netns))
            assert isinstance(recorded, WaitEvent), "only a wait answers a WaitRequest"
            return Observation(recorded.satisfied, recorded.seen)

    def sleep(self, seconds: float) -> None:
        """Note a recorded pause, and do not pause."""
        with self._lock:
            self._play(SleepRequest(seconds))

    def act(self, program: BackgroundProgram, action: Action, *, signal: str | None = None) -> None:
        """Play an action of the script on a process.

        Behind a mismatch a process may be ended out of order: when the error leaves a `with` block,
        the block ends its process.
        """
        assert isinstance(program, PlayedProgram), "a playback starts recorded programs"
        event = program.recorded.event
        request = ActionRequest(event.number, event.name, event.command.netns, action, signal)

        with self._lock:
            if self.mismatches and not self._is_next(request):
                return
            recorded = self._play(request)

        assert isinstance(recorded, RecordedAction), "only an action answers an ActionRequest"
        has_ended = action == "wait" and not recorded.event.timed_out
        if has_ended or action == "stop":
            program.end()

    def has_played_end(self, recorded: RecordedProcess) -> bool:
        """Return whether everything is played that was done before a process ended by itself."""
        if recorded.end is None:
            return False

        with self._lock:
            return all(number >= recorded.end for number in self._unplayed_numbers())

    def next_wait_times_out(self, recorded: RecordedProcess) -> bool:
        """Return whether the time was up in the next recorded wait for the end of a process."""
        with self._lock:
            for number in self._unplayed_numbers():
                entry = self._entries[number]
                if isinstance(entry, RecordedAction) and entry.event.number == recorded.number:
                    return entry.event.action == "wait" and entry.event.timed_out

        return False

    def state(self) -> State:
        """Return the next recorded state; after the last command, the state at the end."""
        with self._lock:
            state = self._play_state()
            if self._placeholders is None:
                return state

            return self._placeholders.state_to_script(state)

    def _play_state(self) -> State:
        """Return the recorded state whose turn it is, or raise the mismatch."""
        entry = self._next(Snapshot)
        if isinstance(entry, Snapshot):
            self._advance(Snapshot)
            return entry.state

        last_entry = self._last.get(Snapshot)
        if self.allow_playback_repeats and isinstance(last_entry, Snapshot):
            return last_entry.state

        end = self.recording.end
        if not self._unplayed_numbers() and end is not None and end.state is not None:
            return end.state

        recorded = None if entry is None else format_request(request_of(entry))
        mismatch = PlaybackError(format_request(Snapshot), recorded, path=self.recording.path)
        raise self._keep_mismatch(mismatch)

    @property
    def unplayed(self) -> list[str]:
        """The recorded commands, waits and other steps that have not been played back yet."""
        entries = [self._entries[number] for number in self._unplayed_numbers()]
        return [format_request(request_of(entry)) for entry in entries]

    def _unplayed_numbers(self) -> list[int]:
        """Return the numbers of the entries that have not been played back yet."""
        numbers: list[int] = []
        for queue in self._pending.values():
            numbers += queue

        return sorted(numbers)

    def _mask(self, command: Command) -> Command:
        """Return a command of the script with the placeholders of the recording."""
        return command if self._placeholders is None else self._placeholders.mask_command(command)

    def _is_next(self, request: Request) -> bool:
        """Return whether the next entry of a request's queue answers it."""
        entry = self._next(QUEUE_KEYS[self.ordered](request))
        return entry is not None and request_of(entry) == request

    def _next(self, key: Hashable) -> Entry | None:
        """Return the next entry of a queue, None at its end."""
        queue = self._pending.get(key)
        if not queue:
            return None

        return self._entries[queue[0]]

    def _advance(self, key: Hashable) -> None:
        """Move a queue past its next entry."""
        number = self._pending[key].popleft()
        self._last[key] = self._entries[number]

    def _play(self, request: Request) -> Entry:
        """Return the recorded answer to a request, or raise the mismatch."""
        key = QUEUE_KEYS[self.ordered](request)
        entry = self._next(key)
        if entry is not None and request_of(entry) == request:
            self._advance(key)
            return entry

        last_entry = self._last.get(key)
        may_repeat = self.allow_playback_repeats and _is_read(request)
        if may_repeat and last_entry is not None and request_of(last_entry) == request:
            return last_entry

        raise self._keep_mismatch(self._describe_mismatch(request, entry))

    def _describe_mismatch(self, request: Request, entry: Entry | None) -> PlaybackError:
        """Return the error for a request different from the next entry."""
        recorded = dict(enumerate(map(request_of, self._entries)))
        unplayed = {number: recorded[number] for number in self._unplayed_numbers()}

        # An unplayed command is the best hint; but a played back command, if equal, is better than
        # an unplayed command which is only similar.
        closest_number = closest(request, unplayed)
        if closest_number is None or recorded[closest_number] != request:
            closest_number = closest(request, recorded)

        nearest = None
        difference = None
        if closest_number is not None:
            nearest = recorded[closest_number]
            is_answered = closest_number not in unplayed
            difference = describe_difference(request, nearest, answered=is_answered)

        return PlaybackError(
            format_request(request),
            None if entry is None else format_request(request_of(entry)),
            nearest=None if nearest is None else format_request(nearest),
            path=self.recording.path,
            differs=difference,
        )

    def _keep_mismatch(self, error: PlaybackError) -> PlaybackError:
        """Keep an error, also if the script catches it."""
        self.mismatches.append(error)
        return error

    def close(self) -> None:
        """Do nothing: no resources are held."""


def _is_read(request: Request) -> bool:
    """Return whether a request changes nothing, and may be repeated."""
    if isinstance(request, Command):
        return not request.changes
    return isinstance(request, WaitRequest)


def _unmask(result: Result, placeholders: PlaceholderMapper) -> Result:
    """Return a result with the placeholders that the script knows."""
    stdout = placeholders.to_script(result.stdout, result.command)
    stderr = placeholders.to_script(result.stderr, result.command)

    return evolve(result, stdout=stdout, stderr=stderr)
