"""`without_implied`: the differences without those that follow from another one of them.

A new address brings a route, a new port of a bridge its VLAN and forwarding entries, a new
namespace its `lo` and its rules. A difference that the kernel has made from another one says
nothing new, and would hide those that do.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any

from attrs import evolve, field, frozen

from ipwrap.objects.comparison import KERNEL_PROTOCOLS
from ipwrap.options.canonical import network_of
from ipwrap.state.diff import Difference
from ipwrap.state.snapshot import State

__all__ = ["NETNS", "without_implied"]

NETNS = "netns"  # the noun of the difference that is a namespace
LOOPBACK = "lo"

# Links that take the MAC address of one of their ports: br_stp_recalculate_bridge_id() in
# net/bridge/br_stp_if.c, bond_set_dev_addr() in drivers/net/bonding.
TAKES_PORT_ADDRESS = frozenset({"bridge", "bond", "team"})

Json = Mapping[str, Any]


@frozen(slots=False)
class Differences:
    """The differences between two states, and what an implied one follows from."""

    differences: tuple[Difference, ...]
    states: tuple[State, State]
    links: dict[tuple[str, str], Difference] = field(factory=dict)

    @classmethod
    def of(cls, differences: Iterable[Difference], states: tuple[State, State]) -> "Differences":
        """Return the differences with those of links by namespace and name."""
        differences = tuple(differences)
        links = {
            (difference.netns, difference.name[0]): difference
            for difference in differences
            if difference.noun == "link"
        }
        return cls(differences, states, links)

    @cached_property
    def namespaces(self) -> frozenset[str]:
        """The namespaces that only one of the states has."""
        return frozenset(self.states[0].keys() ^ self.states[1].keys())

    @cached_property
    def networks(self) -> frozenset[tuple[str, str, str]]:
        """Namespace, link and network of the addresses that came or went."""
        networks = set()
        for difference in self.differences:
            fields = difference.left or difference.right
            if difference.noun != "address" or fields is None or not _is_one_sided(difference):
                continue
            for address in (fields.get("local"), fields.get("address")):
                network = network_of(f"{address}/{fields.get('prefixlen')}")
                networks.add((difference.netns, difference.name[0], network))
        return frozenset(networks)

    @cached_property
    def one_sided(self) -> frozenset[tuple[str, str, str]]:
        """Namespace, noun and the end of the identity of the objects that came or went."""
        return frozenset(
            (difference.netns, difference.noun, difference.name[-1])
            for difference in self.differences
            if _is_one_sided(difference) and difference.name
        )

    @cached_property
    def new_vrf_namespaces(self) -> frozenset[str]:
        """The namespaces in which a vrf came or went."""
        return frozenset(
            netns
            for (netns, _), difference in self.links.items()
            if _is_one_sided(difference) and _fields(difference).get("info_kind") == "vrf"
        )

    def link_of(self, difference: Difference, name: object) -> Difference | None:
        """Return the difference of a link in the namespace of another difference."""
        return self.links.get((difference.netns, str(name)))

    def is_new_port(self, difference: Difference, name: object) -> bool:
        """Return whether a link came, went, or changed its master."""
        link = self.link_of(difference, name)
        return link is not None and (_is_one_sided(link) or _has_changed(link, "master"))

    def sets_state_itself(self, netns: str, name: str) -> bool:
        """Return whether the kernel changes the state of a port.

        It does so where the carrier changes, br_port_carrier_check() in net/bridge/br_if.c, and
        where the bridge runs the spanning tree.
        """
        links = [_link_in(state, netns, name=name) for state in self.states]
        bridges = [
            _link_in(state, netns, name=str(link.get("master")))
            for state, link in zip(self.states, links, strict=True)
        ]
        carriers = {"LOWER_UP" in link.get("flags", ()) for link in links}
        masters = {link.get("master") for link in links}
        return len(carriers) > 1 or len(masters) > 1 or any(map(_runs_stp, bridges))

    def macs(self, netns: str, name: object) -> set[str]:
        """Return the MAC addresses of a link in both states."""
        return {
            str(link.get("address"))
            for state in self.states
            for link in state.get(netns, {}).get("link", ())
            if link.get("ifname") == name
        }

    def port_macs(self, netns: str, name: str) -> set[str]:
        """Return the MAC addresses of the ports of a link in both states."""
        return {
            str(link.get("address"))
            for state in self.states
            for link in state.get(netns, {}).get("link", ())
            if link.get("master") == name
        }


def without_implied(
    differences: Iterable[Difference], states: tuple[State, State]
) -> list[Difference]:
    """Return the differences between two states without those that follow from others."""
    known = Differences.of(differences, states)
    kept = []
    for difference in known.differences:
        is_implied = IMPLIED.get(difference.noun, _is_never_implied)
        if is_implied(difference, known) or _is_of_fresh_namespace(difference, known):
            continue

        reduced = _without_implied_fields(difference, known)
        if reduced is not None:
            kept.append(reduced)
    return kept


def _link_in(state: State, netns: str, *, name: str) -> Json:
    """Return the JSON of a link in a state, an empty one for a missing link."""
    links = state.get(netns, {}).get("link", ())
    return next((link for link in links if link.get("ifname") == name), {})


def _runs_stp(bridge: Json) -> bool:
    """Return whether a bridge runs the spanning tree."""
    options = (bridge.get("linkinfo") or {}).get("info_data") or {}
    return bool(options.get("stp_state"))


def _is_one_sided(difference: Difference) -> bool:
    """Return whether an object came or went."""
    return difference.left is None or difference.right is None


def _fields(difference: Difference) -> Json:
    """Return the fields of an object, of the later state if it is there."""
    return difference.right or difference.left or {}


def _has_changed(difference: Difference, key: str) -> bool:
    """Return whether a field of an object differs."""
    return (difference.left or {}).get(key) != (difference.right or {}).get(key)


def _was_set_up_or_down(difference: Difference | None) -> bool:
    """Return whether a link came or went, or was set up or down."""
    if difference is None:
        return False
    is_up = ["UP" in (side or {}).get("flags", ()) for side in (difference.left, difference.right)]
    return _is_one_sided(difference) or is_up[0] != is_up[1]


def _is_never_implied(difference: Difference, known: Differences) -> bool:
    """Return False: the kernel makes no such object by itself."""
    del difference, known
    return False


def _is_implied_route(difference: Difference, known: Differences) -> bool:
    """Return whether the kernel made or deleted a route with an address, or with its link."""
    fields = _fields(difference)
    if fields.get("protocol") not in KERNEL_PROTOCOLS or not _is_one_sided(difference):
        return False

    dev = str(fields.get("dev"))
    if _was_set_up_or_down(known.link_of(difference, dev)):
        return True
    network = (difference.netns, dev, network_of(str(fields.get("dst"))))
    return network in known.networks


def _is_implied_address(difference: Difference, known: Differences) -> bool:
    """Return whether `lo` got its addresses when it was set up."""
    link = known.link_of(difference, LOOPBACK)
    return difference.name in LOOPBACK_ADDRESSES and _was_set_up_or_down(link)


LOOPBACK_ADDRESSES = ((LOOPBACK, "127.0.0.1/8"), (LOOPBACK, "::1/128"))


def _is_implied_rule(difference: Difference, known: Differences) -> bool:
    """Return whether the first vrf of a namespace brought the rule: drivers/net/vrf.c."""
    is_of_kernel = _fields(difference).get("protocol") == "kernel"
    return is_of_kernel and difference.netns in known.new_vrf_namespaces


def _is_implied_port(difference: Difference, known: Differences) -> bool:
    """Return whether the link tells of a port as well: it came, or has other port options."""
    link = known.link_of(difference, difference.name[0])
    if link is None:
        return False
    if _is_one_sided(link) or _is_one_sided(difference):
        return True
    keys = {*(link.left or {}), *(link.right or {})}
    return any(_has_changed(link, key) for key in keys)


def _is_implied_entry(difference: Difference, known: Differences) -> bool:
    """Return whether a forwarding entry is that of the link's own address, or of a new port."""
    fields = _fields(difference)
    ifname = fields.get("ifname")
    if fields.get("mac") in known.macs(difference.netns, ifname):
        return True
    return known.is_new_port(difference, ifname) and _has_own_address(fields)


