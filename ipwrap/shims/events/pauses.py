"""The pauses of a script: its calls of sleep(1) that held it up.

A shim becomes sleep(1) itself, so that nothing stands between the script and a process that it may
kill: the end of such a call is not recorded, and worked out from its arguments. Calls that started
meanwhile show that a `sleep` ran in the background. It then counts from the end of the last of
them on, as the first command of `(sleep 1; ip link set eth0 up) &` does.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence

from attrs import evolve

from ipwrap.cmdline.program_effects import program_of
from ipwrap.command import Command
from ipwrap.errors import IpwrapError
from ipwrap.shims.calls.call import Call
from ipwrap.shims.calls.classify import classify

__all__ = [
    "foreground_sleeps",
    "is_sleep",
    "pause_of",
    "pauses_before",
    "sleep_seconds",
    "with_pauses",
]

DURATION = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)([smhd]?)")
SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400}

# Seconds: times of files are those of the kernel's tick, and a shim takes its time.
TOLERANCE = 0.03
SHORTEST = 0.05  # of the rest of a `sleep` that began in the background
LATE_START = 0.3  # as a part of the pause


def sleep_seconds(argv: tuple[str, ...]) -> float | None:
    """Return for how long sleep(1) pauses; None for another program, and for a wrong duration."""
    if argv[0].rpartition("/")[2] != "sleep" or len(argv) < 2:
        return None

    total = 0.0
    for argument in argv[1:]:
        match = DURATION.fullmatch(argument)
        if match is None:
            return None
        total += float(match[1]) * SECONDS[match[2]]

    return round(total, 6)


def is_sleep(call: Call) -> bool:
    """Return whether a call is sleep(1) itself, which ended by itself or whose end is unknown."""
    return not call.status and not call.signalled and sleep_seconds(call.argv) is not None


def pause_of(call: Call) -> float | None:
    """Return for how long a call of `with_pauses` held the script up; None for another call."""
    return sleep_seconds(call.argv) if call.status == 0 else None


def with_pauses(calls: Sequence[Call], *, ended: float | None = None) -> list[Call]:
    """Return the calls with those calls of sleep(1) only for which the script waited.

    Each has ended, and stands before the first call behind it. ``ended`` is when the script ended:
    it did not wait for what ended later.
    """
    sleeps = [call for call in calls if is_sleep(call)]
    others = [call for call in calls if not is_sleep(call)]
    # Behind `ip netns exec`, sleep(1) has a call of its own, which is left out with its caller.
    in_namespaces = {call.number for call in foreground_sleeps(others)}
    sleeps += [call for call in others if call.number in in_namespaces]
    sleeps.sort(key=_start_of)
    others = [call for call in others if call.number not in in_namespaces]

    pauses = pauses_before(sleeps, others, ended=ended)
    merged: list[Call] = []
    for call in others:
        merged += pauses.pop(call.number, ())
        merged.append(call)
    return [*merged, *pauses.pop(None, ())]


def foreground_sleeps(calls: Sequence[Call]) -> list[Call]:
    """Return the calls of `ip netns exec NAME sleep …` beside which no other call started.

    Of one in the background, the process may count, and not the time: it holds the namespace.
    """
    starts = sorted(call.started for call in calls)
    held_up = []

    for call in calls:
        if not _is_sleep_in_namespace(call):
            continue

        first = bisect_right(starts, call.started + TOLERANCE)
        if first == bisect_left(starts, call.started + call.seconds - TOLERANCE, lo=first):
            held_up.append(call)

    return held_up


def _is_sleep_in_namespace(call: Call) -> bool:
    """Return whether a call is `ip netns exec NAME sleep …`, and has ended by itself."""
    if call.status != 0 or call.signalled or "sleep" not in call.argv[2:]:
        return False
    return sleep_seconds(_program_argv(call)) is not None


def _program_argv(call: Call) -> tuple[str, ...]:
    """Return the program of a call with its arguments, also behind `ip netns exec NAME`."""
    try:
        command = classify(call.argv, None)
    except IpwrapError:
        return call.argv

    program = program_of(Command(command.argv, command.netns))
    return call.argv if program is None else program[0]


def pauses_before(
    sleeps: Sequence[Call], others: Iterable[Call], *, ended: float | None = None
) -> dict[int | None, list[Call]]:
    """Return the pauses by the number of the call before which they end; None: at the end.

    A pause is a call of sleep(1) that has ended. ``sleeps`` and ``others``, all other calls, are in
    the order of their start. ``ended`` is when the script ended: it did not wait for what ended
    later.
    """
    calls = sorted(others, key=_start_of)
    starts = [call.started for call in calls]
    pauses: dict[int | None, list[Call]] = {}
    waited: dict[int | None, float] = {}  # until when a caller waited

    for sleep in sleeps:
        asked = sleep_seconds(_program_argv(sleep)) or 0.0
        end = sleep.started + asked
        if ended is not None and end > ended + TOLERANCE:
            continue

        # Calls of its own process, such as that of `ip netns exec`, start with it.
        first = bisect_right(starts, sleep.started + TOLERANCE)
        following = bisect_left(starts, end - TOLERANCE)
        begin = _foreground_start(sleep, calls[first:following], end=end)

        waited_until = waited.get(sleep.caller, 0.0)
        seconds = asked
        if begin != sleep.started or waited_until > begin + TOLERANCE:
            seconds = round(end - max(begin, waited_until), 2)
        waited[sleep.caller] = max(waited_until, end)

        if seconds == asked or seconds >= SHORTEST:
            number = calls[following].number if following < len(calls) else None
            pauses.setdefault(number, []).append(_pause(sleep, seconds))

    return pauses


def _pause(sleep: Call, seconds: float) -> Call:
    """Return a call of sleep(1) that has ended."""
    argv = ("sleep", f"{seconds:.6f}".rstrip("0").rstrip("."))
    return evolve(sleep, argv=argv, netns=None, status=0, seconds=seconds)


def _start_of(call: Call) -> float:
    """Return when a call started."""
    return call.started


def _foreground_start(sleep: Call, beside: Iterable[Call], *, end: float) -> float:
    """Return from when on the script waited for a `sleep`, as other calls started beside it."""
    begin = sleep.started
    is_background = False

    for call in beside:
        call_end = call.started if call.status is None else call.started + call.seconds
        is_over = call_end < end - TOLERANCE
        begin = max(begin, call_end if is_over else call.started)
        is_background = is_background or (is_over and call.status is not None)

    # A program that the script has put into the background right before may start a little later.
    is_late_start = not is_background and begin - sleep.started < LATE_START * (end - sleep.started)
    return sleep.started if is_late_start else begin
