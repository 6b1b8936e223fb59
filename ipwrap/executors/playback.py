"""`Playback`: answers from a recording, with no root and no kernel."""

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

MISSING = 127  # the status of a program that is not there, as a shell has it
STATE = "session.state()"

Ordered = Literal["strict", "per-namespace", "any"]
Entry = Result | Snapshot

# Which recorded commands wait for each other: those that have the same key are asked for in the recorded order.
KEYS: dict[str, Callable[[Command], Hashable]] = {
    "strict": lambda _: Snapshot,
    "per-namespace": lambda command: command.netns,
    "any": lambda command: command,
}


def _recording(source: "Recording | str | os.PathLike[str]") -> Recording:
    """Return a recording, read if a path is given."""
    return source if isinstance(source, Recording) else Recording.load(source)


def _check_order(_: Any, attribute: "Attribute[Any]", value: Any) -> None:
    """Refuse an order that there is not."""
    if value not in get_args(Ordered):
        raise UnknownOption(
            f"{attribute.name}: {value!r} is not one of {', '.join(get_args(Ordered))}"
        )


@define
class Playback:
    """Answer each command with what the recording says of it.

    ``ordered`` says which commands have to come in the recorded order: "strict" all, "per-namespace" those of each
    namespace, "any" none but those that are equal. With ``allow_playback_repeats`` a read may be asked for once more
    than it was recorded, as often as one likes, and gets its last answer; a change may not.

    Raises `PlaybackError` where another command is asked for than the next recorded one: it shows the one asked for,
    the one recorded, the recorded one that is nearest to it, and where they differ. ``missed`` keeps these errors.
    """

    recording: Recording = field(converter=_recording)
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
        self._placeholders = PlaceholderMapper(normalised) if normalised else None
        for number, entry in enumerate(_entries(self.recording)):
            self._entries.append(entry)
            self._pending.setdefault(self._key(entry), deque()).append(number)

    def run(self, command: Command, place: Place) -> Reply:
        """Return the recorded answer to this command, if it is its turn."""
        with self._lock:
            recorded = self._answer(
                command if self._placeholders is None else self._placeholders.command(command)
            )
            if self._placeholders is not None:
                recorded = _unmask(recorded, self._placeholders)
        if recorded.status == MISSING and recorded.stderr.startswith(
            f"{command.argv[0]}: no such program"
        ):
            raise ExecutorError(recorded.stderr)
        return Reply(recorded.status, recorded.stdout, recorded.stderr, recorded.timed_out)

    def listen(self, command: Command, place: Place) -> FinishedStream:
        """Return all that the recorded command printed, from its start to its end."""
        return FinishedStream(self.run(command, place))

    def state(self) -> State:
        """Return the state that the recorded session had asked for; after its last command, the one it reached."""
        with self._lock:
            state = self._recorded_state()
            return (
                state if self._placeholders is None else self._placeholders.state_to_script(state)
            )

    def _recorded_state(self) -> State:
        """Return the recorded state whose turn it is."""
        entry, last, end = self._next(Snapshot), self._last.get(Snapshot), self.recording.end
        if isinstance(entry, Snapshot):
            self._take(Snapshot)
            return entry.state
        if self.allow_playback_repeats and isinstance(last, Snapshot):
            return last.state
        if not self._unplayed_numbers() and end is not None and end.state is not None:
            return end.state
        raise self._keep_mismatch(PlaybackError(STATE, _line(entry), path=self.recording.path))

    @property
    def unplayed(self) -> list[str]:
        """The recorded commands that nobody has asked for yet."""
        return [_line(self._entries[number]) or "" for number in self._unplayed_numbers()]

    def _unplayed_numbers(self) -> list[int]:
        """Return which entries wait."""
        return sorted(number for waiting in self._pending.values() for number in waiting)

    def _key(self, entry: Entry) -> Hashable:
        """Return what an entry has in common with those that it has to wait for."""
        return Snapshot if isinstance(entry, Snapshot) else KEYS[self.ordered](entry.command)

    def _next(self, key: Hashable) -> Entry | None:
        """Return the entry whose turn it is."""
        waiting = self._pending.get(key)
        return self._entries[waiting[0]] if waiting else None

    def _take(self, key: Hashable) -> None:
        """Use up the entry whose turn it is."""
        self._last[key] = self._entries[self._pending[key].popleft()]

    def _answer(self, command: Command) -> Result:
        """Return the recorded result of this command, or raise what goes apart."""
        key = KEYS[self.ordered](command)
        entry, last = self._next(key), self._last.get(key)
        if isinstance(entry, Result) and entry.command == command:
            self._take(key)
            return entry
        again = self.allow_playback_repeats and not command.changes
        if again and isinstance(last, Result) and last.command == command:
            return last
        raise self._keep_mismatch(self._describe_mismatch(command, entry))

    def _describe_mismatch(self, command: Command, entry: Entry | None) -> PlaybackError:
        """Return the error that says how a command and the recording go apart."""
        recorded = {
            number: each for number, each in enumerate(self._entries) if isinstance(each, Result)
        }
        waiting = {
            number: recorded[number] for number in self._unplayed_numbers() if number in recorded
        }
        number = closest(command, waiting)
        if number is None or recorded[number].command != command:
            number = closest(command, recorded)
        near = None if number is None else recorded[number]
        how = (
            None
            if near is None
            else diff_commands(command, near.command, answered=number not in waiting)
        )
        return PlaybackError(
            command.line,
            _line(entry),
            nearest=_line(near),
            path=self.recording.path,
            differs=how,
        )

    def _keep_mismatch(self, error: PlaybackError) -> PlaybackError:
        """Keep an error, which the code that asked may catch."""
        self.mismatches.append(error)
        return error

    def close(self) -> None:
        """There is nothing to give up."""


def _entries(recording: Recording) -> Iterable[Entry]:
    """Yield what a recording can answer, in the order in which it was asked for."""
    results = {
        event.number: event.result for event in recording.events if isinstance(event, ResultEvent)
    }
    for event in recording.events:
        if isinstance(event, Snapshot) and event.asked:
            yield event
        elif isinstance(event, CommandEvent) and event.number in results:
            yield results[event.number]


def _unmask(recorded: Result, standins: PlaceholderMapper) -> Result:
    """Return a result as the script has to see it."""
    stdout, stderr = (
        standins.to_script(said, recorded.command) for said in (recorded.stdout, recorded.stderr)
    )
    return evolve(recorded, stdout=stdout, stderr=stderr)


def _line(entry: Entry | None) -> str | None:
    """Return an entry as it is asked for."""
    if entry is None:
        return None
    return STATE if isinstance(entry, Snapshot) else entry.line
