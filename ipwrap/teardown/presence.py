"""Whether a thing that a change made is there, by a recorded snapshot."""

import ipaddress
from collections.abc import Callable, Iterator
from typing import Any

from attrs import define, field

from ipwrap.command import CreatedObject
from ipwrap.recording import State
from ipwrap.teardown import mdb_identity

__all__ = ["SnapshotIndex"]

Nouns = dict[str, list[dict[str, Any]]]
Mark = tuple[Any, ...]


@define
class SnapshotIndex:
    """What a state holds. Each noun of a namespace is looked through once, when the first thing of it is asked for."""

    state: State
    _found: dict[tuple[str, str], frozenset[Mark]] = field(factory=dict, repr=False)
    _owners: dict[str, dict[str, str]] = field(factory=dict, repr=False)

    def contains(self, made: CreatedObject) -> bool:
        """Tell whether a thing is there; what a snapshot does not tell counts as there."""
        if made.noun == "netns":
            return made.name in self.state
        netns = made.netns or ""
        nouns: Nouns = self.state.get(netns, {"link": []})
        if (
            made.noun not in FINDERS
            or "link" not in nouns
            or LATER.get(made.noun, "link") not in nouns
        ):
            return True
        asked, found = FINDERS[made.noun]
        if (netns, made.noun) not in self._found:
            self._found[netns, made.noun] = frozenset(found(nouns))
        return asked(made, self._dev(made, netns, nouns)) in self._found[netns, made.noun]

    def same_link(self, other: "SnapshotIndex", netns: str | None, name: str) -> bool:
        """Tell whether a name is that of the very same link in another state: the kernel gives no number twice."""
        one, two = (each._number(netns, name) for each in (self, other))
        return one is not None and one == two

    def _number(self, netns: str | None, name: str) -> int | None:
        """Return the number of a link; None if there is none of that name."""
        links = self.state.get(netns or "", {}).get("link", ())
        return next((each.get("ifindex") for each in links if each.get("ifname") == name), None)

    def _dev(self, made: CreatedObject, netns: str, nouns: Nouns) -> str | None:
        """Return the own name of the link that a thing stands on."""
        if netns not in self._owners:
            links = ((str(each.get("ifname")), each.get("altnames", ())) for each in nouns["link"])
            self._owners[netns] = {
                altname: name for name, altnames in links for altname in altnames
            }
        dev = _word_after(made, "dev")
        return self._owners[netns].get(dev or "", dev)


def _links(nouns: Nouns) -> Iterator[Mark]:
    """Yield the links."""
    yield from ((each.get("ifname"),) for each in nouns["link"])


def _altnames(nouns: Nouns) -> Iterator[Mark]:
    """Yield the alternative names."""
    yield from ((each,) for link in nouns["link"] for each in link.get("altnames", ()))


def _addresses(nouns: Nouns) -> Iterator[Mark]:
    """Yield the addresses, each with its link."""
    for link in nouns.get("address", ()):
        for each in link["addr_info"]:
            yield link.get("ifname"), _prefix(f"{each.get('local')}/{each.get('prefixlen')}")


def _routes(nouns: Nouns) -> Iterator[Mark]:
    """Yield the routes, each with its metric and, as it may be asked for, without."""
    for each in nouns.get("route", ()):
        where = (_prefix(each.get("dst")), str(each.get("table", "main")))
        yield (*where, str(each.get("metric")))
        yield (*where, None)


def _neighs(nouns: Nouns) -> Iterator[Mark]:
    """Yield the neighbours."""
    yield from (
        (_prefix(each.get("dst")), each.get("dev"), "proxy" in each)
        for each in nouns.get("neigh", ())
    )


def _fdb(nouns: Nouns) -> Iterator[Mark]:
    """Yield the entries of forwarding tables."""
    yield from ((each.get("mac"), each.get("ifname")) for each in nouns.get("bridge fdb", ()))


def _qdiscs(nouns: Nouns) -> Iterator[Mark]:
    """Yield the qdiscs that somebody set, each with its link and its place there."""
    for each in nouns["tc qdisc"]:
        yield each.get("dev"), "root" if each.get("root") else each.get("kind")


def _route(made: CreatedObject, _: str | None) -> Mark:
    """Return a route as it is asked for."""
    return (
        _prefix(made.delete_argv[4]),
        _word_after(made, "table") or "main",
        _word_after(made, "metric"),
    )


def _word_after(made: CreatedObject, word: str) -> str | None:
    """Return the word after another."""
    return (
        made.delete_argv[made.delete_argv.index(word) + 1]
        if word in made.delete_argv[:-1]
        else None
    )


def _prefix(text: Any) -> str:
    """Return an address or prefix in one spelling."""
    try:
        return str(ipaddress.ip_interface(text))
    except ValueError:
        return str(text)


# Nouns that not every snapshot has, by their names there.
LATER = {"nexthop": "nexthop", "qdisc": "tc qdisc"}
# For each noun, by what a thing is asked for, and by what those that are there are found.
FINDERS: dict[
    str, tuple[Callable[[CreatedObject, str | None], Mark], Callable[[Nouns], Iterator[Mark]]]
] = {
    "address": (lambda made, dev: (dev, _prefix(_word_after(made, "local"))), _addresses),
    "altname": (lambda made, _: (made.delete_argv[-1],), _altnames),
    "fdb": (lambda made, dev: (str(_word_after(made, "to")).lower(), dev), _fdb),
    "link": (lambda made, _: (made.name,), _links),
    "mdb": (mdb_identity.asked, mdb_identity.found),
    "neigh": (
        lambda made, dev: (_prefix(made.delete_argv[4]), dev, "proxy" in made.delete_argv),
        _neighs,
    ),
    "nexthop": (
        lambda made, _: (made.name,),
        lambda nouns: ((str(each.get("id")),) for each in nouns["nexthop"]),
    ),
    "qdisc": (lambda made, dev: (dev, made.delete_argv[-1]), _qdiscs),
    "route": (_route, _routes),
}
