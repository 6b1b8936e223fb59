"""Which packets a filter is about: `matchall`, `flower`, or any other by its name. tc(8) "FILTERS"."""

from collections.abc import Sequence
from typing import Any, ClassVar

from attrs import frozen

from ipwrap.errors import InvalidArgument
from ipwrap.options import validation
from ipwrap.options.codecs import Codec, ExistingLink, Flag, Number, Prefix, ZeroOne
from ipwrap.options.codecs.numbers import HexWord
from ipwrap.options.table import option, parse_args, to_args
from ipwrap.qdiscs import Qdisc, TcKind
from ipwrap.tc.actions import Actions
from ipwrap.tc.ids import ClassId

__all__ = ["Cfm", "Filter", "Flower", "Lse", "Matchall", "PositionalValue"]

BYTE = Number(0, 255)
PORT = Number(0, 65535)
PRIORITY = Number(0, 7)
VID = Number(0, 4095)


@frozen
class PositionalValue(Codec):
    """Words as they are, without a keyword."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words."""
        if not isinstance(value, (tuple, list)):
            raise InvalidArgument(f"{word}: {value!r} is not a tuple of words")
        return tuple(validation.check_argument(each, word) for each in value)

    def keywords(self, word: str) -> tuple[str, ...]:
        """Return a word that nobody writes: these are not read again."""
        return (f"\0{word}",)


@frozen
class Masked(Codec):
    """A number, or text with the number and its mask: `16`, `0x10/0xfc`."""

    number: Number

    def format(self, word: str, value: Any) -> str:
        """Return the number or the text."""
        return (
            validation.check_argument(value, word)
            if isinstance(value, str)
            else self.number.format(word, value)
        )

    def parse(self, text: str) -> Any:
        """Return the number, or the text."""
        return (
            self.number.parse(text)
            if text.isdigit() or (text[:2] == "0x" and "/" not in text)
            else text
        )


@frozen
class Ports(Masked):
    """A port, as it is or with a mask, or the lowest and the highest: `80`, `1000-2000`."""

    def format(self, word: str, value: Any) -> str:
        """Return the port or the range."""
        if not isinstance(value, tuple):
            return super().format(word, value)
        if len(value) != 2:
            raise InvalidArgument(f"{word}: {value!r} is not a pair of ports such as (1000, 2000)")
        return "-".join(self.number.format(word, each) for each in value)

    def parse(self, text: str) -> Any:
        """Return the port, the pair, or the text."""
        first, dash, last = text.partition("-")
        return (int(first), int(last)) if dash else super().parse(text)


@frozen(kw_only=True)
class Lse:
    """One entry of a stack of MPLS labels, the ``depth``-th from the top: `lse depth 1 label 7`. tc/f_flower.c."""

    depth: int | None = option(Number(1, 7))
    label: int | None = option(Number(0, 2**20 - 1))
    tc: int | None = option(PRIORITY)
    bos: bool | None = option(ZeroOne())
    ttl: int | None = option(BYTE)


