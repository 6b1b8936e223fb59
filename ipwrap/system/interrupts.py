"""`deferred_interrupt`: Ctrl-C waits for the end of a block that must not be left in its middle."""

import contextlib
import signal
import threading
from collections.abc import Iterator
from types import FrameType

__all__ = ["deferred_interrupt"]


@contextlib.contextmanager
def deferred_interrupt() -> Iterator[None]:
    """Let the handler of SIGINT run behind the block, if the signal comes inside.

    For os.fork(): an exception in a fork handler is printed and dropped, and an interrupted handler
    of `logging` would keep its lock for ever (logging._releaseLock). Only the main thread handles
    signals.
    """
    handler = signal.getsignal(signal.SIGINT)
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or not callable(handler):
        yield
        return

    caught: list[tuple[int, FrameType | None]] = []
    signal.signal(signal.SIGINT, lambda number, frame: caught.append((number, frame)))
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, handler)

    if caught:
        handler(*caught[0])
