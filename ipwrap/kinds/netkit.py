"""`type netkit`."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal, Self, get_args

from attrs import frozen

from ipwrap.errors import InvalidArgument
from ipwrap.kinds.paired import PairedKind
from ipwrap.options.codecs import Choice, PositionalChoice
from ipwrap.options.codecs.wrappers import WrapperCodec
from ipwrap.options.table import option, parse_args, read_only_field, to_args

__all__ = ["Netkit", "PeerOption"]

Policy = Literal["forward", "blackhole"]
Scrub = Literal["default", "none"]


class PeerOption(WrapperCodec, frozen=True):
    """An option of the peer, after `peer`. ``inner_keyword`` is its keyword for the first end."""

    inner_keyword: str

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return `peer` and the arguments of the option."""
        return (keyword, *self.inner.format_args(self.inner_keyword, value))

    def keywords(self, keyword: str) -> tuple[str, ...]:
        """Return `peer`."""
        return (keyword,)

    def parse_args(self, _keyword: str, arguments: Sequence[str]) -> tuple[Any, int]:
        """Return the value after `peer`."""
        peer_arguments = arguments[1:]
        inner_keywords = self.inner.keywords(self.inner_keyword)

        keyword = peer_arguments[0]
        if keyword not in inner_keywords:
            raise InvalidArgument(f"{keyword!r} is not {self.inner_keyword}")

        value, count = self.inner.parse_args(
            self.inner_keyword,
            peer_arguments,
        )
        return value, count + 1


@frozen(kw_only=True)
class Netkit(PairedKind):
    """A pair of links with a BPF program at each end.

    ip-link(8) "netkit Type Support"; ip/iplink_netkit.c, since 6.8. The first end (``primary``) can
    change both ends.

    ``Netkit(policy="blackhole", peer="eth0", peer_policy="forward", peer_netns="ns1")`` is
    ``type netkit blackhole peer forward name eth0 netns ns1``.
    """

    kind: ClassVar[str] = "netkit"

    mode: Literal["l3", "l2"] | None = option(Choice(), since="6.8", default="l3")
    policy: Policy | None = option(
        PositionalChoice(), keyword="forward", json_key="policy", since="6.8", default="forward"
    )
    scrub: Scrub | None = option(Choice(), since="6.15", default="default")
    # The peer's options have the keywords of this end, after `peer`.
    peer_policy: Policy | None = option(
        PeerOption(PositionalChoice(), "policy"),
        keyword="peer",
        json_key="peer_policy",
        since="6.8",
        default="forward",
    )
    peer_scrub: Scrub | None = option(
        PeerOption(Choice(), "scrub"),
        keyword="peer",
        json_key="peer_scrub",
        since="6.15",
        default="default",
    )

    type_: str | None = read_only_field(json_key="type", since="6.8")

    def to_args(self) -> tuple[str, ...]:
        """Return the options of this end, and then, after one `peer`, the options of the peer."""
        own_options, peer_options = _split_at_peer(to_args(type(self), self))

        # Every peer option begins with `peer`, which iproute2 accepts once.
        peer_arguments = [
            *(word for word in peer_options if word != "peer"),
            *self.peer_args(),
        ]
        if not peer_arguments:
            return own_options

        return (*own_options, "peer", *peer_arguments)

    @classmethod
    def from_args(cls, arguments: Sequence[str]) -> Self:
        """Parse the arguments after ``type netkit``.

        Behind `peer`, the policy and the scrub of the peer precede the options of a link.
        """
        own_options, peer_options = _split_at_peer(arguments)
        values, count = parse_args(cls, own_options)
        if count != len(own_options):
            raise InvalidArgument(f"{arguments[count]!r} is no word of {cls.kind}")

        link_options = list(peer_options)
        if link_options and link_options[0] in get_args(Policy):
            values["peer_policy"] = link_options.pop(0)
        if link_options and link_options[0] == "scrub":
            values["peer_scrub"] = link_options[1]
            del link_options[:2]

        peer_values = cls.parse_peer(link_options)
        return cls(
            **values,
            **peer_values,
        )


def _split_at_peer(arguments: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the arguments before and after the first `peer`."""
    if "peer" not in arguments:
        return tuple(arguments), ()

    position = arguments.index("peer")
    return (
        tuple(arguments[:position]),
        tuple(arguments[position + 1 :]),
    )