@frozen
class LseStack(Codec):
    """Entries of a stack of labels: `mpls lse depth 1 … lse depth 2 …`."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words of all."""
        entries = (value,) if isinstance(value, Lse) else tuple(value)
        if not entries or not all(
            isinstance(each, Lse) and each.depth is not None for each in entries
        ):
            raise InvalidArgument(
                f"{word}: {value!r} is not an Lse such as Lse(depth=1, label=7), or a tuple of them"
            )
        return (word, *(part for each in entries for part in ("lse", *to_args(Lse, each))))

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the entries."""
        entries, count = list[Lse](), 1
        while words[count : count + 1] and words[count] == "lse":
            said, length = parse_args(Lse, words[count + 1 :])
            entries.append(Lse(**said))
            count += length + 1
        return tuple(entries), count

    def to_python(self, value: Any) -> Any:
        """Return one entry as such."""
        return value[0] if isinstance(value, tuple) and len(value) == 1 else value


@frozen(kw_only=True)
class Cfm:
    """Connectivity Fault Management: the level of its domain, and its opcode. tc/f_flower.c."""

    mdl: int | None = option(Number(0, 7))
    op: int | None = option(BYTE)


@frozen
class CfmCodec(Codec):
    """`cfm mdl 3 op 5`."""

    def format_args(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words."""
        if not isinstance(value, Cfm) or not to_args(Cfm, value):
            raise InvalidArgument(f"{word}: {value!r} is not a Cfm such as Cfm(mdl=3)")
        return (word, *to_args(Cfm, value))

    def parse_args(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the level and the opcode."""
        said, count = parse_args(Cfm, words[1:])
        return Cfm(**said), count + 1


@frozen(kw_only=True)
class Matchall(TcKind):
    """Every packet. tc-matchall(8); tc/f_matchall.c. ``classid`` is the class that it goes to, as "1:20"."""

    kind: ClassVar[str] = "matchall"

    classid: str | None = option(ClassId(), json_key="flowid")
    skip_hw: bool | None = option(Flag())
    skip_sw: bool | None = option(Flag())
    action: TcKind | tuple[TcKind, ...] | None = option(Actions(), json_key="actions")


@frozen(kw_only=True)
class Flower(TcKind):
    """Packets by the flow that they belong to. tc-flower(8); tc/f_flower.c.

    IP addresses need ``protocol="ip"`` or "ipv6" of the verb, ports need ``ip_proto``; tags of VLANs
    ``protocol="802.1Q"``. A number that may have a mask is an int, or text such as "0x2/0x12". Flags are words as
    tc-flower(8) has them, such as "nofrag" and "+trk+est". ``mpls`` is an `Lse`, or several, and not beside
    ``mpls_label`` and the like. ``others`` are plain words for what is no row here. ``classid`` is the class: "1:20".
    """

    kind: ClassVar[str] = "flower"

    indev: str | None = option(ExistingLink())
    src_mac: str | None = option(Codec())
    dst_mac: str | None = option(Codec())
    num_of_vlans: int | None = option(BYTE, since="5.19")
    vlan_id: int | None = option(VID)
    vlan_prio: int | None = option(PRIORITY)
    vlan_ethtype: str | int | None = option(Codec())
    cvlan_id: int | None = option(VID)
    cvlan_prio: int | None = option(PRIORITY)
    cvlan_ethtype: str | int | None = option(Codec())
    mpls: Lse | tuple[Lse, ...] | None = option(LseStack(), json_key="", since="5.8")
    mpls_label: int | None = option(Number(0, 2**20 - 1))
    mpls_tc: int | None = option(PRIORITY)
    mpls_bos: bool | None = option(ZeroOne())
    mpls_ttl: int | None = option(BYTE)
    pppoe_sid: int | None = option(PORT, since="6.0")
    ppp_proto: str | int | None = option(Codec(), since="6.0")
    ip_proto: str | int | None = option(Masked(HexWord(0, 255)))
    ip_tos: int | str | None = option(Masked(BYTE))
    ip_ttl: int | str | None = option(Masked(BYTE))
    ip_flags: str | None = option(Codec())
    src_ip: str | None = option(Prefix())
    dst_ip: str | None = option(Prefix())
    src_port: int | tuple[int, int] | str | None = option(Ports(PORT))
    dst_port: int | tuple[int, int] | str | None = option(Ports(PORT))
    tcp_flags: int | str | None = option(Masked(HexWord(0, 4095)))
    icmp_type: int | str | None = option(Masked(BYTE), keyword="type")
    icmp_code: int | str | None = option(Masked(BYTE), keyword="code")
    l2tpv3_sid: int | None = option(Number(), since="6.2")
    spi: int | None = option(HexWord(), since="6.6")
    arp_op: str | int | None = option(Codec())
    arp_sip: str | None = option(Prefix())
    arp_tip: str | None = option(Prefix())
    arp_sha: str | None = option(Codec())
    arp_tha: str | None = option(Codec())
    enc_key_id: int | None = option(Number())
    enc_src_ip: str | None = option(Prefix())
    enc_dst_ip: str | None = option(Prefix())
    enc_dst_port: int | str | None = option(Masked(PORT))
    enc_tos: int | str | None = option(Masked(BYTE))
    enc_ttl: int | str | None = option(Masked(BYTE))
    enc_flags: str | None = option(Codec(), since="6.12")
    geneve_opts: str | None = option(Codec())
    vxlan_opts: str | None = option(Codec(), since="5.8")
    erspan_opts: str | None = option(Codec(), since="5.8")
    gtp_opts: str | None = option(Codec(), since="5.18")
    pfcp_opts: str | None = option(Codec(), since="6.10")
    ct_state: str | None = option(Codec())
    ct_zone: int | str | None = option(Masked(PORT))
    ct_mark: int | str | None = option(Masked(Number()))
    ct_label: str | None = option(Codec())
    cfm: Cfm | None = option(CfmCodec(), json_key="", since="6.4")
    l2_miss: bool | None = option(ZeroOne(), since="6.5")
    others: tuple[str, ...] | None = option(PositionalValue(), json_key="")
    classid: str | None = option(ClassId())
    hw_tc: int | None = option(Number(0, 15))
    verbose: bool | None = option(Flag())
    skip_hw: bool | None = option(Flag())
    skip_sw: bool | None = option(Flag())
    action: TcKind | tuple[TcKind, ...] | None = option(Actions(), json_key="actions")


@frozen
class Filter(Qdisc):
    """Any filter, by its name and the words of its options: `Filter("fw", {"classid": "1:20"})`."""
