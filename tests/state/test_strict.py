"""A strict comparison compares every value."""

from typing import Any

import pytest

from ipwrap.state.strict import compare_strictly

Json = dict[str, Any]

NEIGHBOUR: Json = {"dst": "10.0.0.2", "dev": "eth0", "state": ["REACHABLE"]}
ADDRESS: Json = {"ifname": "e", "addr_info": [{"local": "10.0.0.1", "prefixlen": 8, "label": "e"}]}


@pytest.mark.parametrize(
    ("noun", "left", "right", "name"),
    [
        ("link", {"ifname": "e", "ifindex": 1}, {"ifname": "e", "ifindex": 2}, ("e",)),
        ("neigh", NEIGHBOUR, {**NEIGHBOUR, "state": ["STALE"]}, ("10.0.0.2", "eth0")),
        (
            "address",
            ADDRESS,
            {"ifname": "e", "addr_info": [{"local": "10.0.0.1", "prefixlen": 8}]},
            ("e", "10.0.0.1/8"),
        ),
        ("nft", {"table": {"handle": 1}}, {"table": {"handle": 2}}, ()),
    ],
)
def test_values_of_the_kernel_count(
    noun: str, left: Json, right: Json, name: tuple[str, ...]
) -> None:
    """Indexes, learned states, labels and handles are differences of one object."""
    (difference,) = compare_strictly({"": {noun: [left]}}, {"": {noun: [right]}})

    assert (noun, name, True) == (
        difference.noun,
        difference.name,
        difference.left is not None and difference.right is not None,
    )


def test_equal_states_have_no_difference() -> None:
    """A state equals itself, with several objects of the same identity."""
    state = {"": {"nft": [{"table": {"name": "a"}}, {"table": {"name": "a"}}]}}

    assert [] == compare_strictly(state, state)


def test_an_object_more_is_one_difference() -> None:
    """An object that only one side has is told alone."""
    differences = compare_strictly({"": {}}, {"": {"neigh": [NEIGHBOUR]}})

    assert [None] == [difference.left for difference in differences]
