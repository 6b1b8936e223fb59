"""The types of ``session.each(…)``: each read verb returns a dict by namespace.

Only type checkers load this module: `ipwrap.sessions.each` finds the verbs by name.
"""

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from ipwrap.bridge.fdb import FdbVerbs
from ipwrap.bridge.global_vlan import GlobalVlanVerbs
from ipwrap.bridge.link import BridgeLinkVerbs
from ipwrap.bridge.mdb import MdbVerbs
from ipwrap.bridge.mst import MstVerbs
from ipwrap.bridge.vlan import VlanVerbs
from ipwrap.bridge.vni import VniVerbs
from ipwrap.ip.address import AddressVerbs
from ipwrap.ip.link import LinkVerbs
from ipwrap.ip.macsec import MacsecVerbs
from ipwrap.ip.maddress import MaddressVerbs
from ipwrap.ip.mroute import MrouteVerbs
from ipwrap.ip.neigh import NeighVerbs
from ipwrap.ip.netns import NetnsVerbs
from ipwrap.ip.nexthop import BucketVerbs, NexthopVerbs
from ipwrap.ip.route import RouteVerbs
from ipwrap.ip.rule import RuleVerbs
from ipwrap.ip.stats import StatsVerbs
from ipwrap.ip.token import TokenVerbs
from ipwrap.ip.tuntap import TuntapVerbs
from ipwrap.ip.vrf import VrfVerbs
from ipwrap.tc.class_ import ClassVerbs
from ipwrap.tc.filter import FilterVerbs
from ipwrap.tc.qdisc import QdiscVerbs

__all__ = ["EachBridge", "EachIp", "EachTc"]

VerbsT = TypeVar("VerbsT")
ReplyT = TypeVar("ReplyT")
Options = ParamSpec("Options")


class EachObject:
    """The read verbs of an object."""


def in_each(
    verb: Callable[Concatenate[VerbsT, Options], ReplyT],
) -> Callable[Concatenate[EachObject, Options], dict[str, ReplyT]]:
    """Return a verb with the type for many namespaces: a dict of results."""
    return verb  # type: ignore[return-value]


class EachAddress(EachObject):
    """`ip address` in each namespace."""

    show = in_each(AddressVerbs.show)
    get = in_each(AddressVerbs.get)


class EachLink(EachObject):
    """`ip link` in each namespace."""

    show = in_each(LinkVerbs.show)
    get = in_each(LinkVerbs.get)
    xstats = in_each(LinkVerbs.xstats)
    afstats = in_each(LinkVerbs.afstats)


class EachMacsec(EachObject):
    """`ip macsec` in each namespace."""

    show = in_each(MacsecVerbs.show)


class EachMaddress(EachObject):
    """`ip maddress` in each namespace."""

    show = in_each(MaddressVerbs.show)


class EachMroute(EachObject):
    """`ip mroute` in each namespace."""

    show = in_each(MrouteVerbs.show)


class EachNeigh(EachObject):
    """`ip neigh` in each namespace."""

    show = in_each(NeighVerbs.show)
    get = in_each(NeighVerbs.get)


class EachNetns(EachObject):
    """`ip netns` in each namespace."""

    list = in_each(NetnsVerbs.list)
    list_id = in_each(NetnsVerbs.list_id)


class EachBucket(EachObject):
    """`ip nexthop bucket` in each namespace."""

    show = in_each(BucketVerbs.show)
    get = in_each(BucketVerbs.get)


class EachNexthop(EachObject):
    """`ip nexthop` in each namespace."""

    show = in_each(NexthopVerbs.show)
    get = in_each(NexthopVerbs.get)

    @property
    def bucket(self) -> EachBucket:
        """`ip nexthop bucket`."""
        raise NotImplementedError


class EachRoute(EachObject):
    """`ip route` in each namespace."""

    show = in_each(RouteVerbs.show)
    get = in_each(RouteVerbs.get)


class EachRule(EachObject):
    """`ip rule` in each namespace."""

    show = in_each(RuleVerbs.show)


class EachStats(EachObject):
    """`ip stats` in each namespace."""

    show = in_each(StatsVerbs.show)


class EachToken(EachObject):
    """`ip token` in each namespace."""

    list = in_each(TokenVerbs.list)
    get = in_each(TokenVerbs.get)


class EachTuntap(EachObject):
    """`ip tuntap` in each namespace."""

    show = in_each(TuntapVerbs.show)


