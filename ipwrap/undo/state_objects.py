"""The things of a state, each by itself: where it is, what it is, what counts of it, and the marks that it is known by.

What counts is what `ipwrap.state.comparison` says. What the kernel makes of the rest by itself is no thing here: the
routes of the local table, and the entries that a forwarding table has of its links' own addresses.
"""

import ipaddress
from collections.abc import Iterator
from typing import Any

from attrs import field, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.recording import State
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state.comparison import comparable_items
from ipwrap.undo.to_command import INVERSES, Json, arguments_for, to_text

__all__ = [
    "Marks",
    "Nouns",
    "StateObject",
    "identity_keys",
    "known_macs",
    "links_of",
    "state_objects",
]

Nouns = dict[str, list[Json]]
Marks = dict[str, frozenset[str]]

FOLLOWS = frozenset({"anycast", "broadcast", "local", "multicast"})
TABLES = {"253": "default", "254": "main", "255": "local"}
WHOLE = frozenset({"", "/0", "0.0.0.0/0", "::/0", "all", "any", "default"})


@frozen
class StateObject:
    """One thing of a state. ``data`` is its JSON, ``counts`` what is compared of it."""

    noun: str
    netns: str
    name: tuple[str, ...]
    data: Json = field(eq=False, repr=False)
    compared: Json = field(eq=False, repr=False)

    @property
    def devs(self) -> frozenset[str]:
        """The links that it stands on."""
        return identity_keys(self.noun, self.data).get("dev", frozenset())


def links_of(nouns: Nouns) -> dict[str, Json]:
    """Return the links of a namespace by their names."""
    return {each["ifname"]: each for each in nouns.get("link", ())}


def known_macs(*states: State) -> set[str]:
    """Return words that count as named, so that things are told from each other by them: the addresses of hosts."""
    words: set[str] = set()
    for nouns in (nouns for state in states for nouns in state.values()):
        words |= {
            each["mac"] for each in nouns.get("bridge fdb", ()) if _of_a_host(each.get("mac"))
        }
        words |= {
            each["lladdr"] for each in nouns.get("neigh", ()) if _of_a_host(each.get("lladdr"))
        }
        words |= {
            each["local"]
            for link in nouns.get("address", ())
            for each in link["addr_info"]
            if "local" in each
        }
    return words


def _of_a_host(mac: Any) -> bool:
    """Tell whether a MAC address is one host's, and not that of a group."""
    return isinstance(mac, str) and ":" in mac and not int(mac.partition(":")[0], 16) & 1


def state_objects(state: State, named: MentionedWords) -> Iterator[StateObject]:
    """Yield the things of a state that a verb could make."""
    for netns, nouns in state.items():
        for noun in INVERSES:
            for data in _split_objects(noun, nouns):
                for name, counts in comparable_items(noun, [_whole(noun, data)], named):
                    yield StateObject(noun, netns, name, data, counts)


def _split_objects(noun: str, nouns: Nouns) -> Iterator[Json]:
    """Yield the JSON of each thing of a noun, with the name of its link."""
    links = links_of(nouns)
    for each in nouns.get(noun, ()):
        if noun == "address":
            yield from (
                {**one, "ifname": each["ifname"]}
                for one in each["addr_info"]
                if not one.get("temporary")
            )
        elif noun == "bridge vlan":
            own = links.get(each["ifname"], {}).get("linkinfo", {}).get("info_kind") == "bridge"
            yield from (
                {**one, "ifname": each["ifname"], "bridge": own} for one in each.get("vlans", ())
            )
        elif not (noun == "route" and _follows(each)) and not (
            noun == "bridge fdb" and _own(each, links)
        ):
            yield each


def _follows(route: Json) -> bool:
    """Tell whether the kernel makes a route of an address, for what comes to this host."""
    return route.get("protocol") == "kernel" and route.get("type") in FOLLOWS


def _own(entry: Json, links: dict[str, Json]) -> bool:
    """Tell whether an entry is that of a link's own address."""
    own = {each.get("address") for each in links.values()}
    return entry.get("mac") in own and entry.get("state") == "permanent"


def _whole(noun: str, data: Json) -> Json:
    """Return one thing as a `show` lists it."""
    if noun == "address":
        return {"ifname": data["ifname"], "addr_info": [data]}
    if noun == "bridge vlan":
        return {
            "ifname": data["ifname"],
            "vlans": [{key: each for key, each in data.items() if key != "bridge"}],
        }
    return data


def identity_keys(noun: str, data: Json) -> Marks:
    """Return by what a thing is known to the commands that touch it."""
    dev = {str(data[key]) for key in ("dev", "ifname") if key in data}
    dev |= {str(hop["dev"]) for hop in data.get("nexthops") or () if "dev" in hop}
    found = {"dev": dev, **_own_marks(noun, data)}
    return {key: frozenset(values) for key, values in found.items()}


def _own_marks(noun: str, data: Json) -> dict[str, set[str]]:
    """Return the marks that only a noun's things have."""
    if noun == "address":
        return {
            "local": {to_text(data.get("local"))},
            "network": {network(f"{data.get('local')}/{data['prefixlen']}")},
        }
    if noun == "route":
        return {
            "dst": {prefix(data.get("dst"))},
            "table": {table(data.get("table", "main"))},
            **_some(data, "nhid"),
        }
    if noun.startswith("rule"):
        return {name: {to_text(value)} for name, value in _told(noun, data).items()}
    if noun == "bridge vlan":
        first = int(data["vlan"])
        vids = range(first, int(data.get("vlanEnd") or first) + 1)
        return {
            "vid": set(map(str, vids)),
            "pvid": {"True"} if "PVID" in (data.get("flags") or ()) else set(),
        }
    return _some(data, "id", "mac", "dst")


def _told(noun: str, data: Json) -> Json:
    """Return what makes a thing; nothing of one that no verb can say."""
    try:
        return arguments_for(noun, data)
    except InvalidArgument:
        return {}


def _some(data: Json, *keys: str) -> dict[str, set[str]]:
    """Return some values as they are."""
    return {key: {to_text(data[key])} for key in keys if key in data}


def prefix(text: Any) -> str:
    """Return where a route goes to, in one spelling; to all is the same in both families."""
    return "default" if str(text) in WHOLE else to_text(text)


def table(name: Any) -> str:
    """Return the name of a table of routes."""
    return TABLES.get(str(name), str(name))


def network(text: str) -> str:
    """Return the network that an address is in."""
    try:
        return str(ipaddress.ip_interface(text).network)
    except ValueError:
        return text
