"""Which calls of a script are background processes, and what happened to them.

A program is one if another call began before its end, as of `server &`, if a signal ended it, or if
it still ran at the end of the script. A replay that waited for its end would wait for ever.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Mapping, Sequence

from attrs import define, field, frozen

from ipwrap.shims.calls.call import Call
from ipwrap.shims.calls.order import KILLED, Moment

__all__ = ["CallProcess", "find_processes"]

# A signal that somebody sends to a program, by the status that a shell reports. Others, such as
# SIGSEGV, are a program's own end.
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

    - ``pid``: that of `$!` in the script
    - ``signals``: the positions of signals in the order, with their names
    - ``end``: the position of its end in the order; None if it still ran at the end of the script
    """

    pid: int | None
    signals: Mapping[int, str]
    end: int | None


@define
class _History:
    """The positions at which things happened to a call."""

    start: int
    pid: int | None
    end: int | None = None
    signals: dict[int, str] = field(factory=dict)

    @property
    def last(self) -> int:
        """The position of the end; where none was written, that of what happened last."""
        return max((self.start, *self.signals)) if self.end is None else self.end


def find_processes(
    calls: Mapping[int, Call],
    moments: Sequence[Moment],
    *,
    programs: Collection[int],
    killers: Mapping[int, Collection[int]] | None = None,
) -> dict[int, CallProcess]:
    """Return the background processes among the programs, by the number of the call.

    - ``programs``: the calls that may be one: no change of iproute2 is
    - ``killers``: the calls that listed processes for kill(1), each with the programs among these
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
    """Return the position of an end: SIGKILL ends a program at once, whenever that is noticed."""
    kills = [position for position, signal in signals.items() if signal == KILLED]
    return min((*kills, history.last))


def _find_histories(moments: Sequence[Moment]) -> dict[int, _History]:
    """Return the positions at which things happened, by the number of the call."""
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
    """Return the signals that a program was sent, by their positions.

    SIGINT and SIGQUIT, which a shell makes its programs in the background ignore, have had no
    effect if another signal ended the program: a replay makes no program ignore them. The signal
    of a program that nobody's shim has seen, as of pkill(1), comes with the end.
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

    One that handles the signal ends with a status of its own: it does not tell the signal.
    """
    if call.status is None or killer.started < call.started:
        return False
    return 0 <= call.started + call.seconds - killer.started <= KILL_SECONDS


def _started_between(
    starts: Sequence[int], positions: Sequence[int], *, history: _History
) -> Sequence[int]:
    """Return the numbers of the calls that started while one ran."""
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
