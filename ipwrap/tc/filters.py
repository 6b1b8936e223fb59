"""Filters by their kind: `matchall`, `flower`, or any other by its name. tc(8) "FILTERS"."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from attrs import frozen

from ipwrap.errors import InvalidArgument
from ipwrap.options import validation
from ipwrap.options.codecs import Codec, ExistingLink, Flag, Number, Prefix, ZeroOne
from ipwrap.options.codecs.numbers import HexWord
from ipwrap.options.table import option, parse_args, to_args
from ipwrap.qdiscs import Qdisc, TcKind
from ipwrap.tc.actions import Actions
from ipwrap.tc.ids import ClassId

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Cfm", "Filter", "Flower", "Lse", "Matchall", "PositionalValue"]

BYTE = Number(0, 255)
PORT = Number(0, 65535)
PRIORITY = Number(0, 7)
VLAN_ID = Number(0, 4095)


class PositionalValue(Codec, frozen=True):
    """Arguments without a keyword, unchanged."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the arguments."""
        if not isinstance(value, (tuple, list)):
            raise InvalidArgument(f"{keyword}: {value!r} is not a tuple of words")

        arguments = [validation.check_argument(argument, keyword) for argument in value]
        return tuple(arguments)

    def keywords(self, keyword: str) -> tuple[str, ...]:
        """Return a keyword that no command line can hold, so that no argument is parsed."""
        # An argument of a process cannot contain NUL.
        return (f"\0{keyword}",)

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of None: the filter writes the value."""
        from hypothesis import strategies as st

        return st.none()


class Masked(Codec, frozen=True):
    """A number, or text with the number and its mask: `16`, `0x10/0xfc`."""

    number: Number

    def format(self, keyword: str, value: Any) -> str:
        """Return the number or the text."""
        if isinstance(value, str):
            return validation.check_argument(value, keyword)

        return self.number.format(keyword, value)

    def parse(self, text: str) -> Any:
        """Return the number, or the text of a number with a mask."""
        # flower prints protocols and flags with 0x: tc/f_flower.c.
        is_hexadecimal = text[:2] == "0x" and "/" not in text
        if text.isdigit() or is_hexadecimal:
            return self.number.parse(text)

        return text

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of numbers, and texts with a mask."""
        from hypothesis import strategies as st

        return st.one_of(
            self.number.strategy(),
            st.sampled_from(("0x1/0x3", "tcp")),
        )


class Ports(Masked, frozen=True):
    """A port, with or without a mask, or the lowest and the highest port: `80`, `1000-2000`."""

    def format(self, keyword: str, value: Any) -> str:
        """Return the port or the range."""
        if not isinstance(value, tuple):
            return super().format(keyword, value)

        if len(value) != 2:
            raise InvalidArgument(
                f"{keyword}: {value!r} is not a pair of ports such as (1000, 2000)"
            )

        lowest, highest = value
        return f"{self.number.format(keyword, lowest)}-{self.number.format(keyword, highest)}"

    def parse(self, text: str) -> Any:
        """Return the port, the pair, or the text of a port with a mask."""
        lowest, dash, highest = text.partition("-")
        if dash:
            return int(lowest), int(highest)

        return super().parse(text)


@frozen(kw_only=True)
class Lse:
    """One entry of an MPLS label stack: `lse depth 1 label 7`. tc/f_flower.c.

    ``depth`` counts from the top of the stack.
    """

    depth: int | None = option(Number(1, 7))
    label: int | None = option(Number(0, 2**20 - 1))
    tc: int | None = option(PRIORITY)
    bos: bool | None = option(ZeroOne())
    ttl: int | None = option(BYTE)


