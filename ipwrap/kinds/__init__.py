"""The kinds of links, one a file: ``ipwrap/kinds/vxlan.py`` is ``type vxlan``.

A new kind is a new file with one class, and a line here.
"""

from collections.abc import Mapping
from typing import Any

from ipwrap.kinds.amt import Amt
from ipwrap.kinds.bareudp import Bareudp
from ipwrap.kinds.base import Kind, LinkKind
from ipwrap.kinds.batadv import Batadv
from ipwrap.kinds.bond import Bond
from ipwrap.kinds.bond_slave import BondSlave
from ipwrap.kinds.bridge import Bridge
from ipwrap.kinds.bridge_slave import BridgeSlave
from ipwrap.kinds.can import Can
from ipwrap.kinds.dsa import Dsa
from ipwrap.kinds.dummy import Dummy
from ipwrap.kinds.geneve import Geneve
from ipwrap.kinds.gre import Erspan, Gre, Gretap
from ipwrap.kinds.gre6 import Ip6erspan, Ip6gre, Ip6gretap
from ipwrap.kinds.gtp import Gtp
from ipwrap.kinds.hsr import Hsr
from ipwrap.kinds.ifb import Ifb
from ipwrap.kinds.ip6tnl import Ip6tnl
from ipwrap.kinds.ipoib import Ipoib
from ipwrap.kinds.iptnl import Ipip, Sit
from ipwrap.kinds.ipvlan import Ipvlan, Ipvtap
from ipwrap.kinds.macsec import Macsec
from ipwrap.kinds.macvlan import Macvlan, Macvtap
from ipwrap.kinds.netkit import Netkit
from ipwrap.kinds.optionless import (
    Lowpan,
    Netdevsim,
    Nlmon,
    Openvswitch,
    Team,
    TeamSlave,
    Vcan,
    VirtWifi,
    Wireguard,
)
from ipwrap.kinds.ovpn import Ovpn
from ipwrap.kinds.pfcp import Pfcp
from ipwrap.kinds.rmnet import Rmnet
from ipwrap.kinds.tun import Tun
from ipwrap.kinds.veth import Veth
from ipwrap.kinds.vlan import Vlan
from ipwrap.kinds.vrf import Vrf, VrfSlave
from ipwrap.kinds.vti import Vti
from ipwrap.kinds.vti6 import Vti6
from ipwrap.kinds.vxcan import Vxcan
from ipwrap.kinds.vxlan import Vxlan
from ipwrap.kinds.wwan import Wwan
from ipwrap.kinds.xfrm import Xfrm

__all__ = [
    "KINDS",
    "Amt",
    "Bareudp",
    "Batadv",
    "Bond",
    "BondSlave",
    "Bridge",
    "BridgeSlave",
    "Can",
    "Dsa",
    "Dummy",
    "Erspan",
    "Geneve",
    "Gre",
    "Gretap",
    "Gtp",
    "Hsr",
    "Ifb",
    "Ip6erspan",
    "Ip6gre",
    "Ip6gretap",
    "Ip6tnl",
    "Ipip",
    "Ipoib",
    "Ipvlan",
    "Ipvtap",
    "Kind",
    "LinkKind",
    "Lowpan",
    "Macsec",
    "Macvlan",
    "Macvtap",
    "Netdevsim",
    "Netkit",
    "Nlmon",
    "Openvswitch",
    "Ovpn",
    "Pfcp",
    "Rmnet",
    "Sit",
    "Team",
    "TeamSlave",
    "Tun",
    "Vcan",
    "Veth",
    "VirtWifi",
    "Vlan",
    "Vrf",
    "VrfSlave",
    "Vti",
    "Vti6",
    "Vxcan",
    "Vxlan",
    "Wireguard",
    "Wwan",
    "Xfrm",
    "kind_from_json",
]

KINDS: dict[str, type[LinkKind]] = {
    cls.kind: cls
    for cls in (
        Amt,
        Bareudp,
        Batadv,
        Bond,
        BondSlave,
        Bridge,
        BridgeSlave,
        Can,
        Dsa,
        Dummy,
        Erspan,
        Geneve,
        Gre,
        Gretap,
        Gtp,
        Hsr,
        Ifb,
        Ip6erspan,
        Ip6gre,
        Ip6gretap,
        Ip6tnl,
        Ipip,
        Ipoib,
        Ipvlan,
        Ipvtap,
        Lowpan,
        Macsec,
        Macvlan,
        Macvtap,
        Netdevsim,
        Netkit,
        Nlmon,
        Openvswitch,
        Ovpn,
        Pfcp,
        Rmnet,
        Sit,
        Team,
        TeamSlave,
        Tun,
        Vcan,
        Veth,
        VirtWifi,
        Vlan,
        Vrf,
        VrfSlave,
        Vti,
        Vti6,
        Vxcan,
        Vxlan,
        Wireguard,
        Wwan,
        Xfrm,
    )
}


def kind_from_json(kind: str, data: Mapping[str, Any]) -> LinkKind:
    """Return the link's kind, by its name and its ``info_data``; `Kind` for one without a table."""
    cls = KINDS.get(kind)
    return cls.from_json(data) if cls else Kind(kind, data, observed=True)
