"""`NullPlace`: the place of a session whose executor needs no place."""

from collections.abc import Mapping

from attrs import define

__all__ = ["NullPlace"]


@define
class NullPlace:
    """A place without a network, for executors that reach no kernel or open a place themselves.

    ``name`` is the name of the place in the recording's header.
    """

    name: str = "nowhere"
    isolated: bool = True

    def open(self) -> bool:
        """Do nothing: the place is always open."""
        return False

    def close(self) -> None:
        """Do nothing: the place is always open."""

    def host_path(self, path: str) -> str:
        """Return the path unchanged."""
        return path

    def wrap(
        self,
        argv: tuple[str, ...],
        *,
        variables: Mapping[str, str] | None = None,  # noqa: ARG002 - as `Place`
    ) -> tuple[str, ...]:
        """Return the argv unchanged."""
        return argv
