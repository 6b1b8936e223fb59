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


@frozen
class PeerOption(WrapperCodec):
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
        if arguments[1] not in self.inner.keywords(self.inner_keyword):
            raise InvalidArgument(f"{arguments[1]!r} is not {self.inner_keyword}")

        value, count = self.inner.parse_args(self.inner_keyword, arguments[1:])
        return value, count + 1


@frozen(kw_only=True)
class Netkit(PairedKind):
    """A pair of links with a BPF program at each end. ip-link(8) "netkit Type Support"; ip/iplink_netkit.c, since 6.8.

    ``Netkit(policy="blackhole", peer="eth0", peer_policy="forward", peer_netns="ns1")`` is
    ``type netkit blackhole peer forward name eth0 netns ns1``. Both ends can be changed by the first one (``primary``).
    """

    kind: ClassVar[str] = "netkit"
    needs_own_process: ClassVar[bool] = (
        True  # the parser remembers that it has seen `mode` and `peer`
    )

    mode: Literal["l3", "l2"] | None = option(Choice(), since="6.8", default="l3")
    policy: Policy | None = option(
        PositionalChoice(), keyword="forward", json_key="policy", since="6.8", default="forward"
    )
    scrub: Scrub | None = option(Choice(), since="6.15", default="default")
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
        """Return this end's options, and then, after one `peer`, all that is said of the other end."""
        said = to_args(type(self), self)
        first = said.index("peer") if "peer" in said else len(said)
        other = (*(word for word in said[first:] if word != "peer"), *self.other_end())
        return (*said[:first], "peer", *other) if other else said

    @classmethod
    def from_args(cls, words: Sequence[str]) -> Self:
        """Return the kind that such words say: those behind `peer` begin with the other end's policy or scrub."""
        place = words.index("peer") if "peer" in words else len(words)
        said, count = parse_args(cls, words[:place])
        rest = [*words[place + 1 :]]
        if count != place:
            raise InvalidArgument(f"{words[count]!r} is no word of {cls.kind}")
        if rest and rest[0] in get_args(Policy):
            said["peer_policy"] = rest.pop(0)
        if rest and rest[0] == "scrub":
            said["peer_scrub"], rest = rest[1], rest[2:]
        return cls(**said, **cls.end_from_args(rest))
