"""`Playback`: replies from a recording, without root and without a kernel."""

import os
import threading
from collections import deque
from collections.abc import Callable, Hashable, Iterable
from typing import Any, Literal, get_args

from attrs import Attribute, define, evolve, field

from ipwrap.command import Command
from ipwrap.errors import ExecutorError, PlaybackError, UnknownOption
from ipwrap.executors.base import Reply
from ipwrap.executors.command_diff import closest, diff_commands
from ipwrap.executors.stream import FinishedStream
from ipwrap.placeholders import PlaceholderMapper
from ipwrap.places import Place
from ipwrap.recording import CommandEvent, Recording, ResultEvent, Snapshot, State
from ipwrap.result import Result

__all__ = ["Ordered", "Playback"]

MISSING_PROGRAM = 127  # a shell's status for a missing program
STATE_CALL = "session.state()"

Ordered = Literal["strict", "per-namespace", "any"]
Entry = Result | Snapshot

# The queue of a recorded command. The commands of a queue are played back in the recorded order.
QUEUE_KEYS: dict[str, Callable[[Command], Hashable]] = {
    "strict": lambda _: Snapshot,
    "per-namespace": lambda command: command.netns,
    "any": lambda command: command,
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

    ``ordered`` chooses the commands with a fixed order: "strict" every command, "per-namespace" the
    commands of a namespace, "any" only equal commands. With ``allow_playback_repeats`` a read, but
    not a change, may be repeated more often than recorded, and gets the last reply.

    Raises `PlaybackError` where the next recorded command is different: the error shows both
    commands, the most similar recorded command, and the difference. ``mismatches`` keeps errors.
    """

    recording: Recording = field(converter=_to_recording)
    ordered: Ordered = field(default="strict", validator=_check_order)
    allow_playback_repeats: bool = field(default=False, kw_only=True)
    live: bool = field(default=False, init=False)
    mismatches: list[PlaybackError] = field(factory=list, init=False, repr=False)
    _entries: list[Entry] = field(factory=list, init=False, repr=False)
    _pending: dict[Hashable, deque[int]] = field(factory=dict, init=False, repr=False)
    _last: dict[Hashable, Entry] = field(factory=dict, init=False, repr=False)
    _lock: threading.RLock = field(factory=threading.RLock, init=False, repr=False)
    _placeholders: PlaceholderMapper | None = field(default=None, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        normalised = self.recording.header.normalised
        if normalised:
            self._placeholders = PlaceholderMapper(normalised)

        for number, entry in enumerate(_entries(self.recording)):
            self._entries.append(entry)
            queue = self._pending.setdefault(self._queue_key(entry), deque())
            queue.append(number)

    def run(self, command: Command, place: Place) -> Reply:
        """Return the recorded reply to a command.

        Raises `PlaybackError` for another command than the next recorded one, and `ExecutorError`
        where the program was missing in the recorded session.
        """
        with self._lock:
            if self._placeholders is None:
                result = self._play_result(command)
            else:
                result = self._play_result(self._placeholders.mask_command(command))
                result = _unmask(result, self._placeholders)

        missing_program = f"{command.argv[0]}: no such program"
        if result.status == MISSING_PROGRAM and result.stderr.startswith(missing_program):
            raise ExecutorError(result.stderr)

        return Reply(
            result.status, result.stdout, result.stderr, result.timed_out, result.left_running
        )

    def listen(self, command: Command, place: Place) -> FinishedStream:
        """Return the complete recorded output of a command that ran until it was stopped."""
        return FinishedStream(self.run(command, place))

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

        mismatch = PlaybackError(STATE_CALL, _format_entry(entry), path=self.recording.path)
        raise self._keep_mismatch(mismatch)

    @property
    def unplayed(self) -> list[str]:
        """The recorded commands that have not been played back yet."""
        return [_format_entry(self._entries[number]) or "" for number in self._unplayed_numbers()]

    def _unplayed_numbers(self) -> list[int]:
        """Return the numbers of the entries that have not been played back yet."""
        numbers: list[int] = []
        for queue in self._pending.values():
            numbers += queue

        return sorted(numbers)

    def _queue_key(self, entry: Entry) -> Hashable:
        """Return the queue of an entry."""
        if isinstance(entry, Snapshot):
            return Snapshot

        return QUEUE_KEYS[self.ordered](entry.command)

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

    def _play_result(self, command: Command) -> Result:
        """Return the recorded result of a command, or raise the mismatch."""
        key = QUEUE_KEYS[self.ordered](command)
        entry = self._next(key)
        if isinstance(entry, Result) and entry.command == command:
            self._advance(key)
            return entry

        last_entry = self._last.get(key)
        may_repeat = self.allow_playback_repeats and not command.changes
        if may_repeat and isinstance(last_entry, Result) and last_entry.command == command:
            return last_entry

        raise self._keep_mismatch(self._describe_mismatch(command, entry))

    def _describe_mismatch(self, command: Command, entry: Entry | None) -> PlaybackError:
        """Return the error for a command different from the next entry."""
        results = {
            number: recorded
            for number, recorded in enumerate(self._entries)
            if isinstance(recorded, Result)
        }
        unplayed = {
            number: results[number] for number in self._unplayed_numbers() if number in results
        }

        # An unplayed command is the best hint; but a played back command, if equal, is better than
        # an unplayed command which is only similar.
        closest_number = closest(command, unplayed)
        if closest_number is None or results[closest_number].command != command:
            closest_number = closest(command, results)

        nearest = None
        difference = None
        if closest_number is not None:
            nearest = results[closest_number]
            is_answered = closest_number not in unplayed
            difference = diff_commands(command, nearest.command, answered=is_answered)

        return PlaybackError(
            command.line,
            _format_entry(entry),
            nearest=_format_entry(nearest),
            path=self.recording.path,
            differs=difference,
        )

    def _keep_mismatch(self, error: PlaybackError) -> PlaybackError:
        """Keep an error, also if the script catches it."""
        self.mismatches.append(error)
        return error

    def close(self) -> None:
        """Do nothing: no resources are held."""


def _entries(recording: Recording) -> Iterable[Entry]:
    """Yield the results and requested states of a recording, in the order of the requests."""
    results: dict[int, Result] = {}
    for event in recording.events:
        if isinstance(event, ResultEvent):
            results[event.number] = event.result

    for event in recording.events:
        if isinstance(event, Snapshot) and event.asked:
            yield event
        elif isinstance(event, CommandEvent) and event.number in results:
            yield results[event.number]


def _unmask(result: Result, placeholders: PlaceholderMapper) -> Result:
    """Return a result with the placeholders that the script knows."""
    stdout = placeholders.to_script(result.stdout, result.command)
    stderr = placeholders.to_script(result.stderr, result.command)

    return evolve(result, stdout=stdout, stderr=stderr)


def _format_entry(entry: Entry | None) -> str | None:
    """Return the call or command line of an entry."""
    if entry is None:
        return None
    if isinstance(entry, Snapshot):
        return STATE_CALL

    return entry.line
