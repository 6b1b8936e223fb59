"""`Terminated`: SIGTERM and SIGHUP as an exception, so that open resources are closed."""

import contextlib
import signal
from types import FrameType
from typing import NoReturn

__all__ = ["Terminated", "ends_process", "ignore_termination", "raise_terminated"]

# A name that a system lacks is left out: Windows has no SIGHUP.
SIGNALS = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name))


class Terminated(SystemExit):
    """The process was asked to end by a signal; its exit status is a shell's, 128 + the number."""

    def __init__(self, number: int) -> None:
        super().__init__(128 + number)
        self.signal_name = signal.Signals(number).name


def raise_terminated() -> None:
    """Let SIGTERM and SIGHUP raise `Terminated` in this process.

    An ignored signal stays ignored, as below nohup(1). Only the main thread may call this function.
    """
    for number in SIGNALS:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _raise)


def ends_process(number: int) -> bool:
    """Return whether a signal ends this process: by default, or by `Terminated`."""
    return signal.getsignal(number) in (signal.SIG_DFL, _raise)


def ignore_termination() -> None:
    """Ignore further signals while the process closes resources: only SIGKILL ends the process."""
    with contextlib.suppress(ValueError):  # another thread than the main one
        for number in (signal.SIGINT, *SIGNALS):
            signal.signal(number, signal.SIG_IGN)


def _raise(number: int, _: FrameType | None) -> NoReturn:
    """Raise the exception for a signal."""
    raise Terminated(number)
