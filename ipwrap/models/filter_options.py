"""What `tc -j filter show` prints of filters of each kind, typed: `TcFilter.typed`."""

from typing import Any

from attrs import field, frozen

from ipwrap.models.base import json_key, nested

__all__ = ["FlowerKeys", "FlowerOptions", "MatchallOptions", "U32Match", "U32Options"]

Some = str | int | None
Flags = dict[str, bool] | str | None


@frozen(kw_only=True, slots=False)
class PortRange:
    """The lowest and the highest port. flower_print_port_range() in iproute2's tc/f_flower.c."""

    start: int | None = None
    end: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@frozen(kw_only=True, slots=False)
class LabelEntry:
    """One entry of a stack of MPLS labels. flower_print_mpls_opt_lse() in iproute2's tc/f_flower.c."""

    depth: int | None = None
    label: int | None = None
    tc: int | None = None
    bos: int | None = None
    ttl: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@frozen(kw_only=True, slots=False)
class Maintenance:
    """The level of a domain of CFM, and an opcode. flower_print_cfm() in iproute2's tc/f_flower.c."""

    mdl: int | None = None
    op: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@frozen(kw_only=True, slots=False)
class TunnelOption:
    """An option of a tunnel's header, of whichever tunnel. flower_print_geneve_opts() and the like in tc/f_flower.c.

    ``class_``, ``type`` and ``data`` of Geneve; ``gbp`` of VXLAN; ``ver``, ``index``, ``dir`` and ``hwid`` of ERSPAN;
    ``pdu_type`` and ``qfi`` of GTP; ``type`` and ``seid`` of PFCP.
    """

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


@frozen(kw_only=True, slots=False)
class FlowerKeys:
    """What a flower filter matches. flower_print_opt() in iproute2's tc/f_flower.c.

    Addresses and flags have their masks behind them; a number that is masked has its mask under a key of its own,
    which is in ``extra`` (``ip_tos_mask``).
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
    eth_type: Some = None
    ip_proto: Some = None
    ip_tos: Some = None
    ip_ttl: Some = None
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
    tcp_flags: Some = None
    icmp_type: Some = None
    icmp_code: Some = None
    l2tpv3_sid: int | None = None
    spi: Some = None
    arp_sip: str | None = None
    arp_tip: str | None = None
    arp_op: Some = None
    arp_sha: str | None = None
    arp_tha: str | None = None
    pppoe_sid: int | None = None
    ppp_proto: Some = None
    enc_dst_ip: str | None = None
    enc_src_ip: str | None = None
    enc_key_id: int | None = None
    enc_dst_port: Some = None
    enc_tos: Some = None
    enc_ttl: Some = None
    enc_opt: Some = None
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
    ct_zone: Some = None
    ct_mark: Some = None
    ct_label: str | None = None
    cfm: Maintenance | None = nested(Maintenance)
    extra: dict[str, Any] = field(factory=dict, hash=False)


@frozen(kw_only=True, slots=False)
class InHardware:
    """Whether a device does it, or may, itself. What filters of several kinds print alike."""

    skip_hw: bool | None = None
    skip_sw: bool | None = None
    in_hw: bool | None = None
    in_hw_count: int | None = None
    not_in_hw: bool | None = None
    actions: tuple[Any, ...] | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@frozen(kw_only=True, slots=False)
class FlowerOptions(InHardware):
    """A filter by the flow of a packet. flower_print_opt() in iproute2's tc/f_flower.c."""

    handle: int | None = None
    classid: str | None = None
    hw_tc: int | None = None
    indev: str | None = None
    keys: FlowerKeys | None = nested(FlowerKeys)


@frozen(kw_only=True, slots=False)
class MatchallOptions(InHardware):
    """A filter of every packet; ``rule_hit`` counts them, with `-s`. matchall_print_opt() in tc/f_matchall.c."""

    handle: int | None = None
    flowid: str | None = None
    rule_hit: int | None = None


@frozen(kw_only=True, slots=False)
class U32Match:
    """Some bits of a packet, in hexadecimal, ``off`` bytes from its start. print_raw() in iproute2's tc/f_u32.c.

    ``offmask`` is "nexthdr+" where it is the next header's start. With `-p` (which ipwrap does not ask for) it is the
    names of fields in their place: ``address`` and so on.
    """

    value: str | None = None
    mask: str | None = None
    offmask: str | None = None
    off: int | None = None
    ip_ihl: int | None = None
    ip_dsfield: str | None = None
    ip_protocol: int | None = None
    address: str | None = None
    prefixlen: int | None = None
    sport: int | None = None
    dport: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@frozen(kw_only=True, slots=False)
class U32Options(InHardware):
    """A filter by any bits, or one of its hash tables. u32_print_opt() in iproute2's tc/f_u32.c.

    ``fh`` is its number, ``key_ht`` the table and ``bkt`` the bucket that it is in, ``link`` the one that it leads to.
    ``rule_hit`` and ``success`` count packets, with `-s`; ``success`` is a list where there are several matches.
    """

    fh: str | None = None
    order: int | None = None
    ht_divisor: int | None = None
    key_ht: str | None = None
    bkt: str | None = None
    flowid: str | None = None
    link: str | None = None
    rule_hit: int | None = None
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
        """All that has to match."""
        found = self.match
        return (found,) if isinstance(found, U32Match) else found or ()
