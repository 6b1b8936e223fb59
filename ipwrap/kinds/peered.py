"""`Peered`: a kind of link that comes in pairs, and the grammar of the other end."""

from typing import Any

from attrs import field, frozen

from ipwrap.kinds.base import LinkKind
from ipwrap.kinds.linkopts import LinkOptions
from ipwrap.names import link_name
from ipwrap.option import build

__all__ = ["Peered"]


@frozen(kw_only=True)
class Peered(LinkKind):
    """A pair of links. ``peer`` is the name of the other end, or else the kernel names it.

    The other end is a whole link: ``peer_options`` are those of every link (`LinkOptions`), and ``peer_netns`` is
    short for its ``netns``.
    """

    peer: str | None = None
    peer_netns: str | None = None
    peer_options: LinkOptions = field(factory=LinkOptions, hash=False)

    def words(self) -> tuple[str, ...]:
        """Return `peer name NAME` and the peer's options: `peer` has to be the first word after the kind."""
        other = self.other_end()
        return ("peer", *other) if other else ()

    def other_end(self) -> tuple[str, ...]:
        """Return the words of the other end: its name, and the options of a link."""
        options: dict[str, Any] = {**self.peer_options}
        if self.peer_netns is not None:
            options["netns"] = self.peer_netns
        named = ("name", link_name(self.peer, "peer")) if self.peer is not None else ()
        return (*named, *build(LinkOptions, options))

    @property
    def peers_place(self) -> str | int | None:
        """The namespace that is asked for the other end, or None for that of the first."""
        return self.peer_netns if self.peer_netns is not None else self.peer_options.get("netns")
