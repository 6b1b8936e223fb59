"""Whether a thing that a change made is there, by a recorded snapshot."""

import ipaddress
from collections.abc import Callable
from typing import Any

from ipwrap.command import Made
from ipwrap.export import groups

__all__ = ["State", "there"]

State = dict[str, Any]
Nouns = dict[str, list[dict[str, Any]]]


def there(made: Made, state: State) -> bool:
    """Tell whether a thing is in a state; what a snapshot does not tell counts as there."""
    if made.noun == "netns":
        return made.name in state
    nouns = state.get(made.netns or "", {"link": []})
    find = FIND.get(made.noun)
    return find is None or "link" not in nouns or find(made, nouns)


def _link(made: Made, nouns: Nouns) -> bool:
    """Tell whether a link is there."""
    return any(each.get("ifname") == made.name for each in nouns["link"])


def _altname(made: Made, nouns: Nouns) -> bool:
    """Tell whether an alternative name is there."""
    return any(made.undo[-1] in each.get("altnames", ()) for each in nouns["link"])


def _address(made: Made, nouns: Nouns) -> bool:
    """Tell whether an address is there."""
    wanted = _prefix(_after(made, "local"))
    links = (link for link in nouns.get("address", ()) if link.get("ifname") in _names(made, nouns))
    found = (each for link in links for each in link["addr_info"])
    return any(_prefix(f"{each.get('local')}/{each.get('prefixlen')}") == wanted for each in found)


def _route(made: Made, nouns: Nouns) -> bool:
    """Tell whether a route is there."""
    table, metric = _after(made, "table") or "main", _after(made, "metric")
    return any(
        _prefix(each.get("dst")) == _prefix(made.undo[4])
        and str(each.get("table", "main")) == table
        and (metric is None or str(each.get("metric")) == metric)
        for each in nouns.get("route", ())
    )


def _neigh(made: Made, nouns: Nouns) -> bool:
    """Tell whether a neighbour is there."""
    return any(
        _prefix(each.get("dst")) == _prefix(made.undo[4])
        and each.get("dev") in _names(made, nouns)
        and ("proxy" in each) == ("proxy" in made.undo)
        for each in nouns.get("neigh", ())
    )


def _fdb(made: Made, nouns: Nouns) -> bool:
    """Tell whether an entry of a forwarding table is there."""
    mac = str(_after(made, "to")).lower()
    entries = nouns.get("bridge fdb", ())
    return any(each.get("mac") == mac and each.get("ifname") in _names(made, nouns) for each in entries)


def _mdb(made: Made, nouns: Nouns) -> bool:
    """Tell whether a multicast group has a port."""
    return not {groups.asked(made, dev) for dev in _names(made, nouns)}.isdisjoint(groups.found(nouns))


def _after(made: Made, word: str) -> str | None:
    """Return the word after another."""
    return made.undo[made.undo.index(word) + 1] if word in made.undo[:-1] else None


def _names(made: Made, nouns: Nouns) -> set[Any]:
    """Return the names of the link that a thing stands on."""
    dev = _after(made, "dev")
    return {dev, *(each.get("ifname") for each in nouns["link"] if dev in each.get("altnames", ()))}


def _prefix(text: Any) -> str:
    """Return an address or prefix in one spelling."""
    try:
        return str(ipaddress.ip_interface(text))
    except ValueError:
        return str(text)


FIND: dict[str, Callable[[Made, Nouns], bool]] = {
    "address": _address,
    "altname": _altname,
    "fdb": _fdb,
    "link": _link,
    "mdb": _mdb,
    "neigh": _neigh,
    "route": _route,
}
