"""Next hops and buckets are read as iproute2 6.1 prints them, and as the sources of others say."""

import json
from typing import Any

import pytest

from ipwrap.models import (
    Bucket,
    HwStats,
    Member,
    MemberStats,
    Nexthop,
    NexthopBucket,
    Resilient,
    dump_all,
    parse,
)

# What iproute2 6.1 printed.
REAL = """[
{"id":1,"gateway":"10.0.0.2","dev":"v0","scope":"link","protocol":"unspec","flags":[]},
{"id":3,"scope":"global","blackhole":null,"protocol":"unspec","flags":[]},
{"id":6,"gateway":"10.7.0.1","dev":"v0","scope":"link","protocol":"unspec","flags":["onlink"]},
{"id":10,"group":[{"id":1,"weight":10},{"id":2,"weight":20}],"scope":"global","protocol":"unspec","flags":[]},
{"id":11,"group":[{"id":1},{"id":2}],"type":"resilient","resilient_args":{"buckets":8,"idle_timer":100,
"unbalanced_timer":50,"unbalanced_time":0},"scope":"global","protocol":"unspec","flags":[]},
{"id":21,"group":[{"id":20}],"scope":"global","protocol":"unspec","flags":[],"fdb":null}
]"""

BUCKETS = """[
{"id":11,"bucket":{"index":0,"idle_time":0.01,"nhid":2},"flags":[]},
{"id":11,"bucket":{"index":7,"idle_time":12,"nhid":1},"flags":["offload"]}
]"""

# Made after __print_nexthop_entry() of 5.4 (no flags for what has no link) and 7.1.
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
            encap={"encap_type": "mpls", "dst": "100"},
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


def test_nothing_is_lost() -> None:
    """Read and written again, each next hop is as it was printed, and each key has its field."""
    found = parse("nexthop", REAL)
    assert json.loads(REAL) == dump_all(found)
    assert [{}] * len(found) == [each.extra for each in found]


@pytest.mark.parametrize(("printed", "nexthop"), MADE_UP)
def test_nexthop_is_read_and_written(printed: dict[str, Any], nexthop: Nexthop) -> None:
    """With all that is within."""
    assert [nexthop] == parse(Nexthop, json.dumps([printed]))
    assert [printed] == dump_all([nexthop])


def test_parts_of_an_encapsulation_beside_the_others() -> None:
    """Through 6.2 they stand there: what no field names is kept, and of two keys `id` the last one is read."""
    printed = '[{"id":23,"encap":"ip","id":7,"src":"0.0.0.0","dst":"10.0.0.2","ttl":0,"tos":0,"flags":[]}]'
    extra = {"src": "0.0.0.0", "dst": "10.0.0.2", "ttl": 0, "tos": 0}
    assert [Nexthop(id=7, encap="ip", flags=(), extra=extra)] == parse(Nexthop, printed)


def test_buckets_are_read_and_written() -> None:
    """A time may be whole or not."""
    found = parse("nexthop bucket", BUCKETS)
    assert [
        NexthopBucket(id=11, bucket=Bucket(index=0, idle_time=0.01, nhid=2), flags=()),
        NexthopBucket(id=11, bucket=Bucket(index=7, idle_time=12, nhid=1), flags=("offload",)),
    ] == found
    assert json.loads(BUCKETS) == dump_all(found)
