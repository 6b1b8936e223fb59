"""Split a snapshot into single objects: location, JSON, comparable values, and identity keys.

`ipwrap.state.comparison` selects the compared values. Objects derived by the kernel are left out:
the local routing table, and the entries of a forwarding table for the addresses of local links.
"""

from collections.abc import Iterator
from typing import Any

from attrs import field, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.options.canonical import canonical_address, network_of
from ipwrap.recording import State
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state.comparison import comparable_items
from ipwrap.undo.link_data import Json, LinkLocation, Nouns, kind_of, links_by_name
from ipwrap.undo.to_command import INVERSES, Arguments, arguments_for

__all__ = [
    "IdentityKeys",
    "StateObject",
    "canonical_destination",
    "canonical_table",
    "identity_keys",
    "known_addresses",
    "state_objects",
]

IdentityKeys = dict[str, frozenset[str]]

DERIVED_ROUTE_TYPES = frozenset({"anycast", "broadcast", "local", "multicast"})
TABLE_NAMES = {"253": "default", "254": "main", "255": "local"}
DEFAULT_DESTINATIONS = frozenset({"", "/0", "0.0.0.0/0", "::/0", "all", "any", "default"})


@frozen
class StateObject:
    """An object of a snapshot. ``data`` is the JSON, ``compared`` the compared values."""

    noun: str
    netns: str
    name: tuple[str, ...]
    data: Json = field(eq=False, repr=False)
    compared: Json = field(eq=False, repr=False)

    @property
    def links(self) -> list[LinkLocation]:
        """The links of the object."""
        names = identity_keys(self.noun, self.data)["dev"]
        return [(self.netns, name) for name in names]


def known_addresses(*states: State) -> set[str]:
    """Return the addresses of hosts in the states: words to distinguish objects.

    The comparison of states replaces an address by a placeholder unless the address is mentioned.
    """
    addresses: set[str] = set()

    for state in states:
        for nouns in state.values():
            addresses.update(_addresses_in(nouns))
    return addresses


def _addresses_in(nouns: Nouns) -> Iterator[str]:
    """Yield the addresses of hosts in a namespace."""
    macs = [entry.get("mac", "") for entry in nouns.get("bridge fdb", ())]
    macs += [entry.get("lladdr", "") for entry in nouns.get("neigh", ())]
    for mac in macs:
        if _is_unicast_mac(mac):
            yield mac.lower()

    for link in nouns.get("address", ()):
        for address in link["addr_info"]:
            if "local" in address:
                yield address["local"].lower()


def _is_unicast_mac(mac: Any) -> bool:
    """Return whether a link-layer address is the MAC address of a host, not of a group."""
    if not isinstance(mac, str) or ":" not in mac:
        return False
    first_byte = int(mac.partition(":")[0], 16)
    return first_byte & 1 == 0


def state_objects(state: State, mentioned: MentionedWords) -> Iterator[StateObject]:
    """Yield the objects of a state, for every noun with a creating verb."""
    for netns, nouns in state.items():
        for noun in INVERSES:
            for data in _split_objects(noun, nouns):
                printed = _as_printed(noun, data)
                for name, compared in comparable_items(noun, [printed], named=mentioned):
                    yield StateObject(noun, netns, name, data, compared)


def _split_objects(noun: str, nouns: Nouns) -> Iterator[Json]:
    """Yield the JSON of a noun's objects, with the name of the object's link."""
    if noun == "address":
        yield from _split_addresses(nouns)
    elif noun == "bridge vlan":
        yield from _split_vlans(nouns)
    elif noun == "bridge fdb":
        yield from _added_fdb_entries(nouns)
    elif noun == "route":
        yield from (route for route in nouns.get(noun, ()) if not _is_derived_route(route))
    else:
        yield from nouns.get(noun, ())


def _split_addresses(nouns: Nouns) -> Iterator[Json]:
    """Yield addresses, without temporary addresses of IPv6 privacy extensions."""
    for link in nouns.get("address", ()):
        for address in link["addr_info"]:
            if not address.get("temporary"):
                yield {**address, "ifname": link["ifname"]}