def _has_own_address(fields: Json) -> bool:
    """Return whether an entry has a masked address: that of a link, which the kernel chose."""
    return str(fields.get("mac")).startswith("<")


def _is_implied_vlan(difference: Difference, known: Differences) -> bool:
    """Return whether a VLAN is the default one of a new port, or went with its port."""
    if not known.is_new_port(difference, difference.name[0]):
        return False
    flags = _fields(difference).get("flags", ())
    return difference.right is None or "PVID" in flags


def _is_implied_setting(difference: Difference, known: Differences) -> bool:
    """Return whether the settings came or went with their VLAN, which `bridge vlan` tells."""
    del known
    return _is_one_sided(difference)


def _is_implied_order(difference: Difference, known: Differences) -> bool:
    """Return whether a packet filter has another rule before it only since that came or went."""
    left, right = difference.left, difference.right
    if left is None or right is None:
        return False

    keys = {key for key in (*left, *right) if _has_changed(difference, key)}
    place = (difference.netns, difference.noun)
    neighbours = {(*place, str(left.get("after"))), (*place, str(right.get("after")))}
    return keys == {"after"} and not neighbours.isdisjoint(known.one_sided)


IMPLIED: dict[str, Callable[[Difference, Differences], bool]] = {
    "address": _is_implied_address,
    "bridge fdb": _is_implied_entry,
    "bridge link": _is_implied_port,
    "bridge vlan": _is_implied_vlan,
    "bridge vlan details": _is_implied_setting,
    "bridge vlan global": _is_implied_setting,
    "ip6tables": _is_implied_order,
    "iptables": _is_implied_order,
    "nft": _is_implied_order,
    "route": _is_implied_route,
    "rule": _is_implied_rule,
    "rule inet6": _is_implied_rule,
}


