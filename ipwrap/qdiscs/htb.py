"""`htb`: a tree of classes that share a rate."""

import re
from typing import Any, ClassVar, Literal

from attrs import field, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.options.codecs import Choice, Codec, Flag, Json, Number
from ipwrap.options.table import option, read_only_field
from ipwrap.qdiscs.base import TcKind, option_metadata
from ipwrap.qdiscs.units import Rate, Size, to_bits, to_bytes

__all__ = ["Htb", "HtbClass"]

MINOR = re.compile(r"[0-9a-fA-F]{1,4}")


@frozen
class Minor(Codec):
    """The part of a class's number behind the colon, in hexadecimal: "20" is the class 1:20."""

    def format(self, word: str, value: Any) -> str:
        """Return the digits. An int is refused: 20 would be read as 0x20."""
        if not isinstance(value, str) or not MINOR.fullmatch(value):
            raise InvalidArgument(
                f"{word}: {value!r} is not what follows the colon of a class such as 1:20; give the text '20'"
            )
        return value

    def from_json(self, data: Json, key: str) -> Any:
        """Return the digits."""
        value = data.get(key)
        return f"{int(value, 16):x}" if isinstance(value, str) else value


@frozen(kw_only=True)
class Htb(TcKind):
    """Hierarchical token buckets; the classes are `HtbClass`. tc-htb(8); htb_parse_opt() in tc/q_htb.c.

    ``default`` names the class for what no filter puts into one, by what follows the colon: "20" for 1:20.
    ``direct_qlen`` is in packets.
    """

    kind: ClassVar[str] = "htb"

    default: str | None = option(Minor())
    r2q: int | None = option(Number(1))
    direct_qlen: int | None = option(Number(0, 2**32 - 2))
    offload: bool | None = option(Flag(), since="5.12")
    direct_packets_stat: int | None = read_only_field()
    ver: str | None = read_only_field()


@frozen(kw_only=True)
class HtbClass(TcKind):
    """A class of `Htb`. tc-htb(8); htb_parse_class_opt() in tc/q_htb.c.

    ``rate`` is needed; a class may borrow up to ``ceil``. Both are bits a second, an int or text such as "10mbit".
    ``prio`` 0 is served first. All else is in bytes. ``mtu`` is not shown; ``prio`` and ``quantum`` only of a class
    without classes of its own.
    """

    kind: ClassVar[str] = "htb"

    rate: int | None = field(default=None, converter=to_bits, metadata=option_metadata(Rate()))
    ceil: int | None = field(default=None, converter=to_bits, metadata=option_metadata(Rate()))
    burst: int | None = field(
        default=None, converter=to_bytes, metadata=option_metadata(Size(1, 2**64 - 1))
    )
    cburst: int | None = field(default=None, converter=to_bytes, metadata=option_metadata(Size(1)))
    prio: int | None = option(Number(0, 7))
    quantum: int | None = field(default=None, converter=to_bytes, metadata=option_metadata(Size(1)))
    mtu: int | None = field(
        default=None, converter=to_bytes, metadata=option_metadata(Size(), key="")
    )
    mpu: int | None = field(
        default=None, converter=to_bytes, metadata=option_metadata(Size(0, 65535), key="mpu_rate")
    )
    overhead: int | None = option(Number(0, 65535))
    linklayer: Literal["ethernet", "atm"] | None = option(Choice())
    burst_cell: int | None = read_only_field()
    cburst_cell: int | None = read_only_field()
    mpu_ceil: int | None = read_only_field()
    level: int | None = read_only_field()
