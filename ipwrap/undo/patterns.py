"""Patterns of the objects possibly modified by a command: named objects and dependents.

A pattern consists of a noun, a namespace and identity keys (see `ipwrap.undo.state_objects`).
"""

from collections.abc import Iterable
from typing import Any

from attrs import field, frozen

from ipwrap.options.canonical import canonical_address, network_of
from ipwrap.undo.link_data import LinkLocation
from ipwrap.undo.state_objects import (
    IdentityKeys,
    StateObject,
    canonical_destination,
    canonical_table,
    identity_keys,
)
from ipwrap.undo.to_command import Arguments

__all__ = [
    "ADDRESS_NOUNS",
    "CREATING_VERBS",
    "LINK_DEPENDENTS",
    "Pattern",
    "dependent_patterns",
    "keys_of_command",
    "patterns_on_link",
]

ADDRESS_NOUNS = frozenset({"address", "route"})
LINK_DEPENDENTS = ADDRESS_NOUNS | {"bridge fdb", "bridge vlan", "neigh", "nexthop", "tc qdisc"}
CREATING_VERBS = frozenset({"add", "append", "change", "prepend", "replace"})

# By noun: the identity key of an object, and the argument of the verbs that names the object.
NAMING_ARGUMENTS = {
    "bridge fdb": ("mac", "to"),
    "neigh": ("dst", "to"),
    "nexthop": ("id", "id"),
}


@frozen
class Pattern:
    """The objects of a noun in one namespace with a common value for every key."""

    noun: str
    netns: str
    keys: IdentityKeys = field(factory=dict)

    def matches(self, candidate: StateObject) -> bool:
        """Return whether an object matches; the noun "rule" includes "rule inet6"."""
        if not candidate.noun.startswith(self.noun) or candidate.netns != self.netns:
            return False

        values_by_key = identity_keys(candidate.noun, candidate.data)
        return all(
            not wanted_values.isdisjoint(values_by_key.get(key, ()))
            for key, wanted_values in self.keys.items()
        )


def patterns_on_link(location: LinkLocation, nouns: Iterable[str]) -> list[Pattern]:
    """Return patterns of a link's objects, one pattern for every noun."""
    netns, name = location
    return [Pattern(noun, netns, {"dev": frozenset({name})}) for noun in nouns]


def keys_of_command(noun: str, verb: str, *, arguments: Arguments) -> IdentityKeys:
    """Return the identity keys of the objects named by a command, except for the link.

    A `flush` is narrowed down by the link and the table only.
    """
    keys: dict[str, set[str]] = {}

    if noun == "route":
        keys |= _table_in_command(arguments)
    if noun == "rule":
        for name in arguments.keys() - {"family"}:
            keys[name] = {canonical_address(arguments[name])}
    if verb != "flush":
        keys |= _names_in_command(noun, arguments)
    return {key: frozenset(values) for key, values in keys.items()}


def _table_in_command(arguments: Arguments) -> dict[str, set[str]]:
    """Return the routing table in a command; none for every table, and for a VRF's table."""
    table = arguments.get("table", "main")
    if table == "all" or "vrf" in arguments:
        return {}
    return {"table": {canonical_table(table)}}


def _names_in_command(noun: str, arguments: Arguments) -> dict[str, set[str]]:
    """Return the identity keys of a command with a single object, or with a range of VLANs."""
    if noun == "route":
        return {"dst": {canonical_destination(arguments["dst"])}}
    if noun == "address":
        address = str(arguments["local"]).partition("/")[0]
        return {"local": {canonical_address(address)}}
    if noun == "bridge vlan":
        return _vids_in_command(arguments)
    if noun in NAMING_ARGUMENTS:
        key, argument = NAMING_ARGUMENTS[noun]
        return {key: {canonical_address(arguments[argument]).lower()}}
    return {}


def _vids_in_command(arguments: Arguments) -> dict[str, set[str]]:
    """Return the VLAN IDs in a command.

    A PVID has no IDs, since the command modifies the previous PVID as well.
    """
    if arguments.get("pvid"):
        return {}

    vid: Any = arguments["vid"]
    if not isinstance(vid, tuple):
        return {"vid": {str(vid)}}

    first, last = vid
    return {"vid": {str(number) for number in range(first, last + 1)}}


def dependent_patterns(
    noun: str, netns: str, *, keys: IdentityKeys, arguments: Arguments
) -> list[Pattern]:
    """Return patterns of the objects deleted along by the kernel.

    ``keys`` are the identity keys of the objects named by the command, with the link as ``dev``.
    """
    if noun == "address":
        return _dependents_of_address(netns, keys, arguments=arguments)
    if noun == "nexthop":
        # Routes through the next hop, and groups with the next hop as a member: remove_nexthop()
        # in net/ipv4/nexthop.c.
        route_keys = {"nhid": keys["id"]} if "id" in keys else {}
        return [Pattern("route", netns, route_keys), Pattern("nexthop", netns)]
    return []


def _dependents_of_address(
    netns: str, keys: IdentityKeys, *, arguments: Arguments
) -> list[Pattern]:
    """Return patterns of the objects deleted along with addresses."""
    link_keys = {"dev": keys["dev"]} if "dev" in keys else {}

    # The secondary addresses of the network go with the primary one: __inet_del_ifa() in devinet.c.
    network_keys = {}
    if "local" in arguments:
        network_keys["network"] = frozenset({network_of(arguments["local"])})

    return [
        Pattern("address", netns, {**link_keys, **network_keys}),
        Pattern("route", netns, link_keys),
        # With the last address the kernel drops all neighbours: inetdev_destroy() in devinet.c.
        Pattern("neigh", netns, link_keys),
    ]
