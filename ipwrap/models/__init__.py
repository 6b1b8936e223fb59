"""The objects that `show` prints, one model per file.

`NOUNS` maps an object, as typed, to the class of its model: ``ipwrap parse "bridge fdb"``.
"""

from typing import TYPE_CHECKING

from ipwrap.system.lazy import lazy_attributes, public_names

if TYPE_CHECKING:
    from ipwrap.models.address import Address as Address
    from ipwrap.models.address import Interface as Interface
    from ipwrap.models.afstats import AfCounts as AfCounts
    from ipwrap.models.afstats import AfStats as AfStats
    from ipwrap.models.base import Json as Json
    from ipwrap.models.base import dump as dump
    from ipwrap.models.base import dump_all as dump_all
    from ipwrap.models.base import load as load
    from ipwrap.models.base import read as read
    from ipwrap.models.counters import CanStats as CanStats
    from ipwrap.models.counters import LinkStats as LinkStats
    from ipwrap.models.counters import Received as Received
    from ipwrap.models.counters import Sent as Sent
    from ipwrap.models.encap import Encap as Encap
    from ipwrap.models.encap import EncapStats as EncapStats
    from ipwrap.models.encap import ErspanOpt as ErspanOpt
    from ipwrap.models.encap import GeneveOpt as GeneveOpt
    from ipwrap.models.encap import SegmentHeader as SegmentHeader
    from ipwrap.models.encap import VxlanOpt as VxlanOpt
    from ipwrap.models.event import Event as Event
    from ipwrap.models.fdb import FdbEntry as FdbEntry
    from ipwrap.models.filter_options import FlowerKeys as FlowerKeys
    from ipwrap.models.filter_options import FlowerOptions as FlowerOptions
    from ipwrap.models.filter_options import MatchallOptions as MatchallOptions
    from ipwrap.models.filter_options import U32Match as U32Match
    from ipwrap.models.filter_options import U32Options as U32Options
    from ipwrap.models.global_vlan import GlobalVlan as GlobalVlan
    from ipwrap.models.global_vlan import GlobalVlans as GlobalVlans
    from ipwrap.models.global_vlan import Querier as Querier
    from ipwrap.models.host_tables import AddrLabel as AddrLabel
    from ipwrap.models.host_tables import NeighTable as NeighTable
    from ipwrap.models.host_tables import Netconf as Netconf
    from ipwrap.models.host_tables import TcpMetrics as TcpMetrics
    from ipwrap.models.link import Link as Link
    from ipwrap.models.link import LinkInfo as LinkInfo
    from ipwrap.models.macsec import ReceiveChannel as ReceiveChannel
    from ipwrap.models.macsec import SecureAssociation as SecureAssociation
    from ipwrap.models.macsec import Secy as Secy
    from ipwrap.models.maddress import Maddress as Maddress
    from ipwrap.models.maddress import Memberships as Memberships
    from ipwrap.models.mdb import Mdb as Mdb
    from ipwrap.models.mdb import MdbEntry as MdbEntry
    from ipwrap.models.mdb import MdbSource as MdbSource
    from ipwrap.models.mdb import RouterPort as RouterPort
    from ipwrap.models.mroute import Mroute as Mroute
    from ipwrap.models.mroute import Oif as Oif
    from ipwrap.models.mst import Mst as Mst
    from ipwrap.models.mst import PortMsts as PortMsts
    from ipwrap.models.neigh import Neigh as Neigh
    from ipwrap.models.netns import Netns as Netns
    from ipwrap.models.netns import NetnsId as NetnsId
    from ipwrap.models.netns import NetnsName as NetnsName
    from ipwrap.models.netns import NetnsProcess as NetnsProcess
    from ipwrap.models.nexthop import Bucket as Bucket
    from ipwrap.models.nexthop import HwStats as HwStats
    from ipwrap.models.nexthop import Member as Member
    from ipwrap.models.nexthop import MemberStats as MemberStats
    from ipwrap.models.nexthop import Nexthop as Nexthop
    from ipwrap.models.nexthop import NexthopBucket as NexthopBucket
    from ipwrap.models.nexthop import Resilient as Resilient
    from ipwrap.models.nouns import ALIASES as ALIASES
    from ipwrap.models.nouns import MONITORS as MONITORS
    from ipwrap.models.nouns import NOUNS as NOUNS
    from ipwrap.models.nouns import parse as parse
    from ipwrap.models.port import Port as Port
    from ipwrap.models.port_vlan import PortVlan as PortVlan
    from ipwrap.models.port_vlan import PortVlans as PortVlans
    from ipwrap.models.protocols import IoamNamespace as IoamNamespace
    from ipwrap.models.protocols import IoamSchema as IoamSchema
    from ipwrap.models.protocols import MptcpEndpoint as MptcpEndpoint
    from ipwrap.models.protocols import MptcpLimits as MptcpLimits
    from ipwrap.models.protocols import SrTunsrc as SrTunsrc
    from ipwrap.models.qdisc import CakeTin as CakeTin
    from ipwrap.models.qdisc import SizeTable as SizeTable
    from ipwrap.models.qdisc import TcQdisc as TcQdisc
    from ipwrap.models.route import Metrics as Metrics
    from ipwrap.models.route import Route as Route
    from ipwrap.models.route import RouteNextHop as RouteNextHop
    from ipwrap.models.route import Via as Via
    from ipwrap.models.rule import Rule as Rule
    from ipwrap.models.stats import HwInfo as HwInfo
    from ipwrap.models.stats import MplsStats as MplsStats
    from ipwrap.models.stats import Stats as Stats
    from ipwrap.models.stats import StatsInfo as StatsInfo
    from ipwrap.models.stats import VlanStats as VlanStats
    from ipwrap.models.tc_class import ClassStats as ClassStats
    from ipwrap.models.tc_class import TcClass as TcClass
    from ipwrap.models.tc_filter import Chance as Chance
    from ipwrap.models.tc_filter import Control as Control
    from ipwrap.models.tc_filter import TcAction as TcAction
    from ipwrap.models.tc_filter import TcActions as TcActions
    from ipwrap.models.tc_filter import TcChain as TcChain
    from ipwrap.models.tc_filter import TcFilter as TcFilter
    from ipwrap.models.tc_stats import TcStats as TcStats
    from ipwrap.models.token import Token as Token
    from ipwrap.models.tunnels import FouPort as FouPort
    from ipwrap.models.tunnels import IlaMapping as IlaMapping
    from ipwrap.models.tunnels import L2tpSession as L2tpSession
    from ipwrap.models.tunnels import L2tpTunnel as L2tpTunnel
    from ipwrap.models.tunnels import Tunnel as Tunnel
    from ipwrap.models.tuntap import TunProcess as TunProcess
    from ipwrap.models.tuntap import Tuntap as Tuntap
    from ipwrap.models.vf import VfInfo as VfInfo
    from ipwrap.models.vf import VfRate as VfRate
    from ipwrap.models.vf import VfReceived as VfReceived
    from ipwrap.models.vf import VfSent as VfSent
    from ipwrap.models.vf import VfStats as VfStats
    from ipwrap.models.vf import VfVlan as VfVlan
    from ipwrap.models.vni import Vni as Vni
    from ipwrap.models.vni import VniStats as VniStats
    from ipwrap.models.vni import VxlanVnis as VxlanVnis
    from ipwrap.models.vrf import VrfTable as VrfTable
    from ipwrap.models.xdp import XdpAttached as XdpAttached
    from ipwrap.models.xdp import XdpInfo as XdpInfo
    from ipwrap.models.xdp import XdpProgram as XdpProgram
    from ipwrap.models.xstats import LacpStats as LacpStats
    from ipwrap.models.xstats import Leaves as Leaves
    from ipwrap.models.xstats import MulticastStats as MulticastStats
    from ipwrap.models.xstats import StpStats as StpStats
    from ipwrap.models.xstats import Versions as Versions
    from ipwrap.models.xstats import Xstats as Xstats

