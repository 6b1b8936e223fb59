"""`explain` returns the differences of two states, models or lists of models."""

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


def test_states_are_compared_as_in_a_replay() -> None:
    """States are compared as by `ipwrap replay --check`."""
    assert [
        "the states differ:",
        "~ (host)  link lo: mtu 65536 -> 1500",
        "+ red  route default eth0",
    ] == explain(STATE, MORE)


@pytest.mark.parametrize(
    ("key", "before", "after"),
    [("ifindex", 1, 7), ("address", "02:00:00:00:00:01", "02:00:00:00:00:02")],
)
def test_kernel_assigned_values_are_compared_last(key: str, before: Any, after: Any) -> None:
    """Kernel-assigned values are reported if nothing else differs."""
    states = ({"": {"link": [{"ifname": "lo", key: value}]}} for value in (before, after))
    report = explain(*states)

    assert report is not None
    assert f"{key} {before} -> {after}" in report[1]


def test_models_and_lists_of_models_are_compared() -> None:
    """Models are matched by identity; a different index is reported if nothing else differs."""
    title = "the readings of `link` differ:"
    assert [title, "~ (host)  link br0: mtu 1500 -> 9"] == explain(LINKS, [LO, evolve(BR0, mtu=9)])
    assert [title, "- (host)  link lo"] == explain(LINKS, [BR0])
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
def test_foreign_values_are_not_explained(left: object, right: object) -> None:
    """Values of different types are left to pytest."""
    assert explain(left, right) is None


def test_long_report_is_truncated() -> None:
    """A long report is truncated, with the number of omitted lines."""
    links = [evolve(BR0, ifname=f"br{number}") for number in range(MAX_LINES + 2)]
    report = explain(links, [LO])

    assert report is not None
    assert "… and 3 more" == report[-1]
    assert MAX_LINES + 2 == len(report)
