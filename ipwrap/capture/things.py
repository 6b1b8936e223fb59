"""What a change makes, drops, renames or moves, told from its words by the verb that would have run it.

The words are read only so far: what names the thing, and where it stands. The verb then says the rest, so that how a
thing is called and taken away is written in one place. What no verb here knows makes nothing that is known.
"""

from collections.abc import Callable, Iterable
from typing import Any

from attrs import define, evolve, field

from ipwrap.bridge import BridgeProgram
from ipwrap.capture.spoken import Spoken
from ipwrap.codecs import Flag
from ipwrap.command import Command
from ipwrap.errors import IpwrapError
from ipwrap.ip import Ip
from ipwrap.ip.address import AddressOptions
from ipwrap.ip.route import RouteOptions
from ipwrap.kinds.base import Kind
from ipwrap.kinds.linkopts import LinkOptions
from ipwrap.kinds.veth import Veth
from ipwrap.kinds.vxlan import Vxlan
from ipwrap.option import table
from ipwrap.qdiscs import Clsact, Ingress, Qdisc
from ipwrap.result import Result
from ipwrap.tc import TcProgram

__all__ = ["with_things"]

Words = tuple[str, ...]
Teller = Callable[["_Asked", Spoken], object]

FIRST_NETNS = "/proc/1/ns/net"
DEFAULTS = frozenset({"all", "any", "default"})
PAIRS = frozenset({"netkit", "veth", "vxcan"})
ON_A_LINK = frozenset({"amt", "vxlan"})  # kinds whose `dev` they cannot outlive
BARE = frozenset({"up", "down", "nomaster", "noprefixroute", "onlink", "proxy", "router", "self", "tentative"})
ROUTE_TYPES = frozenset(
    ("unicast", "local", "broadcast", "multicast", "throw", "unreachable", "prohibit", "blackhole", "anycast")
)


def _words_of(options: type) -> tuple[frozenset[str], frozenset[str]]:
    """Return the keywords of a table that have a value, and those that have none."""
    bare = {row.word for row in table(options) if row.word and isinstance(row.codec, Flag)} | BARE
    return frozenset(row.word for row in table(options) if row.word) - bare, frozenset(bare)


@define
class _Asked:
    """A runner that runs nothing, and keeps what it was asked for last."""

    netns: str | None
    command: Command | None = field(default=None)

    def run(self, command: Command, *, check: bool = True) -> Result:  # noqa: ARG002 - as every runner has it
        """Keep the command; nothing comes of it."""
        self.command = command
        return Result(command)

    @property
    def ip(self) -> Ip:
        """The verbs of `ip`."""
        return Ip(self, self.netns)

    @property
    def bridge(self) -> BridgeProgram:
        """The verbs of `bridge`."""
        return BridgeProgram(self, self.netns)

    @property
    def tc(self) -> TcProgram:
        """The verbs of `tc`."""
        return TcProgram(self, self.netns)


def with_things(command: Command, said: Spoken) -> Command:
    """Return a command with what it makes, drops or becomes, where a verb can tell."""
    tell = TELL.get((said.program, said.object, said.verb))
    asked = _Asked(command.netns)
    if tell is None:
        return command
    try:
        tell(asked, said)
    except (IpwrapError, LookupError, TypeError, ValueError):
        return command  # no words that a verb knows: iproute2 will have refused them, or knows more
    told = asked.command
    return command if told is None else evolve(command, makes=told.makes, drops=told.drops, becomes=told.becomes)


def _read(words: Words, known: tuple[frozenset[str], frozenset[str]], *names: str) -> dict[str, str]:
    """Return the values of the keywords; the first word that is none is the value of ``names[0]``, and so on."""
    valued, bare = known
    said: dict[str, str] = {}
    rest, free = list(words), list(names)
    while rest:
        word = rest.pop(0)
        if word in bare:
            said[word] = word
        elif word in valued and rest:
            said[word] = rest.pop(0)
        elif free and free[0] not in said:
            said[free.pop(0)] = word
    return said


def _link(words: Words) -> tuple[dict[str, str], Words]:
    """Return what is said of a link, by keyword, and the words from `type` on."""
    at = next((place for place, word in enumerate(words) if word in ("type", "ty", "typ", "t")), len(words))
    valued, bare = _words_of(LinkOptions)
    said = _read(words[:at], (valued | {"name", "dev", "brd", "addr", "a"}, bare), "bare")
    return said, words[at + 1 :]