class LseStack(Codec, frozen=True):
    """The entries of an MPLS label stack: `mpls lse depth 1 … lse depth 2 …`."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the keyword and the options of each entry."""
        entries = (value,) if isinstance(value, Lse) else tuple(value)
        if not entries or not all(_has_depth(entry) for entry in entries):
            raise InvalidArgument(
                f"{keyword}: {value!r} is not an Lse such as Lse(depth=1, label=7), or a tuple of"
                " entries"
            )

        args = [keyword]
        for entry in entries:
            args += ("lse", *to_args(Lse, entry))

        return tuple(args)

    def parse_args(self, _keyword: str, args: Sequence[str]) -> tuple[Any, int]:
        """Return the entries."""
        entries: list[Lse] = []
        count = 1

        while count < len(args) and args[count] == "lse":
            entry_args = args[count + 1 :]
            options, length = parse_args(Lse, entry_args)
            entries.append(Lse(**options))
            count += 1 + length

        return tuple(entries), count

    def to_python(self, value: Any) -> Any:
        """Return a single entry without its tuple."""
        if isinstance(value, tuple) and len(value) == 1:
            return value[0]

        return value

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of stacks of labels."""
        from hypothesis import strategies as st

        return st.sampled_from(
            (
                (Lse(depth=1, label=7),),
                (Lse(depth=1, bos=True), Lse(depth=2, ttl=3, tc=1)),
            )
        )


def _has_depth(entry: Any) -> bool:
    """Return whether a value is an entry with a depth."""
    # flower_parse_mpls_lse() in tc/f_flower.c cannot send an entry without a depth.
    return isinstance(entry, Lse) and entry.depth is not None


@frozen(kw_only=True)
class Cfm:
    """Connectivity Fault Management: the level of the maintenance domain, and the opcode.

    tc/f_flower.c.
    """

    mdl: int | None = option(Number(0, 7))
    op: int | None = option(BYTE)


class CfmCodec(Codec, frozen=True):
    """The options of a `Cfm` after the keyword: `cfm mdl 3 op 5`."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the keyword and the options."""
        # An empty `cfm` has no field to match.
        args = to_args(Cfm, value) if isinstance(value, Cfm) else ()
        if not args:
            raise InvalidArgument(f"{keyword}: {value!r} is not a Cfm such as Cfm(mdl=3)")

        return (keyword, *args)

    def parse_args(self, _keyword: str, args: Sequence[str]) -> tuple[Any, int]:
        """Return the level and the opcode."""
        options, count = parse_args(Cfm, args[1:])
        return Cfm(**options), count + 1

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of connectivity checks."""
        from hypothesis import strategies as st

        return st.sampled_from((Cfm(mdl=3), Cfm(mdl=3, op=5)))


@frozen(kw_only=True)
class Matchall(TcKind):
    """Matches every packet. tc-matchall(8); tc/f_matchall.c.

    ``classid`` is the class for the packets, such as "1:20".
    """

    kind: ClassVar[str] = "matchall"

    classid: str | None = option(ClassId(), json_key="flowid")
    skip_hw: bool | None = option(Flag())
    skip_sw: bool | None = option(Flag())
    action: TcKind | tuple[TcKind, ...] | None = option(Actions(), json_key="actions")


@frozen(kw_only=True)
class Flower(TcKind):
    """Matches packets by their flow. tc-flower(8); tc/f_flower.c.

    IP addresses need ``protocol="ip"`` or "ipv6" of the verb, ports need ``ip_proto``, VLAN tags
    need ``protocol="802.1Q"``. A number is an int, or with a mask text such as "0x2/0x12". Flags
    are the words of tc-flower(8), such as "nofrag" and "+trk+est". ``mpls`` is an `Lse` or a tuple,
    and excludes ``mpls_label`` to ``mpls_ttl``. ``others`` are plain arguments for options
    without a field in this class. ``classid`` is the class for the packets: "1:20".
    """

    kind: ClassVar[str] = "flower"

    # The link, and Ethernet.
    indev: str | None = option(ExistingLink())
    src_mac: str | None = option(Codec())
    dst_mac: str | None = option(Codec())
    # VLAN tags: the outer tag, and with `cvlan` the inner tag.
    num_of_vlans: int | None = option(BYTE, since="5.19")
    vlan_id: int | None = option(VLAN_ID)
    vlan_prio: int | None = option(PRIORITY)
    vlan_ethtype: str | int | None = option(Codec())
    cvlan_id: int | None = option(VLAN_ID)
    cvlan_prio: int | None = option(PRIORITY)
    cvlan_ethtype: str | int | None = option(Codec())
    # MPLS and PPPoE.
    mpls: Lse | tuple[Lse, ...] | None = option(LseStack(), json_key="", since="5.8")
    mpls_label: int | None = option(Number(0, 2**20 - 1))
    mpls_tc: int | None = option(PRIORITY)
    mpls_bos: bool | None = option(ZeroOne())
    mpls_ttl: int | None = option(BYTE)
    pppoe_sid: int | None = option(PORT, since="6.0")
    ppp_proto: str | int | None = option(Codec(), since="6.0")
    # IP.
    ip_proto: str | int | None = option(Masked(HexWord(0, 255)))
    ip_tos: int | str | None = option(Masked(BYTE))
    ip_ttl: int | str | None = option(Masked(BYTE))
    ip_flags: str | None = option(Codec())
    src_ip: str | None = option(Prefix())
    dst_ip: str | None = option(Prefix())
    # TCP, UDP, SCTP, ICMP, L2TP and IPsec.
    src_port: int | tuple[int, int] | str | None = option(Ports(PORT))
    dst_port: int | tuple[int, int] | str | None = option(Ports(PORT))
    tcp_flags: int | str | None = option(Masked(HexWord(0, 4095)))
    icmp_type: int | str | None = option(Masked(BYTE), keyword="type")
    icmp_code: int | str | None = option(Masked(BYTE), keyword="code")
    l2tpv3_sid: int | None = option(Number(), since="6.2")
    spi: int | None = option(HexWord(), since="6.6")
    # ARP.
    arp_op: str | int | None = option(Codec())
    arp_sip: str | None = option(Prefix())
    arp_tip: str | None = option(Prefix())
    arp_sha: str | None = option(Codec())
    arp_tha: str | None = option(Codec())
    # The metadata of a tunnel, after decapsulation.
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
    # Connection tracking.
    ct_state: str | None = option(Codec())
    ct_zone: int | str | None = option(Masked(PORT))
    ct_mark: int | str | None = option(Masked(Number()))
    ct_label: str | None = option(Codec())
    # Connectivity fault management, and the bridge.
    cfm: Cfm | None = option(CfmCodec(), json_key="", since="6.4")
    l2_miss: bool | None = option(ZeroOne(), since="6.5")
    # The actions and their offload to the device.
    others: tuple[str, ...] | None = option(PositionalValue(), json_key="")
    classid: str | None = option(ClassId())
    hw_tc: int | None = option(Number(0, 15))
    verbose: bool | None = option(Flag())
    skip_hw: bool | None = option(Flag())
    skip_sw: bool | None = option(Flag())
    action: TcKind | tuple[TcKind, ...] | None = option(Actions(), json_key="actions")


@frozen
class Filter(Qdisc):
    """Any filter, by its name and a mapping of its options: `Filter("fw", {"classid": "1:20"})`."""
