"""A lab: nodes and links by name, made of plain commands."""

from collections.abc import Iterator

import pytest

from ipwrap import CommandError, InvalidArgument, PlaceError, Session, until
from ipwrap.lab import Lab, Router, Switch
from ipwrap.recording import WaitEvent
from tests.every_way import differences_by_way

PING = ("ping", "-c", "1", "-w", "20")


def office(session: Session | None = None) -> Lab:
    """Return a lab of two hosts on a switch and one behind a router, declared."""
    lab = Lab(session, pools=("10.0.0.0/16", "fd00::/48"))
    switch, router = lab.switch("sw1"), lab.router("r1")
    for name in ("h1", "h2"):
        lab.link(lab.node(name), switch, mtu=1400)
    lab.link(router, switch, mtu=1400)
    lab.link(lab.node("h3"), router)
    return lab


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """The office, up, shared by the tests of this file."""
    lab = office()
    try:
        lab.session.open()
    except PlaceError as error:
        pytest.skip(f"no sandbox on this machine: {error}")
    with lab:
        yield lab.up()


@pytest.mark.live
@pytest.mark.parametrize("family", [4, 6])
def test_nodes_reach_each_other(lab: Lab, family: int) -> None:
    """Dealt addresses and automatic routes lead through the switch and the router."""
    h1, h3 = lab.get("h1"), lab.get("h3")
    address = h3.addresses[0 if family == 4 else 1].partition("/")[0]

    # The link-local addresses of IPv6 take a second or two until routers use them.
    h1.wait_for(until.succeeds(*PING, address), timeout=60)


@pytest.mark.live
def test_addresses_are_dealt_in_order(lab: Lab) -> None:
    """A segment has a subnet of each pool, in which the router has the first address."""
    assert {node.name: node.addresses for node in lab.nodes} == {
        "sw1": (),
        "r1": ("10.0.0.1/24", "fd00::1/64", "10.0.1.1/30", "fd00:0:0:1::1/64"),
        "h1": ("10.0.0.2/24", "fd00::2/64"),
        "h2": ("10.0.0.3/24", "fd00::3/64"),
        "h3": ("10.0.1.2/30", "fd00:0:0:1::2/64"),
    }
    assert lab.get("h3").address == "10.0.1.2"


@pytest.mark.live
def test_a_router_forwards_ipv6_when_up_returns() -> None:
    """Two routers on the way, and a link that is put back: the first packet passes."""
    with Lab(pools="fd00::/48", routes="none") as lab:
        h1 = lab.node("h1", routes="default via fd00::1")
        r1 = lab.router("r1", routes="fd00:0:0:2::/64 via fd00:0:0:1::2")
        r2 = lab.router("r2", routes="fd00::/64 via fd00:0:0:1::1")
        h2 = lab.node("h2", routes="default via fd00:0:0:2::1")
        lab.link(h1, r1)
        middle = lab.link(r1, r2)
        lab.link(h2, r2)
        lab.up()
        first = h1.exec("ping", "-c", "1", "-W", "30", h2.address)
        middle.pull()
        middle.plug()
        second = h1.exec("ping", "-c", "1", "-W", "30", h2.address)
        script = "\n".join(event.command.line for event in lab.session.recording.commands)

    assert first.ok
    assert second.ok
    assert script.count("sysctl -w net.ipv6.conf.default.accept_dad=0") == 2


@pytest.mark.live
def test_a_router_without_addresses_of_its_own_is_not_waited_for() -> None:
    """Such a router has no link-local addresses; detection that is asked for is done."""
    sysctls = {
        "net.ipv6.conf.default.addr_gen_mode": 1,
        "net.ipv6.conf.default.accept_dad": 1,
    }
    with Lab(pools="fd00::/48") as lab:
        lab.link(lab.node("h1"), lab.router("r1", sysctls=sysctls))
        lab.up()
        detects = lab.get("r1").sysctl.get("net.ipv6.conf.eth0.accept_dad")
        waits = [event for event in lab.session.recording.events if isinstance(event, WaitEvent)]

    assert (str(detects), waits) == ("1", [])