def _is_of_fresh_namespace(difference: Difference, known: Differences) -> bool:
    """Return whether an object is one that each new namespace has: `lo`, and the default rules."""
    if difference.netns not in known.namespaces or difference.noun == NETNS:
        return False
    if difference.noun in ("rule", "rule inet6"):
        return _fields(difference).get("protocol") == "kernel"
    if difference.noun in ("link", "address"):
        return difference.name[0] == LOOPBACK
    return difference.noun == "route" and _fields(difference).get("dev") == LOOPBACK


WITH_IMPLIED_FIELDS = ("link", "bridge link", "bridge mst")
STATE_KEYS = ("state", "port state")


def _without_implied_fields(difference: Difference, known: Differences) -> Difference | None:
    """Return a difference without the fields that follow from others; None if none is left."""
    if difference.noun not in WITH_IMPLIED_FIELDS:
        return difference
    if difference.left is None or difference.right is None:
        return difference

    fields = {
        key
        for key in (*difference.left, *difference.right)
        if _has_changed(difference, key) and _is_implied_field(key, difference, known=known)
    }
    if not fields:
        return difference

    left = {key: value for key, value in difference.left.items() if key not in fields}
    right = {key: value for key, value in difference.right.items() if key not in fields}
    return None if left == right else evolve(difference, left=left, right=right)


def _is_implied_field(key: str, difference: Difference, *, known: Differences) -> bool:
    """Return whether the value of a link follows from another value, or link."""
    values = {str((side or {}).get(key)) for side in (difference.left, difference.right)}
    kind = _fields(difference).get("info_kind")

    if key in STATE_KEYS:
        return known.sets_state_itself(difference.netns, difference.name[0])
    if key == "info_slave_kind" or key.startswith("port "):
        return _has_changed(difference, "master")
    if key == "address" and kind in TAKES_PORT_ADDRESS:
        return not values.isdisjoint(known.port_macs(difference.netns, difference.name[0]))
    if key == "link" and kind == "veth":
        links = [known.link_of(difference, value) for value in values]
        return any(link is not None and _is_one_sided(link) for link in links)
    return False
