"""The events of a recorded script, and the changes of state without a recorded command."""

from collections.abc import Iterable, Iterator, Sequence

from ipwrap.command import Command
from ipwrap.recording import CommandEvent, Event, Note, ProcessEvent
from ipwrap.shims.calls.call import Call
from ipwrap.shims.calls.order import Moment
from ipwrap.shims.changes.unexplained import Change, find_unexplained, suggest
from ipwrap.shims.changes.whole_programs import find_whole_programs
from ipwrap.shims.events.call_commands import command_events
from ipwrap.shims.events.callers import without_calls_of_batches
from ipwrap.shims.events.to_events import to_events
from ipwrap.shims.script.script import Script
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

    A program is kept whole if the calls it made do not explain the changes in its namespace. In a
    sandbox (``isolated``), only the script writes sysctls: unexplained sysctls are written at the
    end. ``order`` is an argument of `to_events`.
    """
    calls = without_calls_of_batches(calls)
    events = to_events(calls, script, order=order)
    changes = find_unexplained(before, after, commands=_commands_in(events))

    whole = find_whole_programs(calls, changes) if changes else {}
    if whole:
        events = to_events(calls, script, order=order, whole=whole)
        changes = find_unexplained(before, after, commands=_commands_in(events))

    if isolated:
        late = [change for change in changes if change.setting]
        changes = [change for change in changes if not change.setting]
        events += _late_writes(late, count=len(list(_commands_in(events))))

    events += [Note(f"not recorded: {change}") for change in changes]
    return events, changes


def _commands_in(events: Iterable[Event]) -> Iterator[Command]:
    """Yield the commands of events, background processes included."""
    for event in events:
        if isinstance(event, (CommandEvent, ProcessEvent)):
            yield event.command


def _late_writes(changes: Sequence[Change], *, count: int) -> Iterator[Event]:
    """Yield the commands that write the sysctls whose writes were not seen."""
    if changes:
        yield Note(LATE_NOTE)

    for number, change in enumerate(changes, start=count + 1):
        argv = ("sysctl", "-w", change.setting)
        call = Call(number, argv, netns=change.netns or None, status=0)
        command = Command(argv, change.netns or None)
        yield from command_events(number, call, command=command, script=None)


def changes_report(
    changes: Sequence[Change], script: Script | None, *, recorded: Iterable[str]
) -> Iterator[str]:
    """Yield a line for each change without a recorded command, with a suggestion for the user."""
    text = "" if script is None else script.text.decode("utf-8", "replace")
    programs = list(recorded)

    for change in changes[:MOST_REPORTED]:
        yield f"{change}: {suggest(change, script=text, recorded=programs)}"
    rest = len(changes) - MOST_REPORTED
    if rest > 0:
        yield f"{rest} more changes without a recorded command: see the notes of the recording"
