"""The namespaces that a change depends on and affects, so that independent changes run in parallel.

A change of a namespace never waits for the changes of another namespace, except for changes that
create, move or delete an object in the first. If the command does not show such effects, the
command runs alone.
"""

from functools import lru_cache
from itertools import pairwise

from ipwrap.command import Command
from ipwrap.executors.batch_line import BatchLine

__all__ = ["find_new_netns", "touched_namespaces"]

# Objects of `ip` that are looked up and changed in the command's own namespace, by full name: an
# abbreviation is not worth a list.
LOCAL_OBJECTS = frozenset(
    {
        "address",
        "addrlabel",
        "fou",
        "l2tp",
        "link",
        "macsec",
        "maddress",
        "mptcp",
        "mroute",
        "neigh",
        "nexthop",
        "ntable",
        "route",
        "rule",
        "sr",
        "token",
        "tunnel",
        "tuntap",
        "xfrm",
    }
)

# Pairs of links, of which neither depends on the other's state. A vlan is refused while its lower
# link is down, and goes down with it (vlan_dev_open() in the kernel's net/8021q/vlan_dev.c).
PAIRED_KINDS = frozenset({"veth", "netkit"})


def touched_namespaces(command: Command, line: BatchLine) -> frozenset[str | None] | None:
    """Return the namespaces in which a change runs or creates an object; None if in any.

    ``command`` deletes and renames nothing. None also for a link that is created on a link of
    another namespace, since such a link ties the two namespaces together.
    """
    object_name = command.argv[1 + len(line.flags)]
    if command.argv[0] == "ip" and object_name not in LOCAL_OBJECTS:
        new_netns = find_new_netns(command)
        return None if new_netns is None else frozenset({command.netns, new_netns})
    if object_name != "link":
        return _only(command.netns)

    # A number is that of a process, or known to the kernel only.
    if "link-netnsid" in line.arguments or any(map(str.isdecimal, line.namespaces)):
        return None

    created_in = [created.netns for created in command.creates]
    touched = frozenset({command.netns, *created_in, *line.namespaces})
    return touched if len(touched) == 1 or _creates_pair(command) else None


@lru_cache(maxsize=1024)
def _only(netns: str | None) -> frozenset[str | None]:
    """Return the set of a namespace: always the same object, which makes comparisons fast."""
    return frozenset({netns})


def find_new_netns(command: Command) -> str | None:
    """Return the namespace that `ip netns add` makes, None for another command."""
    if command.argv[1:3] != ("netns", "add") or len(command.creates) != 1:
        return None

    created = command.creates[0]
    return created.name if created.noun == "netns" else None


def _creates_pair(command: Command) -> bool:
    """Return whether a command creates a pair of links: `ip link add … type veth …`."""
    return any(
        keyword == "type" and kind in PAIRED_KINDS for keyword, kind in pairwise(command.argv)
    )
