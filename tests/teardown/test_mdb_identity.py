"""A multicast group that was added is found again in a snapshot, however it was asked for."""

from typing import Any

import pytest

from ipwrap import Session
from ipwrap.teardown.mdb_identity import asked, found

GROUP = "239.1.1.1"
ENTRIES: list[dict[str, Any]] = [
    {"dev": "br0", "port": "v0", "grp": GROUP, "vid": 10, "state": "permanent"},
    {"dev": "br0", "port": "v0", "grp": "ff02::99", "src": "fd00::9"},
    {"dev": "br0", "port": "port", "grp": "01:00:5e:00:00:0a"},
    {"dev": "vx0", "port": "vx0", "grp": GROUP, "dst": "10.0.0.5", "src_vni": 7},
]
NOUNS: dict[str, list[dict[str, Any]]] = {
    "link": [{"ifname": "v0", "altnames": ["the-port"]}, {"ifname": "port"}],
    "bridge mdb": [{"mdb": ENTRIES, "router": {}}],
}


@pytest.mark.parametrize(
    ("grp", "dev", "port", "options", "there"),
    [
        (GROUP, "br0", "v0", {}, True),
        (GROUP, "br0", "v0", {"vid": 10}, True),
        (GROUP, "br0", "the-port", {"vid": 10}, True),
        (GROUP, "br0", "v0", {"vid": 11}, False),
        (GROUP, "br0", "v0", {"src": "10.0.0.9"}, False),
        (GROUP, "br1", "v0", {}, False),
        (GROUP, "br0", "v1", {}, False),
        ("FF02::99", "br0", "v0", {"src": "fd00::9"}, True),
        ("ff02::99", "br0", "v0", {}, False),
        ("01:00:5E:00:00:0A", "br0", "port", {}, True),
        (GROUP, "vx0", "vx0", {"dst": "10.0.0.5"}, True),
        (GROUP, "vx0", "vx0", {"dst": "10.0.0.5", "src_vni": 7, "vni": 8}, True),
        (GROUP, "vx0", "vx0", {"dst": "10.0.0.5", "src_vni": 8}, False),
        (GROUP, "vx0", "vx0", {"dst": "10.0.0.6"}, False),
    ],
)
def test_a_group_is_told_from_others(
    dry: Session, grp: str, dev: str, port: str, options: dict[str, Any], there: bool
) -> None:
    """By its bridge, its port under any of its names, and what was said of sender, VLAN and tunnel."""
    (made,) = dry.bridge.mdb.add(grp, dev, port=port, **options).command.creates
    assert there is (asked(made, dev) in set(found(NOUNS)))


def test_no_snapshot_of_groups_holds_none() -> None:
    """Nor does one of a namespace without bridges."""
    assert [] == list(found({})) == list(found({"bridge mdb": [{}]}))
