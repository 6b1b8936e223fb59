"""The options of filters in `tc -j filter show`, a class for each kind: `TcFilter.typed`."""

from typing import Any, ClassVar

from attrs import field

from ipwrap.models.base import json_key, nested
from ipwrap.models.declaration import model

__all__ = ["FlowerKeys", "FlowerOptions", "MatchallOptions", "U32Match", "U32Options"]

# iproute2 prints a name where it knows one (`eth_type`: "ipv4"), or a value with its mask as text.
NameOrNumber = str | int | None
Flags = dict[str, bool] | str | None


@model(kw_only=True)
class PortRange:
    """The lowest and the highest port. flower_print_port_range() in iproute2's tc/f_flower.c."""

    start: int | None = None
    end: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class LabelEntry:
    """An entry of an MPLS label stack. flower_print_mpls_opt_lse() in iproute2's tc/f_flower.c."""

    depth: int | None = None
    label: int | None = None
    tc: int | None = None
    bos: int | None = None
    ttl: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class Maintenance:
    """The level of a CFM domain, and an opcode. flower_print_cfm() in iproute2's tc/f_flower.c."""

    mdl: int | None = None
    op: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class TunnelOption:
    """An option of a tunnel header. flower_print_geneve_opts() and its siblings in tc/f_flower.c.

    Geneve has ``class_``, ``type`` and ``data``; VXLAN ``gbp``; ERSPAN ``ver``, ``index``, ``dir``
    and ``hwid``; GTP ``pdu_type`` and ``qfi``; PFCP ``type`` and ``seid``.
    """

    # a keyword of Python
    class_: int | None = json_key("class")
    type: int | None = None
    data: tuple[int, ...] | None = None
    gbp: int | None = None
    ver: int | None = None
    index: int | None = None
    dir: int | None = None
    hwid: int | None = None
    pdu_type: int | None = None
    qfi: int | None = None
    seid: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class FlowerKeys:
    """The matches of a flower filter. flower_print_opt() in iproute2's tc/f_flower.c.

    Addresses and flags include their masks. The mask of a number has a separate key
    (``ip_tos_mask``), which is in ``extra``.
    """

    num_of_vlans: int | None = None
    vlan_id: int | None = None
    vlan_prio: int | None = None
    vlan_ethtype: str | None = None
    cvlan_id: int | None = None
    cvlan_prio: int | None = None
    cvlan_ethtype: str | None = None
    dst_mac: str | None = None
    src_mac: str | None = None
    eth_type: NameOrNumber = None
    ip_proto: NameOrNumber = None
    ip_tos: NameOrNumber = None
    ip_ttl: NameOrNumber = None
    ip_flags: Flags = None
    mpls: tuple[LabelEntry, ...] | None = nested(LabelEntry)
    mpls_label: int | None = None
    mpls_tc: int | None = None
    mpls_bos: int | None = None
    mpls_ttl: int | None = None
    dst_ip: str | None = None
    src_ip: str | None = None
    dst_port: PortRange | str | int | None = nested(PortRange)
    src_port: PortRange | str | int | None = nested(PortRange)
    tcp_flags: NameOrNumber = None
    icmp_type: NameOrNumber = None
    icmp_code: NameOrNumber = None
    l2tpv3_sid: int | None = None
    spi: NameOrNumber = None
    arp_sip: str | None = None
    arp_tip: str | None = None
    arp_op: NameOrNumber = None
    arp_sha: str | None = None
    arp_tha: str | None = None
    pppoe_sid: int | None = None
    ppp_proto: NameOrNumber = None
    enc_dst_ip: str | None = None
    enc_src_ip: str | None = None
    enc_key_id: int | None = None
    enc_dst_port: NameOrNumber = None
    enc_tos: NameOrNumber = None
    enc_ttl: NameOrNumber = None
    enc_opt: NameOrNumber = None
    enc_flags: Flags = None
    geneve_opt_key: tuple[TunnelOption, ...] | None = nested(TunnelOption)
    geneve_opt_mask: tuple[TunnelOption, ...] | None = nested(TunnelOption)
    vxlan_opt_key: tuple[TunnelOption, ...] | None = nested(TunnelOption)
    vxlan_opt_mask: tuple[TunnelOption, ...] | None = nested(TunnelOption)
    erspan_opt_key: tuple[TunnelOption, ...] | None = nested(TunnelOption)
    erspan_opt_mask: tuple[TunnelOption, ...] | None = nested(TunnelOption)
    gtp_opt_key: tuple[TunnelOption, ...] | None = nested(TunnelOption)
    gtp_opt_mask: tuple[TunnelOption, ...] | None = nested(TunnelOption)
    pfcp_opt_key: tuple[TunnelOption, ...] | None = nested(TunnelOption)
    pfcp_opt_mask: tuple[TunnelOption, ...] | None = nested(TunnelOption)
    l2_miss: int | None = None
    ct_state: str | None = None
    ct_zone: NameOrNumber = None
    ct_mark: NameOrNumber = None
    ct_label: str | None = None
    cfm: Maintenance | None = nested(Maintenance)
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class InHardware:
    """The options of every kind: hardware offload and actions."""

    untyped: ClassVar[tuple[str, ...]] = ("actions",)  # those of the filter are typed

    skip_hw: bool | None = None
    skip_sw: bool | None = None
    in_hw: bool | None = None
    in_hw_count: int | None = None
    not_in_hw: bool | None = None
    actions: tuple[Any, ...] | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class FlowerOptions(InHardware):
    """A filter by the flow of packets. flower_print_opt() in iproute2's tc/f_flower.c."""

    handle: int | None = None
    classid: str | None = None
    hw_tc: int | None = None
    indev: str | None = None
    keys: FlowerKeys | None = nested(FlowerKeys)


