"""How one value is spelled on the command line, and how it is read from there and from JSON.

A codec owns all directions, so a table of options (see `ipwrap.option`) needs no odd cases. ``words`` gives all the
words of an option, its keyword included, and ``take`` reads them again; ``read`` returns ``None`` where the JSON says
nothing.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, ClassVar

from attrs import evolve, frozen

from ipwrap import names, natural
from ipwrap.errors import BadValue

__all__ = [
    "Altnames",
    "Bare",
    "Choice",
    "Codec",
    "Device",
    "Dsfield",
    "Duration",
    "Either",
    "Family",
    "Flag",
    "Hex",
    "Ip",
    "Mac",
    "Member",
    "Netns",
    "NewName",
    "No",
    "Number",
    "OnOff",
    "Or",
    "Prefix",
    "Raw",
    "Text",
    "Words",
    "ZeroOne",
]

Json = Mapping[str, Any]

FAMILIES = ("inet", "inet6", "mpls", "link", "bridge")


@frozen
class Codec:
    """One word after its keyword, and the JSON value as it is. The base of the others.

    ``many`` says that the option may come again, each time with one part of its value, a tuple.
    """

    many: ClassVar[bool] = False

    def of(self, words: tuple[str, ...]) -> "Codec":  # noqa: ARG002 - for those that need them
        """Return the codec for an option whose type has these words in a `Literal`."""
        return self

    def words(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words for the command line."""
        return (word, self.spell(word, value))

    def spell(self, word: str, value: Any) -> str:
        """Return the value as one word."""
        return names.word(value, word)

    def read(self, data: Json, key: str) -> Any:
        """Return the value that the JSON object holds, or None."""
        return data.get(key)

    def keys(self, key: str) -> tuple[str, ...]:
        """Return the keys of the JSON object that this codec reads."""
        return (key,)

    def heads(self, word: str, /) -> tuple[str, ...]:
        """Return the words with which the option can begin; none at all for one that has no keyword."""
        return (word,)

    def take(self, _word: str, words: Sequence[str], /) -> tuple[Any, int]:
        """Return the value that words say, the keyword first, and how many of them: the inverse of ``words``.

        Raises `BadValue`, `ValueError` or `IndexError` where they say none.
        """
        return self.unspell(words[1]), 2

    def unspell(self, text: str) -> Any:
        """Return the value that one word says: the inverse of ``spell``."""
        return text

    def typed(self, value: Any) -> Any:
        """Return the value as a person would write it in Python."""
        return value


@frozen
class Raw(Codec):
    """Read only: a key that iproute2 prints and no option sets."""


@frozen
class Text(Codec):
    """Any text, also an empty one, up to so many bytes."""

    longest: int | None = None

    def spell(self, word: str, value: Any) -> str:
        """Return the text."""
        if not isinstance(value, str):
            raise BadValue(f"{word}: {value!r} is not text")
        if self.longest is not None and len(value.encode(errors="surrogateescape")) > self.longest:
            raise BadValue(f"{word}: longer than {self.longest} bytes: {value!r}")
        return names.plain(value, word)


@frozen
class Number(Codec):
    """A whole number, written in decimal (a leading zero would mean octal), within its range."""

    low: int = 0
    high: int = 2**32 - 1

    def spell(self, word: str, value: Any) -> str:
        """Return the number in decimal."""
        if isinstance(value, bool) or not isinstance(value, int):
            raise BadValue(f"{word}: {value!r} is not a whole number; give an int")
        if not self.low <= value <= self.high:
            raise BadValue(f"{word}: {value} is not within {self.low} to {self.high}")
        return str(value)

    def unspell(self, text: str) -> Any:
        """Return the number, which may be written in hexadecimal."""
        return int(text, 0)


@frozen
class Duration(Number):
    """A time in whole units, as a number of them or as a `timedelta`."""

    unit: timedelta = natural.SECOND

    def spell(self, word: str, value: Any) -> str:
        """Return the number of units."""
        return super().spell(word, natural.count(value, self.unit, word))


@frozen
class Hex(Number):
    """A whole number that iproute2 prints as text in hexadecimal ("0x8", and "0")."""

    def read(self, data: Json, key: str) -> Any:
        """Return the number."""
        value = data.get(key)
        return int(value, 16) if isinstance(value, str) else value


@frozen
class Dsfield(Codec):
    """A type of service: a name of /etc/iproute2/rt_dsfield, or a number, which iproute2 reads in hexadecimal."""

    def spell(self, word: str, value: Any) -> str:
        """Return the name, or the number with 0x before it (rtnl_dsfield_a2n() in lib/rt_names.c)."""
        if isinstance(value, str):
            return names.word(value, word)
        return hex(int(Number(0, 255).spell(word, value)))

    def read(self, data: Json, key: str) -> Any:
        """Return the number, or the name."""
        value = data.get(key)
        return int(value, 16) if isinstance(value, str) and value.startswith("0x") else value

    def unspell(self, text: str) -> Any:
        """Return the number, in hexadecimal with 0x or without, or the name."""
        return int(text, 16) if text[:1].isdigit() else text


