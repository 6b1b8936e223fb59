"""What a change makes, drops, renames or moves, told from its words by the verb that would have run it.

The words are read only so far: what names the thing, and where it stands. The verb then says the rest, so that how a
thing is called and taken away is written in one place. What no verb here knows makes nothing that is known.
"""

from collections.abc import Callable, Iterable
from typing import Any

from attrs import evolve

from ipwrap.capture.linkwords import link_add, link_delete, link_property, link_set, tunnel_add, tunnel_delete
from ipwrap.capture.reading import BARE, Asked, after, read, words_of
from ipwrap.capture.spoken import Spoken
from ipwrap.command import Command
from ipwrap.errors import IpwrapError
from ipwrap.ip.address import AddressOptions
from ipwrap.ip.route import RouteOptions
from ipwrap.qdiscs import Clsact, Ingress, Qdisc

__all__ = ["with_things"]

Words = tuple[str, ...]
Teller = Callable[["Asked", Spoken], object]

DEFAULTS = frozenset({"all", "any", "default"})
ROUTE_TYPES = frozenset(
    ("unicast", "local", "broadcast", "multicast", "throw", "unreachable", "prohibit", "blackhole", "anycast")
)


def with_things(command: Command, said: Spoken) -> Command:
    """Return a command with what it makes, drops or becomes, where a verb can tell."""
    tell = TELL.get((said.program, said.object, said.verb))
    asked = Asked(command.netns)
    if tell is None:
        return command
    try:
        tell(asked, said)
    except (IpwrapError, LookupError, TypeError, ValueError):
        return command  # no words that a verb knows: iproute2 will have refused them, or knows more
    told = asked.command
    return command if told is None else evolve(command, makes=told.makes, drops=told.drops, becomes=told.becomes)


def _netns(verb: str) -> Teller:
    """Return what tells of a verb of `ip netns`."""

    def tell(asked: Asked, said: Spoken) -> None:
        if verb == "delete" and said.everywhere:
            asked.ip.netns.delete_all()
        else:
            getattr(asked.ip.netns, verb)(said.rest[0], *map(int, said.rest[1:2]))

    return tell


def _address(verb: str) -> Teller:
    """Return what tells of a verb of `ip address`."""

    def tell(asked: Asked, said: Spoken) -> None:
        valued, bare = words_of(AddressOptions)
        address = read(said.rest, (valued | {"local", "dev", "brd", "remote"}, bare), "local")
        peer = address.get("peer") or address.get("remote")
        getattr(asked.ip.address, verb)(address["local"], address["dev"], **({"peer": peer} if peer else {}))

    return tell


def _route(verb: str) -> Teller:
    """Return what tells of a verb of `ip route`: of several ways, what tells the route from others."""

    def tell(asked: Asked, said: Spoken) -> None:
        words = said.rest[: said.rest.index("nexthop")] if "nexthop" in said.rest else said.rest
        way, words = _gateway(words)
        type_ = {"type": words[0]} if words[0] in ROUTE_TYPES else {}
        valued, bare = words_of(RouteOptions)
        route = read(words[len(type_) :], (valued | {"to", "dev", "oif"}, bare), "to")
        six = any(flag in ("-6", "inet6") for flag in said.flags) and route["to"] in DEFAULTS
        own = {key: _number(route[word]) for word, key in TELLING.items() if word in route}
        flags = {"onlink": True} if "onlink" in route else {}
        getattr(asked.ip.route, verb)("::/0" if six else route["to"], **type_, **way, **own, **flags)

    return tell


TELLING = {
    "dev": "dev",
    "metric": "metric",
    "nhid": "nhid",
    "oif": "dev",
    "preference": "metric",
    "priority": "metric",
    "proto": "proto",
    "protocol": "proto",
    "scope": "scope",
    "src": "src",
    "table": "table",
    "tos": "tos",
    "vrf": "vrf",
}


def _gateway(words: Words) -> tuple[dict[str, Any], Words]:
    """Return the gateway, which may have its family before it, and the other words."""
    if "via" not in words:
        return {}, words
    at = words.index("via")
    if words[at + 1] in ("inet", "inet6"):
        return {"via": (words[at + 1], words[at + 2])}, words[:at] + words[at + 3 :]
    return {"via": words[at + 1]}, words[:at] + words[at + 2 :]


def _number(word: str) -> str | int:
    """Return a number as one: so verbs take it."""
    return int(word) if word.isdecimal() else word


def _rule(verb: str) -> Teller:
    """Return what tells of a verb of `ip rule`: it is deleted by the same words."""

    def tell(asked: Asked, said: Spoken) -> None:
        six = any(":" in word for word in said.rest) or any(flag in ("-6", "inet6") for flag in said.flags)
        words = dict(zip(said.rest[::2], said.rest[1::2], strict=True))
        rule = {RULE_WORDS[word]: _number(value) for word, value in words.items()}
        getattr(asked.ip.rule, verb)(family="inet6" if six else None, **rule)

    return tell


