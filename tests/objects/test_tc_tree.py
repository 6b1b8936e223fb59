"""The tree of qdiscs and classes."""

from typing import Any

import pytest

from ipwrap.objects.tc_tree import TcTree, canonical_place, major_of

NOUNS: dict[str, list[dict[str, Any]]] = {
    "tc qdisc": [
        {"dev": "d0", "kind": "htb", "handle": "1:", "root": True},
        {"dev": "d0", "kind": "prio", "handle": "10:", "parent": "1:10"},
        {"dev": "d0", "kind": "pfifo", "handle": "11:", "parent": "10:1"},
        {"dev": "d0", "kind": "clsact", "handle": "ffff:", "parent": "ffff:fff1"},
    ],
    "tc class": [
        {"dev": "d0", "class": "htb", "handle": "1:1", "root": True},
        {"dev": "d0", "class": "htb", "handle": "1:10", "parent": "1:1"},
        {"dev": "d1", "class": "htb", "handle": "1:1", "root": True},
    ],
    "tc filter": [
        {"dev": "d0", "parent": "1:10"},
        {"dev": "d0", "parent": "ingress"},
        {"dev": "d1", "parent": "1:"},
    ],
}


def test_a_node_is_as_deep_as_there_are_nodes_above() -> None:
    """A class that comes with its qdisc, such as that of a prio, is no node."""
    tree = TcTree(NOUNS)
    handles = ("1:", "1:1", "1:10", "10:", "11:", "ffff:")

    assert [0, 1, 2, 3, 4, 0] == [tree.depth(("d0", handle)) for handle in handles]


def test_a_node_has_others_below() -> None:
    """They are of the same link."""
    tree = TcTree(NOUNS)

    assert {("d0", "1:10"), ("d0", "10:"), ("d0", "11:")} == tree.below(("d0", "1:10"))
    assert (True, False) == (tree.is_upper(("d0", "10:")), tree.is_upper(("d0", "11:")))


def test_what_is_dropped_takes_its_filters_along() -> None:
    """Those at other nodes, and of other links, stay."""
    nouns = {noun: [*objects] for noun, objects in NOUNS.items()}
    tree = TcTree(nouns)
    tree.drop(nouns, tree.below(("d0", "1:")))

    assert (["clsact"], ["d1"], ["ingress", "1:"]) == (
        [data["kind"] for data in nouns["tc qdisc"]],
        [data["dev"] for data in nouns["tc class"]],
        [data["parent"] for data in nouns["tc filter"]],
    )


def test_the_number_of_a_qdisc_is_that_of_its_classes() -> None:
    """The part before the colon."""
    assert ("1:", "8001:") == (major_of("1:10"), major_of("8001:"))


def test_a_node_has_a_path() -> None:
    """Up to the place of the first qdisc; a class that comes with its qdisc has one too."""
    tree = TcTree(NOUNS)
    paths = {handle: tree.path(("d0", handle)) for handle in ("1:", "10:1", "ffff:", "7:1")}

    assert {
        "1:": ["1:", "root"],
        "10:1": ["10:1", "10:", "1:10", "1:1", "1:", "root"],
        "ffff:": ["ffff:", "ingress"],
        "7:1": ["7:1", "root"],
    } == paths


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("root", "root"),
        ("01:0A", "1:a"),
        ("1:", "1:"),
        (":5", ":5"),
        ("ffff:", "ingress"),
        ("ffff:fff2", "ingress"),
        ("FFFF:FFF3", "egress"),
        ("clsact", "ingress"),
        ("egress", "egress"),
        ("1:zz", "1:zz"),
        ("10", "10"),
    ],
)
def test_a_place_has_one_name(text: str, place: str) -> None:
    """A number is as `tc` prints it, and the places of clsact have their words."""
    assert place == canonical_place(text)
