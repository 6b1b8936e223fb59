"""Temporary files, which need room and may be interrupted: an error, and nothing is left behind."""

import contextlib
import os
import re
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

from ipwrap.errors import IpwrapError
from ipwrap.system.live_lock import LiveLock, is_locked

__all__ = ["replaced_file", "temporary_files"]

# Signals that end a process at once, without a chance to remove anything, unless they are handled.
FATAL_SIGNALS = tuple(
    getattr(signal, name) for name in ("SIGHUP", "SIGTERM") if hasattr(signal, name)
)

HAS_LOCKS = sys.platform != "win32"

# Characters of the target's name: NAME_MAX (255 bytes) includes what is added to the name.
MAX_NAME = 50


@contextmanager
def temporary_files() -> Iterator[None]:
    """Raise `IpwrapError` with advice if the block fails to write a temporary file."""
    try:
        yield
    except OSError as error:
        advice = "set TMPDIR to a folder that can be written and has room"
        raise IpwrapError(
            f"a temporary file cannot be written: {error.strerror}; {advice}"
        ) from error


@contextmanager
def replaced_file(target: Path, *, mode: int = 0o600) -> Iterator[Path]:
    """Yield the path of an empty new file, which replaces the target at the end of the block.

    ``mode`` are the permissions of the new file, less the mask of the process (umask(2)).

    An error in the block, Ctrl-C, SIGTERM and SIGHUP leave the target unchanged, and remove the new
    file. A new file left by SIGKILL is removed by the next call for the same target. Raises
    `OSError`.
    """
    prefix = f".{target.name[:MAX_NAME]}.ipwrap-"
    _remove_stale(target.parent, prefix)

    partial = target.with_name(f"{prefix}{os.getpid()}-{threading.get_ident()}")
    lock = None
    with _removed_by_signals(partial):
        try:
            os.close(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode))
            lock = LiveLock.hold(partial) if HAS_LOCKS else None
            yield partial
            partial.replace(target)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise
        finally:
            if lock is not None:
                lock.release()


@contextmanager
def _removed_by_signals(path: Path) -> Iterator[None]:
    """Remove a file before a signal ends the process in the block."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def end(number: int, _: FrameType | None) -> None:
        """Remove the file, and end by the same signal."""
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    previous: dict[int, Any] = {}
    try:
        for number in FATAL_SIGNALS:
            # Another handler raises an exception, or goes on.
            if signal.getsignal(number) is signal.SIG_DFL:
                previous[number] = signal.signal(number, end)
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _remove_stale(folder: Path, prefix: str) -> None:
    """Remove the files of processes that were killed, as far as it is allowed."""
    if os.name != "posix":  # there is no way to ask for a process without ending it
        return

    pattern = re.compile(re.escape(prefix) + r"(\d+)-\d+")

    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            match = pattern.fullmatch(path.name)
            # The lock tells of a process in another pid namespace, the pid of one without a lock.
            if match and not _is_running(int(match[1])) and not _is_held(path):
                path.unlink(missing_ok=True)


def _is_held(path: Path) -> bool:
    """Return whether a living process holds the lock of a file; no, where files have none."""
    return HAS_LOCKS and is_locked(path)


def _is_running(pid: int) -> bool:
    """Return whether another process has a number; also of a process of another user."""
    if pid == os.getpid():
        return False

    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
