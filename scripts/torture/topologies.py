"""Random topologies: the lines of commands that build them, of every kind of object.

A line may fail, such as a route through a gateway that is not reachable: what the kernel has made
of the others is a state like any other.
"""

import random
from collections.abc import Callable, Sequence
from itertools import count

from attrs import define, field

from ipwrap import Session
from ipwrap.state import State
from scripts.torture.traffic import traffic_drift, traffic_lines, vlan_lines

__all__ = ["build", "draw_topology", "drift_lines"]

NAMESPACES = ("red", "blue", "green")
TABLES = ("main", "main", "7", "100")
MAX_CABLES = 5
DRIFT = 0.15  # the share of the objects that somebody has changed
DRIFTS = (
    *("delete {name}", "set {name} down", "set {name} mtu 1280", "set {name} nomaster"),
    *("set {name} alias drift", "property add dev {name} altname {name}-drift"),
)
End = tuple[str, str]  # of a cable: its namespace, and its name
# A number that somebody chooses, both ends included.
Draw = Callable[[int, int], int]


@define
class _Topology:
    """The lines so far, and the links by namespace with their addresses.

    ``peers`` are the ends of cables by the other end, each a namespace and a name; ``ports`` are
    those in the bridge of their namespace. ``connected`` maps a namespace to those whose bridges
    its own bridge reaches.
    """

    draw: Draw
    lines: list[str] = field(factory=list)
    links: dict[str, list[str]] = field(factory=dict)
    peers: dict[End, End] = field(factory=dict)
    ports: set[End] = field(factory=set)
    connected: dict[str, frozenset[str]] = field(factory=dict)
    subnets: dict[tuple[str, str], int] = field(factory=dict)
    numbers: "count[int]" = field(factory=count)

    def number(self, low: int, high: int) -> int:
        """Return a number that is drawn, both ends included."""
        return self.draw(low, high)

    def choice(self, values: Sequence[str]) -> str:
        """Return one of some texts."""
        return values[self.number(0, len(values) - 1)]

    def chance(self, percent: int = 50) -> bool:
        """Return True in some of a hundred cases."""
        return self.number(1, 100) <= percent

    def add(self, netns: str, line: str, *, program: str = "ip") -> None:
        """Add a line that runs in a namespace."""
        place = f" -n {netns}" if netns else ""
        self.lines.append(f"{program}{place} {line}")

    def add_link(self, netns: str, name: str) -> None:
        """Note a link."""
        self.links.setdefault(netns, []).append(name)

    def add_port(self, netns: str, name: str) -> bool:
        """Note a port of the bridge of a namespace. Return False for one that would close a loop.

        A loop of bridges passes on its first broadcast for ever, and keeps the processor busy.
        """
        other, peer = self.peers.get((netns, name), (netns, ""))
        if (other, peer) in self.ports:
            ours = self.connected.get(netns, frozenset([netns]))
            theirs = self.connected.get(other, frozenset([other]))
            if not ours.isdisjoint(theirs):
                return False
            self.connected |= dict.fromkeys(ours | theirs, ours | theirs)

        self.ports.add((netns, name))
        return True

    def is_trunk(self, netns: str, name: str) -> bool:
        """Return whether the other end of a port is a port, too."""
        return self.peers.get((netns, name)) in self.ports


def draw_topology(draw: Draw) -> tuple[str, ...]:
    """Return the lines that build a topology."""
    topology = _Topology(draw)
    netns_names = ["", *NAMESPACES[: topology.number(1, len(NAMESPACES))]]
    _add_namespaces(topology, netns_names)

    for _ in range(topology.number(1, MAX_CABLES)):
        _add_cable(topology, netns_names)
    for netns in netns_names:
        _add_upper_links(topology, netns)
    for netns in netns_names:
        for name in topology.links[netns][1:]:
            _add_link_settings(topology, netns, name=name)
            _add_addresses(topology, netns, name=name)
    for netns in netns_names:
        _add_objects(topology, netns)
    for netns in netns_names:
        _add_layer_2(topology, netns)
    return tuple(topology.lines)


def _add_layer_2(topology: _Topology, netns: str) -> None:
    """Add VLANs, forwarding entries, and traffic control, as far as the kernel has it."""
    names = topology.links[netns][1:]
    if "br0" in names and topology.chance():
        topology.add(netns, "link set dev br0 type bridge vlan_filtering 1")
        for line in vlan_lines(topology.draw, names):
            topology.add(netns, line, program="bridge")
    # Behind the VLANs: no command makes an entry of a VLAN that its port has left.
    _add_forwarding_entries(topology, netns)
    for line in traffic_lines(topology.draw, names):
        topology.add(netns, line, program="tc")


def _add_namespaces(topology: _Topology, netns_names: Sequence[str]) -> None:
    """Add the namespaces, and set most loopbacks up."""
    for netns in netns_names:
        topology.links[netns] = ["lo"]
        if netns:
            topology.lines.append(f"ip netns add {netns}")
        if topology.chance(70):
            topology.add(netns, "link set lo up")


