"""Let fork(2) wait for the imports of other threads.

Python locks a module while a thread imports the module. A forked child inherits the lock, but not
the thread that would release the lock: an import of the same module hangs in the child. Most
modules of ipwrap are imported at the first use, so that the first command of a child would meet
such a lock.
"""

import contextlib
import importlib
import os
import threading
import time
from collections.abc import Iterator
from typing import Any

__all__ = ["finished_before_fork", "wait_before_fork", "wait_for_imports"]

# The longest wait for the imports of other threads: they take milliseconds, unless a disk hangs.
IMPORT_SECONDS = 10.0
POLL_SECONDS = 0.001

PACKAGE = "ipwrap"

# The identifiers of the threads in a block of `finished_before_fork`.
_importing: set[int] = set()


def wait_before_fork() -> None:
    """Let every fork of this process wait for the imports of other threads. Called once."""
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=wait_for_imports, after_in_child=_importing.clear)


@contextlib.contextmanager
def finished_before_fork() -> Iterator[None]:
    """Let a fork in another thread wait for the end of the block.

    For a block that imports modules of other packages, whose locks nobody looks at.
    """
    this_thread = threading.get_ident()
    _importing.add(this_thread)
    try:
        yield
    finally:
        _importing.discard(this_thread)


def wait_for_imports() -> None:
    """Wait until no other thread imports a module of ipwrap, or at most `IMPORT_SECONDS`."""
    deadline = time.monotonic() + IMPORT_SECONDS

    while _is_importing_elsewhere() and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def _is_importing_elsewhere() -> bool:
    """Return whether another thread imports a module of ipwrap, or is in a block as above."""
    this_thread = threading.get_ident()
    if _importing - {this_thread}:
        return True

    # Not sys.modules: an import that has not found its file yet is only among the locks.
    bootstrap: Any = vars(importlib).get("_bootstrap")
    references = getattr(bootstrap, "_module_locks", {})

    for name, reference in list(references.items()):
        if name != PACKAGE and not name.startswith(f"{PACKAGE}."):
            continue

        owner = getattr(reference(), "owner", None)
        if owner not in (None, this_thread):
            return True

    return False
