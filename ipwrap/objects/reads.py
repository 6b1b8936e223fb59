"""How a snapshot reads the objects of a namespace: the commands by noun, and where none is needed.

The table is apart from the files of the objects, since every session takes a snapshot before its
first change, and should not load them all for it.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = ["READS", "Argv", "SnapshotRead", "may_have_bridge_objects"]

Json = dict[str, Any]
Argv = tuple[str, ...]
# Whether a link has objects, by its kind, the options of its kind, and those of its port.
HasObjects = Callable[[Any, Json, Json], bool]

KERNEL_HANDLE = "0:"  # the handle of a qdisc that the kernel attached by itself

# Kinds of links whose `bridge` objects nobody can set, unless they are ports of a bridge.
KINDS_WITHOUT_BRIDGE_OBJECTS = frozenset({"veth", "dummy", "ifb"})

# Kinds of links whose other end, or lower link, may be in another namespace.
KINDS_ACROSS_NAMESPACES = frozenset(
    {"ipvlan", "ipvtap", "macsec", "macvlan", "macvtap", "netkit", "veth", "vlan", "vxcan"}
)


class SnapshotRead(NamedTuple):
    """The commands that read the objects of a noun.

    - ``condition``: whether a link has such objects; where no link has any, nothing is read
    - ``is_kernel_object``: whether an object is none that anybody set
    - ``is_thorough``: the commands need another worker in each namespace, for objects that only
      `tc` and `ip -6` change; a session leaves them out where no such command ran
    - ``is_added_later``: recordings of earlier versions do not have the noun. An empty list then
      means "read, and there was none"
    - ``is_on_request``: nothing is read unless a snapshot asks for the noun
    - ``aborts_batch``: a second such command makes a `bridge -batch` abort: vlan_rtm_cur_ifidx in
      bridge/vlan.c is never reset
    """

    commands: tuple[Argv, ...]
    condition: HasObjects | None = None
    is_kernel_object: Callable[[Json], bool] | None = None
    is_thorough: bool = False
    is_added_later: bool = False
    is_on_request: bool = False
    aborts_batch: bool = False

    def depends_on_links(self, noun: str) -> bool:
        """Return whether the links of a namespace decide if it can have objects of the noun."""
        return self.condition is not None or noun.startswith("bridge")

    def is_possible(self, noun: str, links: list[Json]) -> bool:
        """Return whether one of the links can have objects of the noun."""
        if self.condition is None:
            return not noun.startswith("bridge") or may_have_bridge_objects(links)

        for link in links:
            info = link.get("linkinfo", {})
            options = info.get("info_data", {})
            port_options = info.get("info_slave_data", {})
            if self.condition(info.get("info_kind"), options, port_options):
                return True
        return False


def may_have_bridge_objects(links: list[Json]) -> bool:
    """Return whether one of the links can have objects of `bridge`."""
    return not all(_has_no_bridge_objects(link) for link in links)


def _has_no_bridge_objects(link: Json) -> bool:
    """Return whether a link is neither a bridge nor a port of one, and has no forwarding table of
    its own.
    """
    info = link.get("linkinfo", {})
    if "info_slave_kind" in info:
        return False

    is_loopback = bool(link.get("link_type") == "loopback")
    return info.get("info_kind") in KINDS_WITHOUT_BRIDGE_OBJECTS or is_loopback


# The commands of one program have the same options: one worker per namespace answers them all.
READS: dict[str, SnapshotRead] = {
    "link": SnapshotRead((("ip", "-j", "-d", "link", "show"),)),
    "address": SnapshotRead((("ip", "-j", "-d", "address", "show"),)),
    # IPv4 and IPv6
    "route": SnapshotRead((("ip", "-j", "-d", "route", "show", "table", "all"),)),
    "neigh": SnapshotRead(
        (
            ("ip", "-j", "-d", "neigh", "show", "nud", "all"),
            ("ip", "-j", "-d", "neigh", "show", "proxy"),
        )
    ),
    "rule": SnapshotRead((("ip", "-j", "-d", "rule", "show"),), is_added_later=True),
    "nexthop": SnapshotRead((("ip", "-j", "-d", "nexthop", "show"),), is_added_later=True),
    "bridge link": SnapshotRead((("bridge", "-j", "-d", "link", "show"),)),
    "bridge fdb": SnapshotRead((("bridge", "-j", "-d", "fdb", "show"),)),
    # Without -d, which a kernel without VLAN filtering refuses.
    "bridge vlan": SnapshotRead((("bridge", "-j", "vlan", "show"),)),
    "bridge vlan details": SnapshotRead(
        (("bridge", "-j", "-d", "vlan", "show"),),
        condition=lambda _kind, options, _port: bool(options.get("vlan_filtering")),
        is_added_later=True,
        aborts_batch=True,
    ),
    "bridge vlan global": SnapshotRead(
        (("bridge", "-j", "-d", "vlan", "global", "show"),),
        condition=lambda _kind, options, _port: bool(options.get("vlan_filtering")),
        is_added_later=True,
        aborts_batch=True,
    ),
    "bridge vlan tunnelshow": SnapshotRead(
        (("bridge", "-j", "vlan", "tunnelshow"),),
        condition=lambda _kind, _options, port: bool(port.get("vlan_tunnel")),
    ),
    "bridge mst": SnapshotRead(
        (("bridge", "-j", "-d", "mst", "show"),),
        condition=lambda _kind, options, _port: bool(options.get("mst_enabled")),
        is_added_later=True,
    ),
    "bridge mdb": SnapshotRead(
        (("bridge", "-j", "-d", "mdb", "show"),),
        condition=lambda kind, _options, _port: kind in ("bridge", "vxlan"),
    ),
    "bridge vni": SnapshotRead(
        (("bridge", "-j", "-d", "vni", "show"),),
        condition=lambda _kind, options, _port: bool(options.get("vnifilter")),
    ),
    "rule inet6": SnapshotRead(
        (("ip", "-6", "-j", "-d", "rule", "show"),),
        is_thorough=True,
        is_added_later=True,
    ),
    # Which namespace is behind a link's `link_netnsid`.
    "netns numbers": SnapshotRead(
        (("ip", "-j", "netns", "list-id"),),
        condition=lambda kind, _options, _port: kind in KINDS_ACROSS_NAMESPACES,
        is_added_later=True,
        is_on_request=True,
    ),
    "tc qdisc": SnapshotRead(
        (("tc", "-j", "qdisc", "show"),),
        is_kernel_object=lambda qdisc: bool(qdisc.get("handle") == KERNEL_HANDLE),
        is_thorough=True,
        is_added_later=True,
    ),
}