@pytest.mark.live
def test_links_have_names_by_their_node(lab: Lab) -> None:
    """A switch has ports, any other node Ethernet links; each knows its link."""
    assert {node.name: list(node.links) for node in lab.nodes} == {
        "sw1": ["port1", "port2", "port3"],
        "r1": ["eth0", "eth1"],
        "h1": ["eth0"],
        "h2": ["eth0"],
        "h3": ["eth0"],
    }
    assert str(lab.get("h1").links["eth0"]) == "h1:eth0 -- sw1:port1"
    assert lab.get("h1").ip.link.get("eth0").mtu == 1400


@pytest.mark.live
def test_a_pulled_link_comes_back(lab: Lab) -> None:
    """A pulled link has no carrier; plugged in, it has its addresses and routes again."""
    h3 = lab.get("h3")
    link = h3.links["eth0"]

    link.pull()
    without = h3.exec("ping", "-c", "1", "-W", "1", lab.get("h1").address, check=False).ok
    link.plug()
    h3.wait_for(until.succeeds(*PING, lab.get("h1").addresses[1].partition("/")[0]), timeout=60)

    assert not without


@pytest.mark.live
def test_a_link_changes_its_mtu_while_it_runs(lab: Lab) -> None:
    """Both ends have the new MTU, and the topology has it too."""
    link = lab.get("h2").links["eth0"]
    link.set(mtu=1300)

    mtus = [port.ip.link.get(port.name).mtu for port in link.ports]
    assert (mtus, link.spec.mtu) == ([1300, 1300], 1300)


@pytest.mark.live
def test_what_is_declared_while_the_lab_is_up_is_made_at_once(lab: Lab) -> None:
    """A node and its link are there when the calls return, and the others keep their addresses."""
    before = lab.get("h1").addresses
    late = lab.node("late")
    lab.link(late, "sw1")

    assert late.exec(*PING, lab.get("h1").address).ok
    assert lab.get("h1").addresses == before


@pytest.mark.live
def test_a_lab_refuses_namespaces_that_are_there(lab: Lab) -> None:
    """A lab in a session with a namespace of that name makes nothing: `down` would delete it."""
    other = Lab(lab.session)
    other.node("h1")

    with pytest.raises(InvalidArgument, match="there are namespaces h1 already"):
        other.up()
    assert not other.is_up


@pytest.mark.live
def test_exports_replay_equal() -> None:
    """A recording of a lab, and each script of it, rebuilds the lab."""
    with Lab(pools="10.0.0.0/16") as lab:
        lab.link(lab.node("h1", sysctls={"net.ipv4.ip_forward": True}), lab.switch("sw1"))
        lab.link("sw1", lab.router("r1"), mtu=1300)
        lab.link(lab.node("h2", routes="198.51.100.0/24 dev eth0"), "r1").set(mtu=1400)
        lab.up()
        lab.get("h1").links["eth0"].pull()

    assert differences_by_way(lab.session.recording) == {}


@pytest.mark.live
def test_a_lab_goes_down_and_up_again(sandbox_session: Session) -> None:
    """`down` deletes what the lab made, and nothing else; `up` makes it again."""
    sandbox_session.ip.netns.add("keep")
    lab = Lab(sandbox_session, pools="10.0.0.0/16")
    h1, h2 = lab.node("h1"), lab.node("h2")
    lab.link(h1, h2)

    lab.up().down()
    names = [netns.name for netns in sandbox_session.ip.netns.list()]
    lab.up()

    assert (names, h1.exec(*PING, h2.address).ok) == (["keep"], True)
    lab.down()


