"""Filters, from their JSON back to the arguments that make them."""

from typing import Any

import pytest

from ipwrap.errors import InvalidArgument
from ipwrap.tc.filter_json import filter_from_json

Json = dict[str, Any]

DROP = {"order": 1, "kind": "gact", "control_action": {"type": "drop"}, "index": 1, "ref": 1}
U32 = {"fh": "800::801", "order": 2049, "key_ht": "800", "bkt": "0", "not_in_hw": True}
MATCH = {"value": "a000000", "mask": "ff000000", "offmask": "", "off": 12}
POLICE = {"kind": "police", "rate": 125_000, "burst": 10_240, "mtu": 2048, "overhead": 0}

# The kind, the options in JSON, the arguments, and the handle.
FILTERS: list[tuple[str, Json, str, Any]] = [
    ("matchall", {"handle": 1, "flowid": "1:20", "not_in_hw": True}, "classid 1:20", 1),
    ("matchall", {"handle": 2, "skip_hw": True, "actions": [DROP]}, "skip_hw action gact drop", 2),
    (
        "flower",
        {
            "handle": 1,
            "classid": "1:20",
            "keys": {
                "eth_type": "ipv4",
                "ip_proto": "tcp",
                "dst_ip": "10.1.0.0/16",
                "dst_port": {"start": 1000, "end": 2000},
                "src_port": 53,
                "ip_flags": {"frag": False},
                "ip_tos": 16,
                "ip_tos_mask": "fc",
                "ip_ttl": 64,
            },
        },
        (
            "ip_proto tcp ip_tos 16/0xfc ip_ttl 64 ip_flags nofrag dst_ip 10.1.0.0/16 src_port 53"
            " dst_port 1000-2000 classid 1:20"
        ),
        1,
    ),
    (
        "flower",
        {"handle": 1, "keys": {"vlan_id": 7, "vlan_ethtype": "ipv4"}},
        "vlan_id 7 vlan_ethtype ip",
        1,
    ),
    ("flower", {"keys": {"ip_flags": "frag"}}, "ip_flags frag", None),
    ("fw", {"fw": {"mark": "0x6", "mask": "0xffffffff"}, "classid": "1:2"}, "classid 1:2", "0x6"),
    ("fw", {"fw": {"mark": "0x6", "mask": "0xff"}}, "", "0x6/0xff"),
    (
        "u32",
        {**U32, "flowid": "1:10", "match": [MATCH, {**MATCH, "offmask": "nexthdr+", "off": 0}]},
        (
            "match u32 0xa000000 0xff000000 at 12 match u32 0xa000000 0xff000000 at nexthdr+0"
            " flowid 1:10"
        ),
        "::801",
    ),
    ("u32", {"fh": "1:", "ht_divisor": 256}, "divisor 256", "1:"),
    (
        "u32",
        {**U32, "fh": "1:a:800", "key_ht": "1", "bkt": "a", "match": MATCH},
        "match u32 0xa000000 0xff000000 at 12 ht 1:a:",
        "1:a:800",
    ),
    (
        "u32",
        {
            **U32,
            "link": "1:",
            "hash_mask": "ff",
            "hash_off": 12,
            "offset_mask": "f00",
            "offset_shift": 6,
            "offset_off": 0,
            "eat": True,
            "fwmark_value": "0x6",
            "fwmark_mask": "0xff",
        },
        "match mark 0x6 0xff offset at 0 mask 0xf00 shift 6 eat hashkey mask 0xff at 12 link 1:",
        "::801",
    ),
    ("u32", {**U32, "plus": 4}, "offset plus 4", "::801"),
    (
        "u32",
        {**U32, "match": MATCH, "control_action": {"type": "drop"}, **POLICE},
        (
            "match u32 0xa000000 0xff000000 at 12 police rate 1mbit burst 10240 mtu 2048"
            " conform-exceed drop"
        ),
        "::801",
    ),
]


@pytest.mark.parametrize(("kind", "options", "arguments", "handle"), FILTERS)
def test_a_filter_is_made_from_its_output(
    kind: str, options: Json, arguments: str, handle: Any
) -> None:
    """The arguments are those of the same filter."""
    made, made_handle = filter_from_json(kind, options)

    assert (kind, arguments, handle) == (made.type, " ".join(made.to_args()), made_handle)


@pytest.mark.parametrize(
    ("kind", "options", "problem"),
    [
        ("basic", {"handle": "1"}, "a filter of basic does not tell its options"),
        ("flower", {"keys": {"new_key": 1}}, "flower: no option is made of new_key"),
        ("flower", {"new": 1}, "flower: no option is made of new"),
        ("matchall", {"new": 1}, "matchall: no option is made of new"),
        ("u32", {**U32, "new": 1}, "u32: no option is made of new"),
        ("u32", {**U32, "match": {"src": {}}}, "u32 match: no option is made of src"),
        ("fw", {"fw": {"mark": "0x6"}, "actions": []}, "fw: no option is made of actions"),
    ],
)
def test_a_filter_that_is_not_understood_is_refused(kind: str, options: Json, problem: str) -> None:
    """The error tells what is missing: a filter without it would be another one."""
    with pytest.raises(InvalidArgument, match=problem):
        filter_from_json(kind, options)
