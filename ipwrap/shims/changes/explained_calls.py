"""The events of a recorded script, and the changes that they do not explain."""

from collections.abc import Iterable, Iterator, Sequence

from ipwrap.command import Command
from ipwrap.recording import CommandEvent, Event, Note, ProcessEvent
from ipwrap.shims.calls.call import Call
from ipwrap.shims.calls.order import Moment
from ipwrap.shims.changes.unexplained import Change, find_unexplained, suggest
from ipwrap.shims.changes.whole_programs import find_whole_programs
from ipwrap.shims.events.to_events import (
    Script,
    command_events,
    to_events,
    without_calls_of_batches,
)
from ipwrap.state import State

__all__ = ["changes_report", "explain_calls"]

MOST_REPORTED = 10
LATE_NOTE = "found in the state at the end; when it was written is not known"


def explain_calls(
    calls: Sequence[Call],
    script: Script | None,
    *,
    order: Sequence[Moment] = (),
    before: State,
    after: State,
    isolated: bool,
) -> tuple[list[Event], list[Change]]:
    """Return the events for calls, and the changes that no command explains.

    A program whose calls do not explain what happened in its namespace is kept whole. In a sandbox
    (``isolated``), where nobody else writes sysctls, those that are left are written at the end.
    ``order`` is that of `to_events`.
    """
    calls = without_calls_of_batches(calls)
    events = to_events(calls, script, order=order)
    changes = find_unexplained(before, after, commands=_commands_in(events))

    whole = find_whole_programs(calls, changes) if changes else {}
    if whole:
        events = to_events(calls, script, order=order, whole=whole)
        changes = find_unexplained(before, after, commands=_commands_in(events))

    late = [change for change in changes if change.setting] if isolated else []
    if late:
        events += _late_writes(late, count=len(list(_commands_in(events))))
        changes = [change for change in changes if change not in late]
    events += [Note(f"not recorded: {change}") for change in changes]
    return events, changes


def _commands_in(events: Iterable[Event]) -> Iterator[Command]:
    """Yield the commands of events, and those of background processes."""
    for event in events:
        if isinstance(event, (CommandEvent, ProcessEvent)):
            yield event.command


def _late_writes(changes: Sequence[Change], *, count: int) -> Iterator[Event]:
    """Yield the commands that write sysctls whose writes were not seen."""
    yield Note(LATE_NOTE)
    for number, change in enumerate(changes, start=count + 1):
        argv = ("sysctl", "-w", change.setting)
        call = Call(number, argv, netns=change.netns or None, status=0)
        command = Command(argv, change.netns or None)
        yield from command_events(number, call, command=command, script=None)


def changes_report(
    changes: Sequence[Change], script: Script | None, *, recorded: Iterable[str]
) -> Iterator[str]:
    """Yield a line for each change that no command explains, with what to do."""
    text = "" if script is None else script.text.decode("utf-8", "replace")
    programs = list(recorded)

    for change in changes[:MOST_REPORTED]:
        yield f"{change}: {suggest(change, script=text, recorded=programs)}"
    rest = len(changes) - MOST_REPORTED
    if rest > 0:
        yield f"{rest} more changes without a recorded command: see the notes of the recording"
