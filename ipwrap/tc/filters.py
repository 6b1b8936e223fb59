"""Which packets a filter is about: `matchall`, `u32`, `flower`, or any other by its name. tc(8) "FILTERS"."""

from typing import Any, ClassVar

from attrs import frozen

from ipwrap import names
from ipwrap.codecs import Codec, Device, Flag, Mac, Number, Prefix
from ipwrap.errors import BadValue
from ipwrap.option import option
from ipwrap.qdiscs import Qdisc, TcKind
from ipwrap.tc.actions import Actions
from ipwrap.tc.ids import ClassId

__all__ = ["U32", "Filter", "Flower", "Matchall"]

PORT = Number(0, 65535)


@frozen
class Match(Codec):
    """One field of a packet: `match ip src 10.0.0.0/8`. Numbers have a mask behind them, of all their bits."""

    other: Codec
    mask: str | None = None
    family: str = "ip"

    def words(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words."""
        mask = () if self.mask is None else (self.mask,)
        return ("match", self.family, word, self.other.spell(word, value), *mask)


@frozen
class Matches(Codec):
    """Any matches, each as the words that stand behind `match`."""

    def words(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words of all."""
        if isinstance(value, str) or not all(isinstance(each, (tuple, list)) and each for each in value):
            raise BadValue(f"{word}: {value!r} is not a tuple of matches such as (('u32', '0', '0'),)")
        return tuple(part for each in value for part in ("match", *(names.word(one, word) for one in each)))


@frozen
class Plain(Codec):
    """Words as they are, without a keyword."""

    def words(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words."""
        if not isinstance(value, (tuple, list)):
            raise BadValue(f"{word}: {value!r} is not a tuple of words")
        return tuple(names.word(each, word) for each in value)


@frozen
class Ports(Codec):
    """A port, or the lowest and the highest: `80`, `1000-2000`."""

    def spell(self, word: str, value: Any) -> str:
        """Return the port or the range."""
        if not isinstance(value, tuple):
            return PORT.spell(word, value)
        if len(value) != 2:
            raise BadValue(f"{word}: {value!r} is not a pair of ports such as (1000, 2000)")
        return "-".join(PORT.spell(word, each) for each in value)


@frozen(kw_only=True)
class Matchall(TcKind):
    """Every packet. tc-matchall(8); tc/f_matchall.c. ``classid`` is the class that it goes to, as "1:20"."""

    kind: ClassVar[str] = "matchall"

    classid: str | None = option(ClassId(), key="flowid")
    skip_hw: bool | None = option(Flag())
    skip_sw: bool | None = option(Flag())
    action: TcKind | tuple[TcKind, ...] | None = option(Actions(), key="actions")


@frozen(kw_only=True)
class U32(TcKind):
    """Packets by any of their bytes; here, by the common fields of IPv4. tc-u32(8); tc/f_u32.c.

    ``sport`` and ``dport`` are at the place where they are in a packet without IP options. ``match`` is any other, as
    the words behind `match`: ``(("ip6", "dst", "fd00::/8"), ("u32", "0", "0"))``. ``flowid`` is the class, as "1:20".
    """

    kind: ClassVar[str] = "u32"

    src: str | None = option(Match(Prefix()), key="")
    dst: str | None = option(Match(Prefix()), key="")
    protocol: int | None = option(Match(Number(0, 255), "0xff"), key="")
    sport: int | None = option(Match(PORT, "0xffff"), key="")
    dport: int | None = option(Match(PORT, "0xffff"), key="")
    match: tuple[tuple[str, ...], ...] | None = option(Matches())
    indev: str | None = option(Device(), key="input_dev")
    flowid: str | None = option(ClassId())
    skip_hw: bool | None = option(Flag())
    skip_sw: bool | None = option(Flag())
    action: TcKind | tuple[TcKind, ...] | None = option(Actions(), key="actions")


@frozen(kw_only=True)
class Flower(TcKind):
    """Packets by the flow that they belong to. tc-flower(8); tc/f_flower.c.

    IP addresses need ``protocol="ip"`` or "ipv6" of the verb, ports need ``ip_proto``; tags of VLANs
    ``protocol="802.1Q"``. ``others`` are plain words for any other key: ``("arp_op", "request")``. ``classid`` is the
    class, as "1:20".
    """

    kind: ClassVar[str] = "flower"

    indev: str | None = option(Device())
    src_mac: str | None = option(Mac())
    dst_mac: str | None = option(Mac())
    num_of_vlans: int | None = option(Number(0, 255), since="5.19")
    vlan_id: int | None = option(Number(0, 4095))
    vlan_prio: int | None = option(Number(0, 7))
    vlan_ethtype: str | int | None = option(Codec())
    ip_proto: str | int | None = option(Codec())
    ip_tos: int | None = option(Number(0, 255))
    ip_ttl: int | None = option(Number(0, 255))
    src_ip: str | None = option(Prefix())
    dst_ip: str | None = option(Prefix())
    src_port: int | tuple[int, int] | None = option(Ports())
    dst_port: int | tuple[int, int] | None = option(Ports())
    icmp_type: int | None = option(Number(0, 255), word="type")
    icmp_code: int | None = option(Number(0, 255), word="code")
    enc_key_id: int | None = option(Number())
    enc_src_ip: str | None = option(Prefix())
    enc_dst_ip: str | None = option(Prefix())
    enc_dst_port: int | None = option(PORT)
    others: tuple[str, ...] | None = option(Plain(), key="")
    classid: str | None = option(ClassId())
    skip_hw: bool | None = option(Flag())
    skip_sw: bool | None = option(Flag())
    action: TcKind | tuple[TcKind, ...] | None = option(Actions(), key="actions")


@frozen
class Filter(Qdisc):
    """Any filter, by its name and the words of its options: `Filter("fw", {"classid": "1:20"})`."""
