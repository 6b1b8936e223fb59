"""`LiveLock`: a lock on a file that a living process holds.

A pid says nothing in another pid namespace; the lock of a dead process is gone everywhere.
"""

import contextlib
import errno
import os
from pathlib import Path
from typing import Self

from attrs import define

from ipwrap.system.forks import close_in_children
from ipwrap.system.process_identity import ProcessIdentity

__all__ = ["LiveLock", "is_locked", "writer_lives"]


@define(eq=False, weakref_slot=True)
class LiveLock:
    """A lock that the kernel drops with the process, however the process ends: flock(2).

    The lock belongs to the open file, which a forked child inherits: the child closes its copy, so
    that a longer living child does not keep the lock.
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
        close_in_children(lock)
        return lock

    def close_in_child(self) -> None:
        """Close this child's copy of the file: flock(2) holds as long as any copy is open."""
        self.release()

    def release(self) -> None:
        """Drop the lock; in a forked child, only close the child's copy of the file."""
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.close(descriptor)


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


def writer_lives(writer: ProcessIdentity, path: str | os.PathLike[str]) -> bool:
    """Return whether the process that writes a file, and holds its lock, still runs.

    In another pid namespace the process may be invisible: then the lock of the file decides.
    """
    if writer.is_alive:
        return True
    if not writer.is_from_this_boot or writer.is_in_this_pid_namespace:
        return False
    return is_locked(path)
