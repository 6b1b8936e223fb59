"""Codecs of words: any text, several in a row, and one of a few."""

from collections.abc import Sequence
from typing import Any

from attrs import evolve, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.options import validation
from ipwrap.options.codecs.base import Codec, Json

__all__ = ["Choice", "ChoiceOr", "PositionalChoice", "PresenceChoice", "Text", "Words"]


@frozen
class Text(Codec):
    """Any text, also an empty one, up to so many bytes."""

    max_length: int | None = None

    def format(self, word: str, value: Any) -> str:
        """Return the text."""
        if not isinstance(value, str):
            raise InvalidArgument(f"{word}: {value!r} is not text")
        if (
            self.max_length is not None
            and len(value.encode(errors="surrogateescape")) > self.max_length
        ):
            raise InvalidArgument(f"{word}: longer than {self.max_length} bytes: {value!r}")
        return validation.check_encodable(value, word)


@frozen
class Words(Codec):
    """Several words in a row after the keyword, as the user gives them (`encap`, `features`)."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the keyword and the words."""
        values: Sequence[Any] = (value,) if isinstance(value, (str, int)) else value
        return (word, *(validation.check_argument(one, word) for one in values))


@frozen
class Choice(Codec):
    """One of a few words, which JSON prints as they are, or in capitals (``upper``).

    The words are those of the `Literal` that the option is annotated with, unless they are given here.
    """

    choices: tuple[str, ...] = ()
    upper: bool = False

    def with_choices(self, words: tuple[str, ...]) -> "Choice":
        """Return the codec for the words of a `Literal`."""
        return self if self.choices else evolve(self, choices=words)

    def format(self, word: str, value: Any) -> str:
        """Return the word if it is one of them."""
        if value not in self.choices:
            raise InvalidArgument(f"{word}: {value!r} is not one of {', '.join(self.choices)}")
        return str(value)

    def from_json(self, data: Json, key: str) -> Any:
        """Return the word as one would type it."""
        value = data.get(key)
        return value.lower() if self.upper and isinstance(value, str) else value


@frozen
class PositionalChoice(Choice):
    """One of a few words, without a keyword before it."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the word alone."""
        return (self.format(word, value),)

    def keywords(self, _word: str) -> tuple[str, ...]:
        """Return all the words."""
        return self.choices

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the word."""
        return words[0], 1


@frozen
class PresenceChoice(Choice):
    """One word, of which JSON shows only that it was said: `dscp inherit`."""

    def from_json(self, data: Json, key: str) -> Any:
        """Return the word for a truth."""
        return self.choices[0] if data.get(key) else None


@frozen
class ChoiceOr(Codec):
    """Either one of a few words or what another codec takes: `ttl auto`, `ttl 64`."""

    choices: tuple[str, ...]
    other: Codec

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the keyword and the word, or what the other codec says."""
        if isinstance(value, str) and value in self.choices:
            return (word, value)
        return self.other.format_args(word, value)

    def from_json(self, data: Json, key: str) -> Any:
        """Return what the other codec reads."""
        return self.other.from_json(data, key)

    def json_keys(self, key: str) -> tuple[str, ...]:
        """Return the keys of the other codec."""
        return self.other.json_keys(key)

    def keywords(self, word: str) -> tuple[str, ...]:
        """Return the words of the other codec."""
        return self.other.keywords(word)

    def parse_args(self, word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the word, or what the other codec takes."""
        return (words[1], 2) if words[1] in self.choices else self.other.parse_args(word, words)

    def to_python(self, value: Any) -> Any:
        """Return the word, or what the other codec says."""
        return value if value in self.choices else self.other.to_python(value)
