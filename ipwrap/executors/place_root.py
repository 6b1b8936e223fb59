"""`PlaceRoot`: the root directory of a place, held open to see whose a namespace's name is."""

import os
from typing import Self

from attrs import define

from ipwrap.errors import PlaceError
from ipwrap.places import Place
from ipwrap.system.held_descriptor import HeldDescriptor

__all__ = ["PlaceRoot"]

# Relative to the root, and without symbolic links: an absolute one would lead out of the place.
NETNS_DIR = (os.path.realpath("/var/run") + "/netns").lstrip("/")


@define(eq=False)
class PlaceRoot(HeldDescriptor):
    """The root directory of a place, held open to look at the files of namespaces.

    The same walk as by `Place.host_path`, begun behind `/proc/PID/root` of a sandbox: the kernel
    takes six times as long for a path through that link, and every command looks once.
    """

    @classmethod
    def open(cls, place: Place) -> Self | None:
        """Open the root of a place; None where this process cannot see it."""
        try:
            return cls(os.open(place.host_path("/"), os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC))
        except (OSError, PlaceError):
            return None

    def read_netns_identity(self, netns: str) -> tuple[int, int] | None:
        """Return device and inode of the namespace with a name, None if the name is free."""
        try:
            status = os.stat(f"{NETNS_DIR}/{netns}", dir_fd=self.fd)
        except OSError:
            return None

        return (status.st_dev, status.st_ino)