def _split_vlans(nouns: Nouns) -> Iterator[Json]:
    """Yield the VLANs of ports and bridges; ``bridge`` marks the VLANs of a bridge itself."""
    links = links_by_name(nouns)

    for port in nouns.get("bridge vlan", ()):
        name = port["ifname"]
        is_bridge = kind_of(links.get(name, {})) == "bridge"
        for vlan in port.get("vlans", ()):
            yield {**vlan, "ifname": name, "bridge": is_bridge}


def _added_fdb_entries(nouns: Nouns) -> Iterator[Json]:
    """Yield the entries of forwarding tables, except entries for the addresses of local links.

    The kernel adds an entry for the address of every port: br_fdb_add_local() in net/bridge.
    """
    link_macs = {link.get("address") for link in nouns.get("link", ())}

    for entry in nouns.get("bridge fdb", ()):
        # A command may add a static or dynamic entry for the address of a local link.
        is_permanent = entry.get("state") == "permanent"
        if is_permanent and entry.get("mac") in link_macs:
            continue
        yield entry


def _is_derived_route(route: Json) -> bool:
    """Return whether the kernel derives a route from an address: fib_add_ifaddr()."""
    return route.get("protocol") == "kernel" and route.get("type") in DERIVED_ROUTE_TYPES


def _as_printed(noun: str, data: Json) -> Json:
    """Return the JSON of an object as printed by `show`: addresses and VLANs below a link."""
    if noun == "address":
        return {"ifname": data["ifname"], "addr_info": [data]}
    if noun == "bridge vlan":
        vlan = {key: value for key, value in data.items() if key != "bridge"}
        return {"ifname": data["ifname"], "vlans": [vlan]}
    return data


def identity_keys(noun: str, data: Json) -> IdentityKeys:
    """Return the values for references to an object, such as links, destination and table."""
    links = [data.get("ifname"), data.get("dev")]

    # A multipath route belongs to the links of every next hop.
    hops = data.get("nexthops") or ()
    links += [hop.get("dev") for hop in hops]

    keys = _keys_of_noun(noun, data)
    keys["dev"] = {str(name) for name in links if name is not None}
    return {key: frozenset(values) for key, values in keys.items()}


def _keys_of_noun(noun: str, data: Json) -> dict[str, set[str]]:
    """Return the identity keys specific to a noun."""
    if noun == "address":
        local = data.get("local")
        length = data["prefixlen"]
        return {
            "local": {canonical_address(local)},
            "network": {network_of(f"{local}/{length}")},
        }
    if noun == "route":
        dst = data.get("dst")
        table = data.get("table", "main")
        return {
            "dst": {canonical_destination(dst)},
            "table": {canonical_table(table)},
            **_canonical_values(data, "nhid"),
        }
    if noun.startswith("rule"):
        arguments = _creation_arguments(noun, data)
        return {name: {canonical_address(value)} for name, value in arguments.items()}
    if noun == "bridge vlan":
        return _vlan_keys(data)
    return _canonical_values(data, "id", "mac", "dst")


def _vlan_keys(data: Json) -> dict[str, set[str]]:
    """Return the VLAN IDs of a VLAN or a range."""
    first = int(data["vlan"])
    last = int(data.get("vlanEnd") or first)
    return {"vid": {str(vid) for vid in range(first, last + 1)}}


def _creation_arguments(noun: str, data: Json) -> Arguments:
    """Return the arguments to create an object; none without a verb to create the object."""
    try:
        return arguments_for(noun, data)
    except InvalidArgument:
        return {}


def _canonical_values(data: Json, *keys: str) -> dict[str, set[str]]:
    """Return the values of the given keys in canonical form."""
    return {key: {canonical_address(data[key])} for key in keys if key in data}


def canonical_destination(text: Any) -> str:
    """Return the destination of a route in canonical form, `default` in both families."""
    return "default" if str(text) in DEFAULT_DESTINATIONS else canonical_address(text)


def canonical_table(name: Any) -> str:
    """Return the name of a routing table, also for a number with a well-known name."""
    return TABLE_NAMES.get(str(name), str(name))