MODULES = {
    "address": (
        "Address",
        "Interface",
    ),
    "afstats": (
        "AfCounts",
        "AfStats",
    ),
    "base": (
        "Json",
        "dump",
        "dump_all",
        "load",
        "read",
    ),
    "counters": (
        "CanStats",
        "LinkStats",
        "Received",
        "Sent",
    ),
    "encap": (
        "Encap",
        "EncapStats",
        "ErspanOpt",
        "GeneveOpt",
        "SegmentHeader",
        "VxlanOpt",
    ),
    "event": ("Event",),
    "fdb": ("FdbEntry",),
    "filter_options": (
        "FlowerKeys",
        "FlowerOptions",
        "MatchallOptions",
        "U32Match",
        "U32Options",
    ),
    "global_vlan": (
        "GlobalVlan",
        "GlobalVlans",
        "Querier",
    ),
    "host_tables": (
        "AddrLabel",
        "Netconf",
        "NeighTable",
        "TcpMetrics",
    ),
    "link": (
        "Link",
        "LinkInfo",
    ),
    "macsec": (
        "ReceiveChannel",
        "SecureAssociation",
        "Secy",
    ),
    "maddress": (
        "Maddress",
        "Memberships",
    ),
    "mdb": (
        "Mdb",
        "MdbEntry",
        "MdbSource",
        "RouterPort",
    ),
    "mroute": (
        "Mroute",
        "Oif",
    ),
    "mst": (
        "Mst",
        "PortMsts",
    ),
    "neigh": ("Neigh",),
    "netns": (
        "Netns",
        "NetnsId",
        "NetnsName",
        "NetnsProcess",
    ),
    "nexthop": (
        "Bucket",
        "HwStats",
        "Member",
        "MemberStats",
        "Nexthop",
        "NexthopBucket",
        "Resilient",
    ),
    "nouns": ("ALIASES", "MONITORS", "NOUNS", "parse"),
    "port": ("Port",),
    "port_vlan": (
        "PortVlan",
        "PortVlans",
    ),
    "protocols": (
        "IoamNamespace",
        "IoamSchema",
        "MptcpEndpoint",
        "MptcpLimits",
        "SrTunsrc",
    ),
    "qdisc": (
        "CakeTin",
        "SizeTable",
        "TcQdisc",
    ),
    "route": (
        "Metrics",
        "Route",
        "RouteNextHop",
        "Via",
    ),
    "rule": ("Rule",),
    "stats": (
        "HwInfo",
        "MplsStats",
        "Stats",
        "StatsInfo",
        "VlanStats",
    ),
    "tc_class": (
        "ClassStats",
        "TcClass",
    ),
    "tc_filter": (
        "Chance",
        "Control",
        "TcAction",
        "TcActions",
        "TcChain",
        "TcFilter",
    ),
    "tc_stats": ("TcStats",),
    "token": ("Token",),
    "tunnels": (
        "FouPort",
        "IlaMapping",
        "L2tpSession",
        "L2tpTunnel",
        "Tunnel",
    ),
    "tuntap": (
        "TunProcess",
        "Tuntap",
    ),
    "vf": (
        "VfInfo",
        "VfRate",
        "VfReceived",
        "VfSent",
        "VfStats",
        "VfVlan",
    ),
    "vni": (
        "Vni",
        "VniStats",
        "VxlanVnis",
    ),
    "vrf": ("VrfTable",),
    "xdp": (
        "XdpAttached",
        "XdpInfo",
        "XdpProgram",
    ),
    "xstats": (
        "LacpStats",
        "Leaves",
        "MulticastStats",
        "StpStats",
        "Versions",
        "Xstats",
    ),
}

__all__ = public_names(MODULES)

if not TYPE_CHECKING:  # a type checker would take it that every name exists
    __getattr__, __dir__ = lazy_attributes(__name__, MODULES)
