"""The shape of a recorded state, as deep as its readers rely on.

A state holds the unchanged JSON of `ip -j`, of any release. This module declares the keys that the
comparison, `undo` and the exporters read; further keys are free. The keys come from
print_linkinfo() in ip/ipaddress.c, print_route() in ip/iproute.c, and so on.
"""

from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType, field

from ipwrap.errors import InvalidArgument
from ipwrap.options.validation import check_netns_name
from ipwrap.recording.lines import StateLine, describe_mismatch

__all__ = ["find_state_damage"]

Texts = list[str] | UnsetType
Text = str | UnsetType
OptionalText = str | None | UnsetType
Word = str | int | UnsetType  # a number, or its name in /etc/iproute2
Integer = int | UnsetType
Options = dict[str, Any] | UnsetType
Objects = list[dict[str, Any]] | UnsetType
PrefixLength = Annotated[int, Meta(ge=0, le=128)]
Vid = Annotated[int, Meta(ge=0, le=4095)]


class LinkInfo(Struct):
    """The kind of a link, and of its port, with their options."""

    info_kind: Text = UNSET
    info_data: Options = UNSET
    info_slave_kind: Text = UNSET
    info_slave_data: Options = UNSET


class LinkShape(Struct):
    """`ip link`."""

    ifname: str
    ifindex: Integer = UNSET
    address: Text = UNSET
    altnames: Texts = UNSET
    flags: Texts = UNSET
    group: Word = UNSET
    link: OptionalText = UNSET
    link_index: Integer = UNSET
    link_type: Text = UNSET
    linkinfo: LinkInfo | UnsetType = UNSET
    master: Text = UNSET
    mtu: Integer = UNSET
    txqlen: Integer = UNSET


class AddressEntry(Struct):
    """One address of a link."""

    local: str
    prefixlen: PrefixLength
    address: Text = UNSET
    family: Text = UNSET
    label: Text = UNSET
    protocol: Word = UNSET
    scope: Word = UNSET
    valid_life_time: Integer = UNSET
    preferred_life_time: Integer = UNSET


class AddressShape(Struct):
    """`ip address`: a link with its addresses."""

    ifname: str
    addr_info: list[AddressEntry]


class HopEntry(Struct):
    """A next hop of a multipath route."""

    dev: Text = UNSET
    gateway: Text = UNSET
    weight: Integer = UNSET
    flags: Texts = UNSET


class RouteShape(Struct):
    """`ip route`."""

    dst: str
    dev: Text = UNSET
    flags: Texts = UNSET
    gateway: Text = UNSET
    metric: Integer = UNSET
    metrics: Objects = UNSET
    nexthops: list[HopEntry] | UnsetType = UNSET
    nhid: Integer = UNSET
    protocol: Word = UNSET
    scope: Word = UNSET
    table: Word = UNSET
    type: Text = UNSET
    via: Options = UNSET


class NeighbourShape(Struct):
    """`ip neigh`."""

    dst: str
    dev: Text = UNSET
    lladdr: Text = UNSET
    state: Texts = UNSET


class RuleShape(Struct):
    """`ip rule`."""

    priority: Integer = UNSET
    protocol: Word = UNSET
    table: Word = UNSET


class GroupEntry(Struct):
    """A member of a group of next hops."""

    id: int
    weight: Integer = UNSET


class NexthopShape(Struct):
    """`ip nexthop`."""

    id: int
    dev: Text = UNSET
    flags: Texts = UNSET
    gateway: Text = UNSET
    group: list[GroupEntry] | UnsetType = UNSET
    protocol: Word = UNSET
    scope: Word = UNSET


class PortShape(Struct):
    """`bridge link`."""

    ifname: str
    flags: Texts = UNSET
    master: Text = UNSET


class FdbShape(Struct):
    """`bridge fdb`."""

    mac: Text = UNSET
    dst: Text = UNSET
    flags: Texts = UNSET
    ifname: Text = UNSET
    master: Text = UNSET
    port: Word = UNSET
    state: Text = UNSET


class VlanEntry(Struct):
    """A VLAN or a range of VLANs."""

    vlan: Vid
    vlan_end: Vid | UnsetType = field(name="vlanEnd", default=UNSET)
    flags: Texts = UNSET


class VlanShape(Struct):
    """`bridge vlan`: a port with its VLANs."""

    ifname: str
    vlans: list[VlanEntry] | UnsetType = UNSET


class TunnelEntry(Struct):
    """The tunnel of a VLAN, or those of a range."""

    vlan: Vid | UnsetType = UNSET
    vlan_end: Vid | UnsetType = field(name="vlanEnd", default=UNSET)
    tunid: Integer = UNSET