def _place(netns: str | None) -> str | None:
    """Return the namespace that is meant: process 1 is in the first one."""
    return FIRST_NETNS if netns == "1" else netns


def _link_add(asked: _Asked, said: Spoken) -> None:
    """`ip link add …`."""
    link, typed = _link(said.rest)
    options = {"link": link.get("link"), "netns": _place(link.get("netns")), "link_netns": link.get("link-netns")}
    name = link.get("name") or link.get("dev") or link["bare"]
    asked.ip.link.add(name, _kind(typed), **{key: each for key, each in options.items() if each})  # type: ignore[arg-type]


def _kind(typed: Words) -> Any:
    """Return a kind that stands on the same link, or has the same other end."""
    name, words = typed[0], typed[1:]
    if name in PAIRS and "peer" in words:
        peer, _ = _link(words[words.index("peer") + 1 :])
        return Veth(peer=peer.get("name") or peer.get("dev") or peer.get("bare"), peer_netns=_place(peer.get("netns")))
    if name in ON_A_LINK and "dev" in words:
        return Vxlan(dev=words[words.index("dev") + 1])
    return Kind(name)


def _link_set(asked: _Asked, said: Spoken) -> None:
    """`ip link set …`, if it renames or moves."""
    link, _ = _link(said.rest)
    if "name" in link or "netns" in link:
        netns = {"netns": _place(link["netns"])} if "netns" in link else {}
        asked.ip.link.set(link.get("dev") or link["bare"], name=link.get("name"), **netns)  # type: ignore[arg-type]


def _link_delete(asked: _Asked, said: Spoken) -> None:
    """`ip link delete …`."""
    link, _ = _link(said.rest)
    asked.ip.link.delete(link.get("dev") or link.get("name") or link["bare"])


def _link_property(asked: _Asked, said: Spoken) -> None:
    """`ip link property add …` and `… del …`."""
    dev = said.rest[said.rest.index("dev") + 1]
    names = said.rest[said.rest.index("altname") + 1 :]
    verb = asked.ip.link.property_add if "add".startswith(said.rest[0]) else asked.ip.link.property_del
    verb(dev, *(name for name in names if name != "altname"))


def _netns(verb: str) -> Teller:
    """Return what tells of a verb of `ip netns`."""

    def tell(asked: _Asked, said: Spoken) -> None:
        if verb == "delete" and said.everywhere:
            asked.ip.netns.delete_all()
        else:
            getattr(asked.ip.netns, verb)(said.rest[0], *map(int, said.rest[1:2]))

    return tell


def _address(verb: str) -> Teller:
    """Return what tells of a verb of `ip address`."""

    def tell(asked: _Asked, said: Spoken) -> None:
        valued, bare = _words_of(AddressOptions)
        address = _read(said.rest, (valued | {"local", "dev", "brd", "remote"}, bare), "local")
        peer = address.get("peer") or address.get("remote")
        getattr(asked.ip.address, verb)(address["local"], address["dev"], **({"peer": peer} if peer else {}))

    return tell


def _route(verb: str) -> Teller:
    """Return what tells of a verb of `ip route`: of several ways, what tells the route from others."""

    def tell(asked: _Asked, said: Spoken) -> None:
        words = said.rest[: said.rest.index("nexthop")] if "nexthop" in said.rest else said.rest
        way, words = _gateway(words)
        type_ = {"type": words[0]} if words[0] in ROUTE_TYPES else {}
        valued, bare = _words_of(RouteOptions)
        route = _read(words[len(type_) :], (valued | {"to", "dev", "oif"}, bare), "to")
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

    def tell(asked: _Asked, said: Spoken) -> None:
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

    def tell(asked: _Asked, said: Spoken) -> None:
        proxy = "proxy" in said.rest
        words = tuple(word for word in said.rest if word != "proxy")
        neigh = _read(words, (frozenset(("to", "dev", "lladdr", "nud", "protocol")), BARE), "to")
        getattr(asked.ip.neigh, verb)(neigh["to"], neigh["dev"], **({"proxy": True} if proxy else {}))

    return tell


