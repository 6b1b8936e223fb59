"""A lab that is up is changed to another topology, by what differs only."""

from collections.abc import Iterator

import pytest
from attrs import evolve

from ipwrap import CommandError, InvalidArgument, PlaceError, Session
from ipwrap.lab import Lab, LinkSpec, NodeSpec, PortSpec, ProcessSpec, Topology
from tests.labs import open_sandbox

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
def session() -> Iterator[Session]:
    """A session in a sandbox of its own."""
    with open_sandbox() as session:
        yield session


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


@pytest.mark.live
def test_a_failing_change_is_declared(lab: Lab) -> None:
    """The new topology is what `down` and `up` build, also where a kept node cannot change."""
    wanted = evolve(
        TOPOLOGY,
        nodes=(evolve(H1, sysctls={"net.ipv4.nonsense": "1"}), H2, R1, NodeSpec(name="h3")),
        links=(SECOND, FIRST),
    )
    with pytest.raises(CommandError):
        lab.apply(wanted)
    assert lab.topology() == wanted

    lab.down()
    lab.apply(TOPOLOGY)
    lab.up()


@pytest.mark.live
def test_a_refused_topology_leaves_the_lab_as_it_is(lab: Lab) -> None:
    """A pool that is too small for what stays and what comes: no command runs, nothing changes."""
    third = LinkSpec(ends=(PortSpec(node="h1"), PortSpec(node="h2")))
    wanted = evolve(TOPOLOGY, name="other", pools=("10.0.0.0/30",), links=(SECOND, third, third))
    addresses = {node.name: node.addresses for node in lab.nodes}
    count = len(lab.session.recording.commands)

    with pytest.raises(InvalidArgument, match=r"10\.0\.0\.0/30 has no free subnet"):
        lab.apply(evolve(wanted, nodes=(evolve(H1, sysctls={}), H2, R1)))

    events = lab.session.recording.commands[count:]
    assert [event.command.line for event in events if event.command.changes] == []
    assert (lab.topology(), lab.failure) == (TOPOLOGY, None)
    assert {node.name: node.addresses for node in lab.nodes} == addresses


@pytest.mark.live
def test_a_name_that_was_chosen_is_given_to_another_link(session: Session) -> None:
    """The link that had the name is made anew, with the next one."""
    lab = Lab.build(TOPOLOGY, session)
    named = LinkSpec(ends=(PortSpec(node="h1", interface="eth0"), PortSpec(node="h2")))

    lab.apply(evolve(TOPOLOGY, links=(FIRST, SECOND, named)))

    assert [str(link) for link in lab.links] == [
        "h1:eth1 -- r1:eth0",
        "h2:eth0 -- r1:eth1",
        "h1:eth0 -- h2:eth1",
    ]
    assert lab.get("h1").exec("ping", "-c", "1", "-w", "20", "10.0.0.1").ok


@pytest.mark.live
def test_a_subnet_that_was_dealt_is_given_to_another_link(session: Session) -> None:
    """No address is there twice: the segment that had the subnet gets another one."""
    lab = Lab.build(TOPOLOGY, session)
    ends = (PortSpec(node="h1", addresses=("10.0.0.1/24",)), PortSpec(node="h2", addresses=()))

    lab.apply(evolve(TOPOLOGY, links=(FIRST, SECOND, LinkSpec(ends=ends))))

    addresses = [port.addresses for link in lab.links for port in link.ports]
    assert addresses[:4] == [
        ("10.0.1.2/30",),
        ("10.0.1.1/30",),
        ("10.0.1.6/30",),
        ("10.0.1.5/30",),
    ]
    assert lab.get("h1").exec("ping", "-c", "1", "-w", "20", "10.0.1.5").ok


@pytest.mark.live
def test_parallel_links_of_one_value(session: Session) -> None:
    """A value that is in the topology twice is two links, before and after a change."""
    lab = Lab.build(TOPOLOGY, session)
    lab.apply(evolve(TOPOLOGY, links=(FIRST, FIRST, SECOND)))
    assert [str(link) for link in lab.links] == [
        "h1:eth0 -- r1:eth0",
        "h1:eth1 -- r1:eth2",
        "h2:eth0 -- r1:eth1",
    ]
    assert changes_of(lab, evolve(TOPOLOGY, links=(FIRST, FIRST, SECOND))) == []


