"""A state as the topology of a lab: the commands that build it, read as nodes and links.

Each command of the plan is one that a lab runs as well, and is in the topology, or it is none, and
a note says so: nothing is left out without a word.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import count
from typing import Any

from attrs import define, evolve, field, frozen

from ipwrap.apply.saving import build_commands
from ipwrap.cmdline.reader import Call, read_command
from ipwrap.command import Command
from ipwrap.errors import InvalidArgument
from ipwrap.jsonio.escape import escape_controls
from ipwrap.kinds.bridge import Bridge
from ipwrap.kinds.veth import Veth
from ipwrap.lab.formats import checks, write_lab
from ipwrap.lab.names import BRIDGE, RESERVED
from ipwrap.lab.parts import ROUTER_SYSCTLS
from ipwrap.lab.topology import LinkSpec, NodeSpec, PortSpec, Topology
from ipwrap.qdiscs.netem import Netem
from ipwrap.recording import State

__all__ = ["SavedLab", "lab_of_state", "save_lab"]

End = tuple[str, str]  # a namespace, and a link in it
SYSCTL = ("sysctl", "-w")


@frozen
class SavedLab:
    """The topology of a state, and a line for each part that no lab has."""

    topology: Topology
    notes: tuple[str, ...]


@define
class Pair:
    """A veth pair: its ends, and what its command says of each."""

    ends: tuple[End, End]
    options: tuple[dict[str, Any], dict[str, Any]]

    @property
    def mtus(self) -> list[int | None]:
        """The MTU of each end; None is that of a new link."""
        return [options.get("mtu") for options in self.options]


def lab_of_state(
    state: State,
    *,
    netns: Iterable[str] = (),
    name: str = "lab",
    hostnames: Mapping[str, str] | None = None,
) -> SavedLab:
    """Return the topology of a state, as far as it is that of a lab.

    Namespaces are nodes; one with a bridge whose ports are all of its links to others is a switch,
    one that forwards a router. Pairs of veths are links, with addresses, MTU and netem. Addresses
    of `lo`, routes that are not the kernel's own, and sysctls are those of nodes. The namespace of
    the place is a node where a pair leads to it. MAC addresses are left to the kernel. ``netns``
    are patterns of namespaces, all by default; ``name`` is that of the lab, ``hostnames``
    are those of namespaces, which no state has.
    """
    saved = build_commands(state, netns=netns)
    reader = StateReader(hostnames or {})
    reader.read(saved.commands)

    notes = [note.replace("in this script", "in this file") for note in saved.notes]
    return SavedLab(evolve(reader.topology(), name=name), (*notes, *reader.notes()))


def save_lab(saved: SavedLab) -> str:
    """Return a saved lab as a file, TOML: `read_lab` reads it. Comments at its top are the notes.

    Raises `InvalidArgument` for a name that no file can have.
    """
    comments = "".join(f"# {escape_controls(note)}\n" for note in saved.notes)
    return comments + ("\n" if comments else "") + write_lab(saved.topology)


@define
class StateReader:
    """Reads the commands that build a state, each into what it is of a lab."""

    hostnames: Mapping[str, str] = field(factory=dict)
    names: dict[str, str] = field(factory=dict)  # of nodes, by namespace
    pairs: list[Pair] = field(factory=list)
    bridges: dict[str, str] = field(factory=dict)  # of switches, by namespace
    masters: dict[End, str] = field(factory=dict)
    links_up: set[End] = field(factory=set)
    addresses: dict[End, list[str]] = field(factory=dict)
    routes: dict[str, list[str]] = field(factory=dict)
    sysctls: dict[str, dict[str, str]] = field(factory=dict)
    netems: dict[End, Netem] = field(factory=dict)
    left: list[Command] = field(factory=list)

    def read(self, commands: Iterable[Command]) -> None:
        """Read commands: links first, since all else is about them."""
        calls = [(command, read_command(command)) for command in commands]
        self._find_nodes(call for _, call in calls if isinstance(call, Call))
        self._find_switches([call for _, call in calls if isinstance(call, Call)])

        for command, call in calls:
            if not self._read_sysctl(command) and not self._read_call(command, call):
                self.left.append(command)

    def _find_nodes(self, calls: Iterable[Call]) -> None:
        """Find the namespaces, and the pairs between them."""
        for call in calls:
            if _is(call, "netns add") and _is_valid(call.arguments["name"]):
                name = call.arguments["name"]
                self.names[name] = name
            elif (pair := _pair_of(call)) is not None:
                self.pairs.append(pair)

        # The namespace of the place has no name: a lab of it has one.
        if any(netns == "" for pair in self.pairs for netns, _ in pair.ends):
            free = (f"host{number or ''}" for number in count())
            self.names[""] = next(name for name in free if name not in self.names)
        self.pairs = [pair for pair in self.pairs if self._is_link(pair)]

    def _is_link(self, pair: Pair) -> bool:
        """Return whether a lab may have a pair as a link."""
        return all(netns in self.names and link not in RESERVED for netns, link in pair.ends)

    def _find_switches(self, calls: list[Call]) -> None:
        """Find the namespaces with one bridge, whose ports are the links to other nodes."""
        bridges: dict[str, list[Call]] = {}
        for call in calls:
            if _is(call, "link add") and isinstance(call.arguments.get("kind"), Bridge):
                bridges.setdefault(call.netns or "", []).append(call)
            elif _is(call, "link set") and call.arguments.get("master"):
                end = (call.netns or "", call.arguments["dev"])
                self.masters[end] = str(call.arguments["master"])

        for netns, own in bridges.items():
            ends = [end for pair in self.pairs for end in pair.ends if end[0] == netns]
            masters = {self.masters.get(end) for end in ends}
            if len(own) == 1 and masters == {own[0].arguments["name"]}:
                self.bridges[netns] = own[0].arguments["name"]

    def _read_sysctl(self, command: Command) -> bool:
        """Return whether a command writes a sysctl of a node, which is noted."""
        if command.argv[:2] != SYSCTL or (command.netns or "") not in self.names:
            return False
        for word in command.argv[2:]:
            key, _, value = word.partition("=")
            self.sysctls.setdefault(command.netns or "", {})[key] = value
        return True

    def _read_call(self, command: Command, call: object) -> bool:
        """Return whether a command is one of a lab, whose values are noted."""
        if not isinstance(call, Call):
            return False
        read = READERS.get((call.path[-1], call.verb.name))
        return read is not None and read(self, call, command)

    def _read_netns(self, call: Call, _command: Command) -> bool:
        """Read `ip netns add`."""
        return call.arguments["name"] in self.names

    def _read_link_add(self, call: Call, _command: Command) -> bool:
        """Read `ip link add` of a pair, or of a switch's bridge without options."""
        if isinstance(call.arguments.get("kind"), Bridge):
            is_plain = bool(call.arguments["kind"] == Bridge())
            return is_plain and self.bridges.get(call.netns or "") == call.arguments["name"]

        pair = _pair_of(call)
        return pair is not None and self._is_link(pair)

    def _read_link_set(self, call: Call, _command: Command) -> bool:
        """Read `ip link set` of what every lab sets: up, and the bridge of a switch's ports."""
        netns, dev = end = (call.netns or "", call.arguments["dev"])
        values = {key: value for key, value in call.arguments.items() if key != "dev"}
        if values == {"up": True}:
            self.links_up.add(end)
            return dev == "lo" or self._has_link(end)
        return self._has_link(end) and values == {"master": self.bridges.get(netns)}

    def _has_link(self, end: End) -> bool:
        """Return whether a link is one of the lab."""
        netns, dev = end
        is_own = dev == "lo" or self.bridges.get(netns) == dev
        return netns in self.names and (is_own or any(end in pair.ends for pair in self.pairs))

    def _read_address(self, call: Call, _command: Command) -> bool:
        """Read `ip address add`; of a switch, its bridge's, of a node, those of `lo`."""
        netns, dev = end = (call.netns or "", call.arguments["dev"])
        local = str(call.arguments["local"])
        # The kernel has made it of a MAC address, and makes another one.
        if local.startswith("fe80:") and "ff:fe" in local:
            return True
        if not self._has_link(end) or not call.arguments.keys() <= {"local", "dev", "nodad"}:
            return False
        if dev == "lo" and netns in self.bridges:
            return False

        self.addresses.setdefault(end, []).append(local)
        return True

    def _read_route(self, call: Call, command: Command) -> bool:
        """Read `ip route add`: its words, as a file has them."""
        netns, dev = call.netns or "", call.arguments.get("dev")
        if netns not in self.names or (dev is not None and not self._has_link((netns, dev))):
            return False

        words = list(command.argv[command.argv.index("add") + 1 :])
        if words[:1] == ["to"]:
            del words[0]
        if dev is not None and self.bridges.get(netns) == dev:
            words[words.index("dev") + 1] = BRIDGE
        line = " ".join(words)
        try:
            checks.check_route(line)
        except InvalidArgument:
            return False
        self.routes.setdefault(netns, []).append(line)
        return True

    def _read_qdisc(self, call: Call, _command: Command) -> bool:
        """Read `tc qdisc add` of a netem at the root of a link between nodes."""
        end = (call.netns or "", call.arguments["dev"])
        kind = call.arguments.get("kind")
        is_root = call.arguments.get("parent") in (None, "root")
        if not isinstance(kind, Netem) or not is_root:
            return False
        if not any(end in pair.ends for pair in self.pairs):
            return False
        self.netems[end] = kind
        return True

    def topology(self) -> Topology:
        """Return what has been read."""
        return Topology(
            nodes=tuple(self._node(netns, name) for netns, name in self.names.items()),
            links=tuple(self._link(pair) for pair in self.pairs),
            routes="none",
        )

    def _node(self, netns: str, name: str) -> NodeSpec:
        """Return a node."""
        own_dev = self.bridges.get(netns, "lo")
        spec = NodeSpec(
            name=name,
            addresses=tuple(self.addresses.get((netns, own_dev), ())),
            routes=tuple(self.routes.get(netns, ())),
            sysctls=self.sysctls.get(netns, {}),
            hostname=self.hostnames.get(netns),
        )
        if netns in self.bridges:
            return evolve(spec, role="switch")
        if any(spec.sysctls.get(key) == "1" for key in ROUTER_SYSCTLS):
            return evolve(spec, role="router", sysctls=_sysctls_of_router(spec.sysctls))
        return spec

    def _link(self, pair: Pair) -> LinkSpec:
        """Return a link."""
        first, second = (
            PortSpec(
                node=self.names[netns],
                interface=name,
                addresses=tuple(self.addresses.get((netns, name), ())),
                netem=self.netems.get((netns, name)),
            )
            for netns, name in pair.ends
        )
        return LinkSpec(ends=(first, second), mtu=pair.mtus[0] or pair.mtus[1])

    def notes(self) -> Iterator[str]:
        """Yield a line for each part that is not in the topology, or is another one there."""
        if "" in self.names:
            yield f"the namespace of the place is the node {self.names['']}"
        for netns, bridge in self.bridges.items():
            if bridge != BRIDGE:
                yield f"the bridge {bridge} of {self.names[netns]} is {BRIDGE} in a lab"

        for pair in self.pairs:
            yield from self._notes_of_pair(pair)
        for command in self.left:
            yield f"not in a lab: {command.line}"

    def _notes_of_pair(self, pair: Pair) -> Iterator[str]:
        """Yield a line for each part of a pair that a link of a lab lacks."""
        ends = [f"{self.names[netns]}:{link}" for netns, link in pair.ends]
        if pair.mtus[0] != pair.mtus[1]:
            yield f"the ends of {' and '.join(ends)} have one MTU in a lab"

        for text, end, options in zip(ends, pair.ends, pair.options, strict=True):
            if end not in self.links_up:
                yield f"{text} is down, and up in a lab"
            others = sorted(options.keys() - {"mtu", "address"})
            if others:
                yield f"{text} is without its {', '.join(others)} in a lab"