def test_a_topology_is_declared_and_returned() -> None:
    """`Lab.of` declares what `topology` returns, and runs nothing."""
    topology = office().topology()
    copy = Lab.of(topology)

    assert copy.topology() == topology
    assert isinstance(copy.get("sw1"), Switch)
    assert isinstance(copy.get("r1"), Router)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("a/b", "a/b"),
        ("a:b", "parts a node from its link"),
        ("sw1", "a node 'sw1' already"),
    ],
)
def test_a_node_has_a_name_of_its_own(name: str, message: str) -> None:
    """The name of a namespace that cannot be, or is taken, is refused when it is declared."""
    with pytest.raises(InvalidArgument, match=message):
        office().node(name)


@pytest.mark.parametrize(
    ("names", "message"),
    [
        (("sixteen-letters-", None), "16 bytes|15"),
        (("eth0", None), "h1 has a link 'eth0' already"),
        ((None, "br0"), "sw1 has a link 'br0' already"),
        ("eth1", "no pair"),
    ],
)
def test_the_name_of_a_link_is_checked(names: tuple[str | None, str | None], message: str) -> None:
    """A name that is too long or taken is refused, and nothing is declared."""
    lab = office()
    before = lab.topology()

    with pytest.raises(InvalidArgument, match=message):
        lab.link("h1", "sw1", names=names)
    assert lab.topology() == before


def test_names_that_are_given_come_before_those_that_are_chosen() -> None:
    """In a topology, a later link may have the name that would be chosen for an earlier one."""
    lab = Lab()
    lab.node("a"), lab.node("b")
    links = [lab.link("a", "b", names=("eth1", None)), lab.link("a", "b"), lab.link("a", "b")]

    assert [link.ports[0].name for link in links] == ["eth1", "eth0", "eth2"]


def test_a_lab_that_is_not_up_says_so() -> None:
    """What needs the running lab is refused, with what to do."""
    lab = office()

    with pytest.raises(InvalidArgument, match=r"not up; call up\(\)"):
        lab.get("h1").links["eth0"].pull()
    with pytest.raises(InvalidArgument, match=r"no address; give addresses="):
        _ = lab.get("h1").address


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"pools": "10.0.0.1/16"}, "host bits set"),
        ({"pools": ("10.0.0.0/16", "10.1.0.0/16")}, "second one of IPv4"),
        ({"routes": "all"}, "'auto' or 'none'"),
        ({"session": Session(sandbox=True), "record": "x.jsonl"}, "give it to the session"),
        ({"session": "sandbox"}, "no Session"),
    ],
)
def test_the_options_of_a_lab_are_checked(options: dict[str, object], message: str) -> None:
    """Wrong options are refused before anything runs."""
    with pytest.raises(InvalidArgument, match=message):
        Lab(**options)  # type: ignore[arg-type]


@pytest.mark.live
def test_a_lab_that_is_half_up_goes_down(sandbox_session: Session) -> None:
    """A failed `up` raises the error of the command; `down` deletes what was made."""
    lab = Lab(sandbox_session)
    lab.node("half", routes="198.51.100.0/24 via 203.0.113.1")

    with pytest.raises(CommandError):
        lab.up()
    names = [netns.name for netns in sandbox_session.ip.netns.list()]
    lab.down()

    assert "half" in names
    assert "half" not in [netns.name for netns in sandbox_session.ip.netns.list()]


@pytest.mark.live
def test_a_router_on_an_earlier_segment_becomes_the_gateway(sandbox_session: Session) -> None:
    """The default route is by the first link with a router, as if all had been there at first."""
    lab = Lab(sandbox_session, pools="10.0.0.0/16")
    for name in ("sw1", "sw2"):
        lab.switch(name)
        lab.link("leaf" if name == "sw2" else lab.node("leaf"), name)
    lab.link(lab.router("r2"), "sw2")
    lab.up()
    lab.link(lab.router("r1"), "sw1")

    routes = lab.get("leaf").ip.route.show()
    gateways = [route.gateway for route in routes if route.dst == "default"]
    addresses = [address.partition("/")[0] for address in lab.get("r1").addresses]
    lab.down()
    assert gateways == addresses
