"""A state as a file of a lab: what was built of one is built again of what is saved."""

from ipwrap.apply.saving import build_commands
from ipwrap.command import Command
from ipwrap.lab import Lab, Topology
from ipwrap.lab.formats import parse_lab
from ipwrap.lab.saving import SavedLab, StateReader, lab_of_state, save_lab
from ipwrap.recording import State
from tests.labs import open_sandbox

LAB = """\
pools = ["10.0.0.0/16", "fd00:1::/48"]

[nodes.h1]
addresses = ["192.0.2.1/32"]
routes = ["198.51.100.0/24 dev lo"]
sysctls = { "net.ipv4.conf.eth0.rp_filter" = 2 }
[nodes.h2]
[nodes.h3]
[nodes.r1]
role = "router"
[nodes.sw1]
role = "switch"
addresses = ["10.0.0.200/24"]

[[links]]
ends = ["h1:eth0", "sw1"]
[[links]]
ends = ["h2:eth0", "sw1:wide"]
mtu = 1400
[[links]]
ends = ["r1:eth0", "sw1"]
[[links]]
ends = ["r1:eth1", "h3:eth0"]
"""


def build(topology: Topology) -> tuple[State, bool]:
    """Return the state of a lab, and whether its nodes reach each other, also by the router."""
    with open_sandbox() as session:
        lab = Lab.build(topology, session)
        results = [
            lab.get(node).exec("ping", "-c", "1", "-W", "2", target, check=False)
            for node, target in (("h1", "10.0.1.2"), ("h3", "10.0.0.3"), ("h2", "10.0.0.200"))
        ]
        return session.snapshot().state, all(result.ok for result in results)


def plain_lines(state: State) -> list[str]:
    """Return the commands that build a state, without the MAC addresses that the kernel chose."""
    lines = []
    for command in build_commands(state).commands:
        words = list(command.line.split())
        while "address" in words[4:]:
            place = words.index("address", 4)
            del words[place : place + 2]
        lines.append(" ".join(words))
    return sorted(line for line in lines if "local fe80:" not in line)


def test_a_lab_is_saved_and_built_again() -> None:
    """The second lab has the nodes, links, addresses and routes of the first, and its packets."""
    first, has_reached = build(parse_lab(LAB, "toml"))
    saved = lab_of_state(first)
    topology = parse_lab(save_lab(saved), "toml")
    second, reaches = build(topology)

    assert (True, True, ()) == (has_reached, reaches, saved.notes)
    assert saved.topology == topology
    assert ["node", "node", "node", "router", "switch"] == [node.role for node in topology.nodes]
    assert plain_lines(first) == plain_lines(second)


def read(*lines: str) -> SavedLab:
    """Return what is read of the commands that build a state."""
    reader = StateReader()
    reader.read(Command(tuple(line.split())) for line in lines)
    return SavedLab(reader.topology(), tuple(reader.notes()))


PAIR = (
    "ip netns add h1",
    "ip link add name cni1 mtu 1400 type veth peer name eth0 netns h1",
    "ip link set dev cni1 up",
)


def test_namespace_of_the_place() -> None:
    """The place is a node where a pair leads to it; a bridge there makes it a switch."""
    saved = read(
        *PAIR,
        "ip link add name cni0 type bridge",
        "ip link set dev cni1 master cni0",
        "ip address add local 10.0.0.1/24 dev cni0",
        "ip route add to 10.9.0.0/16 via 10.0.0.2 dev cni0",
    )

    host = saved.topology.nodes[1]
    assert ("host", "switch", ("10.0.0.1/24",)) == (host.name, host.role, host.addresses)
    assert ("10.9.0.0/16 via 10.0.0.2 dev br0",) == host.routes
    assert (
        "the namespace of the place is the node host",
        "the bridge cni0 of host is br0 in a lab",
        "the ends of host:cni1 and h1:eth0 have one MTU in a lab",
        "h1:eth0 is down, and up in a lab",
    ) == saved.notes


def test_netem() -> None:
    """A netem at the root of an end is that of the link."""
    saved = read(*PAIR, "tc qdisc add dev cni1 root netem delay 10ms")

    assert 'netem = ["delay 10ms", "none"]' in save_lab(saved)


def test_what_no_lab_has() -> None:
    """Other commands, and those about other links, are told in comments, one a line."""
    others = (
        "ip link add name d0 type dummy",
        "ip address add local 10.5.0.1/24 dev d0",
        "ip route add to 10.6.0.0/16 dev d0",
        "ip rule add priority 7 table 7",
        "tc qdisc add dev cni1 root tbf rate 1mbit burst 10kb latency 50ms",
    )

    text = save_lab(read(*PAIR, "ip link set dev d0 up", *others))

    for line in (*others, "ip link set dev d0 up"):
        assert f"# not in a lab: {line}\n" in text
    assert ["h1", "host"] == [node.name for node in parse_lab(text, "toml").nodes]


def test_router_of_one_family() -> None:
    """A namespace that forwards one family only is a router with the other one off."""
    saved = read("ip netns add r1", "ip netns exec r1 true")
    reader = StateReader()
    reader.read(
        [
            Command(("ip", "netns", "add", "r1")),
            Command(("sysctl", "-w", "net.ipv4.ip_forward=1"), netns="r1"),
        ]
    )

    (node,) = reader.topology().nodes
    assert ("router", {"net.ipv6.conf.all.forwarding": "0"}) == (node.role, node.sysctls)
    assert ("not in a lab: ip netns exec r1 true",) == saved.notes