RULE_WORDS = {
    "dev": "iif",
    "dst": "to",
    "from": "from_",
    "fwmark": "fwmark",
    "goto": "goto",
    "iif": "iif",
    "ipproto": "ipproto",
    "lookup": "table",
    "oif": "oif",
    "pref": "priority",
    "preference": "priority",
    "prio": "priority",
    "priority": "priority",
    "src": "from_",
    "table": "table",
    "to": "to",
    "tos": "tos",
    "type": "type",
}


def _neigh(verb: str) -> Teller:
    """Return what tells of a verb of `ip neigh`."""

    def tell(asked: Asked, said: Spoken) -> None:
        proxy = "proxy" in said.rest
        words = tuple(word for word in said.rest if word != "proxy")
        neigh = read(words, (frozenset(("to", "dev", "lladdr", "nud", "protocol")), BARE), "to")
        getattr(asked.ip.neigh, verb)(neigh["to"], neigh["dev"], **({"proxy": True} if proxy else {}))

    return tell


def _nexthop(verb: str) -> Teller:
    """Return what tells of a verb of `ip nexthop`."""

    def tell(asked: Asked, said: Spoken) -> None:
        number, dev = after(said.rest, "id"), after(said.rest, "dev")
        more = {"blackhole": True} if dev is None else {"dev": dev}
        getattr(asked.ip.nexthop, verb)(int(number or 0), **({} if verb == "delete" else more))

    return tell


def _maddress(verb: str) -> Teller:
    """Return what tells of a verb of `ip maddress`."""

    def tell(asked: Asked, said: Spoken) -> None:
        found = read(said.rest, (frozenset(("dev", "address")), BARE), "address")
        getattr(asked.ip.maddress, verb)(found["address"], found["dev"])

    return tell


def _fdb(verb: str) -> Teller:
    """Return what tells of a verb of `bridge fdb`."""

    def tell(asked: Asked, said: Spoken) -> None:
        valued = frozenset(("to", "dev", "dst", "port", "vni", "src_vni", "via", "vlan", "nhid"))
        bare = frozenset(("self", "master", "local", "permanent", "temp", "static", "dynamic", "router", "use"))
        entry = read(said.rest, (valued, bare), "to")
        which: dict[str, Any] = {"dst": entry.get("dst"), "via": entry.get("via")}
        which |= {key: int(entry[key]) for key in ("port", "vni", "src_vni", "vlan") if key in entry}
        which |= {"self_": "self" in entry or None, "master": "master" in entry or None}
        getattr(asked.bridge.fdb, verb)(entry["to"], entry["dev"], **which)

    return tell


def _vlan(verb: str) -> Teller:
    """Return what tells of a verb of `bridge vlan`."""

    def tell(asked: Asked, said: Spoken) -> None:
        vid, dev = after(said.rest, "vid"), after(said.rest, "dev")
        first, dash, last = str(vid).partition("-")
        own = {"self_": True} if "self" in said.rest else {}
        getattr(asked.bridge.vlan, verb)((int(first), int(last)) if dash else int(first), str(dev), **own)

    return tell


def _qdisc(verb: str) -> Teller:
    """Return what tells of a verb of `tc qdisc`, at the root of a link."""

    def tell(asked: Asked, said: Spoken) -> None:
        dev = str(after(said.rest, "dev"))
        place = next(word for word in said.rest if word in ("root", "ingress", "clsact"))
        if verb == "delete":
            asked.tc.qdisc.delete(dev, parent=place)
        else:
            kinds: dict[str, Any] = {"root": Qdisc("pfifo"), "ingress": Ingress(), "clsact": Clsact()}
            getattr(asked.tc.qdisc, verb)(dev, kinds[place])

    return tell


def _each(program: str, noun: str, verbs: Iterable[str], teller: Callable[[str], Teller]) -> dict[Any, Teller]:
    """Return the rows of a noun's verbs."""
    return {(program, noun, verb): teller(verb) for verb in verbs}


TELL: dict[tuple[str, str | None, str | None], Teller] = {
    ("ip", "link", "add"): link_add,
    ("ip", "link", "set"): link_set,
    ("ip", "link", "change"): link_set,
    ("ip", "link", "delete"): link_delete,
    ("ip", "link", "property"): link_property,
    ("ip", "tunnel", "add"): tunnel_add,
    ("ip", "tunnel", "delete"): tunnel_delete,
    ("ip", "tuntap", "add"): tunnel_add,
    ("ip", "tuntap", "delete"): tunnel_delete,
    **_each("ip", "netns", ("add", "attach", "delete"), _netns),
    **_each("ip", "address", ("add", "change", "replace", "delete"), _address),
    **_each("ip", "route", ("add", "replace", "prepend", "append", "delete"), _route),
    **_each("ip", "rule", ("add", "delete"), _rule),
    **_each("ip", "neigh", ("add", "replace", "delete"), _neigh),
    **_each("ip", "nexthop", ("add", "replace", "delete"), _nexthop),
    **_each("ip", "maddress", ("add", "delete"), _maddress),
    **_each("bridge", "fdb", ("add", "append", "replace", "delete"), _fdb),
    **_each("bridge", "vlan", ("add", "delete"), _vlan),
    **_each("tc", "qdisc", ("add", "replace", "delete"), _qdisc),
}
