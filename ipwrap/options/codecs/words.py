"""Codecs of words: free text, several words in a row, and a choice of words."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from ipwrap.errors import InvalidArgument
from ipwrap.options import validation
from ipwrap.options.codecs.base import Codec, Json

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Choice", "ChoiceOr", "PositionalChoice", "PresenceChoice", "Text", "Words"]


class Text(Codec, frozen=True):
    """Any text, also an empty one, up to ``max_length`` bytes."""

    max_length: int | None = None

    def format(self, keyword: str, value: Any) -> str:
        """Return the text."""
        if not isinstance(value, str):
            raise InvalidArgument(f"{keyword}: {value!r} is not text")

        # File names can contain bytes that are no UTF-8, which Python decodes to surrogates.
        if self.max_length is not None:
            size = len(value.encode(errors="surrogateescape"))
            if size > self.max_length:
                raise InvalidArgument(
                    f"{keyword}: longer than {self.max_length} bytes: {value!r}",
                )

        return validation.check_encodable(value, keyword)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of texts up to 240 bytes, the least maximum of a table."""
        from ipwrap.options.codecs.strategies import TEXTS

        return TEXTS


class Words(Codec, frozen=True):
    """Several words in a row after the keyword, as the user gives them (`encap`, `features`)."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the keyword and the words."""
        words: Sequence[Any] = (value,) if isinstance(value, (str, int)) else value

        checked = [validation.check_argument(word, keyword) for word in words]
        return (keyword, *checked)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of single words and of tuples of words."""
        from hypothesis import strategies as st

        from ipwrap.options.codecs.strategies import WORDS

        lists = st.lists(
            WORDS,
            min_size=1,
            max_size=3,
        )
        return st.one_of(WORDS, lists.map(tuple))


class Choice(Codec, frozen=True):
    """One of several words, which JSON prints unchanged, or in capitals (``upper``).

    The words come from the option's `Literal` annotation, unless ``choices`` holds them.
    """

    choices: tuple[str, ...] = ()
    upper: bool = False

    def with_choices(self, choices: tuple[str, ...]) -> "Choice":
        """Return the codec for the words of a `Literal`."""
        return self if self.choices else replace(self, choices=choices)

    def format(self, keyword: str, value: Any) -> str:
        """Return the word if it is a choice."""
        if value not in self.choices:
            known = ", ".join(self.choices)
            raise InvalidArgument(f"{keyword}: {value!r} is not one of {known}")
        return str(value)

    def from_json(self, data: Json, key: str) -> Any:
        """Return the word as on the command line."""
        value = data.get(key)
        # print_linkmode() and print_operstate() in ip/ipaddress.c print capitals.
        if self.upper and isinstance(value, str):
            return value.lower()
        return value

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of the choices."""
        from hypothesis import strategies as st

        return st.sampled_from(self.choices)


class PositionalChoice(Choice, frozen=True):
    """One of several words, without a keyword before it."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the word alone."""
        return (self.format(keyword, value),)

    def keywords(self, _keyword: str) -> tuple[str, ...]:
        """Return the choices."""
        return self.choices

    def parse_args(self, _keyword: str, arguments: Sequence[str]) -> tuple[Any, int]:
        """Return the word."""
        return arguments[0], 1


class PresenceChoice(Choice, frozen=True):
    """The only word of a choice, which JSON shows as a boolean: `dscp inherit`."""

    def from_json(self, data: Json, key: str) -> Any:
        """Return the word for true, or None."""
        return self.choices[0] if data.get(key) else None


class ChoiceOr(Codec, frozen=True):
    """One of several words, or a value of another codec: `ttl auto`, `ttl 64`."""

    choices: tuple[str, ...]
    other: Codec

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the keyword and the word, or the arguments of the other codec."""
        if isinstance(value, str) and value in self.choices:
            return (keyword, value)
        return self.other.format_args(keyword, value)

    def from_json(self, data: Json, key: str) -> Any:
        """Return the value of the other codec."""
        return self.other.from_json(data, key)

    def json_keys(self, key: str) -> tuple[str, ...]:
        """Return the keys of the other codec."""
        return self.other.json_keys(key)

    def keywords(self, keyword: str) -> tuple[str, ...]:
        """Return the keywords of the other codec."""
        return self.other.keywords(keyword)

    def parse_args(self, keyword: str, arguments: Sequence[str]) -> tuple[Any, int]:
        """Return the word, or the value of the other codec."""
        if arguments[1] in self.choices:
            return arguments[1], 2
        return self.other.parse_args(keyword, arguments)

    def to_python(self, value: Any) -> Any:
        """Return the word, or the value of the other codec."""
        return value if value in self.choices else self.other.to_python(value)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of the choices and of the values of the other codec."""
        from hypothesis import strategies as st

        values = self.other.strategy()
        if not self.choices:
            return values

        return st.sampled_from(self.choices) | values
