"""`PairedKind`: a kind of link that comes in pairs, and the grammar of the peer."""

from collections.abc import Sequence
from typing import Any, Self

from attrs import field, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.kinds.base import LinkKind
from ipwrap.kinds.link_options import LinkOptions
from ipwrap.options.aliases import alias_table
from ipwrap.options.codecs import NewName
from ipwrap.options.table import Option, options_of, parse_options, to_args
from ipwrap.options.validation import check_link_name

__all__ = ["PairedKind"]


@frozen(kw_only=True)
class PairedKind(LinkKind):
    """A pair of links. ``peer`` is the name of the second link; the kernel names it by default.

    The peer is a whole link: ``peer_options`` are the options of every link (`LinkOptions`), and
    ``peer_netns`` is short for its ``netns``.
    """

    peer: str | None = None
    peer_netns: str | None = None
    peer_options: LinkOptions = field(factory=LinkOptions, hash=False)

    def to_args(self) -> tuple[str, ...]:
        """Return `peer name NAME` and the options of the peer.

        `peer` has to be the first argument after the kind.
        """
        peer_arguments = self.peer_args()
        return ("peer", *peer_arguments) if peer_arguments else ()

    @classmethod
    def from_args(cls, arguments: Sequence[str]) -> Self:
        """Parse the arguments after ``type KIND``."""
        if not arguments:
            return cls()
        if arguments[0] != "peer":
            raise InvalidArgument(f"{arguments[0]!r}: the first word of {cls.kind} has to be peer")

        return cls(**cls.parse_peer(arguments[1:]))

    @classmethod
    def parse_peer(cls, arguments: Sequence[str]) -> dict[str, Any]:
        """Parse the arguments after `peer` into the fields of the peer.

        Raises `InvalidArgument` for an argument that is no option of a link.
        """
        name = Option(NewName(), "name", name="name")
        values, count = parse_options(
            (name, *options_of(LinkOptions)),
            arguments,
            aliases=alias_table(LinkOptions.__name__),
        )
        if count != len(arguments):
            raise InvalidArgument(f"{arguments[count]!r} is no word of a link")

        return {
            "peer": values.pop("name", None),
            "peer_netns": values.pop("netns", None),
            "peer_options": values,
        }

    def peer_args(self) -> tuple[str, ...]:
        """Return the arguments after `peer`: the name, and the options of a link."""
        options: dict[str, Any] = {**self.peer_options}
        if self.peer_netns is not None:
            options["netns"] = self.peer_netns

        arguments = to_args(LinkOptions, options)
        if self.peer is None:
            return arguments

        name = check_link_name(self.peer, "peer")
        return ("name", name, *arguments)

    @property
    def peer_location(self) -> str | int | None:
        """The network namespace of the peer, or None for the namespace of the first link."""
        if self.peer_netns is not None:
            return self.peer_netns
        return self.peer_options.get("netns")
