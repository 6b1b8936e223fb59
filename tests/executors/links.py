"""The names of links, for short assertions."""

from collections.abc import Iterable
from typing import Protocol

__all__ = ["names_of"]


class Named(Protocol):
    """A model with the name of a link."""

    @property
    def ifname(self) -> str:
        """The name."""


def names_of(links: Iterable[Named]) -> list[str]:
    """Return the names of links, in order."""
    return [link.ifname for link in links]
