"""The addresses that a lab deals: a subnet for each segment."""

import pytest
from attrs import evolve

from ipwrap import DryRun, InvalidArgument, Local, Session
from ipwrap.lab import Lab, LinkSpec, NodeSpec, PortSpec, Topology


@pytest.fixture
def dry_session() -> Session:
    """A session whose commands do not run."""
    return Session(Local(), DryRun())


def dealt(lab: Lab) -> list[tuple[str, ...]]:
    """Return the addresses of the nodes that have links."""
    lab.deal()
    return [node.addresses for node in lab.nodes if node.role != "switch"]


def pair(pools: str | tuple[str, ...], count: int = 1) -> Lab:
    """Return a lab of two nodes with some links between them."""
    lab = Lab(pools=pools)
    lab.node("a"), lab.node("b")
    for _ in range(count):
        lab.link("a", "b")
    return lab


def test_each_link_between_two_nodes_has_a_subnet() -> None:
    """A /30 of IPv4 and a /64 of IPv6 a link."""
    assert dealt(pair(("10.0.0.0/28", "fd00::/48"), 2)) == [
        ("10.0.0.1/30", "fd00::1/64", "10.0.0.5/30", "fd00:0:0:1::1/64"),
        ("10.0.0.2/30", "fd00::2/64", "10.0.0.6/30", "fd00:0:0:1::2/64"),
    ]


def test_joined_switches_are_one_segment() -> None:
    """The links of two switches with a link between them share a subnet."""
    lab = Lab(pools=("10.0.0.0/16",))
    for number in (1, 2):
        lab.link(lab.node(f"h{number}"), lab.switch(f"sw{number}"))
    lab.link("sw2", "sw1")

    assert dealt(lab) == [("10.0.0.1/24",), ("10.0.0.2/24",)]


def test_a_large_segment_has_a_large_subnet() -> None:
    """More ends than a /24 has addresses for get a /23."""
    lab = Lab(pools=("10.0.0.0/16",))
    lab.switch("sw1")
    for number in range(255):
        lab.link(lab.node(f"h{number}"), "sw1")

    assert dealt(lab)[-1] == ("10.0.0.255/23",)


def test_addresses_that_are_given_are_not_dealt() -> None:
    """The subnet of a given address is taken, for its segment and for no other one."""
    lab = pair("10.0.0.0/24")
    lab.node("c", addresses="10.0.0.9/32")
    lab.link("a", "c", addresses=("10.0.0.1/29", None))

    # 10.0.0.0/29 is given, 10.0.0.8/30 has the address of c.
    assert dealt(lab) == [
        ("10.0.0.13/30", "10.0.0.1/29"),
        ("10.0.0.14/30",),
        ("10.0.0.2/29", "10.0.0.9/32"),
    ]


def test_what_is_dealt_stays() -> None:
    """A later link, and a second deal, change no address."""
    lab = pair("10.0.0.0/24")
    before = dealt(lab)
    lab.link("a", lab.node("c"))

    assert dealt(lab)[1] == before[1]


@pytest.mark.parametrize(("pool", "count"), [("10.0.0.0/30", 2), ("10.0.0.0/31", 1)])
def test_a_pool_that_is_used_up_is_an_error(pool: str, count: int) -> None:
    """The error names the pool and the link without a subnet."""
    with pytest.raises(InvalidArgument, match=rf"{pool} has no free subnet .* a:eth{count - 1}"):
        pair(pool, count).deal()


def test_a_subnet_that_is_used_up_is_an_error() -> None:
    """A given subnet with too few addresses for its segment is named."""
    lab = pair("10.0.0.0/16", 0)
    lab.switch("sw1")
    lab.link("a", "sw1", addresses=("192.0.2.1/31", ()))
    lab.link("b", "sw1")
    lab.link(lab.node("c"), "sw1")

    with pytest.raises(InvalidArgument, match=r"192.0.2.0/31 has no address left for c:eth0"):
        lab.deal()


def test_a_subnet_that_is_given_to_two_segments() -> None:
    """No address is dealt that an end of any segment, or a node, has."""
    lab = Lab(pools="10.0.0.0/16")
    for name in "abcd":
        lab.node(name, addresses="10.9.0.2/24" if name == "a" else ())
    lab.link("a", "b", addresses=("10.9.0.1/24", None))
    lab.link("c", "d", addresses=("10.9.0.4/24", None))
    lab.deal()

    assert [lab.get(name).address for name in "bd"] == ["10.9.0.3", "10.9.0.5"]


def test_a_link_local_address_is_given_beside_others() -> None:
    """It tells no subnet: the addresses are dealt from the pool."""
    lab = Lab(pools="fd00::/48")
    lab.node("a"), lab.node("b")
    lab.link("a", "b", addresses=("fe80::1/64", None))

    assert dealt(lab) == [("fe80::1/64",), ("fd00::1/64",)]


def test_a_pool_that_is_used_up_deals_nothing(dry_session: Session) -> None:
    """A lab that is up, and refuses a link, has neither the link nor its addresses."""
    lab = Lab(dry_session, pools=("10.0.0.0/30", "fd00::/48"))
    for name in "abc":
        lab.node(name)
    lab.link("a", "b")
    lab.up()
    before = lab.topology()

    with pytest.raises(InvalidArgument, match=r"10\.0\.0\.0/30 has no free subnet"):
        lab.link("b", "c")
    assert (lab.topology(), lab.failure) == (before, None)


def test_what_is_given_elsewhere_is_dealt_anew(dry_session: Session) -> None:
    """A subnet that is given, inside of one that was dealt or around it, or to a node."""
    nodes = (NodeSpec(name="a"), NodeSpec(name="b"), NodeSpec(name="sw", role="switch"))
    link = LinkSpec(ends=(PortSpec(node="a"), PortSpec(node="b")))
    shared = LinkSpec(ends=(PortSpec(node="a"), PortSpec(node="sw")))
    topology = Topology(nodes=nodes, links=(link, shared), pools=("10.0.0.0/16",))
    lab = Lab.build(topology, dry_session)
    before = [port.addresses for link in lab.links for port in link.ports]

    owner = NodeSpec(name="c", addresses=("10.0.1.7/32",))
    lab.apply(evolve(topology, nodes=(*nodes, owner)))

    after = [port.addresses for link in lab.links for port in link.ports]
    assert before == [("10.0.0.1/30",), ("10.0.0.2/30",), ("10.0.1.1/24",), ()]
    assert after == [*before[:2], ("10.0.2.1/24",), ()]