class TunnelShape(Struct):
    """`bridge vlan tunnelshow`, `bridge vni`, `bridge mst`: a link with objects of its own."""

    ifname: str
    tunnels: list[TunnelEntry] | UnsetType = UNSET
    vnis: Objects = UNSET
    mst: Objects = UNSET


class MdbEntry(Struct):
    """An entry of a multicast database."""

    dev: Text = UNSET
    grp: Text = UNSET
    port: Text = UNSET
    src: Text = UNSET
    state: Text = UNSET
    vid: Integer = UNSET
    flags: Texts = UNSET
    source_list: Objects = UNSET


class MdbShape(Struct):
    """`bridge mdb`."""

    mdb: list[MdbEntry] | UnsetType = UNSET


class QdiscShape(Struct):
    """`tc qdisc`."""

    kind: str
    dev: Text = UNSET
    handle: Text = UNSET
    options: Options = UNSET
    parent: Text = UNSET
    root: bool | UnsetType = UNSET


class ClassShape(Struct):
    """`tc class`."""

    kind: str = field(name="class")
    dev: str
    handle: str
    parent: Text = UNSET
    root: bool | UnsetType = UNSET


class FilterOptions(Struct):
    """The options of a filter: what tells its handle, and its actions."""

    fh: Annotated[str, Meta(pattern="^[0-9a-f]{0,3}:[0-9a-f]{0,3}:?[0-9a-f]{0,3}$")] | UnsetType = (
        UNSET
    )
    actions: Objects = UNSET


class FilterShape(Struct):
    """`tc filter`."""

    kind: str
    dev: str
    parent: str
    protocol: str
    pref: int
    chain: Integer = UNSET
    options: FilterOptions | UnsetType = UNSET


class SysctlShape(Struct):
    """A sysctl."""

    key: str
    value: str


class FilterLine(Struct):
    """A line of iptables-save(8)."""

    table: str
    line: str


class NamespaceShape(Struct):
    """The objects of one namespace, by the names of `ipwrap.state.snapshot`."""

    link: list[LinkShape] | UnsetType = UNSET
    address: list[AddressShape] | UnsetType = UNSET
    route: list[RouteShape] | UnsetType = UNSET
    neigh: list[NeighbourShape] | UnsetType = UNSET
    rule: list[RuleShape] | UnsetType = UNSET
    rule6: list[RuleShape] | UnsetType = field(name="rule inet6", default=UNSET)
    nexthop: list[NexthopShape] | UnsetType = UNSET
    bridge_link: list[PortShape] | UnsetType = field(name="bridge link", default=UNSET)
    fdb: list[FdbShape] | UnsetType = field(name="bridge fdb", default=UNSET)
    vlan: list[VlanShape] | UnsetType = field(name="bridge vlan", default=UNSET)
    vlan_details: list[VlanShape] | UnsetType = field(name="bridge vlan details", default=UNSET)
    vlan_global: list[VlanShape] | UnsetType = field(name="bridge vlan global", default=UNSET)
    tunnels: list[TunnelShape] | UnsetType = field(name="bridge vlan tunnelshow", default=UNSET)
    mst: list[TunnelShape] | UnsetType = field(name="bridge mst", default=UNSET)
    mdb: list[MdbShape] | UnsetType = field(name="bridge mdb", default=UNSET)
    vni: list[TunnelShape] | UnsetType = field(name="bridge vni", default=UNSET)
    sysctl: list[SysctlShape] | UnsetType = UNSET
    nft: Objects = UNSET
    iptables: list[FilterLine] | UnsetType = UNSET
    ip6tables: list[FilterLine] | UnsetType = UNSET
    qdisc: list[QdiscShape] | UnsetType = field(name="tc qdisc", default=UNSET)
    tc_class: list[ClassShape] | UnsetType = field(name="tc class", default=UNSET)
    tc_filter: list[FilterShape] | UnsetType = field(name="tc filter", default=UNSET)


def find_state_damage(state: StateLine) -> str | None:
    """Return the damage of a state, behind the key; None for a state of the right shape."""
    for netns, objects in state.items():
        within = f"$.state.{netns}"

        try:
            if netns:
                check_netns_name(netns)
            msgspec.convert(objects, NamespaceShape)
        except InvalidArgument as error:
            return f"{within}: {error}"
        except UnicodeEncodeError:
            return f"{within}: text that is not UTF-8 in place of a number"
        except msgspec.ValidationError as error:
            return describe_mismatch(error, within)

    return None
