"""Differences in words, on a line."""

from typing import Any

import pytest

from ipwrap.state import Difference
from ipwrap.state.difference_words import changes, describe, format_value

ROUTE = {
    "dst": "10.0.0.0/8",
    "dev": "eth0",
    "table": "main",
    "gateway": "10.1.0.1",
    "protocol": "boot",
    "scope": "global",
}


@pytest.mark.parametrize(
    ("difference", "expected"),
    [
        (
            Difference("red", "route", ("10.0.0.0/8", "eth0"), None, ROUTE),
            "+ red  route 10.0.0.0/8 dev eth0 via 10.1.0.1",
        ),
        (
            Difference("", "address", ("eth0", "10.0.0.1/32"), {"address": "10.0.0.2"}, None),
            "- (host)  address 10.0.0.1/32 dev eth0 peer 10.0.0.2",
        ),
        (
            Difference("", "link", ("eth0",), {"flags": ["NOARP", "UP"]}, {"flags": ["MASTER"]}),
            "~ (host)  link eth0: up -> down, +MASTER, -NOARP",
        ),
        (
            Difference("", "neigh", ("::1", "e"), None, {"dst": "::1", "dev": "e", "proxy": None}),
            "+ (host)  neigh ::1 dev e proxy",
        ),
        (
            Difference("", "sysctl", ("net.a.b",), {"value": "0"}, {"value": "1"}),
            "~ (host)  sysctl net.a.b: 0 -> 1",
        ),
        (
            Difference("", "bridge vlan", ("p0", "10"), None, {"vlan": 10, "flags": ["PVID"]}),
            "+ (host)  bridge vlan 10 dev p0 PVID",
        ),
        (
            Difference("\x1b", "link", ("\x1b",), None, {}),
            "+ \\x1b  link \\x1b",
        ),
    ],
)
def test_a_difference_is_a_line(difference: Difference, expected: str) -> None:
    """What came and went is described by its words, what changed by both values."""
    assert expected == describe(difference)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ({"mtu": 1}, {"mtu": 1}, []),
        ({"options": {"limit": 1}}, {"options": {"limit": 2}}, ["options.limit 1 -> 2"]),
        ({}, {"alias": "x"}, ["alias (none) -> x"]),
        ({"onlink": None}, {}, ["onlink on -> off"]),
        ({}, {"onlink": None}, ["onlink off -> on"]),
        ({"hairpin": False}, {"hairpin": True}, ["hairpin off -> on"]),
    ],
)
def test_changes_name_the_value(
    left: dict[str, Any], right: dict[str, Any], expected: list[str]
) -> None:
    """A field is told with both values, and one inside of an option with its path."""
    assert expected == list(changes(left, right))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "(none)"),
        ([], "(none)"),
        ([1, {"dev": "a"}], "1,dev a"),
        ("x" * 100, "x" * 59 + "…"),
    ],
)
def test_values_are_short(value: object, expected: str) -> None:
    """Lists and objects are told in a few words."""
    assert expected == format_value(value)
