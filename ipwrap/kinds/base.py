"""`Kind`: what all kinds of links share."""

from collections.abc import Mapping
from typing import Any, ClassVar, Self

from attrs import field, frozen

from ipwrap.option import build, parse

__all__ = ["Kind", "Other"]


@frozen(kw_only=True)
class Kind:
    """One type of link, or of port (``bridge_slave``): ``ip link add … type KIND OPTIONS``.

    Every option is ``None`` where it is not said. Fields that the kernel only reports are left out when the words are
    built. ``extra`` holds the JSON keys that no field names.
    """

    kind: ClassVar[str] = ""
    extra: dict[str, Any] = field(factory=dict, hash=False)

    @property
    def type(self) -> str:
        """The word after ``type``."""
        return self.kind

    def words(self) -> tuple[str, ...]:
        """Return the words after ``type KIND``."""
        return build(type(self), self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the kind that an ``info_data`` (or ``info_slave_data``) object describes."""
        return parse(cls, data)


@frozen(kw_only=True)
class Other(Kind):
    """A kind that ipwrap has no table for yet: its name, and the words of its options as one types them.

    ``Other(name="bond", options=("mode", "802.3ad"))``. Read from JSON, everything is in ``extra``.
    """

    name: str
    options: tuple[str, ...] = ()

    @property
    def type(self) -> str:
        """The word after ``type``."""
        return self.name

    def words(self) -> tuple[str, ...]:
        """Return the options as they were given."""
        return self.options
