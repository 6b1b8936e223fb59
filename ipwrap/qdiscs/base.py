"""`TcKind`: what all kinds of qdiscs, classes, filters and actions share; and `Qdisc`, any qdisc by its name."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from attrs import evolve, field, fields_dict, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.kinds import Kind
from ipwrap.kinds.tunnel import WrapperCodec
from ipwrap.options import table, validation
from ipwrap.options.codecs import Codec
from ipwrap.options.table import at_default, parse, parse_args, to_args

__all__ = ["FollowingValue", "Qdisc", "TcKind", "option_metadata"]


@frozen
class FollowingValue(WrapperCodec):
    """A value that stands without a keyword, behind that of another option: `delay 100ms 10ms`."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the value."""
        return (self.inner.format(word, value),)

    def keywords(self, _word: str) -> tuple[str, ...]:
        """Return nothing: it stands behind another option."""
        return ()

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the value."""
        return self.inner.parse(words[1]), 2


def option_metadata(
    codec: Codec,
    *,
    word: str | None = None,
    key: str | None = None,
    since: str | None = None,
    requires: tuple[str, ...] | str = (),
) -> dict[str, Any]:
    """Return what a field is declared with, as by `ipwrap.options.table.row`, to be an option whose value is converted.

    ``after`` are the options, of which one has to be said for this one to have its place behind it.
    """
    about = table.option_metadata(codec, keyword=word, json_key=key, since=since)
    return {**about, "after": (requires,) if isinstance(requires, str) else requires}


@frozen(kw_only=True)
class TcKind:
    """One kind of qdisc, class, filter or action: the word that says which, and its options behind it.

    Every option is ``None`` where it is not said. Fields that the kernel only reports are left out when the words are
    built. ``extra`` holds the JSON keys that no field names. ``observed`` marks a kind that was read from the output of
    ``show``: it holds every option, also those that nobody has set.
    """

    kind: ClassVar[str] = ""
    attach_point: ClassVar[str] = "root"
    extra: dict[str, Any] = field(factory=dict, hash=False, kw_only=True)
    observed: bool = field(default=False, kw_only=True, eq=False, repr=False)

    @property
    def type(self) -> str:
        """The word that says which kind."""
        return self.kind

    def to_args(self) -> tuple[str, ...]:
        """Return the words behind the kind. Raises `InvalidArgument` for an option that stands behind one that is missing."""
        for name, about in fields_dict(type(self)).items():
            after = about.metadata.get("after", ())
            if (
                after
                and getattr(self, name) is not None
                and all(getattr(self, each) is None for each in after)
            ):
                raise InvalidArgument(
                    f"{name}: stands behind {' or '.join(after)}, which is not said"
                )
        return to_args(type(self), self)

    def words_to_add(self) -> tuple[str, ...]:
        """Return the words behind the kind that make one: an observed kind leaves out what is assumed anyway.

        Some of that no release of iproute2 can say, or not each one that shows it.
        """
        return self.without_defaults().to_args() if self.observed else self.to_args()

    def without_defaults(self) -> Self:
        """Return the kind with only those options that make a difference when it is made."""
        omitted: dict[str, Any] = dict.fromkeys(at_default(self))
        return evolve(self, **omitted)

    @classmethod
    def from_args(cls, words: Sequence[str]) -> Self:
        """Return the kind that words behind its name say. Raises `InvalidArgument` for a word that it has not."""
        said, count = parse_args(cls, words)
        if count != len(words):
            raise InvalidArgument(f"{words[count]!r} is no word of {cls.kind}")
        return cls(**said)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the kind that an object ``options`` describes."""
        return parse(cls, data, observed=True)


@frozen
class Qdisc(TcKind):
    """Any qdisc, by its name and the words of its options: one that ipwrap has no table for, say.

    ``Qdisc("cake", {"bandwidth": "10mbit", "nat": True})`` is ``cake bandwidth 10mbit nat``. Read from JSON,
    ``options`` holds what was shown.
    """

    name: str
    options: Mapping[str, Any] = field(factory=dict, hash=False)

    @property
    def type(self) -> str:
        """The word that says which kind."""
        return validation.check_argument(self.name, "kind")

    def to_args(self) -> tuple[str, ...]:
        """Return the options: True is a bare word, None is not said. Raises `InvalidArgument` for what is no word."""
        return Kind(self.name, self.options).to_args()
