"""The base of all codecs: one word after its keyword, and the JSON value as it is."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from attrs import frozen

from ipwrap.options import validation

__all__ = ["Codec", "Json", "ReadOnly"]

Json = Mapping[str, Any]


@frozen
class Codec:
    """One word after its keyword, and the JSON value as it is. The base of the others.

    ``many`` says that the option may come again, each time with one part of its value, a tuple.
    """

    repeatable: ClassVar[bool] = False

    def with_choices(self, words: tuple[str, ...]) -> "Codec":  # noqa: ARG002 - for those that need them
        """Return the codec for an option whose type has these words in a `Literal`."""
        return self

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words for the command line."""
        return (word, self.format(word, value))

    def format(self, word: str, value: Any) -> str:
        """Return the value as one word."""
        return validation.check_argument(value, word)

    def from_json(self, data: Json, key: str) -> Any:
        """Return the value that the JSON object holds, or None."""
        return data.get(key)

    def json_keys(self, key: str) -> tuple[str, ...]:
        """Return the keys of the JSON object that this codec reads."""
        return (key,)

    def keywords(self, word: str, /) -> tuple[str, ...]:
        """Return the words with which the option can begin; none at all for one that has no keyword."""
        return (word,)

    def parse_args(self, _word: str, words: Sequence[str], /) -> tuple[Any, int]:
        """Return the value that words say, the keyword first, and how many of them: the inverse of ``words``.

        Raises `InvalidArgument`, `ValueError` or `IndexError` where they say none.
        """
        return self.parse(words[1]), 2

    def parse(self, text: str) -> Any:
        """Return the value that one word says: the inverse of ``spell``."""
        return text

    def to_python(self, value: Any) -> Any:
        """Return the value as a person would write it in Python."""
        return value


@frozen
class ReadOnly(Codec):
    """Read only: a key that iproute2 prints and no option sets."""