def of_office(router: str, address: str, *, routes: tuple[str, ...] = ()) -> Topology:
    """Return the topology of a node and a router on a switch."""
    nodes = (
        NodeSpec(name="h1", routes=routes),
        NodeSpec(name="sw", role="switch"),
        NodeSpec(name=router, role="router"),
    )
    given = PortSpec(node=router, addresses=(address,))
    links = (
        LinkSpec(ends=(PortSpec(node="h1"), PortSpec(node="sw"))),
        LinkSpec(ends=(given, PortSpec(node="sw"))),
    )
    return Topology(nodes=nodes, links=links, pools=("10.0.0.0/16",))


@pytest.mark.live
@pytest.mark.parametrize("routes", [(), ("default via 10.0.0.254",)])
def test_a_router_takes_the_place_of_another(session: Session, routes: tuple[str, ...]) -> None:
    """The old default route, automatic or given, goes before the new one comes."""
    lab = Lab.build(of_office("r1", "10.0.0.254/24", routes=routes), session)
    wanted = of_office("r2", "10.0.0.253/24")

    changes = changes_of(lab, wanted)

    assert changes[-1] == "ip -n h1 route add to default via 10.0.0.253"
    gateways = [route.gateway for route in lab.get("h1").ip.route.show() if route.dst == "default"]
    assert gateways == ["10.0.0.253"]
    assert changes_of(lab, wanted) == []


@pytest.mark.live
@pytest.mark.parametrize("keeps_secondaries", [False, True])
@pytest.mark.parametrize("own", [False, True])
def test_the_first_address_of_a_subnet_goes(
    session: Session, keeps_secondaries: bool, own: bool
) -> None:
    """The kernel drops the others of the subnet with it, unless it is told to keep them."""

    def topology(*addresses: str) -> Topology:
        sysctls = {"net.ipv4.conf.all.promote_secondaries": str(int(keeps_secondaries))}
        ends = (PortSpec(node="h1", addresses=() if own else addresses), PortSpec(node="h2"))
        first = NodeSpec(name="h1", sysctls=sysctls, addresses=addresses if own else ())
        return Topology(nodes=(first, NodeSpec(name="h2")), links=(LinkSpec(ends=ends),))

    lab = Lab.build(topology("10.0.0.1/24", "10.0.0.2/24", "10.0.0.3/24"), session)
    lab.apply(topology("10.0.0.2/24", "10.0.0.4/24"))

    shown = lab.get("h1").ip.address.show(dev="lo" if own else "eth0")[0].addr_info or ()
    addresses = {info.local for info in shown if info.family == "inet"}
    assert addresses - {"127.0.0.1"} == {"10.0.0.2", "10.0.0.4"}


@pytest.mark.live
def test_a_route_by_a_link_that_is_gone_comes_back(session: Session) -> None:
    """What the kernel drops with a link, and another link leads to as well, is added again."""
    nodes = (NodeSpec(name="a", routes=("192.0.2.0/24 via 10.0.0.2",)), NodeSpec(name="b"))
    ends = [
        (PortSpec(node="a", addresses=(first,)), PortSpec(node="b", addresses=(second,)))
        for first, second in [("10.0.0.1/24", "10.0.0.2/24"), ("10.0.0.3/16", "10.0.1.4/16")]
    ]
    links = tuple(LinkSpec(ends=pair) for pair in ends)
    lab = Lab.build(Topology(nodes=nodes, links=links), session)

    # By their values, the first of two parallel links stays, with the addresses of the second.
    lab.apply(Topology(nodes=nodes, links=links[1:]))

    routes = [(route.dst, route.gateway) for route in lab.get("a").ip.route.show()]
    assert ("192.0.2.0/24", "10.0.0.2") in routes
