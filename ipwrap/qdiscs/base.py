"""`TcKind`: what all kinds of qdiscs, classes, filters and actions share; and `Qdisc`, any qdisc by its name."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from attrs import evolve, field, fields_dict, frozen

from ipwrap.errors import BadValue
from ipwrap.kinds import Kind
from ipwrap.kinds.tunnel import Around
from ipwrap.options import table, validation
from ipwrap.options.codecs import Codec
from ipwrap.options.table import at_default, build, parse, take

__all__ = ["Qdisc", "TcKind", "Then", "row"]


@frozen
class Then(Around):
    """A value that stands without a keyword, behind that of another option: `delay 100ms 10ms`."""

    def words(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the value."""
        return (self.other.spell(word, value),)

    def heads(self, _word: str) -> tuple[str, ...]:
        """Return nothing: it stands behind another option."""
        return ()

    def take(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the value."""
        return self.other.unspell(words[1]), 2


def row(
    codec: Codec,
    *,
    word: str | None = None,
    key: str | None = None,
    since: str | None = None,
    after: tuple[str, ...] | str = (),
) -> dict[str, Any]:
    """Return what a field is declared with, as by `ipwrap.options.table.row`, to be an option whose value is converted.

    ``after`` are the options, of which one has to be said for this one to have its place behind it.
    """
    about = table.row(codec, word=word, key=key, since=since)
    return {**about, "after": (after,) if isinstance(after, str) else after}


@frozen(kw_only=True)
class TcKind:
    """One kind of qdisc, class, filter or action: the word that says which, and its options behind it.

    Every option is ``None`` where it is not said. Fields that the kernel only reports are left out when the words are
    built. ``extra`` holds the JSON keys that no field names. ``observed`` marks a kind that was read from the output of
    ``show``: it holds every option, also those that nobody has set.
    """

    kind: ClassVar[str] = ""
    place: ClassVar[str] = "root"
    extra: dict[str, Any] = field(factory=dict, hash=False, kw_only=True)
    observed: bool = field(default=False, kw_only=True, eq=False, repr=False)

    @property
    def type(self) -> str:
        """The word that says which kind."""
        return self.kind

    def words(self) -> tuple[str, ...]:
        """Return the words behind the kind. Raises `BadValue` for an option that stands behind one that is missing."""
        for name, about in fields_dict(type(self)).items():
            after = about.metadata.get("after", ())
            if after and getattr(self, name) is not None and all(getattr(self, each) is None for each in after):
                raise BadValue(f"{name}: stands behind {' or '.join(after)}, which is not said")
        return build(type(self), self)

    def words_to_add(self) -> tuple[str, ...]:
        """Return the words behind the kind that make one: an observed kind leaves out what is assumed anyway.

        Some of that no release of iproute2 can say, or not each one that shows it.
        """
        return self.without_defaults().words() if self.observed else self.words()

    def without_defaults(self) -> Self:
        """Return the kind with only those options that make a difference when it is made."""
        omitted: dict[str, Any] = dict.fromkeys(at_default(self))
        return evolve(self, **omitted)

    @classmethod
    def from_words(cls, words: Sequence[str]) -> Self:
        """Return the kind that words behind its name say. Raises `BadValue` for a word that it has not."""
        said, count = take(cls, words)
        if count != len(words):
            raise BadValue(f"{words[count]!r} is no word of {cls.kind}")
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
        return validation.word(self.name, "kind")

    def words(self) -> tuple[str, ...]:
        """Return the options: True is a bare word, None is not said. Raises `BadValue` for what is no word."""
        return Kind(self.name, self.options).words()
