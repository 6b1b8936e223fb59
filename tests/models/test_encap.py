"""Encapsulations of routes in the JSON of lwt_print_encap(), since iproute2 6.3."""

from typing import Any

import pytest

from ipwrap.models import Encap, ErspanOpt, GeneveOpt, Route, SegmentHeader, VxlanOpt, dump, load
from ipwrap.models.encap import nest_encap

SHOWN: list[tuple[dict[str, Any], Encap]] = [
    (
        {"encap_type": "mpls", "dst": "100/200", "ttl": 64},
        Encap(encap_type="mpls", dst="100/200", ttl=64),
    ),
    (
        {
            "encap_type": "ip",
            "id": 7,
            "tos": 0,
            "key": True,
            "geneve_opts": [{"class": 1, "type": 2, "data": "01"}],
        },
        Encap(
            encap_type="ip",
            id=7,
            tos=0,
            key=True,
            geneve_opts=(GeneveOpt(class_=1, type=2, data="01"),),
        ),
    ),
    (
        {
            "encap_type": "ip6",
            "vxlan_opts": [{"gbp": 7}],
            "erspan_opts": [{"ver": 1, "index": 2, "dir": 0, "hwid": 0}],
        },
        Encap(
            encap_type="ip6",
            vxlan_opts=(VxlanOpt(gbp=7),),
            erspan_opts=(ErspanOpt(ver=1, index=2, dir=0, hwid=0),),
        ),
    ),
    (
        {
            "encap_type": "ioam6",
            "trace": None,
            "prealloc": None,
            "type": "800000",
            "ns": 1,
            "size": 12,
        },
        Encap(encap_type="ioam6", trace=True, prealloc=True, type="800000", ns=1, size=12),
    ),
    (
        {
            "encap_type": "seg6local",
            "action": "End.B6",
            "srh": {"segs": ["fd00::2"], "hmac": "0x7"},
        },
        Encap(
            encap_type="seg6local",
            action="End.B6",
            srh=SegmentHeader(segs=("fd00::2",), hmac="0x7"),
        ),
    ),
    (
        {"encap_type": "bpf", "in": "prog", "headroom": 14},
        Encap(encap_type="bpf", in_="prog", headroom=14),
    ),
    (
        {"encap_type": "seg6", "mode": "encap", "segs": ["fd00::2"], "lookup": "main"},
        Encap(encap_type="seg6", mode="encap", segs=("fd00::2",), lookup="main"),
    ),
    ({"encap_type": "new", "newer": 1}, Encap(encap_type="new", extra={"newer": 1})),
]


@pytest.mark.parametrize(("data", "expected"), SHOWN)
def test_encapsulation_is_read_and_written(data: dict[str, Any], expected: Encap) -> None:
    """Every type of encapsulation becomes an `Encap`, and `dump` returns the same JSON."""
    (route,) = load(Route, [{"dst": "default", "encap": data, "flags": []}])

    assert expected == route.encap
    assert data == dump(route)["encap"]


def test_encapsulation_of_a_next_hop() -> None:
    """A next hop of a multipath route has an encapsulation of its own."""
    hop = {"encap": {"encap_type": "mpls", "dst": "100"}, "dev": "v0", "weight": 1, "flags": []}

    (route,) = load(Route, [{"dst": "default", "nexthops": [hop], "flags": []}])

    assert route.nexthops is not None
    assert Encap(encap_type="mpls", dst="100") == route.nexthops[0].encap


def test_encapsulation_of_an_older_release() -> None:
    """Before 6.3 its keys are among those of the route: decoded JSON is read the same."""
    data = {"dst": "default", "encap": "seg6", "mode": "encap", "segs": ["fd00::2"], "flags": []}

    (route,) = load(Route, [data])

    assert Route(
        dst="default", encap=Encap(encap_type="seg6", mode="encap", segs=("fd00::2",))
    ) == (route)


def test_key_behind_those_of_an_encapsulation_belongs_to_the_route() -> None:
    """An unknown type has no keys of its own, and a key in between ends those of a known one."""
    pairs = [
        ("encap", "new"),
        ("id", 7),
        ("encap", "mpls"),
        ("ttl", 3),
        ("dev", "v0"),
        ("dst", "1"),
    ]

    expected = {"encap": {"encap_type": "mpls", "ttl": 3}, "id": 7, "dev": "v0", "dst": "1"}
    assert expected == nest_encap(pairs)
