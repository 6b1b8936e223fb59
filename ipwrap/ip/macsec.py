"""`ip macsec`: the channels and keys of MACsec links. ip-macsec(8); iproute2's ip/ipmacsec.c."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal, TypedDict, Unpack, get_args

from attrs import frozen

from ipwrap.command import CreatedObject
from ipwrap.errors import InvalidArgument
from ipwrap.kinds.macsec import Sci
from ipwrap.models import Secy
from ipwrap.options.codecs import Choice, Codec, Hex, KeywordPair, Mac, Number
from ipwrap.options.table import Option, to_args
from ipwrap.result import Result
from ipwrap.secrets.secret import Secret
from ipwrap.verbs.base import ObjectCommands, device_word

__all__ = ["ChannelOptions", "Direction", "MacsecOptions", "MacsecVerbs", "Offload", "SaOptions"]

Direction = Literal["tx", "rx"]
Offload = Literal["off", "phy", "mac"]
Keys = tuple[tuple[str, str | None, str], ...]

AN = Number(0, 3)
IN_USE = "macsec in use"
DIGITS = re.compile(r"([0-9a-fA-F]{2})+")
SIX_BYTES = re.compile(r"[0-9a-fA-F]{1,2}(:[0-9a-fA-F]{1,2}){5}")


@frozen
class Bytes(Codec):
    """Bytes in hexadecimal: exactly so many, or, with ``least``, from so many."""

    most: int
    least: int | None = None

    def format(self, word: str, value: Any) -> str:
        """Return the digits."""
        low = self.most if self.least is None else self.least
        if (
            not isinstance(value, str)
            or not DIGITS.fullmatch(value)
            or not low <= len(value) // 2 <= self.most
        ):
            size = f"{low}" if low == self.most else f"{low} to {self.most}"
            raise InvalidArgument(
                f"{word}: not {size} bytes, each as two hexadecimal digits"
            )  # and no word of what it is
        return value


@frozen
class Ssci(Hex):
    """A number that iproute2 reads in hexadecimal."""

    def format(self, word: str, value: Any) -> str:
        """Return the number in hexadecimal."""
        return f"{int(super().format(word, value)):x}"

    def parse(self, text: str) -> Any:
        """Return the number, in hexadecimal with 0x or without."""
        return int(text, 16)


@frozen
class Key(Codec):
    """The identifier of a key, and the key; JSON shows the former only."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return `key ID KEY`."""
        if not isinstance(value, (tuple, list)) or len(value) != 2:
            raise InvalidArgument(f"{word}: not a pair of an identifier and the key itself")
        id_, key = value
        if isinstance(key, Secret) and not key.has_value:
            return (word, Bytes(16, 1).format(f"{word} identifier", id_), key)
        plain = Bytes(32, 16).format(word, key.reveal() if isinstance(key, Secret) else key)
        if len(plain) not in (32, 64):
            raise InvalidArgument(
                f"{word}: not a key of 16 or 32 bytes, each as two hexadecimal digits"
            )
        return (
            word,
            Bytes(16, 1).format(f"{word} identifier", id_),
            key if isinstance(key, Secret) else plain,
        )

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the identifier and the key."""
        return (words[1], words[2]), 3


@frozen
class SixBytes(Mac):
    """A link-layer address of six bytes."""

    def format(self, word: str, value: Any) -> str:
        """Return the address."""
        if not isinstance(value, str) or not SIX_BYTES.fullmatch(value):
            raise InvalidArgument(
                f"{word}: {value!r} is not a link-layer address of six bytes such as 02:00:00:00:00:01"
            )
        return value


class ChannelOptions(TypedDict, total=False):
    """What names a channel that is listened to: ``sci``, or ``port`` and ``address``."""

    sci: Annotated[str | None, Option(Sci())]
    port: Annotated[int | None, Option(Number(1, 65535))]
    address: Annotated[str | None, Option(SixBytes())]


class SaOptions(TypedDict, total=False):
    """Keywords of a key: the number of its next packet, and whether it is used (``on``).

    ``xpn``, ``salt`` (12 bytes in hexadecimal) and ``ssci`` are for ciphers with extended packet numbers, which take
    them in place of ``pn``. ``key`` is an identifier of up to 16 bytes and the key itself, of 16 or 32 bytes, both in
    hexadecimal. The key is a `Secret`, or becomes one before it is written anywhere.
    """

    pn: Annotated[int | None, Option(Number(1))]
    xpn: Annotated[int | None, Option(Number(1, 2**64 - 1), since="5.11")]
    salt: Annotated[str | None, Option(Bytes(12), since="5.11")]
    ssci: Annotated[int | None, Option(Ssci(), since="5.11")]
    on: Annotated[bool | None, Option(KeywordPair("on", "off"), json_key="active")]
    key: Annotated[tuple[str, str | Secret] | None, Option(Key())]


class MacsecOptions(ChannelOptions, SaOptions, total=False):
    """All keywords of `ip macsec add` and `set`."""


@frozen
class MacsecVerbs(ObjectCommands):
    """Verbs of `ip macsec`. ``ip.link.add("macsec0", Macsec(), link="eth0")`` makes the link.

    A key (SA) has a number, ``sa``, of 0 to 3: of the link itself ("tx"), or of a channel that it listens to ("rx").
    """

    words: ClassVar[tuple[str, ...]] = ("macsec",)

    def add(
        self,
        dev: str,
        direction: Direction,
        *,
        sa: int | None = None,
        **options: Unpack[MacsecOptions],
    ) -> Result:
        """Add a key to send with, a channel to listen to, or a key of such a channel.

        ::

            ip macsec add DEV tx sa { 0..3 } { pn N | xpn N … } [on | off] key ID KEY
            ip macsec add DEV rx { sci SCI | port PORT address MAC } [on | off]
            ip macsec add DEV rx { sci SCI | port PORT address MAC } sa { 0..3 } { pn N | … } [on | off] key ID KEY

        Raises `Busy` for a key and `AlreadyExists` for a channel that is there, `NotFound` (no such link or channel),
        `RejectedByKernel`.
        """
        where, rest = _where(dev, direction, sa, options), _rest(sa, options)
        if sa is not None and ("key" not in rest or {"pn", "xpn"}.isdisjoint(rest)):
            raise InvalidArgument("macsec: a new sa needs a key, and pn (or xpn)")
        made = CreatedObject(
            "macsec",
            _name(dev, direction, sa, options),
            ("ip", *self.words, "delete", *where),
            self.netns,
            (dev,),
        )
        return self._run_change(
            "add", *where, *rest, makes=(made, *self._in_use(dev, direction, sa, options))
        )

    def set(
        self,
        dev: str,
        direction: Direction,
        *,
        sa: int | None = None,
        **options: Unpack[MacsecOptions],
    ) -> Result:
        """Change a key's packet number and whether it is used, or whether a channel is listened to.

        ::

            ip macsec set DEV tx sa { 0..3 } [pn N | xpn N] [on | off]
            ip macsec set DEV rx { sci SCI | port PORT address MAC } [sa { 0..3 } [pn N | xpn N]] [on | off]

        Raises `NotFound`, `RejectedByKernel`.
        """
        if options.get("key") is not None:
            raise InvalidArgument("macsec: a key cannot be changed; delete the sa and add it again")
        where, rest = _where(dev, direction, sa, options), _rest(sa, options)
        drops = (
            () if "off" not in rest else ((IN_USE, self.netns, _name(dev, direction, sa, options)),)
        )
        return self._run_change(
            "set", *where, *rest, makes=self._in_use(dev, direction, sa, options), drops=drops
        )

    def delete(
        self,
        dev: str,
        direction: Direction,
        *,
        sa: int | None = None,
        **channel: Unpack[ChannelOptions],
    ) -> Result:
        """Delete a key, or a channel with its keys.

        ::

            ip macsec delete DEV tx sa { 0..3 }
            ip macsec delete DEV rx { sci SCI | port PORT address MAC } [sa { 0..3 }]

        Raises `NotFound`; `Busy` for a key that is used: `set` it to ``on=False`` before.
        """
        where = _where(dev, direction, sa, channel)
        gone = [
            _name(dev, direction, each, channel)
            for each in ((None, 0, 1, 2, 3) if sa is None else (sa,))
        ]
        drops: Keys = tuple(
            (noun, self.netns, name) for name in gone for noun in ("macsec", IN_USE)
        )
        return self._run_change("delete", *where, drops=drops)

    def offload(self, dev: str, to: Offload) -> Result:
        """Have hardware do the work: the "phy" or the "mac", or none ("off").

        ::

            ip macsec offload DEV { off | phy | mac }

        Raises `NotSupported` where there is no such hardware, `Busy` where there are keys or channels already.
        """
        return self._run_change(
            "offload", device_word(dev), Choice(get_args(Offload)).format("to", to)
        )

    def show(self, dev: str | None = None, *, stats: bool = False) -> list[Secy]:
        """Return the MACsec links, or one, with their channels and keys; the keys themselves are never shown.

        ::

            ip -j [-s] macsec show [DEV]

        ``stats=True`` adds what is counted. Raises `NotFound` for a link that is not there.
        """
        one = () if dev is None else (device_word(dev),)
        return self._query(Secy, "show", *one, flags=("-s",) if stats else ())

    def _in_use(
        self, dev: str, direction: Direction, sa: int | None, options: Mapping[str, Any]
    ) -> tuple[CreatedObject, ...]:
        """Return what has to be undone before a key can be deleted, if it is one that is used then."""
        if sa is None or not options.get("on"):
            return ()
        undo = ("ip", *self.words, "set", *_where(dev, direction, sa, options), "off")
        return (
            CreatedObject(IN_USE, _name(dev, direction, sa, options), undo, self.netns, (dev,)),
        )


def _where(
    dev: str, direction: Direction, sa: int | None, options: Mapping[str, Any]
) -> tuple[str, ...]:
    """Return the words that name a key or a channel."""
    word = Choice(get_args(Direction)).format("direction", direction)
    channel = {name: options.get(name) for name in ChannelOptions.__annotations__}
    said = {name for name, value in channel.items() if value is not None}
    if word == "tx" and (said or sa is None):
        raise InvalidArgument(
            'macsec: "tx" takes sa=, and neither sci nor port and address: a link has one channel to send'
        )
    if word == "rx" and said not in ({"sci"}, {"port", "address"}):
        raise InvalidArgument('macsec: "rx" needs the channel: sci, or port and address')
    number = () if sa is None else ("sa", AN.format("sa", sa))
    return (device_word(dev), word, *to_args(ChannelOptions, channel), *number)


def _rest(sa: int | None, options: Mapping[str, Any]) -> tuple[str, ...]:
    """Return the words that say what a key or a channel is like."""
    rest = {
        name: value for name, value in options.items() if name not in ChannelOptions.__annotations__
    }
    if sa is None and any(value is not None for name, value in rest.items() if name != "on"):
        raise InvalidArgument("macsec: a channel is on or off; all else is of a key: give sa=")
    return to_args(SaOptions, rest)


def _name(dev: str, direction: str, sa: int | None, options: Mapping[str, Any]) -> str:
    """Return what tells a key or a channel from others: a channel by its number, however it was named."""
    number = "" if sa is None else f" sa {sa}"
    if direction == "tx":
        return f"{dev} tx{number}"
    return f"{dev} rx {_sci(options)}{number}"


def _sci(options: Mapping[str, Any]) -> str:
    """Return the number of a channel."""
    sci = options.get("sci")
    if sci is not None:
        return Sci().format("sci", sci)
    mac = "".join(f"{int(part, 16):02x}" for part in options["address"].split(":"))
    return f"{mac}{options['port']:04x}"
