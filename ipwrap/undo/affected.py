"""What a recorded session may have changed of what was there before: by its commands, and by what follows from them.

A command says which thing it speaks of. Some take more along: a link that goes down loses its routes, one that is
deleted all that stands on it. What no command speaks of, and nothing follows to, is never altered.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from attrs import define, evolve, field, frozen

from ipwrap.cmdline.reader import Call, read_command
from ipwrap.command import IPROUTE2, Command
from ipwrap.recording import State
from ipwrap.undo.state_objects import (
    Marks,
    StateObject,
    identity_keys,
    links_of,
    network,
    prefix,
    table,
)
from ipwrap.undo.to_command import Json, to_text

__all__ = ["ALL", "AffectedObjects", "LinkLocation", "lower"]

LinkLocation = tuple[str, str]  # a namespace, and the name that a link had in it before

ALL = "*"
FAMILY_FLAGS = frozenset({"-4", "-6"})
ADDRESSES = frozenset({"address", "route"})
ON_A_LINK = ADDRESSES | {"bridge fdb", "bridge vlan", "neigh", "nexthop", "tc qdisc"}
PAIRED = frozenset({"netkit", "veth", "vxcan"})
LEAST_MTU_OF_IPV6 = 1280
ENSLAVED = frozenset({"address", "master", "mtu", "port *", "up"})
EXPLICIT = frozenset(
    {"carrier", "port state", "state"}
)  # which the kernel sets, unless a command does
VLANS = frozenset({"vlan_default_pvid", "vlan_filtering", "vlan_protocol"})
NOUNS = {
    "bridge fdb": "bridge fdb",
    "bridge vlan": "bridge vlan",
    "ip address": "address",
    "ip neigh": "neigh",
    "ip nexthop": "nexthop",
    "ip route": "route",
    "ip rule": "rule",
    "tc qdisc": "tc qdisc",
}
NAMES = {
    "bridge fdb": ("mac", "to"),
    "neigh": ("dst", "to"),
    "nexthop": ("id", "id"),
}  # the mark, and the keyword
MAKING = frozenset({"add", "append", "change", "prepend", "replace"})


@frozen
class Pattern:
    """Things that a command may have altered: those of a noun with all these marks."""

    noun: str
    netns: str
    marks: Marks = field(factory=dict)

    def matches(self, thing: StateObject) -> bool:
        """Tell whether a thing is one of them."""
        if not thing.noun.startswith(self.noun) or thing.netns != self.netns:
            return False
        found = identity_keys(thing.noun, thing.data)
        return all(not wanted.isdisjoint(found.get(key, ())) for key, wanted in self.marks.items())


@define
class AffectedObjects:
    """What was touched of the state before. Links are known by the place that they had then.

    ``derived`` are options that the kernel sets anew by itself, once all the rest is as it was. ``made`` are commands
    that made a thing or changed it, ``gone`` the namespaces that were deleted.
    """

    before: State
    links: dict[LinkLocation, set[str]] = field(factory=dict)
    derived: dict[LinkLocation, set[str]] = field(factory=dict)
    patterns: dict[tuple[str, str], dict[Any, Pattern]] = field(factory=dict)
    made: list[Command] = field(factory=list)
    gone: set[str] = field(factory=set)
    _now: dict[LinkLocation, LinkLocation | None] = field(factory=dict)

    def follow(self, command: Command, *, moved: bool) -> None:
        """Enter what a command may have altered; ``moved`` says that a link has the name or place that it gives."""
        if command.argv[0] not in IPROUTE2:
            return
        call = _read(command)
        if call is not None:
            self._add_call(call)
        else:
            self._add_unparsed(command)
        if moved and command.renames is not None:
            becomes = command.renames
            old, new = (command.netns or "", becomes.link), (becomes.netns or "", becomes.name)
            origin = self.origin(*old)
            self._now[old] = None
            self._now[new] = origin

    @property
    def moved(self) -> list[LinkLocation]:
        """The links that got another name, or another place."""
        return [place for place in self._now.values() if place is not None]

    def origin(self, netns: str, name: str) -> LinkLocation | None:
        """Return which link of before bears a name now; None for one that was made since."""
        if (netns, name) in self._now:
            return self._now[netns, name]
        links = links_of(self.before.get(netns, {}))
        if name in links:
            return netns, name
        own = (each for each, link in links.items() if name in link.get("altnames", ()))
        return next(((netns, each) for each in own), None)

    def affects_object(self, thing: StateObject) -> bool:
        """Tell whether a thing may have been altered."""
        noun = thing.noun.partition(" inet6")[0]
        return any(
            each.matches(thing) for each in self.patterns.get((noun, thing.netns), {}).values()
        )

    def affects_link(self, place: LinkLocation, option: str) -> bool:
        """Tell whether an option of a link may have been altered; ``"kind X"`` and ``"port X"`` are of its kind."""
        found = self.links.get(place, ())
        if option in found or option in EXPLICIT:
            return option in found
        return ALL in found or f"{option.partition(' ')[0]} *" in found

    def _add_call(self, call: Call) -> None:
        """Enter what a call of a verb may have altered."""
        netns = call.netns or ""
        if call.path[:2] in (
            ("ip", "link"),
            ("ip", "tuntap"),
            ("ip", "tunnel"),
            ("bridge", "link"),
        ):
            self._add_link(call, netns)
        elif call.path == ("ip", "netns"):
            self._add_netns(call)
        elif (noun := NOUNS.get(" ".join(call.path))) is not None:
            self._add_objects(noun, call, netns)
            if call.verb.name in MAKING:
                self.made += call.to_commands()[-1:]

    def _add_netns(self, call: Call) -> None:
        """Enter that a namespace was deleted, or all of them."""
        if call.verb.name == "delete":
            self.gone.add(str(call.arguments["name"]))
        elif call.verb.name == "delete_all":
            self.gone |= set(self.before) - {""}

    def _add_objects(self, noun: str, call: Call, netns: str) -> None:
        """Enter the things that a command speaks of."""
        said, wanted = call.arguments, _identity_of_call(noun, call.verb.name, call.arguments)
        if "dev" in said:
            origin = self.origin(netns, str(said["dev"]))
            if origin is None:
                return
            netns, wanted["dev"] = origin[0], frozenset({origin[1]})
        if noun == "rule" and call.verb.name in MAKING:
            return
        self._add_pattern(Pattern(noun, netns, wanted))
        if call.verb.name in ("delete", "flush"):
            for more in _dependent_patterns(noun, netns, wanted, said):
                self._add_pattern(more)

    def _add_pattern(self, pattern: Pattern) -> None:
        """Enter a pattern once."""
        found = self.patterns.setdefault((pattern.noun, pattern.netns), {})
        found[tuple(sorted(pattern.marks.items(), key=str))] = pattern

    def _add_link(self, call: Call, netns: str) -> None:
        """Enter what a command may have altered of links."""
        verb, said = call.verb.name, call.arguments
        if verb in ("set_group", "delete_group"):
            for place in self._links_in_group(netns, str(said["group"])):
                self._add_one_link(place, verb.removesuffix("_group"), said, netns)
        elif verb == "add":
            self._derive_from_ports(netns, said.get("master"))
        elif (named := self.origin(netns, str(said.get("dev") or said.get("name")))) is not None:
            self._add_one_link(named, "port" if call.path[0] == "bridge" else verb, said, netns)

    def _links_in_group(self, netns: str, group: str) -> list[LinkLocation]:
        """Return the links that may be in a group."""
        links = {
            name: link.get("group") for name, link in links_of(self.before.get(netns, {})).items()
        }
        in_it = (
            name
            for name, own in links.items()
            if own == group or self.affects_link((netns, name), "group")
        )
        return [(netns, name) for name in in_it]

    def _add_one_link(
        self, place: LinkLocation, verb: str, said: dict[str, Any], netns: str
    ) -> None:
        """Enter what a command may have altered of one link."""
        if verb == "delete" or said.get("netns") is not None:
            self._record_loss(place)
        elif verb.startswith("property"):
            self._mark_options(place, {"altnames"})
        elif verb == "port":
            self._mark_options(place, {f"port {name}" for name in said})
        else:
            self._add_link_set(place, said, netns)

    def _add_link_set(self, place: LinkLocation, said: dict[str, Any], netns: str) -> None:
        """Enter what `ip link set` may have altered."""
        names = {
            name
            for name, value in said.items()
            if value is not None and name not in ("dev", "kind", "name")
        }
        kind = said.get("kind")
        if kind is not None:
            part = "port" if kind.type.endswith("_slave") else "kind"
            own = {row for row in _fields(kind) if getattr(kind, row) is not None}
            names |= {f"{part} {row}" for row in own} or {f"{part} *"}
            if own & VLANS:
                self._mark_port_vlans(place)
        if names & {"master", "nomaster", "vrf"}:
            names |= ENSLAVED
            self._derive_from_ports(netns, said.get("master") or said.get("vrf"))
            self._derive_from_ports(place[0], self._link_before(place).get("master"))
            self._mark_dependents(place, ON_A_LINK)
        self._mark_options(place, names)
        self._side_effects(place, said)

    def _side_effects(self, place: LinkLocation, said: dict[str, Any]) -> None:
        """Enter what follows when a link goes down, or is made so narrow that IPv6 leaves it."""
        if said.get("up") is False:
            self._mark_dependents(place, ON_A_LINK)
        if (
            said.get("name") is not None
        ):  # which renames the labels of addresses, too: inetdev_changename()
            self._mark_dependents(place, ADDRESSES | {"neigh"})
        if {"address", "arp"} & said.keys():
            self._mark_dependents(place, ("neigh",))
        if said.get("mtu") is not None and int(said["mtu"]) < LEAST_MTU_OF_IPV6:
            self._mark_dependents(place, ADDRESSES)
        for upper in self._upper_links(place) if {"mtu", "up"} & said.keys() else ():
            self._mark_options(upper, {"mtu", "up"})
            self._side_effects(upper, said)

    def _record_loss(self, place: LinkLocation) -> None:
        """Enter that a link was deleted, or left its place: with its peer, what stands on it, and its ports."""
        if ALL in self.links.get(place, ()):
            return
        self._mark_options(place, {ALL})
        self._mark_dependents(place, ON_A_LINK)
        link = self._link_before(place)
        self._derive_from_ports(place[0], link.get("master"))
        if (peer := self.peer(place)) is not None:
            self._record_loss(peer)
        for upper in self._upper_links(place):
            self._record_loss(upper)
        for port in self._ports(place):
            self._mark_options(port, set(ENSLAVED))
            self._mark_dependents(port, ON_A_LINK)

    def _derive_from_ports(self, netns: str, master: Any) -> None:
        """Enter that a link got or lost a port, which may change its own address and MTU."""
        place = None if master is None else self.origin(netns, str(master))
        if place is not None:
            self.derived.setdefault(place, set()).update(("address", "mtu"))

    def _mark_port_vlans(self, place: LinkLocation) -> None:
        """Enter the VLANs of a bridge and its ports."""
        for netns, name in (place, *self._ports(place)):
            self._add_pattern(Pattern("bridge vlan", netns, {"dev": frozenset({name})}))

    def _mark_options(self, place: LinkLocation, names: set[str]) -> None:
        """Enter options of a link."""
        self.links.setdefault(place, set()).update(
            "master" if name in ("nomaster", "vrf") else name for name in names
        )

    def _mark_dependents(self, place: LinkLocation, nouns: Iterable[str]) -> None:
        """Enter what stands on a link."""
        for noun in nouns:
            self._add_pattern(Pattern(noun, place[0], {"dev": frozenset({place[1]})}))

    def _link_before(self, place: LinkLocation) -> Json:
        """Return what a link was."""
        return links_of(self.before.get(place[0], {})).get(place[1], {})

    def _ports(self, place: LinkLocation) -> list[LinkLocation]:
        """Return the ports that a link had."""
        links = links_of(self.before.get(place[0], {})).items()
        return [(place[0], name) for name, link in links if link.get("master") == place[1]]

    def _upper_links(self, place: LinkLocation) -> list[LinkLocation]:
        """Return the links that stood on a link: its VLANs, and the like."""
        links = links_of(self.before.get(place[0], {})).items()
        return [(place[0], name) for name, link in links if place[1] in lower(link)]

    def peer(self, place: LinkLocation) -> LinkLocation | None:
        """Return the other end of a pair: in the same namespace, or in the one where the two point to each other."""
        link = self._link_before(place)
        if _kind(link) not in PAIRED:
            return None
        if link.get("link"):
            return place[0], str(link["link"])
        return next(self._possible_peers(place, link), None)

    def _possible_peers(self, place: LinkLocation, link: Json) -> Iterator[LinkLocation]:
        """Yield the links of other namespaces that may be the other end of one."""
        for netns, nouns in self.before.items():
            for name, other in links_of(nouns).items():
                there = (other.get("link_index"), other.get("ifindex"), _kind(other))
                if netns != place[0] and there == (
                    link.get("ifindex"),
                    link.get("link_index"),
                    _kind(link),
                ):
                    yield netns, name

    def _add_unparsed(self, command: Command) -> None:
        """Enter what words may have altered that no verb has: all of the links that are named."""
        netns = command.netns or ""
        for word in command.argv[1:]:
            if (place := self.origin(netns, word)) is not None:
                self._mark_options(place, {ALL})
                self._mark_dependents(place, ON_A_LINK)


def lower(link: Json) -> frozenset[str]:
    """Return the names of the links that one stands on."""
    info = link.get("linkinfo") or {}
    own = set() if info.get("info_kind") in PAIRED else {link.get("link")}
    return frozenset(
        str(each) for each in own | {(info.get("info_data") or {}).get("link")} if each
    )


def _kind(link: Json) -> str | None:
    """Return the kind of a link."""
    kind: str | None = (link.get("linkinfo") or {}).get("info_kind")
    return kind


def _fields(kind: Any) -> Iterator[str]:
    """Yield the names of the options of a kind."""
    return (each.name for each in kind.__attrs_attrs__ if "option" in each.metadata)


def _read(command: Command) -> Call | None:
    """Return a command as a call of a verb; of which family it speaks does not matter here."""
    call = read_command(command)
    if call is None and FAMILY_FLAGS & set(command.argv):
        call = read_command(
            evolve(command, argv=tuple(each for each in command.argv if each not in FAMILY_FLAGS))
        )
    return call if isinstance(call, Call) else None


def _identity_of_call(noun: str, verb: str, said: dict[str, Any]) -> Marks:
    """Return the marks of the things that a command speaks of; a flush says no more than the link and the table."""
    found: dict[str, set[str]] = {}
    if noun == "route" and said.get("table") != "all" and "vrf" not in said:
        found["table"] = {table(said.get("table", "main"))}
    if noun == "rule":
        found = {key: {to_text(value)} for key, value in said.items() if key != "family"}
    if verb == "flush":
        return {key: frozenset(value) for key, value in found.items()}
    if noun == "route":
        found["dst"] = {prefix(said["dst"])}
    if noun == "address":
        found["local"] = {to_text(str(said["local"]).partition("/")[0])}
    if noun == "bridge vlan" and not said.get("pvid"):
        first, last = said["vid"] if isinstance(said["vid"], tuple) else (said["vid"], said["vid"])
        found["vid"] = set(map(str, range(first, last + 1)))
    if noun in NAMES:
        mark, name = NAMES[noun]
        found[mark] = {to_text(said[name]).lower()}
    return {key: frozenset(value) for key, value in found.items()}


def _dependent_patterns(
    noun: str, netns: str, wanted: Marks, said: dict[str, Any]
) -> Iterator[Pattern]:
    """Yield what goes along with what is deleted: with an address those of its network, and routes."""
    dev = {"dev": wanted["dev"]} if "dev" in wanted else {}
    if noun == "address":
        own = {"network": frozenset({network(str(said["local"]))})} if "local" in said else {}
        yield Pattern("address", netns, {**dev, **own})
        yield Pattern("route", netns, dev)
        yield Pattern(
            "neigh", netns, dev
        )  # with the last address the kernel forgets them: inetdev_destroy()
    if noun == "nexthop":
        yield Pattern("route", netns, {"nhid": wanted["id"]} if "id" in wanted else {})
        yield Pattern("nexthop", netns)
