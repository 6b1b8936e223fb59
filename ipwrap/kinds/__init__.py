"""The kinds of links, one per file: ``ipwrap/kinds/vxlan.py`` is ``type vxlan``.

A new kind is a new file with one class, a line in `KINDS`, and an import for type checkers.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from ipwrap.system.lazy import LazyTable, lazy_attributes, public_names

if TYPE_CHECKING:
    from ipwrap.kinds.amt import Amt as Amt
    from ipwrap.kinds.bareudp import Bareudp as Bareudp
    from ipwrap.kinds.base import Kind as Kind
    from ipwrap.kinds.base import LinkKind as LinkKind
    from ipwrap.kinds.batadv import Batadv as Batadv
    from ipwrap.kinds.bond import Bond as Bond
    from ipwrap.kinds.bond_slave import BondSlave as BondSlave
    from ipwrap.kinds.bridge import Bridge as Bridge
    from ipwrap.kinds.bridge_slave import BridgeSlave as BridgeSlave
    from ipwrap.kinds.can import Can as Can
    from ipwrap.kinds.dsa import Dsa as Dsa
    from ipwrap.kinds.dummy import Dummy as Dummy
    from ipwrap.kinds.geneve import Geneve as Geneve
    from ipwrap.kinds.gre import Erspan as Erspan
    from ipwrap.kinds.gre import Gre as Gre
    from ipwrap.kinds.gre import Gretap as Gretap
    from ipwrap.kinds.gre6 import Ip6erspan as Ip6erspan
    from ipwrap.kinds.gre6 import Ip6gre as Ip6gre
    from ipwrap.kinds.gre6 import Ip6gretap as Ip6gretap
    from ipwrap.kinds.gtp import Gtp as Gtp
    from ipwrap.kinds.hsr import Hsr as Hsr
    from ipwrap.kinds.ifb import Ifb as Ifb
    from ipwrap.kinds.ip6tnl import Ip6tnl as Ip6tnl
    from ipwrap.kinds.ipoib import Ipoib as Ipoib
    from ipwrap.kinds.iptnl import Ipip as Ipip
    from ipwrap.kinds.iptnl import Sit as Sit
    from ipwrap.kinds.ipvlan import Ipvlan as Ipvlan
    from ipwrap.kinds.ipvlan import Ipvtap as Ipvtap
    from ipwrap.kinds.macsec import Macsec as Macsec
    from ipwrap.kinds.macvlan import Macvlan as Macvlan
    from ipwrap.kinds.macvlan import Macvtap as Macvtap
    from ipwrap.kinds.netkit import Netkit as Netkit
    from ipwrap.kinds.optionless import Lowpan as Lowpan
    from ipwrap.kinds.optionless import Netdevsim as Netdevsim
    from ipwrap.kinds.optionless import Nlmon as Nlmon
    from ipwrap.kinds.optionless import Openvswitch as Openvswitch
    from ipwrap.kinds.optionless import Team as Team
    from ipwrap.kinds.optionless import TeamSlave as TeamSlave
    from ipwrap.kinds.optionless import Vcan as Vcan
    from ipwrap.kinds.optionless import VirtWifi as VirtWifi
    from ipwrap.kinds.optionless import Wireguard as Wireguard
    from ipwrap.kinds.ovpn import Ovpn as Ovpn
    from ipwrap.kinds.pfcp import Pfcp as Pfcp
    from ipwrap.kinds.rmnet import Rmnet as Rmnet
    from ipwrap.kinds.tun import Tun as Tun
    from ipwrap.kinds.veth import Veth as Veth
    from ipwrap.kinds.vlan import Vlan as Vlan
    from ipwrap.kinds.vrf import Vrf as Vrf
    from ipwrap.kinds.vrf import VrfSlave as VrfSlave
    from ipwrap.kinds.vti import Vti as Vti
    from ipwrap.kinds.vti6 import Vti6 as Vti6
    from ipwrap.kinds.vxcan import Vxcan as Vxcan
    from ipwrap.kinds.vxlan import Vxlan as Vxlan
    from ipwrap.kinds.wwan import Wwan as Wwan
    from ipwrap.kinds.xfrm import Xfrm as Xfrm

KINDS: LazyTable[type["LinkKind"]] = LazyTable(
    __name__,
    {
        "amt": "amt:Amt",
        "bareudp": "bareudp:Bareudp",
        "batadv": "batadv:Batadv",
        "bond": "bond:Bond",
        "bond_slave": "bond_slave:BondSlave",
        "bridge": "bridge:Bridge",
        "bridge_slave": "bridge_slave:BridgeSlave",
        "can": "can:Can",
        "dsa": "dsa:Dsa",
        "dummy": "dummy:Dummy",
        "erspan": "gre:Erspan",
        "geneve": "geneve:Geneve",
        "gre": "gre:Gre",
        "gretap": "gre:Gretap",
        "gtp": "gtp:Gtp",
        "hsr": "hsr:Hsr",
        "ifb": "ifb:Ifb",
        "ip6erspan": "gre6:Ip6erspan",
        "ip6gre": "gre6:Ip6gre",
        "ip6gretap": "gre6:Ip6gretap",
        "ip6tnl": "ip6tnl:Ip6tnl",
        "ipip": "iptnl:Ipip",
        "ipoib": "ipoib:Ipoib",
        "ipvlan": "ipvlan:Ipvlan",
        "ipvtap": "ipvlan:Ipvtap",
        "lowpan": "optionless:Lowpan",
        "macsec": "macsec:Macsec",
        "macvlan": "macvlan:Macvlan",
        "macvtap": "macvlan:Macvtap",
        "netdevsim": "optionless:Netdevsim",
        "netkit": "netkit:Netkit",
        "nlmon": "optionless:Nlmon",
        "openvswitch": "optionless:Openvswitch",
        "ovpn": "ovpn:Ovpn",
        "pfcp": "pfcp:Pfcp",
        "rmnet": "rmnet:Rmnet",
        "sit": "iptnl:Sit",
        "team": "optionless:Team",
        "team_slave": "optionless:TeamSlave",
        "tun": "tun:Tun",
        "vcan": "optionless:Vcan",
        "veth": "veth:Veth",
        "virt_wifi": "optionless:VirtWifi",
        "vlan": "vlan:Vlan",
        "vrf": "vrf:Vrf",
        "vrf_slave": "vrf:VrfSlave",
        "vti": "vti:Vti",
        "vti6": "vti6:Vti6",
        "vxcan": "vxcan:Vxcan",
        "vxlan": "vxlan:Vxlan",
        "wireguard": "optionless:Wireguard",
        "wwan": "wwan:Wwan",
        "xfrm": "xfrm:Xfrm",
    },
)

MODULES = {**KINDS.modules(), "base": ("Kind", "LinkKind")}

__all__ = ["KINDS", *public_names(MODULES), "kind_from_json"]

if not TYPE_CHECKING:  # a type checker would take it that every name exists
    __getattr__, __dir__ = lazy_attributes(__name__, MODULES)


def kind_from_json(kind: str, data: Mapping[str, Any]) -> "LinkKind":
    """Return a link's kind, by its name and its ``info_data``.

    `Kind` for a name without a table.
    """
    from ipwrap.kinds.base import Kind

    cls = KINDS.get(kind)
    return cls.from_json(data) if cls else Kind(kind, data, observed=True)
