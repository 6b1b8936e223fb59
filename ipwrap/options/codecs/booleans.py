"""Codecs of what is so or not: `on` and `off`, 0 and 1, a bare word, two words, a member of a list of flags."""

from collections.abc import Mapping, Sequence
from typing import Any

from attrs import frozen

from ipwrap.errors import InvalidArgument
from ipwrap.options.codecs.base import Codec, Json

__all__ = ["Flag", "FlagListMember", "KeywordPair", "NoPrefixFlag", "OnOff", "ZeroOne"]


@frozen
class ZeroOne(Codec):
    """A truth that is a 0 or 1 on the command line and in JSON."""

    def format(self, word: str, value: Any) -> str:
        """Return 0 or 1."""
        return str(int(_check_bool(word, value)))

    def from_json(self, data: Json, key: str) -> Any:
        """Return the truth; a number other than 0 or 1 is kept as a number, since nothing may be lost."""
        value = data.get(key)
        return bool(value) if value in (0, 1) else value

    def parse(self, text: str) -> Any:
        """Return the truth."""
        return _one_of(text, {"0": False, "1": True})


@frozen
class OnOff(Codec):
    """A truth that is `on` or `off` on the command line, a bool (or the words) in JSON."""

    def format(self, word: str, value: Any) -> str:
        """Return on or off."""
        return "on" if _check_bool(word, value) else "off"

    def from_json(self, data: Json, key: str) -> Any:
        """Return the truth."""
        value = data.get(key)
        return {"on": True, "off": False}.get(value, value) if isinstance(value, str) else value

    def parse(self, text: str) -> Any:
        """Return the truth."""
        return _one_of(text, {"off": False, "on": True})


@frozen
class Flag(Codec):
    """A bare word. In JSON it is there or not: as true, or as null (`router`, `gbp`)."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the word, or nothing for False: there is no word that says no."""
        return (word,) if _check_bool(word, value) else ()

    def from_json(self, data: Json, key: str) -> Any:
        """Return True for a key that is there as null, its own value otherwise."""
        return (data[key] is None or data[key]) if key in data else None

    def parse_args(self, _word: str, _words: Sequence[str]) -> tuple[Any, int]:
        """Return True for the word."""
        return True, 1


@frozen
class NoPrefixFlag(Codec):
    """A truth with two bare words, `learning` and `nolearning`."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the word, or the word with `no` before it."""
        return (word if _check_bool(word, value) else f"no{word}",)

    def keywords(self, word: str) -> tuple[str, ...]:
        """Return both words."""
        return (word, f"no{word}")

    def parse_args(self, word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return which of the two words it is."""
        return words[0] == word, 1


@frozen
class KeywordPair(Codec):
    """A truth with two bare words, `up` and `down`, that JSON shows as a member of `flags`."""

    yes: str
    no: str
    member: str | None = None

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return one of the two words."""
        return (self.yes if _check_bool(word, value) else self.no,)

    def from_json(self, data: Json, key: str) -> Any:
        """Tell whether the member is in the list."""
        return self.member in data[key] if key in data else None

    def keywords(self, _word: str) -> tuple[str, ...]:
        """Return both words."""
        return (self.yes, self.no)

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return which of the two words it is."""
        return words[0] == self.yes, 1


@frozen
class FlagListMember(OnOff):
    """A truth that is `on` or `off`, and a member of a list of flags in JSON (`arp off` is NOARP: inverted).

    ``absent`` is what no list at all means: False where the kernel says nothing when no flag is set.
    """

    member: str
    inverted: bool = False
    absent: bool | None = None

    def from_json(self, data: Json, key: str) -> Any:
        """Tell whether the member is in the list."""
        return (self.member in data[key]) is not self.inverted if key in data else self.absent


def _check_bool(word: str, value: Any) -> bool:
    """Return a bool that really is one: 0, "off" and "" are not taken for False behind anyone's back."""
    if not isinstance(value, bool):
        raise InvalidArgument(f"{word}: {value!r} is not True or False")
    return value


def _one_of(text: str, values: Mapping[str, Any]) -> Any:
    """Return the value that goes with a word."""
    if text not in values:
        raise InvalidArgument(f"{text!r} is not one of {', '.join(values)}")
    return values[text]
