"""`type netkit`."""

from collections.abc import Sequence
from typing import Any, ClassVar, Literal, Self, get_args

from attrs import frozen

from ipwrap.errors import BadValue
from ipwrap.kinds.paired import Peered
from ipwrap.kinds.tunnel import Around
from ipwrap.options.codecs import Bare, Choice
from ipwrap.options.table import build, option, shown, take

__all__ = ["Netkit", "OfPeer"]

Policy = Literal["forward", "blackhole"]
Scrub = Literal["default", "none"]


@frozen
class OfPeer(Around):
    """An option of the other end: it stands after `peer`, where it has the same word (``inner``) as this end's."""

    inner: str

    def words(self, word: str, value: Any) -> tuple[str, ...]:
        """Return `peer` and the option's words."""
        return (word, *self.other.words(self.inner, value))

    def heads(self, word: str) -> tuple[str, ...]:
        """Return `peer`."""
        return (word,)

    def take(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return what stands after `peer`."""
        if words[1] not in self.other.heads(self.inner):
            raise BadValue(f"{words[1]!r} is not {self.inner}")
        value, count = self.other.take(self.inner, words[1:])
        return value, count + 1


@frozen(kw_only=True)
class Netkit(Peered):
    """A pair of links with a BPF program at each end. ip-link(8) "netkit Type Support"; ip/iplink_netkit.c, since 6.8.

    ``Netkit(policy="blackhole", peer="eth0", peer_policy="forward", peer_netns="ns1")`` is
    ``type netkit blackhole peer forward name eth0 netns ns1``. Both ends can be changed by the first one (``primary``).
    """

    kind: ClassVar[str] = "netkit"
    alone: ClassVar[bool] = True  # the parser remembers that it has seen `mode` and `peer`

    mode: Literal["l3", "l2"] | None = option(Choice(), since="6.8", default="l3")
    policy: Policy | None = option(Bare(), word="forward", key="policy", since="6.8", default="forward")
    scrub: Scrub | None = option(Choice(), since="6.15", default="default")
    peer_policy: Policy | None = option(
        OfPeer(Bare(), "policy"), word="peer", key="peer_policy", since="6.8", default="forward"
    )
    peer_scrub: Scrub | None = option(
        OfPeer(Choice(), "scrub"), word="peer", key="peer_scrub", since="6.15", default="default"
    )

    type_: str | None = shown(key="type", since="6.8")

    def words(self) -> tuple[str, ...]:
        """Return this end's options, and then, after one `peer`, all that is said of the other end."""
        said = build(type(self), self)
        first = said.index("peer") if "peer" in said else len(said)
        other = (*(word for word in said[first:] if word != "peer"), *self.other_end())
        return (*said[:first], "peer", *other) if other else said

    @classmethod
    def from_words(cls, words: Sequence[str]) -> Self:
        """Return the kind that such words say: those behind `peer` begin with the other end's policy or scrub."""
        place = words.index("peer") if "peer" in words else len(words)
        said, count = take(cls, words[:place])
        rest = [*words[place + 1 :]]
        if count != place:
            raise BadValue(f"{words[count]!r} is no word of {cls.kind}")
        if rest and rest[0] in get_args(Policy):
            said["peer_policy"] = rest.pop(0)
        if rest and rest[0] == "scrub":
            said["peer_scrub"], rest = rest[1], rest[2:]
        return cls(**said, **cls.end_from_words(rest))
