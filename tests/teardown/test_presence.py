"""Whether a thing is in a snapshot."""

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


def made(noun: str, name: str, undo: str = "x", netns: str | None = None) -> CreatedObject:
    """Return a made thing."""
    return CreatedObject(noun, name, tuple(undo.split()), netns)


@pytest.mark.parametrize(
    ("thing", "expected"),
    [
        (made("netns", "red"), True),
        (made("netns", "blue"), False),
        (made("link", "eth0"), True),
        (made("link", "eth1"), False),
        (made("link", "eth0", netns="blue"), False),
        (made("link", "eth0", netns="red"), True),
        (made("rule", "anything"), True),
        (made("altname", "eth0 wan", "ip link property del dev eth0 altname wan"), True),
        (made("altname", "eth0 lan", "ip link property del dev eth0 altname lan"), False),
        (made("address", "", "ip address delete local fd00:0::1/64 dev eth0"), True),
        (made("address", "", "ip address delete local fd00::1/64 dev uplink"), True),
        (made("address", "", "ip address delete local fd00::1/64 dev lo"), False),
        (made("address", "", "ip address delete local fd00::1/65 dev eth0"), False),
        (made("route", "", "ip route delete to default"), True),
        (made("route", "", "ip route delete to 10.0.0.0/8"), False),
        (made("route", "", "ip route delete to 10.0.0.0/8 table 77"), True),
        (made("route", "", "ip route delete to 10.0.0.0/8 table 77 metric 5"), True),
        (made("route", "", "ip route delete to 10.0.0.0/8 table 77 metric 6"), False),
        (made("neigh", "", "ip neigh delete to 10.0.0.1 dev wan"), True),
        (made("neigh", "", "ip neigh delete to 10.0.0.1 dev wan proxy"), False),
        (made("neigh", "", "ip neigh delete proxy 10.0.0.2 dev eth0"), True),
        (made("fdb", "", "bridge fdb delete to 02:00:00:00:00:0A dev eth0"), True),
        (made("fdb", "", "bridge fdb delete to 02:00:00:00:00:0b dev eth0"), False),
        (made("nexthop", "7"), True),
        (made("nexthop", "8"), False),
        (made("nexthop", "8", netns="green"), True),
        (made("qdisc", "", "tc qdisc delete dev wan root"), True),
        (made("qdisc", "", "tc qdisc delete dev eth0 clsact"), True),
        (made("qdisc", "", "tc qdisc delete dev eth0 ingress"), False),
        (made("qdisc", "", "tc qdisc delete dev lo root"), False),
        (made("qdisc", "", "tc qdisc delete dev lo root", netns="green"), True),
    ],
)
def test_what_is_there(thing: CreatedObject, expected: bool) -> None:
    """By what its undoing names; what a snapshot does not tell counts as there."""
    assert expected is SnapshotIndex(STATE).contains(thing)
