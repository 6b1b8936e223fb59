"""`LinkKind`: what all kinds of links share; and `Kind`, any kind by its name."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from attrs import evolve, field, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.options import validation
from ipwrap.options.table import at_default, options_of, parse, parse_args, to_args

__all__ = ["Kind", "LinkKind"]


@frozen(kw_only=True)
class LinkKind:
    """One type of link, or of port (``bridge_slave``): ``ip link add … type KIND OPTIONS``.

    Every option is ``None`` where it is not said. Fields that the kernel only reports are left out when the words are
    built. ``extra`` holds the JSON keys that no field names. ``observed`` marks a kind that was read from the output of
    ``show``: it holds every option, also those that nobody has set.
    """

    kind: ClassVar[str] = ""
    needs_port: ClassVar[frozenset[str]] = (
        frozenset()
    )  # options that can be set only once the link has ports
    needs_own_process: ClassVar[bool] = (
        False  # its words need a process of their own: iproute2 remembers what it has seen of them
    )
    # What the kernel chooses for a link made without any word behind its kind, where iproute2 would choose otherwise:
    # it asks a kind's parser only if there are words (iplink_modify() in ip/iplink.c).
    wordless: ClassVar[Mapping[str, Any]] = {}
    extra: dict[str, Any] = field(factory=dict, hash=False, kw_only=True)
    observed: bool = field(default=False, kw_only=True, eq=False, repr=False)

    @property
    def type(self) -> str:
        """The word after ``type``."""
        return self.kind

    @property
    def lower_link(self) -> str | None:
        """The link that an option names and that this one cannot outlive."""
        return None

    def to_args(self) -> tuple[str, ...]:
        """Return the words after ``type KIND``."""
        return to_args(type(self), self)

    def words_to_add(self) -> tuple[str, ...]:
        """Return the words after ``type KIND`` that make a link of this kind.

        An observed kind leaves out what the kernel assumes anyway, since saying it is not always the same: a vxlan's
        ``noremcsumrx`` uses bits that are reserved otherwise (Linux 6.14), a kernel without VLAN filtering shows
        ``mst_enabled`` and refuses it, a bond shows the options of all modes and takes those of its own. What a person
        has set is written as it is.
        """
        return self.without_defaults().to_args() if self.observed else self.to_args()

    def without_defaults(self) -> Self:
        """Return the kind with only those options that make a difference when a link is made."""
        omitted: dict[str, Any] = dict.fromkeys((*at_default(self), *self.needs_port))
        kind = evolve(self, **omitted)

        values = {
            row.name: getattr(kind, row.name) for row in options_of(type(self)) if row.keyword
        }
        left = {name: value for name, value in values.items() if value is not None}
        if left != self.wordless:
            return kind

        nothing: dict[str, Any] = dict.fromkeys(left)
        return evolve(kind, **nothing)

    @classmethod
    def from_args(cls, words: Sequence[str]) -> Self:
        """Return the kind that words after ``type KIND`` say. Raises `InvalidArgument` for a word that it has not."""
        said, count = parse_args(cls, words)
        if count != len(words):
            raise InvalidArgument(f"{words[count]!r} is no word of {cls.kind}")
        return cls(**said)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Return the kind that an ``info_data`` (or ``info_slave_data``) object describes."""
        return parse(cls, data, observed=True)


@frozen
class Kind(LinkKind):
    """Any kind, by its name and the words of its options: one that ipwrap has no table for, say.

    ``Kind("foo", {"mode": "fast", "id": 7, "on": True, "range": (1, 9)})`` is ``type foo mode fast id 7 on range 1 9``.
    Read from JSON, ``options`` holds what was shown.
    """

    needs_own_process: ClassVar[bool] = True  # what its parser remembers nobody has looked up

    name: str
    options: Mapping[str, Any] = field(factory=dict, hash=False)

    @property
    def type(self) -> str:
        """The word after ``type``."""
        return validation.check_argument(self.name, "type")

    def to_args(self) -> tuple[str, ...]:
        """Return the options: True is a bare word, None is not said. Raises `InvalidArgument` for what is no word."""
        return tuple(part for word, value in self.options.items() for part in _words(word, value))


def _words(word: str, value: Any) -> tuple[str, ...]:
    """Return one option of a kind without a table."""
    if value is None:
        return ()
    if value is True:
        return (validation.check_argument(word, "option"),)
    if value is False:
        raise InvalidArgument(
            f"{word}: False has no word in a kind without a table; give the word itself, such as 'no{word}'"
        )
    values = value if isinstance(value, (tuple, list)) else (value,)
    return (
        validation.check_argument(word, "option"),
        *(validation.check_argument(each, word) for each in values),
    )
