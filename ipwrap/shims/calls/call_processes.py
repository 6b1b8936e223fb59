"""The calls of a script that are background processes, with the signals sent to each.

A program is a background process if a later call began before the program's end (`server &`), if a
signal ended the program, or if the program still ran at the end of the script. A replay that waited
for the program's end would wait for ever.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence

from attrs import define, field, frozen

from ipwrap.shims.calls.call import Call
from ipwrap.shims.calls.order import KILLED, Moment

__all__ = ["CallProcess", "find_processes"]

# The signals that users and scripts send, by the status that a shell reports. Others, such as
# SIGSEGV, are errors of the program itself.
SIGNAL_BY_STATUS = {
    129: "HUP",
    130: "INT",
    131: "QUIT",
    137: "KILL",
    138: "USR1",
    140: "USR2",
    142: "ALRM",
    143: "TERM",
}
IGNORED_IN_BACKGROUND = frozenset({"INT", "QUIT"})

KILL_SECONDS = 1.0  # in which a program that handles SIGTERM ends


@frozen
class CallProcess:
    """A call that is a background process.

    - ``pid``: the value of `$!` in the script
    - ``signals``: the names of signals, by position in the order
    - ``end``: the position of the end in the order; None if the process outlived the script
    """

    pid: int | None
    signals: Mapping[int, str]
    end: int | None


@define
class _History:
    """The positions of a call's start, signals and end."""

    start: int
    pid: int | None
    end: int | None = None
    signals: dict[int, str] = field(factory=dict)

    @property
    def last(self) -> int:
        """The position of the end; without a written end, of the last signal or the start."""
        if self.end is not None:
            return self.end
        return max((self.start, *self.signals))


def find_processes(
    calls: Mapping[int, Call],
    moments: Sequence[Moment],
    *,
    programs: Collection[int],
    killers: Mapping[int, Collection[int]] | None = None,
) -> dict[int, CallProcess]:
    """Return the background processes among the programs, by the number of the call.

    - ``programs``: the calls that may be background processes; changes of iproute2 never are
    - ``killers``: the calls that listed processes for kill(1), with the programs in each list
    """
    histories = _find_histories(moments)
    starts = [moment.number for moment in moments if moment.kind == "start"]
    positions = [histories[number].start for number in starts]
    processes: dict[int, CallProcess] = {}

    for number in programs:
        call, history = calls[number], histories[number]
        signals = _effective_signals(call, history)
        killing = [calls[killer] for killer, killed in (killers or {}).items() if number in killed]
        if not signals and any(_may_have_killed(killer, call) for killer in killing):
            signals = {history.last: "TERM"}
        is_overlapped = False

        if call.status is not None and not signals and history.end is not None:
            beside = _started_between(starts, positions, history=history)
            is_overlapped = any(not _is_below(calls, other, ancestor=number) for other in beside)

        if call.status is None or signals or is_overlapped:
            end = None if call.status is None else _end_of(history, signals)
            processes[number] = CallProcess(history.pid, signals, end)

    return processes


def _end_of(history: _History, signals: Mapping[int, str]) -> int:
    """Return the position of an end. SIGKILL ends a program at once, however late it is noticed."""
    kills = [position for position, signal in signals.items() if signal == KILLED]
    return min((*kills, history.last))


def _find_histories(moments: Sequence[Moment]) -> dict[int, _History]:
    """Return the positions of start, signals and end, by the number of the call."""
    histories: dict[int, _History] = {}

    for position, moment in enumerate(moments):
        if moment.kind == "start":
            histories[moment.number] = _History(position, moment.pid)
            continue

        history = histories[moment.number]
        if moment.kind == "signal":
            # timeout(1) sends its signal to the program, and to the whole group.
            if history.signals.get(position - 1) != moment.signal:
                history.signals[position] = moment.signal
        elif history.end is None:
            history.end = position

    return histories


def _effective_signals(call: Call, history: _History) -> dict[int, str]:
    """Return the signals sent to a program, by position.

    A shell makes its background programs ignore SIGINT and SIGQUIT; a replay does not. These two
    are therefore left out if a different signal ended the program. A signal that no shim has seen,
    such as the signal of pkill(1), is placed at the end.
    """
    ending = None if call.status is None else SIGNAL_BY_STATUS.get(call.status)
    signals = {
        position: signal
        for position, signal in history.signals.items()
        if signal not in IGNORED_IN_BACKGROUND or ending in (None, signal) or not ending
    }

    if ending is not None and ending not in signals.values():
        signals[history.last] = ending
    return signals


def _may_have_killed(killer: Call, call: Call) -> bool:
    """Return whether a program ended right behind a call that listed it for kill(1).

    A program that handles the signal chooses the exit status: the status does not show the signal.
    """
    if call.status is None or killer.started < call.started:
        return False
    return 0 <= call.started + call.seconds - killer.started <= KILL_SECONDS


def _started_between(
    starts: Sequence[int], positions: Sequence[int], *, history: _History
) -> Sequence[int]:
    """Return the numbers of the calls that started between a call's start and end."""
    assert history.end is not None, "the caller has looked"
    first = bisect_right(positions, history.start)
    return starts[first : bisect_left(positions, history.end)]


def _is_below(calls: Mapping[int, Call], number: int, *, ancestor: int) -> bool:
    """Return whether a call was made by the program of another call."""
    caller = calls[number].caller
    while caller is not None and caller != ancestor:
        call = calls.get(caller)
        caller = None if call is None else call.caller
    return caller == ancestor
