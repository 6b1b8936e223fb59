"""A snapshot contains a created object, or does not."""

from typing import Any

import pytest

from ipwrap.command import CreatedObject
from ipwrap.teardown.presence import SnapshotIndex

STATE: dict[str, Any] = {
    "": {
        "link": [{"ifname": "eth0", "altnames": ["wan", "uplink"]}, {"ifname": "lo"}],
        "address": [{"ifname": "eth0", "addr_info": [{"local": "fd00::1", "prefixlen": 64}]}],
        "route": [{"dst": "default"}, {"dst": "10.0.0.0/8", "table": "77", "metric": 5}],
        "neigh": [
            {"dst": "10.0.0.1", "dev": "eth0"},
            {"dst": "10.0.0.2", "dev": "eth0", "proxy": None},
        ],
        "bridge fdb": [{"mac": "02:00:00:00:00:0a", "ifname": "eth0"}],
        "nexthop": [{"id": 7}],
        "tc qdisc": [
            {"dev": "eth0", "kind": "tbf", "root": True},
            {"dev": "eth0", "kind": "clsact"},
        ],
    },
    "red": {"address": []},
    "green": {"link": []},
}


def created(
    noun: str, name: str = "", *, netns: str | None = None, **identity: str
) -> CreatedObject:
    """Return a created object with the fields of its identity."""
    return CreatedObject(noun, name, identity, netns)


@pytest.mark.parametrize(
    ("candidate", "expected"),
    [
        (created("netns", "red"), True),
        (created("netns", "blue"), False),
        (created("link", "eth0"), True),
        (created("link", "eth1"), False),
        (created("link", "eth0", netns="blue"), False),
        (created("link", "eth0", netns="red"), True),
        (created("rule", "anything"), True),
        (
            created("altname", "eth0 wan", dev="eth0", altname="wan"),
            True,
        ),
        (
            created("altname", "eth0 lan", dev="eth0", altname="lan"),
            False,
        ),
        (created("address", local="fd00:0::1/64", dev="eth0"), True),
        (created("address", local="fd00::1/64", dev="uplink"), True),
        (created("address", local="fd00::1/64", dev="lo"), False),
        (created("address", local="fd00::1/65", dev="eth0"), False),
        (created("route", dst="default"), True),
        (created("route", dst="10.0.0.0/8"), False),
        (created("route", dst="10.0.0.0/8", table="77"), True),
        (created("route", dst="10.0.0.0/8", table="77", metric="5"), True),
        (
            created("route", dst="10.0.0.0/8", table="77", metric="6"),
            False,
        ),
        (created("neigh", to="10.0.0.1", dev="wan"), True),
        (created("neigh", proxy="true", to="10.0.0.1", dev="wan"), False),
        (created("neigh", to="10.0.0.2", proxy="true", dev="eth0"), True),
        (created("fdb", to="02:00:00:00:00:0A", dev="eth0"), True),
        (created("fdb", to="02:00:00:00:00:0b", dev="eth0"), False),
        (created("nexthop", "7"), True),
        (created("nexthop", "8"), False),
        (created("nexthop", "8", netns="green"), True),
        (created("qdisc", dev="wan", parent="root"), True),
        (created("qdisc", dev="eth0", parent="clsact"), True),
        (created("qdisc", dev="eth0", parent="ingress"), False),
        (created("qdisc", dev="lo", parent="root"), False),
        (created("qdisc", dev="lo", parent="root", netns="green"), True),
    ],
)
def test_snapshot_contains_object(candidate: CreatedObject, expected: bool) -> None:
    """Objects are found by their deletion; nouns without a snapshot count as present."""
    assert expected is SnapshotIndex(STATE).contains(candidate)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ([{"ifname": "eth0", "ifindex": 2}], [{"ifname": "eth0", "ifindex": 2}], True),
        ([{"ifname": "eth0", "ifindex": 2}], [{"ifname": "eth0", "ifindex": 7}], False),
        ([{"ifname": "eth1", "ifindex": 2}], [{"ifname": "eth0", "ifindex": 2}], False),
        ([], [], False),
    ],
    ids=["same", "created again", "renamed", "absent"],
)
def test_link_is_the_same_by_name_and_index(
    before: list[dict[str, Any]], now: list[dict[str, Any]], expected: bool
) -> None:
    """A link that was deleted and created again has another index."""
    old_index = SnapshotIndex({"": {"link": before}})
    new_index = SnapshotIndex({"": {"link": now}})

    assert expected is new_index.has_same_link(old_index, None, name="eth0")
