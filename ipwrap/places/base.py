"""`Place`: the protocol of the places where commands run."""

from collections.abc import Mapping
from typing import Protocol

__all__ = ["Place"]


class Place(Protocol):
    """A place where commands run: wraps an argv, and can be opened and closed."""

    @property
    def name(self) -> str:
        """The name of the place in the recording's header."""

    @property
    def isolated(self) -> bool:
        """Whether no other program can change the network of the place."""

    def open(self) -> bool:
        """Open the place. Raises `PlaceError`.

        Return whether the place was closed before: then the caller also has to close the place.
        """

    def close(self) -> None:
        """Close the place. A second call has no effect."""

    def host_path(self, path: str) -> str:
        """Return the path by which this process sees a file of the place."""

    def wrap(
        self, argv: tuple[str, ...], *, variables: Mapping[str, str] | None = None
    ) -> tuple[str, ...]:
        """Return the argv that runs ``argv`` inside the place.

        ``variables`` are in the environment of the argv, and have to reach ``argv``.
        """
