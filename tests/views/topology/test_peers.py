"""Which namespace a link's peer is in."""

import pytest

from ipwrap import Session
from ipwrap.kinds import Veth
from ipwrap.views.topology.evidence import read_namespace_numbers
from ipwrap.views.topology.graph import Cable, End, Outside
from ipwrap.views.topology.peers import UNNAMED, Evidence
from ipwrap.views.topology.read import read_topology
from tests.views.topology.states import Json, link, pair_end, state_of

# Two cables, a to b and c to d, whose four ends look the same.
FOUR_ALIKE = {name: [pair_end("eth0", 2, peer=2)] for name in "abcd"}


def cables_of(
    state: dict[str, dict[str, list[Json]]], evidence: Evidence | None = None
) -> set[Cable]:
    """Return the cables of a state."""
    return set(read_topology(state, evidence).cables)


def test_ends_that_name_each_other_are_a_cable() -> None:
    """A link and its peer name each other's ifindex."""
    state = state_of({"": [pair_end("veth1", 7, peer=2)], "red": [pair_end("eth0", 2, peer=7)]})

    assert {Cable("veth", End("", "veth1"), End("red", "eth0"))} == cables_of(state)


def test_pair_of_one_namespace_is_a_single_cable() -> None:
    """`ip` prints the name of a peer in the same namespace."""
    state = state_of({"": [link("v0", "veth", link="v1"), link("v1", "veth", index=3, link="v0")]})

    assert {Cable("veth", End("", "v0"), End("", "v1"))} == cables_of(state)


def test_link_without_a_match_leads_to_an_unnamed_namespace() -> None:
    """No namespace of the state has the peer: a container's has no name."""
    state = state_of({"": [pair_end("veth1", 7, peer=2)], "red": [pair_end("eth0", 2, peer=9)]})

    assert {
        Cable("veth", End("", "veth1"), UNNAMED),
        Cable("veth", End("red", "eth0"), UNNAMED),
    } == cables_of(state)


def test_another_link_of_the_number_decides() -> None:
    """All links with one number lead to one namespace, also those that match several."""
    state = state_of(
        {
            "": [pair_end("x", 5, peer=2), pair_end("y", 6, peer=3)],
            "red": [pair_end("eth0", 2, peer=5), pair_end("eth1", 3, peer=6)],
            "blue": [pair_end("eth0", 2, peer=5)],
        }
    )

    assert {
        Cable("veth", End("", "x"), End("red", "eth0")),
        Cable("veth", End("", "y"), End("red", "eth1")),
        Cable("veth", End("blue", "eth0"), UNNAMED),
    } == cables_of(state)


def test_undecided_ends_are_named_as_such() -> None:
    """Where nothing decides, the far end is one of several namespaces."""
    cables = cables_of(state_of(FOUR_ALIKE))

    assert Cable("veth", End("a", "eth0"), Outside("one of b, c, d")) in cables
    assert 4 == len(cables)


def test_common_subnet_decides() -> None:
    """Addresses in one subnet decide between namespaces whose links look the same."""
    addresses = {
        "a": {"eth0": "10.0.0.1/24"},
        "b": {"eth0": "10.0.0.2/24"},
        "c": {"eth0": "10.0.1.1/24"},
        "d": {"eth0": "10.0.1.2/24"},
    }

    assert {
        Cable("veth", End("a", "eth0"), End("b", "eth0")),
        Cable("veth", End("c", "eth0"), End("d", "eth0")),
    } == cables_of(state_of(FOUR_ALIKE, addresses))


def test_known_pairs_come_before_subnets() -> None:
    """The commands that made a pair decide, whatever the addresses."""
    addresses = {name: {"eth0": f"10.0.0.{number}/24"} for number, name in enumerate("abcd", 1)}
    evidence = Evidence(find_pairs=lambda: [(End("a", "eth0"), End("c", "eth0"))])

    assert {
        Cable("veth", End("a", "eth0"), End("c", "eth0")),
        Cable("veth", End("b", "eth0"), End("d", "eth0")),
    } == cables_of(state_of(FOUR_ALIKE, addresses), evidence)


def test_known_numbers_come_first() -> None:
    """The kernel's word for a number decides, also that it stands for no named namespace."""
    evidence = Evidence(names={("a", 0): "d", ("b", 0): None})

    assert {
        Cable("veth", End("a", "eth0"), End("d", "eth0")),
        Cable("veth", End("b", "eth0"), UNNAMED),
        Cable("veth", End("c", "eth0"), UNNAMED),
    } == cables_of(state_of(FOUR_ALIKE), evidence)


def test_link_on_a_link_of_another_namespace_is_a_cable() -> None:
    """A macvlan that was moved names its lower link by ifindex, which does not name it back."""
    macvlan = link("mv0", "macvlan", index=5, link_index=9, link_netnsid=0)
    state = state_of({"": [link("eth0", index=9)], "red": [macvlan]})

    assert {Cable("macvlan", End("red", "mv0"), End("", "eth0"))} == cables_of(state)


@pytest.mark.parametrize("index", [None, 2])
def test_forged_links_without_indexes_have_no_peer(index: int | None) -> None:
    """A recording may hold anything: a link without an ifindex leads nowhere."""
    forged = {**pair_end("eth0", 2, peer=2), "ifindex": index}
    state = state_of({"a": [forged], "b": [{**forged, "link_index": None}]})

    assert {Cable("veth", End("a", "eth0"), UNNAMED)} == cables_of(state)


@pytest.mark.live
def test_kernel_tells_the_namespaces_of_numbers(session: Session) -> None:
    """In a sandbox, the kernel's numbers decide between four ends that look the same."""
    for name in "abcd":
        session.ip.netns.add(name)
    for left, right in ("ac", "bd"):
        peer = Veth(peer="eth0", peer_netns=right)
        session.netns(left).ip.link.add("eth0", peer)

    state = session.state()
    evidence = Evidence(read_namespace_numbers(session.run_unrecorded, state))

    assert {
        Cable("veth", End("a", "eth0"), End("c", "eth0")),
        Cable("veth", End("b", "eth0"), End("d", "eth0")),
    } == cables_of(state, evidence)
