"""`SnapshotIndex`: whether a snapshot contains a created object."""

from collections.abc import Callable, Iterator
from typing import Any

from attrs import define, field

from ipwrap.command import CreatedObject
from ipwrap.options.canonical import canonical_address
from ipwrap.recording import State
from ipwrap.teardown import mdb_identity

__all__ = ["IDENTITIES", "SnapshotIndex", "value_of"]

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

        Objects of a noun without a snapshot count as present.
        """
        if created.noun == "netns":
            return created.name in self.state

        noun = created.noun
        netns = created.netns or ""
        # A namespace without an entry did not exist, and had no objects.
        nouns: Nouns = self.state.get(netns, {"link": []})

        required_noun = OPTIONAL_NOUNS.get(noun, "link")
        is_covered = "link" in nouns and required_noun in nouns
        if noun not in IDENTITIES or not is_covered:
            return True

        identity_of_created, _ = IDENTITIES[noun]
        link_name = self._link_name(created, netns, nouns=nouns)
        identity = identity_of_created(created, link_name)
        return identity in self._identities_of(netns, noun, nouns=nouns)

    def _identities_of(self, netns: str, noun: str, *, nouns: Nouns) -> frozenset[Identity]:
        """Return the identities of a noun's objects in a namespace, computed once."""
        key = (netns, noun)
        if key not in self._identities:
            _, identities_in = IDENTITIES[noun]
            self._identities[key] = frozenset(identities_in(nouns))
        return self._identities[key]

    def has_same_link(self, other: "SnapshotIndex", netns: str | None, *, name: str) -> bool:
        """Return whether a name belongs to the same link in both snapshots, by index.

        The kernel counts indexes up: a new link never has the index of a link just deleted.
        """
        index = self._ifindex(netns, name)
        if index is None:
            return False

        other_index = other._ifindex(netns, name)
        return index == other_index

    def _ifindex(self, netns: str | None, name: str) -> int | None:
        """Return the index of a link; None for an unknown name."""
        for link in self.state.get(netns or "", {}).get("link", ()):
            if link.get("ifname") == name:
                index: int | None = link.get("ifindex")
                return index
        return None

    def _link_name(self, created: CreatedObject, netns: str, *, nouns: Nouns) -> str | None:
        """Return the name of an object's link, also for an alternative name."""
        if netns not in self._altnames:
            self._altnames[netns] = _link_names_by_altname(nouns)

        link_names = self._altnames[netns]
        dev = value_of(created.delete_argv, "dev")
        return link_names.get(dev or "", dev)


def _link_names_by_altname(nouns: Nouns) -> dict[str, str]:
    """Return the names of links by their alternative names."""
    names = {}
    for link in nouns["link"]:
        for altname in link.get("altnames", ()):
            names[altname] = str(link.get("ifname"))
    return names


def value_of(argv: tuple[str, ...], keyword: str) -> str | None:
    """Return the argument after a keyword; None without the keyword."""
    if keyword not in argv[:-1]:
        return None

    position = argv.index(keyword)
    return argv[position + 1]


def _links(nouns: Nouns) -> Iterator[Identity]:
    """Yield the identities of links."""
    for link in nouns["link"]:
        yield (link.get("ifname"),)


def _created_by_name(created: CreatedObject, _: str | None) -> Identity:
    """Return the identity of a created link or next hop: the name or number."""
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
            local = address.get("local")
            length = address.get("prefixlen")
            yield link.get("ifname"), canonical_address(f"{local}/{length}")


def _created_address(created: CreatedObject, dev: str | None) -> Identity:
    """Return the identity of a created address."""
    return dev, canonical_address(value_of(created.delete_argv, "local"))


def _routes(nouns: Nouns) -> Iterator[Identity]:
    """Yield the identities of routes, with and without the metric."""
    for route in nouns.get("route", ()):
        destination = canonical_address(route.get("dst"))
        table = str(route.get("table", "main"))
        metric = str(route.get("metric"))
        yield destination, table, metric
        # A command may omit the metric: the kernel assigns one to an IPv6 route.
        yield destination, table, None


def _created_route(created: CreatedObject, _: str | None) -> Identity:
    """Return the identity of a created route."""
    # The argv is `ip route delete to DESTINATION …`.
    argv = created.delete_argv
    destination = canonical_address(argv[4])
    table = value_of(argv, "table") or "main"
    metric = value_of(argv, "metric")
    return destination, table, metric


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
        mac = entry.get("mac")
        yield mac, entry.get("ifname")


def _created_fdb_entry(created: CreatedObject, dev: str | None) -> Identity:
    """Return the identity of a created entry of a forwarding table."""
    # `bridge fdb show` prints lower case: ll_addr_n2a() in lib/ll_addr.c.
    mac = str(value_of(created.delete_argv, "to"))
    return mac.lower(), dev


def _nexthops(nouns: Nouns) -> Iterator[Identity]:
    """Yield the identities of next hops."""
    for nexthop in nouns["nexthop"]:
        yield (str(nexthop.get("id")),)


def _qdiscs(nouns: Nouns) -> Iterator[Identity]:
    """Yield the identities of qdiscs: the link, and `root` or the kind of an ingress qdisc."""
    for qdisc in nouns["tc qdisc"]:
        # A root qdisc is deleted by `root`, the others by their kind: `clsact`, `ingress`.
        place = "root" if qdisc.get("root") else qdisc.get("kind")
        yield qdisc.get("dev"), place


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