def build(session: Session, lines: Sequence[str]) -> None:
    """Build a topology, as far as the kernel lets it."""
    session.exec("sh", "-c", "\n".join(lines), check=False)


def drift_lines(state: State, choices: random.Random) -> list[str]:
    """Return the lines of some changes of a state, such as people make: a few of its objects."""
    lines = []
    for netns, nouns in state.items():
        place = f" -n {netns}" if netns else ""
        for link in nouns.get("link", ()):
            name = link["ifname"]
            if name != "lo" and choices.random() < DRIFT:
                lines.append(f"ip{place} link {choices.choice(DRIFTS).format(name=name)}")
        lines += [
            f"ip{place} route delete {route['dst']} table {route['table']}"
            for route in nouns.get("route", ())
            if route.get("protocol") != "kernel" and choices.random() < DRIFT
        ]
        lines += traffic_drift(nouns, place, choices=choices, share=DRIFT)
        if choices.random() < DRIFT:
            lines.append(f"ip{place} rule add from 10.77.0.0/16 table 77")
            lines.append(f"ip{place} link add drift0 type veth peer name drift1")
    return lines


def _add_cable(topology: _Topology, netns_names: Sequence[str]) -> None:
    """Add a veth pair between two namespaces, or inside one."""
    first, second = topology.choice(netns_names), topology.choice(netns_names)
    number = next(topology.numbers)
    # In different namespaces, the ends may have one name.
    names = ("eth0", "eth0") if topology.chance(30) else (f"v{number}", f"w{number}")
    peer_place = f" netns {second}" if second else ""
    if first and not second:
        first, second, peer_place = second, first, f" netns {first}"

    topology.add(first, f"link add name {names[0]} type veth peer name {names[1]}{peer_place}")
    topology.add_link(first, names[0])
    topology.add_link(second, names[1])

    ends = ((first, names[0]), (second, names[1]))
    # The kernel refuses a second link of the same name.
    if ends[0] != ends[1] and topology.peers.keys().isdisjoint(ends):
        topology.peers |= {ends[0]: ends[1], ends[1]: ends[0]}


def _add_upper_links(topology: _Topology, netns: str) -> None:
    """Add a bridge, a vxlan and a macvlan."""
    lower_links = topology.links[netns][1:]
    if topology.chance(60):
        _add_bridge(topology, netns, ports=lower_links)
    if topology.chance(40):
        _add_vxlan(topology, netns)
    if lower_links and topology.chance(40):
        _add_macvlan(topology, netns, lower=topology.choice(lower_links))


def _add_bridge(topology: _Topology, netns: str, *, ports: Sequence[str]) -> None:
    """Add a bridge with some ports."""
    stp = f" stp_state 1 priority {topology.number(1, 100)}" if topology.chance(30) else ""
    ageing = f" ageing_time {topology.number(100, 9000)}" if topology.chance(30) else ""
    topology.add(netns, f"link add name br0 type bridge{stp}{ageing}")
    topology.add_link(netns, "br0")

    for name in ports:
        if topology.chance(40) and topology.add_port(netns, name):
            topology.add(netns, f"link set dev {name} master br0")
            # Hairpins at both ends would pass a frame to and fro.
            if topology.chance(30) and not topology.is_trunk(netns, name):
                options = f"cost {topology.number(1, 50)} hairpin on"
                topology.add(netns, f"link set dev {name} type bridge_slave {options}")


def _add_vxlan(topology: _Topology, netns: str) -> None:
    """Add a vxlan, which may be a port."""
    remote = f" remote 10.0.9.{topology.number(1, 9)}" if topology.chance() else ""
    kind = f"type vxlan id {topology.number(1, 99)} dstport 4789{remote}"
    topology.add(netns, f"link add name vx0 {kind}")
    topology.add_link(netns, "vx0")
    if "br0" in topology.links[netns] and topology.chance():
        topology.add(netns, "link set dev vx0 master br0")


def _add_macvlan(topology: _Topology, netns: str, *, lower: str) -> None:
    """Add a macvlan, which may be in another namespace than its lower link."""
    mode = topology.choice(("bridge", "private", "vepa"))
    target = topology.choice([name for name in topology.links if name])
    place = f" netns {target}" if topology.chance(30) and target != netns else ""
    kind = f"type macvlan mode {mode}"
    topology.add(netns, f"link add link {lower} name mv-{netns}{place} {kind}")
    topology.add_link(target if place else netns, f"mv-{netns}")


def _add_link_settings(topology: _Topology, netns: str, *, name: str) -> None:
    """Change options of a link, and set most links up."""
    if topology.chance(20):
        topology.add(netns, f"link set dev {name} mtu {topology.number(1300, 1500)}")
    if topology.chance(10):
        topology.add(netns, f"link set dev {name} alias alias-{topology.number(1, 9)}")
    if topology.chance(10):
        topology.add(netns, f"link set dev {name} txqueuelen {topology.number(1, 500)}")
    if topology.chance(85):
        topology.add(netns, f"link set dev {name} up")


