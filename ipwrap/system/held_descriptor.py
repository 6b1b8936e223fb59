"""`HeldDescriptor`: a file descriptor that an object holds open, and closes once."""

import contextlib
import os

from attrs import define

from ipwrap.system.forks import close_in_children

__all__ = ["CLOSED", "HeldDescriptor"]

CLOSED = -1  # instead of a descriptor


@define(eq=False)
class HeldDescriptor:
    """A base for objects with a descriptor: closed with the object, and in forked children."""

    fd: int

    def __attrs_post_init__(self) -> None:
        close_in_children(self)

    def close(self) -> None:
        """Close the descriptor. A second call has no effect."""
        # The number is forgotten first: it soon belongs to another file.
        fd, self.fd = self.fd, CLOSED
        if fd != CLOSED:
            os.close(fd)

    def close_in_child(self) -> None:
        """Close this child's copy of the descriptor."""
        self.close()

    def __del__(self) -> None:
        with contextlib.suppress(AttributeError):  # interrupted in its making
            self.close()
