"""`SnapshotIndex`: whether a snapshot contains an object that a command created."""

from collections.abc import Callable, Iterator
from typing import Any

from attrs import define, field

from ipwrap.command import CreatedObject
from ipwrap.options.canonical import canonical_address
from ipwrap.recording import State
from ipwrap.teardown import mdb_identity

__all__ = ["IDENTITIES", "SnapshotIndex"]

Nouns = dict[str, list[dict[str, Any]]]
Identity = tuple[Any, ...]
IdentityOfCreated = Callable[[CreatedObject, str | None], Identity]
IdentitiesIn = Callable[[Nouns], Iterator[Identity]]


@define
class SnapshotIndex:
    """The objects of a state by identity. A noun of a namespace is indexed at the first lookup."""

    state: State
    _identities: dict[tuple[str, str], frozenset[Identity]] = field(factory=dict, repr=False)
    _altnames: dict[str, dict[str, str]] = field(factory=dict, repr=False)

    def contains(self, created: CreatedObject) -> bool:
        """Return whether the snapshot contains an object.

        Objects of nouns that the snapshot does not cover count as present.
        """
        if created.noun == "netns":
            return created.name in self.state

        netns = created.netns or ""
        nouns: Nouns = self.state.get(netns, {"link": []})
        required_noun = OPTIONAL_NOUNS.get(created.noun, "link")
        is_covered = "link" in nouns and required_noun in nouns
        if created.noun not in IDENTITIES or not is_covered:
            return True

        identity_of_created, identities_in = IDENTITIES[created.noun]
        if (netns, created.noun) not in self._identities:
            self._identities[netns, created.noun] = frozenset(identities_in(nouns))

        identity = identity_of_created(created, self._link_name(created, netns, nouns))
        return identity in self._identities[netns, created.noun]

    def has_same_link(self, other: "SnapshotIndex", netns: str | None, name: str) -> bool:
        """Return whether a name belongs to the same link in both snapshots, by its index.

        The kernel counts indexes up, so a new link never has the index of a link just deleted.
        """
        index = self._ifindex(netns, name)
        return index is not None and index == other._ifindex(netns, name)

    def _ifindex(self, netns: str | None, name: str) -> int | None:
        """Return the index of a link; None if no link has that name."""
        for link in self.state.get(netns or "", {}).get("link", ()):
            if link.get("ifname") == name:
                index: int | None = link.get("ifindex")
                return index
        return None

    def _link_name(self, created: CreatedObject, netns: str, nouns: Nouns) -> str | None:
        """Return the name of the link that an object belongs to, also for an alternative name."""
        if netns not in self._altnames:
            self._altnames[netns] = _link_names_by_altname(nouns)

        dev = _value_of(created, "dev")
        return self._altnames[netns].get(dev or "", dev)


def _link_names_by_altname(nouns: Nouns) -> dict[str, str]:
    """Return the names of links by their alternative names."""
    names = {}
    for link in nouns["link"]:
        for altname in link.get("altnames", ()):
            names[altname] = str(link.get("ifname"))
    return names


def _value_of(created: CreatedObject, keyword: str) -> str | None:
    """Return the argument after a keyword in the command that deletes an object."""
    argv = created.delete_argv
    if keyword not in argv[:-1]:
        return None
    return argv[argv.index(keyword) + 1]


def _links(nouns: Nouns) -> Iterator[Identity]:
    """Yield the identities of links."""
    for link in nouns["link"]:
        yield (link.get("ifname"),)


def _created_by_name(created: CreatedObject, _: str | None) -> Identity:
    """Return the identity of a created link or next hop: its name, or its number."""
    return (created.name,)


def _altnames(nouns: Nouns) -> Iterator[Identity]:
    """Yield the identities of alternative names."""
    for link in nouns["link"]:
        for altname in link.get("altnames", ()):
            yield (altname,)


def _created_altname(created: CreatedObject, _: str | None) -> Identity:
    """Return the identity of a created alternative name."""
    return (created.delete_argv[-1],)


def _addresses(nouns: Nouns) -> Iterator[Identity]:
    """Yield the identities of addresses: link and prefix."""
    for link in nouns.get("address", ()):
        for address in link["addr_info"]:
            prefix = f"{address.get('local')}/{address.get('prefixlen')}"
            yield link.get("ifname"), canonical_address(prefix)


def _created_address(created: CreatedObject, dev: str | None) -> Identity:
    """Return the identity of a created address."""
    return dev, canonical_address(_value_of(created, "local"))


def _routes(nouns: Nouns) -> Iterator[Identity]:
    """Yield the identities of routes, with and without the metric: a command may omit the metric."""
    for route in nouns.get("route", ()):
        destination = canonical_address(route.get("dst"))
        table = str(route.get("table", "main"))
        yield destination, table, str(route.get("metric"))
        yield destination, table, None


def _created_route(created: CreatedObject, _: str | None) -> Identity:
    """Return the identity of a created route."""
    destination = canonical_address(created.delete_argv[4])
    table = _value_of(created, "table") or "main"
    return destination, table, _value_of(created, "metric")


def _neighbours(nouns: Nouns) -> Iterator[Identity]:
    """Yield the identities of neighbours and proxy entries."""
    for neighbour in nouns.get("neigh", ()):
        address = canonical_address(neighbour.get("dst"))
        yield address, neighbour.get("dev"), "proxy" in neighbour


def _created_neighbour(created: CreatedObject, dev: str | None) -> Identity:
    """Return the identity of a created neighbour or proxy entry."""
    address = canonical_address(created.delete_argv[4])
    return address, dev, "proxy" in created.delete_argv


def _fdb_entries(nouns: Nouns) -> Iterator[Identity]:
    """Yield the identities of entries of forwarding tables."""
    for entry in nouns.get("bridge fdb", ()):
        yield entry.get("mac"), entry.get("ifname")


def _created_fdb_entry(created: CreatedObject, dev: str | None) -> Identity:
    """Return the identity of a created entry of a forwarding table."""
    return str(_value_of(created, "to")).lower(), dev


def _nexthops(nouns: Nouns) -> Iterator[Identity]:
    """Yield the identities of next hops."""
    for nexthop in nouns["nexthop"]:
        yield (str(nexthop.get("id")),)


def _qdiscs(nouns: Nouns) -> Iterator[Identity]:
    """Yield the identities of qdiscs: the link, and `root` or the kind of an ingress qdisc."""
    for qdisc in nouns["tc qdisc"]:
        yield qdisc.get("dev"), "root" if qdisc.get("root") else qdisc.get("kind")


def _created_qdisc(created: CreatedObject, dev: str | None) -> Identity:
    """Return the identity of a created qdisc."""
    return dev, created.delete_argv[-1]


# The nouns of created objects that older recordings do not cover, by their noun in a snapshot.
OPTIONAL_NOUNS = {"nexthop": "nexthop", "qdisc": "tc qdisc"}
# For each noun: how to identify a created object, and the objects in a snapshot.
IDENTITIES: dict[str, tuple[IdentityOfCreated, IdentitiesIn]] = {
    "address": (_created_address, _addresses),
    "altname": (_created_altname, _altnames),
    "fdb": (_created_fdb_entry, _fdb_entries),
    "link": (_created_by_name, _links),
    "mdb": (mdb_identity.identity_of_created, mdb_identity.identities_in),
    "neigh": (_created_neighbour, _neighbours),
    "nexthop": (_created_by_name, _nexthops),
    "qdisc": (_created_qdisc, _qdiscs),
    "route": (_created_route, _routes),
}
