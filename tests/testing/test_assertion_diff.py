"""`explain`: where two states, models or lists of models differ."""

from typing import Any

import pytest
from attrs import evolve

from ipwrap import parse
from ipwrap.models import Link, Route
from ipwrap.testing import explain
from ipwrap.testing.assertion_diff import MAX_LINES

LINKS: list[Link] = parse(
    Link, '[{"ifindex":1,"ifname":"lo","mtu":65536},{"ifindex":2,"ifname":"br0","mtu":1500}]'
)
LO, BR0 = LINKS
STATE = {"": {"link": [{"ifname": "lo", "mtu": 65536, "ifindex": 1}]}}
MORE = {
    "": {"link": [{"ifname": "lo", "mtu": 1500}]},
    "red": {"route": [{"dst": "default", "dev": "eth0"}]},
}


def test_states_are_compared_by_what_counts() -> None:
    """As `ipwrap replay --check` tells it."""
    assert [
        "the states differ:",
        "~ (first)  link lo: mtu 65536 -> 1500",
        "+ red  route default eth0",
    ] == explain(STATE, MORE)


@pytest.mark.parametrize(
    ("key", "then", "now"),
    [("ifindex", 1, 7), ("address", "02:00:00:00:00:01", "02:00:00:00:00:02")],
)
def test_where_nothing_else_differs_the_kernel_s_choices_are_told(
    key: str, then: Any, now: Any
) -> None:
    """An `assert` that failed has a reason, and it is told."""
    states = ({"": {"link": [{"ifname": "lo", key: value}]}} for value in (then, now))
    told = explain(*states)

    assert told is not None
    assert f"{key} {then} -> {now}" in told[1]


def test_models_and_lists_of_models_are_compared() -> None:
    """One by one, by what tells them from each other; an index that differs is told when nothing else does."""
    title = "the readings of `link` differ:"
    assert [title, "~ (first)  link br0: mtu 1500 -> 9"] == explain(LINKS, [LO, evolve(BR0, mtu=9)])
    assert [title, "- (first)  link lo"] == explain(LINKS, [BR0])
    assert [title, "~ br0: ifindex 2 -> 7"] == explain(BR0, evolve(BR0, ifindex=7))


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (1, 2),
        ([], []),
        ({}, {}),
        ({"a": {}}, {"b": {}}),
        ({"a": 1}, {"a": 2}),
        ({"a": {"b": 1}}, {"a": {"b": 2}}),
        (STATE, 1),
        ([LO, 1], [LO]),
        (LO, 1),
        (LINKS, [Route()]),
    ],
)
def test_what_is_none_of_these_is_not_explained(left: object, right: object) -> None:
    """Anybody else's values are left to pytest."""
    assert explain(left, right) is None


def test_not_more_than_one_can_read() -> None:
    """A long list of differences is cut, and says how long it is."""
    many = [evolve(BR0, ifname=f"br{number}") for number in range(MAX_LINES + 2)]
    told = explain(many, [LO])

    assert told is not None
    assert "… and 3 more" == told[-1]
    assert MAX_LINES + 2 == len(told)
