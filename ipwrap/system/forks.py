"""`close_in_children`: the descriptors that a forked child closes at once.

A child of fork(2) gets a copy of every descriptor, by os.fork() and by multiprocessing. The copies
would keep workers and sandboxes alive after the parent has closed its descriptors, since a worker
ends at the end of a pipe; and a child that used the copies would take replies to the parent's
commands.
"""

import contextlib
import os
import weakref
from typing import Protocol

__all__ = ["ClosedInChildren", "close_in_children", "describe_foreign_process"]


class ClosedInChildren(Protocol):
    """An object with descriptors that are of no use to a forked child."""

    def close_in_child(self) -> None:
        """Close this process's copies of the descriptors, without an effect on the parent."""


_items_by_id: "weakref.WeakValueDictionary[int, ClosedInChildren]" = weakref.WeakValueDictionary()
_is_registered = False


def close_in_children(item: ClosedInChildren) -> None:
    """Call ``item.close_in_child()`` in every child forked from now on, while the item exists."""
    global _is_registered  # a handler of os.register_at_fork() stays for ever
    if not _is_registered:
        os.register_at_fork(after_in_child=_close_all)
        _is_registered = True

    _items_by_id[id(item)] = item


def _close_all() -> None:
    """Close the copies of this child. No lock is taken: a thread of the parent may hold it."""
    for item in list(_items_by_id.values()):
        # What another thread was changing during the fork may be in any state.
        with contextlib.suppress(Exception):
            item.close_in_child()

    _items_by_id.clear()


def describe_foreign_process(pid: int) -> str:
    """Return the part of an error message about an object that another process has opened."""
    return f"opened by process {pid}, and this is process {os.getpid()}, forked from it"
