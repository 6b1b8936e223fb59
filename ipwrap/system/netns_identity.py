"""`netns_identity`: whether a name still belongs to the network namespace that it belonged to."""

import os

__all__ = ["NETNS_FOLDER", "netns_identity"]

# NETNS_RUN_DIR in include/namespace.h of iproute2
NETNS_FOLDER = "/var/run/netns"


def netns_identity(name: str) -> str | None:
    """Return the identity of a named namespace on this host; None for a missing name.

    The kernel reuses the inode of a deleted namespace for a new namespace, with a later time: the
    time of the inode distinguishes the two.
    """
    try:
        status = os.stat(os.path.join(NETNS_FOLDER, name))
    except OSError:
        return None
    return f"{status.st_dev}:{status.st_ino}:{status.st_ctime_ns}"