def _is(call: Call, words: str) -> bool:
    """Return whether a call is of a noun and a verb of ip: "link add"."""
    return " ".join((*call.path, call.verb.name)) == f"ip {words}"


def _is_valid(name: str) -> bool:
    """Return whether a namespace has a name that a node may have."""
    try:
        checks.check_node_name(name)
    except InvalidArgument:
        return False
    return True


def _pair_of(call: Call) -> Pair | None:
    """Return the veth pair that a call makes, if it makes one."""
    kind = call.arguments.get("kind")
    if not _is(call, "link add") or not isinstance(kind, Veth) or kind.peer is None:
        return None

    netns = call.netns or ""
    near, far = (netns, call.arguments["name"]), (str(kind.peer_netns or netns), kind.peer)
    options = {key: value for key, value in call.arguments.items() if key not in ("name", "kind")}
    return Pair((near, far), (options, dict(kind.peer_options or {})))


def _sysctls_of_router(sysctls: Any) -> dict[str, str]:
    """Return the sysctls of a router, without those that it has by itself."""
    own = {key: sysctls.get(key, "0") for key in ROUTER_SYSCTLS}
    own = {key: value for key, value in own.items() if value != str(ROUTER_SYSCTLS[key])}
    return own | {key: value for key, value in sysctls.items() if key not in ROUTER_SYSCTLS}


READERS: dict[tuple[str, str], Callable[[StateReader, Call, Command], bool]] = {
    ("netns", "add"): StateReader._read_netns,
    ("link", "add"): StateReader._read_link_add,
    ("link", "set"): StateReader._read_link_set,
    ("address", "add"): StateReader._read_address,
    ("route", "add"): StateReader._read_route,
    ("qdisc", "add"): StateReader._read_qdisc,
}
