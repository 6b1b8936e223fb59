"""`Machine`: the release of iproute2, and the kernel, that showed a state or ran a session."""

from typing import Protocol, Self

from attrs import frozen

from ipwrap.system.release import Release

__all__ = ["Machine"]


class Header(Protocol):
    """The part of a recording's header that names the machine."""

    @property
    def iproute2(self) -> str | None:
        """The release of iproute2."""

    @property
    def kernel(self) -> str | None:
        """The release of the kernel."""


@frozen
class Machine:
    """The release of iproute2, and the kernel, of one session.

    None where a recording does not hold it.
    """

    iproute2: str | None = None
    kernel: str | None = None

    @classmethod
    def of(cls, header: Header) -> Self:
        """Return the machine that a recording's header names."""
        return cls(header.iproute2, header.kernel)

    def __str__(self) -> str:
        return f"{self.iproute2 or '(unknown)'} on Linux {self.kernel or '(unknown)'}"

    def prints_as(self, other: "Machine") -> bool:
        """Return whether both surely print the same keys: one release, one kernel.

        What is unknown is taken for one.
        """
        pairs = ((self.iproute2, other.iproute2), (self.kernel, other.kernel))
        return all(None in pair or pair[0] == pair[1] for pair in pairs)

    def prints(self, since: str | None) -> bool:
        """Return whether a key that came with a release can be there: neither iproute2 nor the
        kernel is older.

        A kernel and the iproute2 that came with it have the same number. One that is unknown counts
        as older.
        """
        first = Release.parse(since)
        if first is None:
            return True

        here = [Release.parse(each) for each in (self.iproute2, self.kernel)]
        return all(release is not None and release >= first for release in here)
