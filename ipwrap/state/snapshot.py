"""A snapshot: the state of every namespace of a place, as the JSON that `ip -j` prints.

A state maps namespaces by name (``""`` is the host namespace) to objects by name (those of
`ipwrap.models.NOUNS`, and ``rule inet6``), each a list of JSON objects. Only qdiscs that nobody set
are left out; `ipwrap.state.diff` decides what counts as a difference. A missing name had no
objects; a missing name of `ADDED_LATER` was not read.
"""

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from ipwrap.command import Command
from ipwrap.errors import CommandError, ExecutorError, OutputError
from ipwrap.jsonio.reader import check_objects

if TYPE_CHECKING:
    from ipwrap.verbs.runner import Runner

__all__ = ["ADDED_LATER", "READS", "State", "covered_objects", "take_snapshot"]

Objects = list[dict[str, Any]]
State = dict[str, dict[str, Objects]]
Reads = dict[str, tuple[tuple[str, ...], ...]]  # the commands that read each object

# The commands of one program have the same options: one worker per namespace answers them all.
READS: Reads = {
    "link": (("ip", "-j", "-d", "link", "show"),),
    "address": (("ip", "-j", "-d", "address", "show"),),
    "route": (("ip", "-j", "-d", "route", "show", "table", "all"),),  # IPv4 and IPv6
    "neigh": (
        ("ip", "-j", "-d", "neigh", "show", "nud", "all"),
        ("ip", "-j", "-d", "neigh", "show", "proxy"),
    ),
    "rule": (("ip", "-j", "-d", "rule", "show"),),
    "nexthop": (("ip", "-j", "-d", "nexthop", "show"),),
    "bridge link": (("bridge", "-j", "-d", "link", "show"),),
    "bridge fdb": (("bridge", "-j", "-d", "fdb", "show"),),
    # Without -d, which a kernel without VLAN filtering refuses.
    "bridge vlan": (("bridge", "-j", "vlan", "show"),),
    "bridge vlan details": (("bridge", "-j", "-d", "vlan", "show"),),
    "bridge vlan global": (("bridge", "-j", "-d", "vlan", "global", "show"),),
    "bridge vlan tunnelshow": (("bridge", "-j", "vlan", "tunnelshow"),),
    "bridge mst": (("bridge", "-j", "-d", "mst", "show"),),
    "bridge mdb": (("bridge", "-j", "-d", "mdb", "show"),),
    "bridge vni": (("bridge", "-j", "-d", "vni", "show"),),
}

# A second one makes a `bridge -batch` abort: vlan_rtm_cur_ifidx in bridge/vlan.c is never reset.
NOT_TWICE_IN_A_BATCH = frozenset(
    {("bridge", "-j", "-d", "vlan", "show"), ("bridge", "-j", "-d", "vlan", "global", "show")}
)

# Objects that only some links have, by the link's kind, the options of its kind, and those of its
# port.
HasObjects = Callable[[Any, dict[str, Any], dict[str, Any]], bool]
CONDITIONS: dict[str, HasObjects] = {
    "bridge vlan details": lambda _kind, options, _port: bool(options.get("vlan_filtering")),
    "bridge vlan global": lambda _kind, options, _port: bool(options.get("vlan_filtering")),
    "bridge vlan tunnelshow": lambda _kind, _options, port: bool(port.get("vlan_tunnel")),
    "bridge mst": lambda _kind, options, _port: bool(options.get("mst_enabled")),
    "bridge mdb": lambda kind, _options, _port: kind in ("bridge", "vxlan"),
    "bridge vni": lambda _kind, options, _port: bool(options.get("vnifilter")),
}

# Reads that need another worker in each namespace, of objects that only `tc` and `ip -6` change.
THOROUGH_READS: Reads = {
    "rule inet6": (("ip", "-6", "-j", "-d", "rule", "show"),),
    "tc qdisc": (("tc", "-j", "qdisc", "show"),),
}

# Objects that recordings of earlier versions do not have.
ADDED_LATER = frozenset(
    {
        *("nexthop", "rule", "rule inet6", "tc qdisc"),
        *("bridge mst", "bridge vlan details", "bridge vlan global"),
    }
)

KERNEL_HANDLE = "0:"  # the handle of a qdisc that the kernel attached by itself

