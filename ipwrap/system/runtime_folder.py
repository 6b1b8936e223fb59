"""`runtime_folder`: this user's private folder for files that the next boot removes."""

import os
import stat
import tempfile
from pathlib import Path

from ipwrap.errors import IpwrapError

__all__ = ["runtime_folder"]


def runtime_folder() -> Path:
    """Return the folder, which is created if necessary.

    The folder is ``ipwrap`` below XDG_RUNTIME_DIR, for root below /run, or else a private folder
    for temporary files. Raises `IpwrapError` for a folder that another user could write to.
    """
    folder = _candidate()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        status = folder.lstat()
    except OSError as error:
        raise IpwrapError(
            f"{folder}: cannot be made: {error.strerror}; set XDG_RUNTIME_DIR to a folder of yours"
        ) from error

    is_private = status.st_uid == os.geteuid() and not status.st_mode & 0o022
    if not stat.S_ISDIR(status.st_mode) or not is_private:
        raise IpwrapError(
            f"{folder}: is no folder of this user's alone, so that nothing in it is trusted; "
            "set XDG_RUNTIME_DIR to a folder of yours"
        )
    return folder


def _candidate() -> Path:
    """Return the path of the folder, which may not exist."""
    user = os.geteuid()

    base = os.environ.get("XDG_RUNTIME_DIR")
    # sudo may keep the variable of the user who calls it.
    if base and os.path.isdir(base) and os.stat(base).st_uid == user:
        return Path(base) / "ipwrap"
    if user == 0:
        return Path("/run/ipwrap")
    return Path(tempfile.gettempdir()) / f"ipwrap-{user}"
