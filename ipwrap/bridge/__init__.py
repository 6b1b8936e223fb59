"""`bridge`: its objects as attributes, one per file."""

from typing import TYPE_CHECKING

from attrs import frozen

from ipwrap.system.lazy import guard_imports
from ipwrap.verbs.description import describe_commands
from ipwrap.verbs.hints import HintsAttributes

if TYPE_CHECKING:
    from ipwrap.bridge.fdb import FdbVerbs
    from ipwrap.bridge.link import BridgeLinkVerbs
    from ipwrap.bridge.mdb import MdbVerbs
    from ipwrap.bridge.monitor import BridgeMonitorVerbs
    from ipwrap.bridge.mst import MstVerbs
    from ipwrap.bridge.vlan import VlanVerbs
    from ipwrap.bridge.vni import VniVerbs
    from ipwrap.verbs.runner import Runner

__all__ = ["BridgeProgram"]


@guard_imports
@frozen
class BridgeProgram(HintsAttributes):
    """The command `bridge`, in one namespace: ``session.bridge.link.show()``."""

    runner: "Runner"
    namespace: str | None = None

    def __repr__(self) -> str:
        return describe_commands(self, "bridge", netns=self.namespace)

    @property
    def fdb(self) -> "FdbVerbs":
        """`bridge fdb`."""
        from ipwrap.bridge.fdb import FdbVerbs

        return FdbVerbs(self.runner, self.namespace)

    @property
    def link(self) -> "BridgeLinkVerbs":
        """`bridge link`."""
        from ipwrap.bridge.link import BridgeLinkVerbs

        return BridgeLinkVerbs(self.runner, self.namespace)

    @property
    def mdb(self) -> "MdbVerbs":
        """`bridge mdb`."""
        from ipwrap.bridge.mdb import MdbVerbs

        return MdbVerbs(self.runner, self.namespace)

    @property
    def monitor(self) -> "BridgeMonitorVerbs":
        """`bridge monitor`."""
        from ipwrap.bridge.monitor import BridgeMonitorVerbs

        return BridgeMonitorVerbs(self.runner, self.namespace)

    @property
    def mst(self) -> "MstVerbs":
        """`bridge mst`."""
        from ipwrap.bridge.mst import MstVerbs

        return MstVerbs(self.runner, self.namespace)

    @property
    def vlan(self) -> "VlanVerbs":
        """`bridge vlan`."""
        from ipwrap.bridge.vlan import VlanVerbs

        return VlanVerbs(self.runner, self.namespace)

    @property
    def vni(self) -> "VniVerbs":
        """`bridge vni`."""
        from ipwrap.bridge.vni import VniVerbs

        return VniVerbs(self.runner, self.namespace)