# Kinds of links whose `bridge` objects nobody can set, unless they are ports of a bridge.
KINDS_WITHOUT_BRIDGE_OBJECTS = frozenset({"veth", "dummy", "ifb"})


def take_snapshot(runner: "Runner", *, thorough: bool = True) -> State:
    """Return the state of all namespaces of the runner's place; without ``thorough``, no qdiscs and
    IPv6 rules.

    Unreadable objects (a namespace of another user, a family that the kernel lacks, a missing
    program) are left out.
    """
    namespaces = _read_objects(runner, ("ip", "-j", "netns", "list")) or []
    names = [namespace["name"] for namespace in namespaces if "name" in namespace]
    names.sort(key=_natural_key)

    reads = READS | THOROUGH_READS if thorough else READS

    state = {"": _snapshot_namespace(runner, netns=None, reads=reads)}
    for name in names:
        state[name] = _snapshot_namespace(runner, netns=name, reads=reads)

    return state


def covered_objects(state: State) -> set[str]:
    """Return the names of the objects that a state covers.

    Those that were read, and those that no link can have.
    """
    covered: set[str] = set()
    possible: set[str] = set()

    for objects_by_name in state.values():
        covered.update(objects_by_name)
        links = objects_by_name.get("link", [])
        possible.update(name for name in CONDITIONS if _can_have(name, links))

    return covered | (CONDITIONS.keys() - possible)


def _natural_key(name: str) -> list[tuple[int, str]]:
    """Return a sort key that puts pod2 before pod10."""
    parts = re.split(r"([0-9]+)", name)
    return [(int(part), "") if part.isdigit() else (-1, part) for part in parts]


def _snapshot_namespace(runner: "Runner", *, netns: str | None, reads: Reads) -> dict[str, Objects]:
    """Read every object of one namespace.

    Objects that no link here can have are skipped. A name without objects is left out, except one
    that older recordings lack altogether: there an empty list means "read, and there was none".
    """
    snapshot: dict[str, Objects] = {}

    for name, commands in reads.items():
        links = snapshot.get("link", [])
        if not _can_have(name, links):
            continue

        replies = [_read_objects(runner, argv, netns=netns) for argv in commands]
        is_complete = None not in replies

        found: Objects = []
        for reply in replies:
            found += [
                json_object for json_object in reply or () if not _is_kernel_qdisc(json_object)
            ]

        # Every namespace has a link; without one, nothing could be read.
        is_empty_but_read = name in ADDED_LATER and "link" in snapshot and is_complete
        if found or is_empty_but_read:
            snapshot[name] = found

    return snapshot


def _is_kernel_qdisc(json_object: dict[str, Any]) -> bool:
    """Return whether an object is a qdisc that the kernel attached by itself."""
    return bool(json_object.get("handle") == KERNEL_HANDLE)


def _has_no_bridge_objects(link: dict[str, Any]) -> bool:
    """Return whether a link is neither a bridge nor a port of one, and has no forwarding table of
    its own.
    """
    info = link.get("linkinfo", {})
    if "info_slave_kind" in info:
        return False

    return info.get("info_kind") in KINDS_WITHOUT_BRIDGE_OBJECTS or _is_loopback(link)


def _is_loopback(link: dict[str, Any]) -> bool:
    """Return whether a link is a loopback device."""
    return bool(link.get("link_type") == "loopback")


def _can_have(name: str, links: Objects) -> bool:
    """Return whether one of the links can have objects of that name."""
    if name not in CONDITIONS:
        is_bridge_object = name.startswith("bridge")
        return not is_bridge_object or not all(_has_no_bridge_objects(link) for link in links)

    has_objects = CONDITIONS[name]
    for link in links:
        info = link.get("linkinfo", {})
        options = info.get("info_data", {})
        port_options = info.get("info_slave_data", {})
        if has_objects(info.get("info_kind"), options, port_options):
            return True

    return False


def _read_objects(
    runner: "Runner", argv: tuple[str, ...], *, netns: str | None = None
) -> Objects | None:
    """Return the objects that a command prints; None if the command fails."""
    command = Command(argv, netns, changes=False, batch=argv not in NOT_TWICE_IN_A_BATCH)
    try:
        return check_objects(runner.run(command).json())
    except (CommandError, OutputError, ExecutorError):
        return None
