"""The base of the codecs: one argument after its keyword, and the JSON value unchanged."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from msgspec import Struct

from ipwrap.options import validation

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Codec", "Json", "ReadOnly"]

Json = Mapping[str, Any]


class Codec(Struct, frozen=True):
    """One argument after its keyword, and the JSON value unchanged. The base of all codecs.

    ``repeatable`` marks an option that can be repeated on the command line: `parse_args` returns a
    tuple, and the tuples of the repetitions are joined. ``reads_hex`` marks a number that may be
    given as text in hexadecimal.
    """

    repeatable: ClassVar[bool] = False
    reads_hex: ClassVar[bool] = False

    def with_choices(self, choices: tuple[str, ...], /) -> "Codec":  # noqa: ARG002 - for overrides
        """Return the codec for an option with a `Literal` of these words as its type."""
        return self

    def format_args(self, keyword: str, value: Any, /) -> tuple[str, ...]:
        """Return the arguments for the command line, keyword included."""
        return (keyword, self.format(keyword, value))

    def format(self, keyword: str, value: Any, /) -> str:
        """Return the value as one argument. Raises `InvalidArgument`, which names the keyword."""
        return validation.check_argument(value, keyword)

    def from_json(self, data: Json, key: str, /) -> Any:
        """Return the value in the JSON object, or None."""
        return data.get(key)

    def json_keys(self, key: str, /) -> tuple[str, ...]:
        """Return the keys of the JSON object that this codec reads."""
        return (key,)

    def keywords(self, keyword: str, /) -> tuple[str, ...]:
        """Return the possible first arguments of the option; none for a positional value."""
        return (keyword,)

    def parse_args(self, _keyword: str, arguments: Sequence[str], /) -> tuple[Any, int]:
        """Return the value of the first arguments, and their count: the inverse of `format_args`.

        The first argument is the keyword. Raises `InvalidArgument`, `ValueError` or `IndexError`
        for arguments without a value.
        """
        return self.parse(arguments[1]), 2

    def parse(self, text: str, /) -> Any:
        """Return the value of one argument: the inverse of `format`."""
        return text

    def to_python(self, value: Any, /) -> Any:
        """Return the value in the form that a person writes in Python."""
        return value

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a hypothesis strategy of values that this codec accepts, for property tests.

        An override imports hypothesis inside the method: ipwrap runs without hypothesis. Raises
        `NotImplementedError` for a codec without an override.
        """
        if type(self) is not Codec:
            raise NotImplementedError(
                f"{type(self).__name__} has no strategy; define {type(self).__name__}.strategy()"
                " and return a hypothesis strategy of the values that the codec accepts"
            )

        from hypothesis import strategies as st

        from ipwrap.options.codecs.strategies import WORDS

        return st.one_of(WORDS, st.integers(0, 99))


class ReadOnly(Codec, frozen=True):
    """A key that iproute2 prints and no option sets."""

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of small numbers: a read-only value can be of any type."""
        from hypothesis import strategies as st

        return st.integers(0, 99)
