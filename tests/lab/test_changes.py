"""A lab that is up is changed to another topology, by what differs only."""

from collections.abc import Iterator

import pytest
from attrs import evolve

from ipwrap import CommandError, InvalidArgument, PlaceError
from ipwrap.lab import Lab, LinkSpec, NodeSpec, PortSpec, ProcessSpec, Topology

TOPOLOGY = Topology(
    nodes=(
        NodeSpec(name="h1", sysctls={"net.ipv4.conf.all.rp_filter": "2"}),
        NodeSpec(name="h2", processes=(ProcessSpec(line="sleep 1000", name="first"),)),
        NodeSpec(name="r1", role="router"),
    ),
    links=(
        LinkSpec(ends=(PortSpec(node="h1"), PortSpec(node="r1")), mtu=1400),
        LinkSpec(ends=(PortSpec(node="h2"), PortSpec(node="r1"))),
    ),
    pools=("10.0.0.0/16",),
)
H1, H2, R1 = TOPOLOGY.nodes
FIRST, SECOND = TOPOLOGY.links


@pytest.fixture(scope="module")
def running() -> Iterator[Lab]:
    """The lab of the topology, shared by the tests of this file."""
    try:
        lab = Lab.build(TOPOLOGY)
    except PlaceError as error:
        pytest.skip(f"no sandbox on this machine: {error}")
    with lab:
        yield lab


@pytest.fixture
def lab(running: Lab) -> Lab:
    """The lab as it is at first."""
    running.apply(TOPOLOGY)
    return running


def changes_of(lab: Lab, topology: Topology) -> list[str]:
    """Apply a topology, and return the changes that ran."""
    count = len(list(lab.session.recording.commands))
    lab.apply(topology)
    assert lab.topology() == topology

    events = list(lab.session.recording.commands)[count:]
    return [event.command.line for event in events if event.command.changes]


@pytest.mark.live
def test_an_equal_topology_runs_nothing(lab: Lab) -> None:
    """What is as wanted is left alone."""
    assert changes_of(lab, TOPOLOGY) == []


@pytest.mark.live
def test_only_what_differs_is_set(lab: Lab) -> None:
    """An MTU, a sysctl that is gone, an address and a route."""
    wanted = evolve(
        TOPOLOGY,
        nodes=(
            evolve(H1, sysctls={}, addresses=("192.0.2.1/32",), routes=("198.51.100.0/24 dev lo",)),
            H2,
            R1,
        ),
        links=(evolve(FIRST, mtu=1300), SECOND),
    )

    assert changes_of(lab, wanted) == [
        "ip netns exec h1 sysctl -w net.ipv4.conf.all.rp_filter=0",
        "ip -n h1 address add local 192.0.2.1/32 dev lo",
        "ip -n h1 link set dev eth0 mtu 1300",
        "ip -n r1 link set dev eth0 mtu 1300",
        "ip -n h1 route add 198.51.100.0/24 dev lo",
    ]


@pytest.mark.live
def test_nodes_and_links_come_and_go(lab: Lab) -> None:
    """A link goes before its node; what stays has its name and address; what comes is reached."""
    h3 = NodeSpec(name="h3")
    third = LinkSpec(ends=(PortSpec(node="h3"), PortSpec(node="r1")))
    before = lab.get("h1").addresses

    changes = changes_of(lab, evolve(TOPOLOGY, nodes=(H1, R1, h3), links=(FIRST, third)))

    assert changes[:2] == ["ip -n h2 link delete dev eth0", "ip netns delete h2"]
    assert lab.get("h1").addresses == before
    assert lab.get("h3").exec("ping", "-c", "1", "-w", "20", lab.get("h1").address).ok


@pytest.mark.live
def test_given_addresses_take_the_place_of_dealt_ones(lab: Lab) -> None:
    """The automatic route follows: a given address has none."""
    ends = (PortSpec(node="h1", addresses=("192.0.2.1/24",)), PortSpec(node="r1", addresses=()))
    wanted = evolve(TOPOLOGY, links=(evolve(FIRST, ends=ends), SECOND))

    changes = changes_of(lab, wanted)

    assert changes[:3] == [
        "ip -n h1 address delete local 10.0.0.2/30 dev eth0",
        "ip -n h1 address add local 192.0.2.1/24 dev eth0",
        "ip -n r1 address delete local 10.0.0.1/30 dev eth0",
    ]
    assert [route.dst for route in lab.get("h1").ip.route.show()] == ["192.0.2.0/24"]


@pytest.mark.live
def test_processes_and_commands_are_those_of_the_topology(lab: Lab) -> None:
    """A process that is gone is stopped, a new command runs."""
    other = ProcessSpec(line="sleep 1001", name="second")
    node = evolve(H2, processes=(other,), commands=("ip link set dev lo mtu 60000",))

    lab.apply(evolve(TOPOLOGY, nodes=(H1, node, R1)))

    names = [process.name for process in lab.session.processes]
    assert (names, lab.get("h2").ip.link.get("lo").mtu) == (["second"], 60000)


@pytest.mark.live
def test_a_topology_that_is_not_consistent_changes_nothing(lab: Lab) -> None:
    """A link to a node that is not there is refused, and the lab is as before."""
    stray = LinkSpec(ends=(PortSpec(node="h1"), PortSpec(node="h9")))

    with pytest.raises(InvalidArgument, match="no node 'h9'"):
        lab.apply(evolve(TOPOLOGY, links=(stray,)))
    assert changes_of(lab, TOPOLOGY) == []


@pytest.mark.live
def test_a_change_that_fails(lab: Lab) -> None:
    """After a command that failed, changes are refused until the lab is built anew."""
    wanted = evolve(TOPOLOGY, nodes=(evolve(H1, routes=("192.0.2.0/24 via 203.0.113.1",)), H2, R1))
    with pytest.raises(CommandError):
        lab.apply(wanted)

    refusal = r"lab: an earlier change failed: .+; down\(\) and up\(\) build it anew"
    for change in (lambda: lab.apply(TOPOLOGY), lab.up, lambda: lab.node("h9")):
        with pytest.raises(InvalidArgument, match=refusal):
            change()

    lab.down()
    lab.apply(TOPOLOGY)
    lab.up()
    assert changes_of(lab, TOPOLOGY) == []
