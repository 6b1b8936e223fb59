"""`htb`: a tree of classes that share a rate."""

import re
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from attrs import field, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.options.codecs import Choice, Codec, Flag, Json, Number
from ipwrap.options.table import option, read_only_field
from ipwrap.qdiscs.base import TcKind, option_metadata
from ipwrap.qdiscs.units import Rate, Size, to_bits, to_bytes

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Htb", "HtbClass"]

MINOR = re.compile(r"[0-9a-fA-F]{1,4}")


class ClassMinor(Codec, frozen=True):
    """The number of a class after the colon, in hexadecimal: "20" is the class 1:20."""

    def format(self, keyword: str, value: Any) -> str:
        """Return the digits. Raises `InvalidArgument` for an int."""
        # htb_parse_opt() reads the text in base 16: the int 20 would become 0x20.
        if not isinstance(value, str) or not MINOR.fullmatch(value):
            raise InvalidArgument(
                f"{keyword}: {value!r} is not the number after the colon of a class such as 1:20;"
                " give the text '20'"
            )

        return value

    def from_json(self, data: Json, key: str) -> Any:
        """Return the digits, without 0x."""
        value = data.get(key)
        if isinstance(value, str):
            return f"{int(value, 16):x}"

        return value

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of hexadecimal numbers."""
        from hypothesis import strategies as st

        return st.sampled_from(("1", "20", "ffff"))


@frozen(kw_only=True)
class Htb(TcKind):
    """Hierarchical token buckets, with `HtbClass` for the classes.

    tc-htb(8); htb_parse_opt() in tc/q_htb.c.

    ``default`` is the class of packets without a matching filter, by the number after the colon:
    "20" for 1:20. ``direct_qlen`` is in packets.
    """

    kind: ClassVar[str] = "htb"

    default: str | None = option(ClassMinor())
    r2q: int | None = option(Number(1))
    direct_qlen: int | None = option(Number(0, 2**32 - 2))
    offload: bool | None = option(Flag(), since="5.12")
    direct_packets_stat: int | None = read_only_field()
    ver: str | None = read_only_field()


@frozen(kw_only=True)
class HtbClass(TcKind):
    """A class of `Htb`. tc-htb(8); htb_parse_class_opt() in tc/q_htb.c.

    ``rate`` is required; a class may borrow up to ``ceil``. Both are bits a second, an int or text
    such as "10mbit". The kernel serves ``prio`` 0 first. The other numbers are in bytes. JSON omits
    ``mtu``, and shows ``prio`` and ``quantum`` only of a class without child classes.
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
    # htb_print_opt() in tc/q_htb.c adds these fields with `-d`.
    burst_cell: int | None = read_only_field()
    cburst_cell: int | None = read_only_field()
    mpu_ceil: int | None = read_only_field()
    level: int | None = read_only_field()