def _add_addresses(topology: _Topology, netns: str, *, name: str) -> None:
    """Give addresses of both families to most links."""
    if not topology.chance(70):
        return

    subnet, host = topology.number(0, 9), topology.number(1, 9)
    topology.subnets[netns, name] = subnet
    for extra in range(topology.number(1, 2)):
        topology.add(netns, f"address add 10.0.{subnet}.{host + extra}/24 dev {name}")
    if topology.chance():
        address = f"fd00:{subnet}::{topology.number(1, 9)}/64"
        topology.add(netns, f"address add {address} dev {name} nodad")


def _add_objects(topology: _Topology, netns: str) -> None:
    """Add routes, neighbours, next hops, rules and forwarding entries."""
    for (place, name), subnet in topology.subnets.items():
        if place == netns:
            _add_routes(topology, netns, name=name, subnet=subnet)
            _add_neighbours(topology, netns, name=name, subnet=subnet)

    for _ in range(topology.number(0, 2)):
        _add_rule(topology, netns)
    if topology.chance(30):
        kind = topology.choice(("blackhole", "unreachable", "prohibit"))
        topology.add(netns, f"route add {kind} 10.{topology.number(50, 59)}.0.0/16")


def _add_neighbours(topology: _Topology, netns: str, *, name: str, subnet: int) -> None:
    """Add a neighbour, and a proxy entry."""
    if topology.chance(40):
        host = topology.number(100, 110)
        mac = f"02:00:00:00:00:{host:02x}"
        topology.add(netns, f"neigh add 10.0.{subnet}.{host} lladdr {mac} dev {name}")
    if topology.chance(20):
        topology.add(netns, f"neigh add proxy 10.0.{subnet}.{topology.number(1, 9)} dev {name}")


def _add_rule(topology: _Topology, netns: str) -> None:
    """Add a rule of either family."""
    table = topology.choice(TABLES)
    if topology.chance(30):
        topology.add(netns, f"-6 rule add from fd00:{topology.number(0, 9)}::/64 table {table}")
        return

    mark = f" fwmark {topology.number(1, 9)}" if topology.chance(30) else ""
    topology.add(netns, f"rule add from 10.{topology.number(0, 9)}.0.0/16{mark} table {table}")


def _add_forwarding_entries(topology: _Topology, netns: str) -> None:
    """Add an entry of a vxlan, and one of a bridge."""
    if "vx0" in topology.links[netns] and topology.chance():
        mac = f"02:00:00:00:01:{topology.number(1, 99):02d}"
        options = f"dev vx0 dst 10.0.9.{topology.number(1, 9)}"
        topology.add(netns, f"fdb append {mac} {options}", program="bridge")
    if "br0" in topology.links[netns] and topology.chance():
        port = topology.choice(topology.links[netns])
        state = topology.choice(("static", "permanent"))
        vlan = f" vlan {topology.number(1, 20)}" if topology.chance(30) else ""
        mac = f"02:00:00:00:02:{topology.number(1, 99):02d}"
        topology.add(netns, f"fdb add {mac} dev {port} master{vlan} {state}", program="bridge")


def _add_routes(topology: _Topology, netns: str, *, name: str, subnet: int) -> None:
    """Add routes through a link, with gateways, metrics, several ways, and by next hops."""
    for _ in range(topology.number(0, 2)):
        destination = f"10.{topology.number(20, 29)}.0.0/16"
        metric = f" metric {topology.number(1, 50)}" if topology.chance(30) else ""
        table = topology.choice(TABLES)
        gateway = f"10.0.{subnet}.{topology.number(50, 59)}"
        topology.add(netns, f"route add {destination} via {gateway}{metric} table {table}")

    if topology.chance(20):
        hops = " ".join(
            f"nexthop via 10.0.{subnet}.{host} dev {name} weight {topology.number(1, 5)}"
            for host in (60, 61)
        )
        topology.add(netns, f"route add 10.{topology.number(30, 39)}.0.0/16 {hops}")
    if topology.chance(20):
        topology.add(netns, f"route add 10.{topology.number(40, 49)}.0.0/16 dev {name} mtu 1400")
    if topology.chance(20):
        gateway = f"fd00:{subnet}::{topology.number(50, 59)}"
        topology.add(netns, f"-6 route add fd01:{topology.number(1, 9)}::/64 via {gateway}")
    # A next hop needs a carrier, which a bridge may have late.
    if name != "br0" and topology.chance(20):
        first = 10 * topology.number(1, 9) + len(topology.lines) * 100
        for offset in (1, 2):
            hop = f"via 10.0.{subnet}.{70 + offset} dev {name}"
            topology.add(netns, f"nexthop add id {first + offset} {hop}")
        topology.add(netns, f"nexthop add id {first} group {first + 1}/{first + 2}")
        topology.add(netns, f"route add 10.{topology.number(60, 69)}.0.0/16 nhid {first}")