@model(kw_only=True)
class MatchallOptions(InHardware):
    """A filter of all packets. ``rule_hit`` needs `-s`. matchall_print_opt() in tc/f_matchall.c."""

    handle: int | None = None
    flowid: str | None = None
    rule_hit: int | None = None


@model(kw_only=True)
class U32Match:
    """A match of bits in a packet. print_raw() in iproute2's tc/f_u32.c.

    ``value`` and ``mask`` are hexadecimal, ``off`` is the offset in bytes; ``offmask`` is
    "nexthdr+" for an offset from the next header. With `-p`, which ipwrap never uses, the keys are
    names of header fields: ``src``, ``dst`` and the fields below.
    """

    value: str | None = None
    mask: str | None = None
    offmask: str | None = None
    off: int | None = None
    src: dict[str, Any] | None = None
    dst: dict[str, Any] | None = None
    ip_ihl: int | None = None
    ip_dsfield: str | None = None
    ip_protocol: int | None = None
    address: str | None = None
    prefixlen: int | None = None
    sport: int | None = None
    dport: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class U32Options(InHardware):
    """A filter by arbitrary bits, or a hash table of filters.

    u32_print_opt() in iproute2's tc/f_u32.c. ``fh`` is the handle, ``key_ht`` the hash table,
    ``bkt`` the bucket, ``link`` the next hash table. ``rule_hit`` and ``success`` count packets,
    with `-s`; ``success`` is a list for several matches.
    """

    fh: str | None = None
    order: int | None = None
    ht_divisor: int | None = None
    key_ht: str | None = None
    bkt: str | None = None
    flowid: str | None = None
    link: str | None = None
    rule_hit: int | None = None
    # iproute2 repeats these keys for several matches: `TcFilter.repeated`.
    success: int | tuple[int, ...] | None = None
    match: U32Match | tuple[U32Match, ...] | None = nested(U32Match)
    fwmark_value: str | None = None
    fwmark_mask: str | None = None
    fwmark_success: int | None = None
    offset_mask: str | None = None
    offset_shift: int | None = None
    offset_off: int | None = None
    plus: int | None = None
    eat: bool | None = None
    hash_mask: str | None = None
    hash_off: int | None = None
    input_dev: str | None = None

    @property
    def matches(self) -> tuple[U32Match, ...]:
        """The matches, as a tuple whatever their number."""
        if isinstance(self.match, U32Match):
            return (self.match,)
        return self.match or ()
