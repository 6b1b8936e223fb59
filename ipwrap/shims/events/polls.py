"""Loops that ask until something holds, as waits: `until ping -c1 10.0.0.2; do sleep 1; done`.

How often such a loop asks depends on the machine and its load. A replay waits for the same instead.
"""

import re
from collections.abc import Container, Iterable, Iterator, Sequence

from attrs import frozen

from ipwrap import until
from ipwrap.command import IPROUTE2, Command
from ipwrap.conditions import Condition
from ipwrap.errors import IpwrapError
from ipwrap.shims.calls.call import Call

__all__ = ["Poll", "find_polls"]

STATE = re.compile(r"\bstate (\S+)")
DONE_STATES = frozenset({"UP", "UNKNOWN"})
SHOWS_LINK = re.compile(r"ip(?: -\S+)* link show(?: dev)? (\S+)")
SHOWS_ADDRESS = re.compile(
    r"ip(?: -\S+)* address show(?: dev)? (\S+)(?: scope \S+)?(?: tentative)?"
)


@frozen
class Poll:
    """A loop of the same call: the numbers of its calls, the first one first, and what it waited
    for.
    """

    numbers: tuple[int, ...]
    condition: Condition
    netns: str | None
    seconds: float


def find_polls(
    calls: Iterable[tuple[Call, Command | None]], *, loop_conditions: Container[int] = ()
) -> Iterator[Poll]:
    """Yield the loops among calls in the order of their starts; None is a call of another sort.

    A loop has the same call at the same place of the script. Calls of sleep(1) may stand between.
    ``loop_conditions`` are the numbers of calls that are known to be what a loop waits for: one
    such call is enough, where it succeeded at once.
    """
    run: list[tuple[Call, Command]] = []
    pauses: list[int] = []  # the numbers of the calls of sleep(1) in the loop
    latest: list[int] = []  # those behind its last call

    for call, command in calls:
        if command is not None and _is_sleep(command):
            latest.append(call.number)
            continue

        if command is not None and run and _is_same(run[-1], (call, command)):
            pauses += latest
        else:
            yield from _poll_of(run, pauses, loop_conditions=loop_conditions)
            run, pauses = [], []
        latest = []
        if command is not None:
            run.append((call, command))

    yield from _poll_of(run, pauses, loop_conditions=loop_conditions)


def _is_sleep(command: Command) -> bool:
    """Return whether a command only pauses."""
    return command.argv[0].rpartition("/")[2] == "sleep"


def _is_same(first: tuple[Call, Command], second: tuple[Call, Command]) -> bool:
    """Return whether two calls ask the same at the same place."""
    call, command = first
    other_call, other = second
    places = {(call.script_offset, call.caller), (other_call.script_offset, other_call.caller)}
    is_iproute2_change = command.changes and command.argv[0] in IPROUTE2
    if len(places) > 1 or is_iproute2_change:
        return False
    return (command.argv, command.netns, command.stdin) == (other.argv, other.netns, other.stdin)


def _poll_of(
    run: Sequence[tuple[Call, Command]], pauses: Sequence[int], *, loop_conditions: Container[int]
) -> Iterator[Poll]:
    """Yield the loop of calls of the same command, if they show what it waited for."""
    if not run or (len(run) == 1 and not _is_loop_condition(run[0], loop_conditions)):
        return

    (first, command), (last, _) = run[0], run[-1]
    condition = _condition(command, [call for call, _ in run])
    if condition is not None:
        numbers = (*(call.number for call, _ in run), *pauses)
        seconds = last.started + last.seconds - first.started
        yield Poll(numbers, condition, command.netns, seconds)


def _is_loop_condition(pair: tuple[Call, Command], loop_conditions: Container[int]) -> bool:
    """Return whether a single call is what a loop waited for, and changes nothing by itself."""
    call, command = pair
    is_iproute2_change = command.changes and command.argv[0] in IPROUTE2
    return call.number in loop_conditions and not is_iproute2_change


def _condition(command: Command, calls: Sequence[Call]) -> Condition | None:
    """Return what a loop waited for, by the statuses and outputs; None where these do not tell."""
    *before, last = calls
    statuses = {call.status for call in before}
    if last.status and not before:
        return None

    line = " ".join(command.argv)
    shows_link = SHOWS_LINK.fullmatch(line)
    shows_address = SHOWS_ADDRESS.fullmatch(line)

    try:
        if last.status == 0 and 0 not in statuses:
            return until.succeeds(*command.argv)
        if shows_link and last.status and statuses == {0}:
            return until.gone(link=shows_link[1])
        if last.status or statuses != {0}:
            return None

        state = _state(last)
        if shows_link and state in DONE_STATES and state not in map(_state, before):
            return until.link(shows_link[1], operstate=state)
        was_tentative = all("tentative" in call.stdout for call in before)
        if shows_address and was_tentative and "tentative" not in last.stdout:
            return until.address(dev=shows_address[1])
    except IpwrapError:  # words that no condition takes
        return None
    return None


def _state(call: Call) -> str:
    """Return the operational state that a call has shown."""
    match = STATE.search(call.stdout)
    return "" if match is None else match[1]
