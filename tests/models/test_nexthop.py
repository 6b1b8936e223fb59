"""Next hops and buckets in the JSON of iproute2 6.1, and of releases by their sources."""

import json
from typing import Any

import pytest

from ipwrap.models import (
    Bucket,
    Encap,
    HwStats,
    Member,
    MemberStats,
    Nexthop,
    NexthopBucket,
    Resilient,
    dump_all,
    parse,
)

# Captured from iproute2 6.1.
REAL = """[
{"id":1,"gateway":"10.0.0.2","dev":"v0","scope":"link","protocol":"unspec","flags":[]},
{"id":3,"scope":"global","blackhole":null,"protocol":"unspec","flags":[]},
{"id":6,"gateway":"10.7.0.1","dev":"v0","scope":"link","protocol":"unspec","flags":["onlink"]},
{"id":10,"group":[{"id":1,"weight":10},{"id":2,"weight":20}],"scope":"global","protocol":"unspec",
"flags":[]},
{"id":11,"group":[{"id":1},{"id":2}],"type":"resilient","resilient_args":{"buckets":8,
"idle_timer":100,
"unbalanced_timer":50,"unbalanced_time":0},"scope":"global","protocol":"unspec","flags":[]},
{"id":21,"group":[{"id":20}],"scope":"global","protocol":"unspec","flags":[],"fdb":null}
]"""

BUCKETS = """[
{"id":11,"bucket":{"index":0,"idle_time":0.01,"nhid":2},"flags":[]},
{"id":11,"bucket":{"index":7,"idle_time":12,"nhid":1},"flags":["offload"]}
]"""

# After __print_nexthop_entry() of 5.4 (no flags for a next hop without a link) and 7.1.
MADE_UP: list[tuple[dict[str, Any], Nexthop]] = [
    ({"id": 3, "blackhole": None}, Nexthop(id=3, blackhole=True)),
    ({"id": 4, "group": [{"id": 1}]}, Nexthop(id=4, group=(Member(id=1),))),
    (
        {
            "id": 5,
            "encap": {"encap_type": "mpls", "dst": "100"},
            "gateway": "10.0.0.2",
            "dev": "v0",
            "flags": ["dead"],
        },
        Nexthop(
            id=5,
            encap=Encap(encap_type="mpls", dst="100"),
            gateway="10.0.0.2",
            dev="v0",
            flags=("dead",),
        ),
    ),
    (
        {
            "id": 6,
            "group": [{"id": 1, "weight": 65535}],
            "resilient_args": {
                "buckets": 4,
                "idle_timer": 0.5,
                "unbalanced_timer": 0,
                "unbalanced_time": 1.25,
            },
            "hw_stats": {"enabled": True, "used": False},
            "group_stats": [{"id": 1, "packets": 3, "packets_hw": 0}],
        },
        Nexthop(
            id=6,
            group=(Member(id=1, weight=65535),),
            resilient_args=Resilient(
                buckets=4, idle_timer=0.5, unbalanced_timer=0, unbalanced_time=1.25
            ),
            hw_stats=HwStats(enabled=True, used=False),
            group_stats=(MemberStats(id=1, packets=3, packets_hw=0),),
        ),
    ),
    (
        {
            "id": 8,
            "gateway": "10.0.0.2",
            "scope": "link",
            "flags": [],
            "fdb": None,
            "dst_port": 4790,
        },
        Nexthop(id=8, gateway="10.0.0.2", scope="link", flags=(), fdb=True, dst_port=4790),
    ),
    (
        {"id": 7, "group": [{"id": 1, "new": 2}], "newer": None},
        Nexthop(id=7, group=(Member(id=1, extra={"new": 2}),), extra={"newer": None}),
    ),
]


def test_json_is_preserved() -> None:
    """Every key of a captured next hop has a field, and `dump_all` returns the same JSON."""
    nexthops = parse("nexthop", REAL)

    assert json.loads(REAL) == dump_all(nexthops)
    assert [{}] * len(nexthops) == [nexthop.extra for nexthop in nexthops]


@pytest.mark.parametrize(("printed", "nexthop"), MADE_UP)
def test_nexthop_is_read_and_written(printed: dict[str, Any], nexthop: Nexthop) -> None:
    """Groups, encapsulations and counters are converted in both directions."""
    assert [nexthop] == parse(Nexthop, json.dumps([printed]))
    assert [printed] == dump_all([nexthop])


def test_buckets_are_read_and_written() -> None:
    """Times may be integers or fractions, and `dump_all` returns the same JSON."""
    buckets = parse("nexthop bucket", BUCKETS)

    assert [
        NexthopBucket(id=11, bucket=Bucket(index=0, idle_time=0.01, nhid=2), flags=()),
        NexthopBucket(id=11, bucket=Bucket(index=7, idle_time=12, nhid=1), flags=("offload",)),
    ] == buckets
    assert json.loads(BUCKETS) == dump_all(buckets)
