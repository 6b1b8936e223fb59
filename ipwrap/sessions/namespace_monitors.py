"""`NamespaceMonitors`: the running monitors of a watched namespace, and what they have told."""

from collections.abc import Iterator

from attrs import define

from ipwrap.executors.stream import ProcessStream
from ipwrap.models.event import BRIDGE, IP_HEADED, Event
from ipwrap.sessions.watched_objects import ObjectMemory

__all__ = ["Identity", "MonitorOutput", "NamespaceMonitors", "bridge_objects_of"]

Identity = tuple[int, int]  # device and inode

# Printed by rtnl_listen() in lib/libnetlink.c where the kernel has dropped events.
OVERRUN = "No buffer space available"


@define(eq=False)
class MonitorOutput:
    """The complete lines that a monitor has printed.

    ``has_lost_events``: whether the kernel had dropped events before the lines that were taken last
    """

    stream: ProcessStream
    has_lost_events: bool = False
    _rest: bytes = b""

    def take_lines(self) -> list[str]:
        """Return the lines since the last call, without empty ones."""
        output = self._rest + b"".join(filter(None, self.stream.take()))
        *lines, self._rest = output.split(b"\n")

        self.has_lost_events = OVERRUN in self.stream.reply.stderr
        self.stream.forget_output()
        return [line.decode("utf-8", "surrogateescape") for line in lines if line]


@define(eq=False)
class NamespaceMonitors:
    """The monitors of a namespace, and the objects that are known in it.

    ``bridge`` is None where no objects of bridges are watched.
    """

    identity: Identity | None
    memory: ObjectMemory
    ip: MonitorOutput
    bridge: MonitorOutput | None = None

    @property
    def outputs(self) -> list[MonitorOutput]:
        """The outputs of the monitors."""
        return [self.ip] if self.bridge is None else [self.ip, self.bridge]

    def take_events(self) -> Iterator[Event]:
        """Yield the events of `ip monitor` that have come."""
        for line in self.ip.take_lines():
            yield IP_HEADED.read(line)

    def take_changed_bridge_objects(self) -> set[str]:
        """Return which objects of bridges the events that have come are about: "fdb", "vlan" …"""
        if self.bridge is None:
            return set()

        watched = self.memory.bridge_nouns
        changed: set[str] = set()
        for line in self.bridge.take_lines():
            changed |= bridge_objects_of(line) & watched
        return set(watched) if self.bridge.has_lost_events else changed

    def close(self) -> None:
        """End the monitors, which would keep the namespace alive."""
        for output in self.outputs:
            output.stream.close()


def bridge_objects_of(line: str) -> set[str]:
    """Return what a line of `bridge monitor` may be about.

    Only `all` prints the type of the object; without it, a VLAN and a VNI look alike:
    print_vlan_rtm() in bridge/vlan.c, print_vnifilter_rtm() in bridge/vni.c.
    """
    noun = BRIDGE.read(line).object
    return {noun} if noun in ("fdb", "mdb") else {"vlan", "vni"}
