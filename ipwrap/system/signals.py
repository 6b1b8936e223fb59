"""Names and numbers of signals, with the real-time signals: signal(7)."""

import re
import signal as signals

from ipwrap.errors import InvalidArgument

__all__ = ["is_real_time", "signal_name", "signal_number"]

REAL_TIME = re.compile(r"(RTMIN)(?:\+([0-9]{1,2}))?|(RTMAX)(?:-([0-9]{1,2}))?")


def signal_number(signal: int | str) -> int:
    """Return the number of a signal: ``"HUP"``, ``"SIGHUP"``, ``signal.SIGHUP``, ``"RTMIN+1"``.

    Raises `InvalidArgument` for a signal that this system does not have.
    """
    number: int | None = None
    if isinstance(signal, str):
        name = signal.removeprefix("SIG")
        match = REAL_TIME.fullmatch(name)
        if match is not None:
            number = _real_time_number(match)
        elif f"SIG{name}" in signals.Signals.__members__:
            number = signals.Signals[f"SIG{name}"]
    elif isinstance(signal, int) and not isinstance(signal, bool):
        number = signal

    if number is None or number not in signals.valid_signals():
        raise InvalidArgument(f"signal: {signal!r} is no signal of this system")
    return int(number)


def _real_time_number(match: re.Match[str]) -> int | None:
    """Return the number of a real-time signal; None beyond the last or before the first one."""
    if match[1] is not None:
        number = signals.SIGRTMIN + int(match[2] or 0)
    else:
        number = signals.SIGRTMAX - int(match[4] or 0)
    return number if signals.SIGRTMIN <= number <= signals.SIGRTMAX else None


def signal_name(number: int) -> str:
    """Return the name of a signal as kill(1) takes it, without SIG: ``"HUP"``, ``"RTMIN+1"``."""
    if signals.SIGRTMIN < number <= signals.SIGRTMAX:
        return f"RTMIN+{number - signals.SIGRTMIN}"
    return signals.Signals(number).name.removeprefix("SIG")


def is_real_time(name: str) -> bool:
    """Return whether a name is that of a real-time signal, which not every shell knows."""
    return REAL_TIME.fullmatch(name) is not None