class EachVrf(EachObject):
    """`ip vrf` in each namespace."""

    show = in_each(VrfVerbs.show)


class EachFdb(EachObject):
    """`bridge fdb` in each namespace."""

    show = in_each(FdbVerbs.show)
    get = in_each(FdbVerbs.get)


class EachBridgeLink(EachObject):
    """`bridge link` in each namespace."""

    show = in_each(BridgeLinkVerbs.show)


class EachMdb(EachObject):
    """`bridge mdb` in each namespace."""

    show = in_each(MdbVerbs.show)
    get = in_each(MdbVerbs.get)


class EachMst(EachObject):
    """`bridge mst` in each namespace."""

    show = in_each(MstVerbs.show)


class EachGlobalVlan(EachObject):
    """`bridge vlan global` in each namespace."""

    show = in_each(GlobalVlanVerbs.show)


class EachVlan(EachObject):
    """`bridge vlan` in each namespace."""

    show = in_each(VlanVerbs.show)
    tunnelshow = in_each(VlanVerbs.tunnelshow)

    @property
    def global_(self) -> EachGlobalVlan:
        """`bridge vlan global`."""
        raise NotImplementedError


class EachVni(EachObject):
    """`bridge vni` in each namespace."""

    show = in_each(VniVerbs.show)


class EachClass(EachObject):
    """`tc class` in each namespace."""

    show = in_each(ClassVerbs.show)


class EachFilter(EachObject):
    """`tc filter` in each namespace."""

    show = in_each(FilterVerbs.show)
    get = in_each(FilterVerbs.get)


class EachQdisc(EachObject):
    """`tc qdisc` in each namespace."""

    show = in_each(QdiscVerbs.show)


class EachIp:
    """`ip` in each namespace."""

    @property
    def address(self) -> EachAddress:
        """`ip address`."""
        raise NotImplementedError

    @property
    def link(self) -> EachLink:
        """`ip link`."""
        raise NotImplementedError

    @property
    def macsec(self) -> EachMacsec:
        """`ip macsec`."""
        raise NotImplementedError

    @property
    def maddress(self) -> EachMaddress:
        """`ip maddress`."""
        raise NotImplementedError

    @property
    def mroute(self) -> EachMroute:
        """`ip mroute`."""
        raise NotImplementedError

    @property
    def neigh(self) -> EachNeigh:
        """`ip neigh`."""
        raise NotImplementedError

    @property
    def netns(self) -> EachNetns:
        """`ip netns`."""
        raise NotImplementedError

    @property
    def nexthop(self) -> EachNexthop:
        """`ip nexthop`."""
        raise NotImplementedError

    @property
    def route(self) -> EachRoute:
        """`ip route`."""
        raise NotImplementedError

    @property
    def rule(self) -> EachRule:
        """`ip rule`."""
        raise NotImplementedError

    @property
    def stats(self) -> EachStats:
        """`ip stats`."""
        raise NotImplementedError

    @property
    def token(self) -> EachToken:
        """`ip token`."""
        raise NotImplementedError

    @property
    def tuntap(self) -> EachTuntap:
        """`ip tuntap`."""
        raise NotImplementedError

    @property
    def vrf(self) -> EachVrf:
        """`ip vrf`."""
        raise NotImplementedError


class EachBridge:
    """`bridge` in each namespace."""

    @property
    def fdb(self) -> EachFdb:
        """`bridge fdb`."""
        raise NotImplementedError

    @property
    def link(self) -> EachBridgeLink:
        """`bridge link`."""
        raise NotImplementedError

    @property
    def mdb(self) -> EachMdb:
        """`bridge mdb`."""
        raise NotImplementedError

    @property
    def mst(self) -> EachMst:
        """`bridge mst`."""
        raise NotImplementedError

    @property
    def vlan(self) -> EachVlan:
        """`bridge vlan`."""
        raise NotImplementedError

    @property
    def vni(self) -> EachVni:
        """`bridge vni`."""
        raise NotImplementedError


class EachTc:
    """`tc` in each namespace."""

    @property
    def class_(self) -> EachClass:
        """`tc class`."""
        raise NotImplementedError

    @property
    def filter(self) -> EachFilter:
        """`tc filter`."""
        raise NotImplementedError

    @property
    def qdisc(self) -> EachQdisc:
        """`tc qdisc`."""
        raise NotImplementedError
