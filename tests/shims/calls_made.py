"""Calls as a recorded script makes them, and their events as text."""

from ipwrap.recording import (
    CommandEvent,
    Event,
    Note,
    ProcessAction,
    ProcessEvent,
    ProcessStarted,
    ResultEvent,
    Sleep,
    WaitEvent,
)
from ipwrap.shims.calls.call import Call
from ipwrap.shims.events.to_events import to_events
from ipwrap.shims.script.script import Script
from tests.shims.order import parse_order


def make_call(number: int, line: str, *, status: int | None = 0, **more: object) -> Call:
    """Return a call of a command line."""
    return Call(number, tuple(line.split()), status=status, **more)  # type: ignore[arg-type]


def describe_events(
    *calls: Call, script: Script | None = None, order: str | None = None
) -> list[str]:
    """Return the numbered command lines, the notes and what processes did, of calls."""
    moments = [] if order is None else parse_order(order)
    return [
        _describe_event(event)
        for event in to_events(calls, script, order=moments)
        if not isinstance(event, ResultEvent)
    ]


def _describe_event(event: Event) -> str:
    """Return a command or a note as text."""
    match event:
        case CommandEvent():
            return f"{event.number} {event.command.line}"
        case ProcessEvent():
            return f"{event.number} {event.name}: {event.command.line}"
        case ProcessStarted():
            return f"{event.number} has the pid {event.pid}"
        case ProcessAction():
            return f"{event.number} {event.action} {event.signal or ''}".rstrip()
        case Sleep():
            return f"pause of {event.seconds}"
        case WaitEvent():
            return f"wait until {event.condition}"
    assert isinstance(event, Note)
    return f"# {event.text}"
