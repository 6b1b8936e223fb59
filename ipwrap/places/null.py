"""`NullPlace`: the place of a session whose commands reach no kernel, or one that its executor brings along."""

from attrs import define

__all__ = ["NullPlace"]


@define
class NullPlace:
    """No place. ``name`` is what the recording's header says."""

    name: str = "nowhere"
    isolated: bool = True

    def open(self) -> bool:
        """There is nothing to make ready."""
        return False

    def close(self) -> None:
        """There is nothing to leave."""

    def host_path(self, path: str) -> str:
        """Return the path as it is."""
        return path

    def wrap(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        """Return the words as they are."""
        return argv
