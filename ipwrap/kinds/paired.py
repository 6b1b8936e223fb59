"""`PairedKind`: a kind of link that comes in pairs, and the grammar of the other end."""

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
    """A pair of links. ``peer`` is the name of the other end, or else the kernel names it.

    The other end is a whole link: ``peer_options`` are those of every link (`LinkOptions`), and ``peer_netns`` is
    short for its ``netns``.
    """

    peer: str | None = None
    peer_netns: str | None = None
    peer_options: LinkOptions = field(factory=LinkOptions, hash=False)

    def to_args(self) -> tuple[str, ...]:
        """Return `peer name NAME` and the peer's options: `peer` has to be the first word after the kind."""
        other = self.other_end()
        return ("peer", *other) if other else ()

    @classmethod
    def from_args(cls, words: Sequence[str]) -> Self:
        """Return the pair that words after ``type KIND`` say."""
        if not words:
            return cls()
        if words[0] != "peer":
            raise InvalidArgument(f"{words[0]!r}: the first word of {cls.kind} has to be peer")
        return cls(**cls.end_from_args(words[1:]))

    @classmethod
    def end_from_args(cls, words: Sequence[str]) -> dict[str, Any]:
        """Return the fields that say the other end."""
        rows = (Option(NewName(), "name", name="name"), *options_of(LinkOptions))
        said, count = parse_options(rows, words, alias_table(LinkOptions.__name__))
        if count != len(words):
            raise InvalidArgument(f"{words[count]!r} is no word of a link")
        named = {"peer": said.pop("name", None), "peer_netns": said.pop("netns", None)}
        return {**named, "peer_options": said}

    def other_end(self) -> tuple[str, ...]:
        """Return the words of the other end: its name, and the options of a link."""
        options: dict[str, Any] = {**self.peer_options}
        if self.peer_netns is not None:
            options["netns"] = self.peer_netns
        named = ("name", check_link_name(self.peer, "peer")) if self.peer is not None else ()
        return (*named, *to_args(LinkOptions, options))

    @property
    def peer_location(self) -> str | int | None:
        """The namespace that is asked for the other end, or None for that of the first."""
        return self.peer_netns if self.peer_netns is not None else self.peer_options.get("netns")
