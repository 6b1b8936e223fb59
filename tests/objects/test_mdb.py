"""A multicast group is found in a snapshot, however the command named the group."""

from typing import Any

import pytest

from ipwrap import Session
from ipwrap.objects import object_type

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
    ("grp", "dev", "port", "options", "expected"),
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
def test_group_is_identified_by_its_options(
    dry_session: Session, grp: str, dev: str, port: str, options: dict[str, Any], expected: bool
) -> None:
    """Bridge, port (by any of its names), source, destination, VLAN and tunnel identify a group."""
    (created,) = dry_session.bridge.mdb.add(grp, dev, port=port, **options).command.creates

    group = object_type("mdb")
    assert expected is (group.identity_of(created, dev) in set(group.identities_in(NOUNS)))


@pytest.mark.parametrize("nouns", [{}, {"bridge mdb": [{}]}], ids=["no snapshot", "no bridges"])
def test_namespace_without_groups_has_no_identities(nouns: dict[str, Any]) -> None:
    """Neither a snapshot without groups nor a namespace without bridges holds a group."""
    assert [] == list(object_type("mdb").identities_in(nouns))
