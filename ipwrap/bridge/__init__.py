"""`bridge`: its objects as attributes, one a file."""

from attrs import frozen

from ipwrap.bridge.fdb import FdbVerbs
from ipwrap.bridge.link import BridgeLinkVerbs
from ipwrap.bridge.mdb import MdbVerbs
from ipwrap.bridge.monitor import BridgeMonitorVerbs
from ipwrap.bridge.mst import MstVerbs
from ipwrap.bridge.vlan import VlanVerbs
from ipwrap.bridge.vni import VniVerbs
from ipwrap.verbs.base import Runner

__all__ = ["BridgeProgram"]


@frozen
class BridgeProgram:
    """The command `bridge`, in one namespace: ``session.bridge.link.show()``."""

    runner: Runner
    namespace: str | None = None

    @property
    def fdb(self) -> FdbVerbs:
        """`bridge fdb`."""
        return FdbVerbs(self.runner, self.namespace)

    @property
    def link(self) -> BridgeLinkVerbs:
        """`bridge link`."""
        return BridgeLinkVerbs(self.runner, self.namespace)

    @property
    def mdb(self) -> MdbVerbs:
        """`bridge mdb`."""
        return MdbVerbs(self.runner, self.namespace)

    @property
    def monitor(self) -> BridgeMonitorVerbs:
        """`bridge monitor`."""
        return BridgeMonitorVerbs(self.runner, self.namespace)

    @property
    def mst(self) -> MstVerbs:
        """`bridge mst`."""
        return MstVerbs(self.runner, self.namespace)

    @property
    def vlan(self) -> VlanVerbs:
        """`bridge vlan`."""
        return VlanVerbs(self.runner, self.namespace)

    @property
    def vni(self) -> VniVerbs:
        """`bridge vni`."""
        return VniVerbs(self.runner, self.namespace)
