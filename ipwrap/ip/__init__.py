"""`ip`: its objects as attributes, one per file. Values of their options are classes here, too."""

from typing import TYPE_CHECKING

from attrs import frozen

from ipwrap.system.lazy import guard_imports, lazy_attributes, public_names
from ipwrap.verbs.description import describe_commands
from ipwrap.verbs.hints import HintsAttributes

if TYPE_CHECKING:
    from ipwrap.ip.address import AddressVerbs
    from ipwrap.ip.link import LinkVerbs
    from ipwrap.ip.macsec import MacsecVerbs
    from ipwrap.ip.maddress import MaddressVerbs
    from ipwrap.ip.monitor import MonitorVerbs
    from ipwrap.ip.mroute import MrouteVerbs
    from ipwrap.ip.neigh import NeighVerbs
    from ipwrap.ip.netns import NetnsVerbs
    from ipwrap.ip.nexthop import NexthopVerbs
    from ipwrap.ip.route import Locked as Locked
    from ipwrap.ip.route import NextHop as NextHop
    from ipwrap.ip.route import RouteVerbs
    from ipwrap.ip.rule import Masked as Masked
    from ipwrap.ip.rule import RuleVerbs
    from ipwrap.ip.stats import StatsVerbs
    from ipwrap.ip.token import TokenVerbs
    from ipwrap.ip.tuntap import TuntapVerbs
    from ipwrap.ip.vrf import VrfVerbs
    from ipwrap.verbs.runner import Runner

MODULES = {
    "route": (
        "Locked",
        "NextHop",
    ),
    "rule": ("Masked",),
}

__all__ = public_names({**MODULES, "": ("Ip",)})

if not TYPE_CHECKING:  # a type checker would take it that every name exists
    __getattr__, __dir__ = lazy_attributes(__name__, MODULES)


@guard_imports
@frozen
class Ip(HintsAttributes):
    """The command `ip`, in one namespace: ``session.ip.link.show()``."""

    runner: "Runner"
    namespace: str | None = None

    def __repr__(self) -> str:
        return describe_commands(self, "ip", netns=self.namespace)

    @property
    def address(self) -> "AddressVerbs":
        """`ip address`."""
        from ipwrap.ip.address import AddressVerbs

        return AddressVerbs(self.runner, self.namespace)

    @property
    def link(self) -> "LinkVerbs":
        """`ip link`."""
        from ipwrap.ip.link import LinkVerbs

        return LinkVerbs(self.runner, self.namespace)

    @property
    def macsec(self) -> "MacsecVerbs":
        """`ip macsec`."""
        from ipwrap.ip.macsec import MacsecVerbs

        return MacsecVerbs(self.runner, self.namespace)

    @property
    def maddress(self) -> "MaddressVerbs":
        """`ip maddress`."""
        from ipwrap.ip.maddress import MaddressVerbs

        return MaddressVerbs(self.runner, self.namespace)

    @property
    def monitor(self) -> "MonitorVerbs":
        """`ip monitor`."""
        from ipwrap.ip.monitor import MonitorVerbs

        return MonitorVerbs(self.runner, self.namespace)

    @property
    def mroute(self) -> "MrouteVerbs":
        """`ip mroute`."""
        from ipwrap.ip.mroute import MrouteVerbs

        return MrouteVerbs(self.runner, self.namespace)

    @property
    def neigh(self) -> "NeighVerbs":
        """`ip neigh`."""
        from ipwrap.ip.neigh import NeighVerbs

        return NeighVerbs(self.runner, self.namespace)

    @property
    def netns(self) -> "NetnsVerbs":
        """`ip netns`."""
        from ipwrap.ip.netns import NetnsVerbs

        return NetnsVerbs(self.runner, self.namespace)

    @property
    def nexthop(self) -> "NexthopVerbs":
        """`ip nexthop`."""
        from ipwrap.ip.nexthop import NexthopVerbs

        return NexthopVerbs(self.runner, self.namespace)

    @property
    def route(self) -> "RouteVerbs":
        """`ip route`."""
        from ipwrap.ip.route import RouteVerbs

        return RouteVerbs(self.runner, self.namespace)

    @property
    def rule(self) -> "RuleVerbs":
        """`ip rule`."""
        from ipwrap.ip.rule import RuleVerbs

        return RuleVerbs(self.runner, self.namespace)

    @property
    def stats(self) -> "StatsVerbs":
        """`ip stats`."""
        from ipwrap.ip.stats import StatsVerbs

        return StatsVerbs(self.runner, self.namespace)

    @property
    def token(self) -> "TokenVerbs":
        """`ip token`."""
        from ipwrap.ip.token import TokenVerbs

        return TokenVerbs(self.runner, self.namespace)

    @property
    def tuntap(self) -> "TuntapVerbs":
        """`ip tuntap`."""
        from ipwrap.ip.tuntap import TuntapVerbs

        return TuntapVerbs(self.runner, self.namespace)

    @property
    def vrf(self) -> "VrfVerbs":
        """`ip vrf`."""
        from ipwrap.ip.vrf import VrfVerbs

        return VrfVerbs(self.runner, self.namespace)
