"""`Place`: where commands run. A place only wraps argv and has a life."""

from typing import Protocol

__all__ = ["Place"]


class Place(Protocol):
    """A place where commands run."""

    @property
    def name(self) -> str:
        """What the recording's header says of the place."""

    @property
    def isolated(self) -> bool:
        """Whether nobody else can change what is in it."""

    def open(self) -> bool:
        """Make it ready; return whether it was not before: who opened it closes it. Raises `PlaceError`."""

    def close(self) -> None:
        """Leave it. Calling it again does nothing."""

    def host_path(self, path: str) -> str:
        """Return the path by which this process sees a file of the place."""

    def wrap(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        """Return the words that run these words there."""
