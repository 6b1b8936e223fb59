"""Links in a snapshot's JSON: pairs, peers, and the links above and below."""

from typing import Any

import pytest

from ipwrap.kinds import KINDS
from ipwrap.kinds.paired import PairedKind
from ipwrap.undo.link_data import find_peer, is_paired, lower_links, upper_links

Json = dict[str, Any]


def link(name: str, kind: str, **data: Any) -> Json:
    """Return the JSON of a link of a kind."""
    return {"ifname": name, "linkinfo": {"info_kind": kind}, **data}


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_link_is_paired_by_its_kind(kind: str) -> None:
    """The classes of kinds decide, and no list of names beside them."""
    expected = issubclass(KINDS[kind], PairedKind)

    assert expected is is_paired(link("x", kind))
    assert expected is (kind in ("netkit", "veth", "vxcan"))


@pytest.mark.parametrize("kind", [None, "strange"])
def test_a_link_without_a_known_kind_is_not_paired(kind: str | None) -> None:
    """Hardware has no kind, and a kind may be newer than ipwrap."""
    assert not is_paired({"ifname": "x", "linkinfo": {"info_kind": kind}})


def test_the_peer_of_a_pair_is_neither_below_nor_above() -> None:
    """`ip` prints a peer under the same key as the parent of a VLAN."""
    veth = link("v0", "veth", link="v1")
    vlan = link("v0.7", "vlan", link="v0")
    state = {"": {"link": [veth, link("v1", "veth", link="v0"), vlan]}}

    assert frozenset() == lower_links(veth)
    assert frozenset({"v0"}) == lower_links(vlan)
    assert [("", "v0.7")] == upper_links(state, ("", "v0"))


def test_a_peer_is_found_by_name_or_by_mirrored_indexes() -> None:
    """In another namespace only the indexes of the two ends point to each other."""
    state = {
        "": {
            "link": [
                link("v0", "veth", link="v1"),
                link("v1", "veth", link="v0"),
                link("w0", "veth", ifindex=7, link_index=2),
                link("lost", "veth", ifindex=8, link_index=3),
                link("d0", "dummy", ifindex=9),
            ]
        },
        "red": {"link": [link("w1", "veth", ifindex=2, link_index=7)]},
    }

    assert ("", "v1") == find_peer(state, ("", "v0"))
    assert ("red", "w1") == find_peer(state, ("", "w0"))
    assert ("", "w0") == find_peer(state, ("red", "w1"))
    assert find_peer(state, ("", "lost")) is None
    assert find_peer(state, ("", "d0")) is None
