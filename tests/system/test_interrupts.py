"""Ctrl-C waits for the end of a block."""

import os
import signal
import threading

import pytest

from ipwrap.system.interrupts import deferred_interrupt


def test_interrupt_comes_behind_the_block() -> None:
    """The block runs to its end, and the handler is the former one."""
    before = signal.getsignal(signal.SIGINT)
    reached = []

    with pytest.raises(KeyboardInterrupt), deferred_interrupt():
        os.kill(os.getpid(), signal.SIGINT)
        reached.append(True)

    assert [True] == reached
    assert before == signal.getsignal(signal.SIGINT)


def test_error_of_the_block_is_raised() -> None:
    """An error of the block comes first, and the handler is the former one."""
    before = signal.getsignal(signal.SIGINT)

    with pytest.raises(ZeroDivisionError), deferred_interrupt():
        _ = 1 / 0

    assert before == signal.getsignal(signal.SIGINT)


def test_other_threads_are_left_alone() -> None:
    """Only the main thread may set handlers."""
    entered = []

    def enter() -> None:
        with deferred_interrupt():
            entered.append(True)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()

    assert [True] == entered


def test_ignored_interrupt_stays_ignored() -> None:
    """As of a program that a shell started in its background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with deferred_interrupt():
            assert signal.SIG_IGN == signal.getsignal(signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)
