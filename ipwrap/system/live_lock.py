"""`LiveLock`: a lock on a file that a living process holds.

A pid says nothing in another pid namespace; the lock of a dead process is gone everywhere.
"""

import contextlib
import errno
import functools
import os
import weakref
from pathlib import Path
from typing import Self

from attrs import define

__all__ = ["LiveLock", "is_locked"]

_held: "weakref.WeakSet[LiveLock]" = weakref.WeakSet()


@define(eq=False, weakref_slot=True)
class LiveLock:
    """A lock that the kernel drops with the process, however the process ends: flock(2).

    The lock belongs to the open file, which a forked child inherits: the child closes its copy, and
    a child that lives longer does not keep the lock.
    """

    _descriptor: int | None

    @classmethod
    def hold(cls, path: str | os.PathLike[str]) -> Self | None:
        """Lock a file; return None where the file system refuses locks."""
        # Imported late: not every system has this module.
        import fcntl

        try:
            # NFS refuses an exclusive lock of a file that is open for reading only.
            descriptor = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            return None

        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return None

        lock = cls(descriptor)
        _register_at_fork()
        _held.add(lock)
        return lock

    def release(self) -> None:
        """Drop the lock; in a forked child, only close the child's copy of the file."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(descriptor)


def _release_in_child() -> None:
    """Close the locked files of the parent."""
    for lock in list(_held):
        lock.release()


@functools.cache
def _register_at_fork() -> None:
    """Have children close their copies: flock(2) holds as long as any copy is open."""
    os.register_at_fork(after_in_child=_release_in_child)


def is_locked(path: str | os.PathLike[str]) -> bool:
    """Return whether a living process holds the lock of a file.

    What cannot be known counts as locked: the file system may refuse locks.
    """
    import fcntl

    try:
        descriptor = os.open(Path(path), os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        return error.errno != errno.ENOENT

    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    finally:
        os.close(descriptor)
    return False
