"""SIGTERM and SIGHUP as an exception."""

import os
import signal
from collections.abc import Iterator

import pytest

from ipwrap.system.termination import Terminated, ignore_termination, raise_terminated


@pytest.fixture(autouse=True)
def _restored_handlers() -> Iterator[None]:
    """Restore the handlers of the signals behind a test."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    handlers = {number: signal.signal(number, signal.SIG_DFL) for number in numbers}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.parametrize(
    ("number", "status", "name"), [(signal.SIGTERM, 143, "SIGTERM"), (signal.SIGHUP, 129, "SIGHUP")]
)
def test_signal_is_an_exception_with_a_status(
    number: signal.Signals, status: int, name: str
) -> None:
    """The exception ends a program with the status of a shell, and names the signal."""
    raise_terminated()

    with pytest.raises(Terminated) as caught:
        os.kill(os.getpid(), number)

    assert (status, name) == (caught.value.code, caught.value.signal_name)
    assert isinstance(caught.value, SystemExit)


def test_handler_of_the_program_stays() -> None:
    """A signal that is ignored, or handled already, is left alone."""
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

    raise_terminated()

    assert signal.SIG_IGN is signal.getsignal(signal.SIGHUP)


def test_signals_are_ignored_while_a_lab_closes() -> None:
    """A second signal does not interrupt the end of a lab."""
    raise_terminated()
    ignore_termination()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(os.getpid(), number)