def _nexthop(verb: str) -> Teller:
    """Return what tells of a verb of `ip nexthop`."""

    def tell(asked: _Asked, said: Spoken) -> None:
        number, dev = _after(said.rest, "id"), _after(said.rest, "dev")
        more = {"blackhole": True} if dev is None else {"dev": dev}
        getattr(asked.ip.nexthop, verb)(int(number or 0), **({} if verb == "delete" else more))

    return tell


def _maddress(verb: str) -> Teller:
    """Return what tells of a verb of `ip maddress`."""

    def tell(asked: _Asked, said: Spoken) -> None:
        found = _read(said.rest, (frozenset(("dev", "address")), BARE), "address")
        getattr(asked.ip.maddress, verb)(found["address"], found["dev"])

    return tell


def _tunnel(asked: _Asked, said: Spoken) -> None:
    """`ip tunnel add …` and `ip tuntap add …`: a link."""
    named = _after(said.rest, "name") or _after(said.rest, "dev")
    asked.ip.link.add(named or said.rest[0], Kind("tun"))


def _tunnel_delete(asked: _Asked, said: Spoken) -> None:
    """`ip tunnel delete …` and `ip tuntap delete …`."""
    asked.ip.link.delete(_after(said.rest, "name") or _after(said.rest, "dev") or said.rest[0])


def _fdb(verb: str) -> Teller:
    """Return what tells of a verb of `bridge fdb`."""

    def tell(asked: _Asked, said: Spoken) -> None:
        valued = frozenset(("to", "dev", "dst", "port", "vni", "src_vni", "via", "vlan", "nhid"))
        bare = frozenset(("self", "master", "local", "permanent", "temp", "static", "dynamic", "router", "use"))
        entry = _read(said.rest, (valued, bare), "to")
        which: dict[str, Any] = {"dst": entry.get("dst"), "via": entry.get("via")}
        which |= {key: int(entry[key]) for key in ("port", "vni", "src_vni", "vlan") if key in entry}
        which |= {"self_": "self" in entry or None, "master": "master" in entry or None}
        getattr(asked.bridge.fdb, verb)(entry["to"], entry["dev"], **which)

    return tell


def _vlan(verb: str) -> Teller:
    """Return what tells of a verb of `bridge vlan`."""

    def tell(asked: _Asked, said: Spoken) -> None:
        vid, dev = _after(said.rest, "vid"), _after(said.rest, "dev")
        first, dash, last = str(vid).partition("-")
        own = {"self_": True} if "self" in said.rest else {}
        getattr(asked.bridge.vlan, verb)((int(first), int(last)) if dash else int(first), str(dev), **own)

    return tell


def _qdisc(verb: str) -> Teller:
    """Return what tells of a verb of `tc qdisc`, at the root of a link."""

    def tell(asked: _Asked, said: Spoken) -> None:
        dev = str(_after(said.rest, "dev"))
        place = next(word for word in said.rest if word in ("root", "ingress", "clsact"))
        if verb == "delete":
            asked.tc.qdisc.delete(dev, parent=place)
        else:
            kinds: dict[str, Any] = {"root": Qdisc("pfifo"), "ingress": Ingress(), "clsact": Clsact()}
            getattr(asked.tc.qdisc, verb)(dev, kinds[place])

    return tell


def _after(words: Words, word: str) -> str | None:
    """Return the word after another."""
    return words[words.index(word) + 1] if word in words[:-1] else None


def _each(program: str, noun: str, verbs: Iterable[str], teller: Callable[[str], Teller]) -> dict[Any, Teller]:
    """Return the rows of a noun's verbs."""
    return {(program, noun, verb): teller(verb) for verb in verbs}


TELL: dict[tuple[str, str | None, str | None], Teller] = {
    ("ip", "link", "add"): _link_add,
    ("ip", "link", "set"): _link_set,
    ("ip", "link", "change"): _link_set,
    ("ip", "link", "delete"): _link_delete,
    ("ip", "link", "property"): _link_property,
    ("ip", "tunnel", "add"): _tunnel,
    ("ip", "tunnel", "delete"): _tunnel_delete,
    ("ip", "tuntap", "add"): _tunnel,
    ("ip", "tuntap", "delete"): _tunnel_delete,
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