@frozen
class ZeroOne(Codec):
    """A truth that is a 0 or 1 on the command line and in JSON."""

    def spell(self, word: str, value: Any) -> str:
        """Return 0 or 1."""
        return str(int(_truth(word, value)))

    def read(self, data: Json, key: str) -> Any:
        """Return the truth; a number other than 0 or 1 is kept as a number, since nothing may be lost."""
        value = data.get(key)
        return bool(value) if value in (0, 1) else value

    def unspell(self, text: str) -> Any:
        """Return the truth."""
        return _one_of(text, {"0": False, "1": True})


@frozen
class OnOff(Codec):
    """A truth that is `on` or `off` on the command line, a bool (or the words) in JSON."""

    def spell(self, word: str, value: Any) -> str:
        """Return on or off."""
        return "on" if _truth(word, value) else "off"

    def read(self, data: Json, key: str) -> Any:
        """Return the truth."""
        value = data.get(key)
        return {"on": True, "off": False}.get(value, value) if isinstance(value, str) else value

    def unspell(self, text: str) -> Any:
        """Return the truth."""
        return _one_of(text, {"off": False, "on": True})


@frozen
class Flag(Codec):
    """A bare word. In JSON it is there or not: as true, or as null (`router`, `gbp`)."""

    def words(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the word, or nothing for False: there is no word that says no."""
        return (word,) if _truth(word, value) else ()

    def read(self, data: Json, key: str) -> Any:
        """Return True for a key that is there as null, its own value otherwise."""
        return (data[key] is None or data[key]) if key in data else None

    def take(self, _word: str, _words: Sequence[str]) -> tuple[Any, int]:
        """Return True for the word."""
        return True, 1


@frozen
class No(Codec):
    """A truth with two bare words, `learning` and `nolearning`."""

    def words(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the word, or the word with `no` before it."""
        return (word if _truth(word, value) else f"no{word}",)

    def heads(self, word: str) -> tuple[str, ...]:
        """Return both words."""
        return (word, f"no{word}")

    def take(self, word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return which of the two words it is."""
        return words[0] == word, 1


@frozen
class Either(Codec):
    """A truth with two bare words, `up` and `down`, that JSON shows as a member of `flags`."""

    yes: str
    no: str
    member: str | None = None

    def words(self, word: str, value: Any) -> tuple[str, ...]:
        """Return one of the two words."""
        return (self.yes if _truth(word, value) else self.no,)

    def read(self, data: Json, key: str) -> Any:
        """Tell whether the member is in the list."""
        return self.member in data[key] if key in data else None

    def heads(self, _word: str) -> tuple[str, ...]:
        """Return both words."""
        return (self.yes, self.no)

    def take(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return which of the two words it is."""
        return words[0] == self.yes, 1


@frozen
class Member(OnOff):
    """A truth that is `on` or `off`, and a member of a list of flags in JSON (`arp off` is NOARP: inverted).

    ``absent`` is what no list at all means: False where the kernel says nothing when no flag is set.
    """

    member: str
    inverted: bool = False
    absent: bool | None = None

    def read(self, data: Json, key: str) -> Any:
        """Tell whether the member is in the list."""
        return (self.member in data[key]) is not self.inverted if key in data else self.absent


@frozen
class Choice(Codec):
    """One of a few words, which JSON prints as they are, or in capitals (``upper``).

    The words are those of the `Literal` that the option is annotated with, unless they are given here.
    """

    choices: tuple[str, ...] = ()
    upper: bool = False

    def of(self, words: tuple[str, ...]) -> "Choice":
        """Return the codec for the words of a `Literal`."""
        return self if self.choices else evolve(self, choices=words)

    def spell(self, word: str, value: Any) -> str:
        """Return the word if it is one of them."""
        if value not in self.choices:
            raise BadValue(f"{word}: {value!r} is not one of {', '.join(self.choices)}")
        return str(value)

    def read(self, data: Json, key: str) -> Any:
        """Return the word as one would type it."""
        value = data.get(key)
        return value.lower() if self.upper and isinstance(value, str) else value


@frozen
class Bare(Choice):
    """One of a few words, without a keyword before it."""

    def words(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the word alone."""
        return (self.spell(word, value),)

    def heads(self, _word: str) -> tuple[str, ...]:
        """Return all the words."""
        return self.choices

    def take(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the word."""
        return words[0], 1


@frozen
class Or(Codec):
    """Either one of a few words or what another codec takes: `ttl auto`, `ttl 64`."""

    choices: tuple[str, ...]
    other: Codec

    def words(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the keyword and the word, or what the other codec says."""
        if isinstance(value, str) and value in self.choices:
            return (word, value)
        return self.other.words(word, value)

    def read(self, data: Json, key: str) -> Any:
        """Return what the other codec reads."""
        return self.other.read(data, key)

    def keys(self, key: str) -> tuple[str, ...]:
        """Return the keys of the other codec."""
        return self.other.keys(key)

    def heads(self, word: str) -> tuple[str, ...]:
        """Return the words of the other codec."""
        return self.other.heads(word)

    def take(self, word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the word, or what the other codec takes."""
        return (words[1], 2) if words[1] in self.choices else self.other.take(word, words)

    def typed(self, value: Any) -> Any:
        """Return the word, or what the other codec says."""
        return value if value in self.choices else self.other.typed(value)


@frozen
class Device(Codec):
    """A link that exists, by its name or an alternative one."""

    def spell(self, word: str, value: Any) -> str:
        """Return the name."""
        return Existing(names.device(value, word))


class Existing(str):
    """A word that names a link which has to exist.

    iproute2 takes ``if7``, where no link is called so, for the link with index 7 (lib/ll_map.c). So such a word is
    known by its class, and a verb asks the kernel for it first.
    """

    __slots__ = ()

    @property
    def doubtful(self) -> bool:
        """Tell whether iproute2 could take it for an index."""
        return names.looks_like_ifindex(self)


@frozen
class NewName(Codec):
    """The name of a link that is to be."""

    def spell(self, word: str, value: Any) -> str:
        """Return the name."""
        return names.link_name(value, word)


@frozen
class Altnames(Codec):
    """One or more alternative names, each after its keyword."""

    many: ClassVar[bool] = True

    def words(self, word: str, value: Any) -> tuple[str, ...]:
        """Return `altname A altname B`."""
        values = (value,) if isinstance(value, str) else tuple(value)
        return tuple(part for one in values for part in (word, names.altname(one, word)))

    def take(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return one name; it may come again."""
        return (words[1],), 2


@frozen
class Netns(Codec):
    """A network namespace: its name, a process's number, or a path with a slash."""

    def spell(self, word: str, value: Any) -> str:
        """Return the word."""
        if isinstance(value, int) and not isinstance(value, bool):
            return Number(1).spell(word, value)
        text = names.word(value, word)
        return text if text.startswith("/") else names.netns_name(text, word)


@frozen
class Mac(Codec):
    """A link-layer address."""

    def spell(self, word: str, value: Any) -> str:
        """Return the address."""
        return names.mac(value, word)


@frozen
class Ip(Codec):
    """An IP address. Some kinds print an IPv6 one under another key (`remote6`)."""

    six: str | None = None

    def spell(self, word: str, value: Any) -> str:
        """Return the address."""
        return names.address(value, word)

    def read(self, data: Json, key: str) -> Any:
        """Return the address, from whichever key holds it."""
        return data.get(key, data.get(self.six or key))

    def keys(self, key: str) -> tuple[str, ...]:
        """Return both keys."""
        return (key, self.six) if self.six else (key,)


@frozen
class Prefix(Codec):
    """An address with or without the length of its prefix, or `default`."""

    def spell(self, word: str, value: Any) -> str:
        """Return the prefix."""
        return names.prefix(value, word)


@frozen
class Words(Codec):
    """Several words in a row after the keyword, as the user gives them (`encap`, `features`)."""

    def words(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the keyword and the words."""
        values: Sequence[Any] = (value,) if isinstance(value, (str, int)) else value
        return (word, *(names.word(one, word) for one in values))


@frozen
class Family(Codec):
    """A gateway whose family may differ from the route's: `via inet6 fe80::1`."""

    def words(self, word: str, value: Any) -> tuple[str, ...]:
        """Return `via ADDRESS`, or `via FAMILY ADDRESS` for a pair."""
        if isinstance(value, tuple):
            family, address = value
            return (word, Choice(FAMILIES).spell(word, family), names.word(address))
        return (word, names.address(value, word))

    def take(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the address, or the pair of a family and an address."""
        return ((words[1], words[2]), 3) if words[1] in FAMILIES else (words[1], 2)


def _truth(word: str, value: Any) -> bool:
    """Return a bool that really is one: 0, "off" and "" are not taken for False behind anyone's back."""
    if not isinstance(value, bool):
        raise BadValue(f"{word}: {value!r} is not True or False")
    return value


def _one_of(text: str, values: Mapping[str, Any]) -> Any:
    """Return the value that goes with a word."""
    if text not in values:
        raise BadValue(f"{text!r} is not one of {', '.join(values)}")
    return values[text]
