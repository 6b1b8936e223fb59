"""A fork waits for the imports of other threads, which the child would wait for without end.

Python locks each module that a thread imports. A child of fork(2) inherits the lock, and not the
thread that would release it: importing the same module there hangs. Most modules of ipwrap are
imported when they are first used, so that the first command of a child would meet such a lock.
"""

import contextlib
import importlib
import os
import threading
import time
from collections.abc import Iterator
from typing import Any

__all__ = ["finished_before_fork", "wait_before_fork", "wait_for_imports"]

# For the imports of other threads, in seconds: they take milliseconds, unless a disk hangs.
IMPORT_SECONDS = 10.0
STEP = 0.001

PACKAGE = "ipwrap"

# The threads in a block of `finished_before_fork`.
_importing: set[int] = set()


def wait_before_fork() -> None:
    """Let every fork of this process wait for the imports of other threads. Called once."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=wait_for_imports, after_in_child=_importing.clear)


@contextlib.contextmanager
def finished_before_fork() -> Iterator[None]:
    """Let a fork in another thread wait for the block, which imports modules of other packages."""
    me = threading.get_ident()
    _importing.add(me)
    try:
        yield
    finally:
        _importing.discard(me)


def wait_for_imports() -> None:
    """Wait until no other thread imports a module of ipwrap, or at most `IMPORT_SECONDS`."""
    deadline = time.monotonic() + IMPORT_SECONDS

    while _is_importing_elsewhere() and time.monotonic() < deadline:
        time.sleep(STEP)


def _is_importing_elsewhere() -> bool:
    """Return whether another thread imports a module of ipwrap, or one that ipwrap waits for."""
    me = threading.get_ident()
    if _importing - {me}:
        return True

    # The public interface of Python tells nothing about an import that has not found its file yet.
    bootstrap: Any = vars(importlib).get("_bootstrap")
    references = getattr(bootstrap, "_module_locks", {})

    for name, reference in list(references.items()):
        if name != PACKAGE and not name.startswith(f"{PACKAGE}."):
            continue

        owner = getattr(reference(), "owner", None)
        if owner not in (None, me):
            return True

    return False
