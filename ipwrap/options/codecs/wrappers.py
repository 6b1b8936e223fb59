"""Codecs around another codec: nested JSON objects, and words with a JSON key of their own."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

from msgspec.structs import replace

from ipwrap.options.codecs.base import Codec, Json

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["ChoiceWithOwnKey", "NestedKey", "WrapperCodec", "innermost"]


class WrapperCodec(Codec, frozen=True):
    """A codec around an inner codec, which formats and parses. The base of wrappers."""

    inner: Codec

    def with_choices(self, choices: tuple[str, ...]) -> Self:
        """Return the codec around an inner codec with the choices of a `Literal`."""
        return replace(self, inner=self.inner.with_choices(choices))

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the arguments of the inner codec."""
        return self.inner.format_args(keyword, value)

    def from_json(self, data: Json, key: str) -> Any:
        """Return the value of the inner codec."""
        return self.inner.from_json(data, key)

    def json_keys(self, key: str) -> tuple[str, ...]:
        """Return the keys of the inner codec."""
        return self.inner.json_keys(key)

    def keywords(self, keyword: str) -> tuple[str, ...]:
        """Return the keywords of the inner codec."""
        return self.inner.keywords(keyword)

    def parse_args(self, keyword: str, arguments: Sequence[str]) -> tuple[Any, int]:
        """Return the value and the count of the inner codec."""
        return self.inner.parse_args(keyword, arguments)

    def to_python(self, value: Any) -> Any:
        """Return the value as the inner codec does."""
        return self.inner.to_python(value)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return the strategy of the inner codec."""
        return self.inner.strategy()


class NestedKey(WrapperCodec, frozen=True):
    """A value in a nested JSON object: the key `encap.type` is `type` in the object `encap`."""

    def from_json(self, data: Json, key: str) -> Any:
        """Return the value, or None without the object."""
        outer_key, _, inner_key = key.partition(".")
        nested = data.get(outer_key)
        # A release without the object, or `null` for an unknown encapsulation.
        if not isinstance(nested, Mapping):
            return None

        return self.inner.from_json(nested, inner_key)

    def json_keys(self, key: str) -> tuple[str, ...]:
        """Return the whole key, and the key of the object."""
        return (key, key.partition(".")[0])


class ChoiceWithOwnKey(WrapperCodec, frozen=True):
    """A value, or one word with a JSON key of its own (``mark``): `tos inherit`."""

    choice: str
    mark: str

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the keyword and the word, or the arguments of the inner codec."""
        if value == self.choice:
            return (keyword, self.choice)
        return self.inner.format_args(keyword, value)

    def from_json(self, data: Json, key: str) -> Any:
        """Return the word if its key is set, or else the value of the inner codec."""
        if data.get(self.mark):
            return self.choice
        return self.inner.from_json(data, key)

    def json_keys(self, key: str) -> tuple[str, ...]:
        """Return the keys of the inner codec, and the key of the word."""
        return (*self.inner.json_keys(key), self.mark)

    def parse_args(self, keyword: str, arguments: Sequence[str]) -> tuple[Any, int]:
        """Return the word, or the value of the inner codec."""
        if arguments[1] == self.choice:
            return arguments[1], 2
        return self.inner.parse_args(keyword, arguments)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of the word and of the values of the inner codec."""
        from hypothesis import strategies as st

        return st.one_of(st.just(self.choice), self.inner.strategy())


def innermost(codec: Codec) -> Codec:
    """Return the codec that wrappers are around; a codec without wrappers itself."""
    while isinstance(codec, WrapperCodec):
        codec = codec.inner
    return codec
