"""`Machine`: the iproute2 release and the kernel of a session."""

from typing import Protocol, Self

from attrs import frozen

from ipwrap.system.release import Release

__all__ = ["Machine"]


class Header(Protocol):
    """The machine fields of a recording's header."""

    @property
    def iproute2(self) -> str | None:
        """The release of iproute2."""

    @property
    def kernel(self) -> str | None:
        """The release of the kernel."""


@frozen
class Machine:
    """The iproute2 release and the kernel of a session; None if the recording names none."""

    iproute2: str | None = None
    kernel: str | None = None

    @classmethod
    def of(cls, header: Header) -> Self:
        """Return the machine of a recording's header."""
        return cls(header.iproute2, header.kernel)

    def __str__(self) -> str:
        return f"{self.iproute2 or '(unknown)'} on Linux {self.kernel or '(unknown)'}"

    def prints_as(self, other: "Machine") -> bool:
        """Return whether both machines print the same keys: same release, same kernel.

        An unknown release or kernel counts as the same.
        """
        return _may_be_same(self.iproute2, other.iproute2) and _may_be_same(
            self.kernel,
            other.kernel,
        )

    def prints(self, since: str | None) -> bool:
        """Return whether neither iproute2 nor the kernel is older than the release of a key.

        An unknown release counts as older.
        """
        key_release = Release.parse(since)
        if key_release is None:
            return True

        # iproute2 has the number of the kernel whose netlink attributes it knows.
        releases = (Release.parse(self.iproute2), Release.parse(self.kernel))
        return all(release is not None and release >= key_release for release in releases)


def _may_be_same(left: str | None, right: str | None) -> bool:
    """Return whether two release names are equal, or unknown."""
    return left is None or right is None or left == right
