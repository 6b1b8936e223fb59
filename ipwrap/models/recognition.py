"""Tell whether objects are those of a noun: `ip -j route | ipwrap parse link` is refused.

Most keys of iproute2 may be missing, and newer releases print new ones, so that nearly every object
could be one of nearly every noun. An object is refused if the key is missing that iproute2 always
prints, if no key is known at all, or if another noun knows all of its keys and this one does not.
"""

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from operator import attrgetter
from typing import Any

from ipwrap.errors import OutputError
from ipwrap.jsonio import reader
from ipwrap.jsonio.escape import escape_controls
from ipwrap.models.base import Json, load
from ipwrap.models.kind_check import CHECKS
from ipwrap.models.nouns import NOUNS

__all__ = ["check_objects"]

# The field that iproute2 sets in every object, by the noun; others have none, or have lists only.
OWN_FIELDS = {
    "address": "ifname",
    "addrlabel": "label",
    "bridge fdb": "mac",
    "bridge link": "ifname",
    "bridge mdb get": "grp",
    "bridge mst": "ifname",
    "bridge vlan": "ifname",
    "bridge vlan global": "ifname",
    "bridge vlan tunnelshow": "ifname",
    "bridge vni": "ifname",
    "fou": "port",
    "ila": "locator_match",
    "ioam namespace": "namespace",
    "ioam schema": "schema",
    "l2tp session": "session_id",
    "l2tp tunnel": "peer_tunnel",
    "link": "ifname",
    "link afstats": "ifname",
    "link xstats": "ifname",
    "macsec": "ifname",
    "maddress": "ifname",
    "mptcp endpoint": "address",
    "mptcp limits": "subflows",
    "mroute": "src",
    "neigh": "dst",
    "netconf": "interface",
    "netns": "name",
    "netns identify": "name",
    "netns list-id": "nsid",
    "netns pids": "pid",
    "nexthop": "id",
    "nexthop bucket": "id",
    "ntable": "family",
    "route": "dst",
    "rule": "priority",
    "sr tunsrc": "tunsrc",
    "stats": "ifname",
    "tc chain": "chain",
    "tc class": "class_",
    "tc filter": "kind",
    "tc qdisc": "kind",
    "tcp_metrics": "dst",
    "token": "token",
    "tunnel": "remote",
    "tuntap": "ifname",
    "vrf": "name",
}
# The lists (or keys) of which iproute2 prints at least one in every object, though it may be empty.
OWN_LISTS = {
    "address": ("addr_info",),
    # A port of 4.17 to 5.4 has VLANs as well: this tells it from an object of `bridge vlan`.
    "bridge link": ("flags", "ifindex", "master", "mtu", "state", "cost"),
    "bridge mst": ("mst",),
    "bridge vlan": ("vlans", "tunnels"),
    "bridge vlan global": ("vlans",),
    "bridge vlan tunnelshow": ("vlans", "tunnels"),
    "bridge vni": ("vnis",),
    "maddress": ("maddr",),
}
SHOWN_CHARACTERS = 60  # of an object, in an error message
MOST_KEYS = 5  # in an error message
EXTRA = attrgetter("extra")
MOST_COMPARED = 20  # objects with unknown keys that are compared with the other nouns


def check_objects(noun: str, models: Sequence[Any], *, text: str) -> None:
    """Raise `OutputError` if an object is none of a noun, with the noun that fits better.

    The same for a link or qdisc whose kind cannot be read.

    ``text`` is the JSON of the models: it is read again only if an object looks suspicious.
    """
    if noun in CHECKS:
        CHECKS[noun](models)

    compared: set[frozenset[str]] = set()
    objects: list[Json] | None = None

    for position in _find_suspicious(noun, models):
        model = models[position]
        keys = frozenset(model.extra)
        if keys and keys in compared:
            continue

        objects = _read_objects(text, len(models)) if objects is None else objects
        if not objects:
            return
        if len(compared) < MOST_COMPARED:
            compared.add(keys)
            _check_object(noun, objects[position], model=model, path=f"$[{position}]")


def _find_suspicious(noun: str, models: Sequence[Any]) -> list[int]:
    """Return the positions of the models with unknown keys, or without what every object has."""
    own, lists = OWN_FIELDS.get(noun, ""), OWN_LISTS.get(noun, ())
    suspicious = {position for position, extra in enumerate(map(EXTRA, models)) if extra}

    # Nearly every text has none: `map` tells it in a tenth of the time of a loop.
    if own and not all(map(attrgetter(own), models)):
        suspicious |= {position for position, model in enumerate(models) if not getattr(model, own)}
    if lists and not all(map(attrgetter(lists[0]), models)):
        values_of = attrgetter(*lists, lists[0])
        suspicious |= {
            position for position, model in enumerate(models) if not any(values_of(model))
        }

    return sorted(suspicious)


def _read_objects(text: str, count: int) -> list[Json]:
    """Return the objects of a text; none for a text that is no JSON, as of old releases."""
    try:
        objects = reader.check_objects(reader.decode(text))
    except OutputError:
        return []
    return objects if len(objects) == count else []


def _check_object(noun: str, data: Json, *, model: Any, path: str) -> None:
    """Raise `OutputError` if an object is none of a noun."""
    own = OWN_FIELDS.get(noun, "").rstrip("_")
    lists = OWN_LISTS.get(noun, ())
    others = sorted(_other_nouns(noun, data), key=lambda pair: pair[1])

    reason = ""
    if own and own not in data:
        reason = f"it has no {own!r}"
    elif lists and not any(name in data for name in lists):
        reason = f"it has no {lists[0]!r}"
    elif model.extra.keys() == data.keys():
        reason = f"none of its keys is known: {_list(data)}"
    elif model.extra and others and not others[0][1]:
        reason = f"these keys are not known: {_list(model.extra)}"
    if not reason:
        return

    excerpt = repr(reader.encode(data)[:SHOWN_CHARACTERS])
    hint = f"; it looks like an object of {others[0][0]!r}" if others else ""
    raise OutputError(
        f"this is no object of {noun!r}: {reason} - at `{path}`; there it reads {excerpt}{hint}"
    )


def _other_nouns(noun: str, data: Json) -> Iterator[tuple[str, int]]:
    """Yield the nouns that an object may be of, each with the number of keys that it lacks."""
    for name in NOUNS:
        own, lists = OWN_FIELDS.get(name, "").rstrip("_"), OWN_LISTS.get(name, ())
        if NOUNS[name] is NOUNS[noun] or (own and own not in data):
            continue
        if lists and not any(key in data for key in lists):
            continue
        with contextlib.suppress(OutputError):
            model: Any = load(NOUNS[name], [data])[0]
            if model.extra.keys() != data.keys():
                yield name, len(model.extra)


def _list(keys: Iterable[str]) -> str:
    """Return the first keys of an object as text, without control characters."""
    return escape_controls(", ".join(sorted(keys)[:MOST_KEYS]))
