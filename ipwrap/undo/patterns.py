"""Patterns of the objects that a command may have modified: named by it, or deleted along.

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
    """The objects of a noun in one namespace that have a value in common for each of the keys."""

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
    """Return patterns of the objects of some nouns that belong to a link."""
    netns, name = location
    return [Pattern(noun, netns, {"dev": frozenset({name})}) for noun in nouns]


def keys_of_command(noun: str, verb: str, arguments: Arguments) -> IdentityKeys:
    """Return the identity keys by which a command names its objects, except for the link.

    A `flush` is narrowed down by the link and the table only.
    """
    keys: dict[str, set[str]] = {}

    if noun == "route" and arguments.get("table") != "all" and "vrf" not in arguments:
        keys["table"] = {canonical_table(arguments.get("table", "main"))}
    if noun == "rule":
        for name, value in arguments.items():
            if name != "family":
                keys[name] = {canonical_address(value)}
    if verb != "flush":
        keys |= _names_in_command(noun, arguments)

    return {key: frozenset(values) for key, values in keys.items()}


def _names_in_command(noun: str, arguments: Arguments) -> dict[str, set[str]]:
    """Return the identity keys of a command that names a single object, or a range of VLANs."""
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
    """Return the VLAN IDs in a command; none for a PVID, which modifies the previous PVID, too."""
    if arguments.get("pvid"):
        return {}

    vid: Any = arguments["vid"]
    first, last = vid if isinstance(vid, tuple) else (vid, vid)
    return {"vid": {str(number) for number in range(first, last + 1)}}


def dependent_patterns(
    noun: str, netns: str, *, keys: IdentityKeys, arguments: Arguments
) -> list[Pattern]:
    """Return patterns of the objects that the kernel deletes along with those of a command.

    ``keys`` are the identity keys that the command has given, with the link as ``dev``.
    """
    if noun == "address":
        return _dependents_of_address(netns, keys, arguments)
    if noun == "nexthop":
        # Routes through the next hop, and groups that it was a member of.
        route_keys = {"nhid": keys["id"]} if "id" in keys else {}
        return [Pattern("route", netns, route_keys), Pattern("nexthop", netns)]
    return []


def _dependents_of_address(netns: str, keys: IdentityKeys, arguments: Arguments) -> list[Pattern]:
    """Return patterns of the objects that depend on addresses of a link."""
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
