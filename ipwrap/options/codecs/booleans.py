"""Codecs of booleans: `on` and `off`, 0 and 1, a bare keyword, two keywords, a list of flags."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ipwrap.errors import InvalidArgument
from ipwrap.options.codecs.base import Codec, Json

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Flag", "FlagListMember", "KeywordPair", "NoPrefixFlag", "OnOff", "ZeroOne"]


class _Boolean(Codec, frozen=True):
    """The base of the codecs that accept True and False."""

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of booleans."""
        from hypothesis import strategies as st

        return st.booleans()


class ZeroOne(_Boolean, frozen=True):
    """A boolean that is a 0 or 1 on the command line and in JSON."""

    def format(self, keyword: str, value: Any) -> str:
        """Return 0 or 1."""
        return str(int(_check_bool(keyword, value)))

    def from_json(self, data: Json, key: str) -> Any:
        """Return the boolean. Keep a number other than 0 or 1, so that no information is lost."""
        value = data.get(key)
        return bool(value) if value in (0, 1) else value

    def parse(self, text: str) -> Any:
        """Return the boolean."""
        return _look_up(text, {"0": False, "1": True})


class OnOff(_Boolean, frozen=True):
    """A boolean that is `on` or `off` on the command line, a bool (or these words) in JSON."""

    def format(self, keyword: str, value: Any) -> str:
        """Return on or off."""
        return "on" if _check_bool(keyword, value) else "off"

    def from_json(self, data: Json, key: str) -> Any:
        """Return the boolean. Keep a word other than on or off."""
        value = data.get(key)
        if isinstance(value, str):
            return {"on": True, "off": False}.get(value, value)
        return value

    def parse(self, text: str) -> Any:
        """Return the boolean."""
        return _look_up(text, {"off": False, "on": True})


class Flag(Codec, frozen=True):
    """A bare keyword. In JSON the key is missing, or holds true or null (`router`, `gbp`)."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the keyword, or nothing for False."""
        # No keyword turns the flag off, so False is the same as an omitted option.
        return (keyword,) if _check_bool(keyword, value) else ()

    def from_json(self, data: Json, key: str) -> Any:
        """Return True for a null, or else the value of the key."""
        if key not in data:
            return None
        # print_null() prints some flags (`router` in ip/ipneigh.c), print_bool() the rest.
        return True if data[key] is None else data[key]

    def parse_args(self, _keyword: str, _arguments: Sequence[str]) -> tuple[Any, int]:
        """Return True for the keyword."""
        return True, 1

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of True: False has no arguments."""
        from hypothesis import strategies as st

        return st.just(True)


class NoPrefixFlag(_Boolean, frozen=True):
    """A boolean with two bare keywords, `learning` and `nolearning`."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the keyword, or the keyword with the prefix `no`."""
        return (keyword if _check_bool(keyword, value) else f"no{keyword}",)

    def keywords(self, keyword: str) -> tuple[str, ...]:
        """Return both keywords."""
        return (keyword, f"no{keyword}")

    def parse_args(self, keyword: str, arguments: Sequence[str]) -> tuple[Any, int]:
        """Return whether the first argument is the keyword without the prefix."""
        return arguments[0] == keyword, 1


class KeywordPair(_Boolean, frozen=True):
    """A boolean with two bare keywords, `up` and `down`, that JSON shows as a member of `flags`."""

    yes: str
    no: str
    member: str | None = None

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return one of the two keywords."""
        return (self.yes if _check_bool(keyword, value) else self.no,)

    def from_json(self, data: Json, key: str) -> Any:
        """Return whether the list has the member, or None without a list."""
        return self.member in data[key] if key in data else None

    def keywords(self, _keyword: str) -> tuple[str, ...]:
        """Return both keywords."""
        return (self.yes, self.no)

    def parse_args(self, _keyword: str, arguments: Sequence[str]) -> tuple[Any, int]:
        """Return whether the first argument is the keyword for True."""
        return arguments[0] == self.yes, 1


class FlagListMember(OnOff, frozen=True):
    """A boolean that is `on` or `off`, and a member of a list of flags in JSON.

    ``inverted`` is for a flag that means off (`arp off` is NOARP). ``absent`` is the value without
    a list: False for a kernel that reports no list where no flag is set.
    """

    member: str
    inverted: bool = False
    absent: bool | None = None

    def from_json(self, data: Json, key: str) -> Any:
        """Return whether the list has the member."""
        if key not in data:
            return self.absent
        return (self.member in data[key]) is not self.inverted


def _check_bool(keyword: str, value: Any) -> bool:
    """Return a bool as it is. Raises `InvalidArgument` for 0, "off" and other values."""
    if not isinstance(value, bool):
        raise InvalidArgument(f"{keyword}: {value!r} is not True or False")
    return value


def _look_up(text: str, values: Mapping[str, Any]) -> Any:
    """Return the value of a word. Raises `InvalidArgument` for an unknown word."""
    if text not in values:
        raise InvalidArgument(f"{text!r} is not one of {', '.join(values)}")
    return values[text]
