"""What filters show is typed by their kinds."""

import json
from pathlib import Path
from typing import Any

import pytest

from ipwrap.errors import OutputError
from ipwrap.models import TcFilter, parse
from ipwrap.models.filter_options import (
    FlowerOptions,
    LabelEntry,
    MatchallOptions,
    PortRange,
    TunnelOption,
    U32Match,
    U32Options,
)

PRINTED: dict[str, dict[str, str]] = json.loads(
    (Path(__file__).parents[1] / "cases" / "tc.json").read_text()
)


def typed(kind: str, options: dict[str, Any]) -> Any:
    """Return the options of a filter, typed."""
    return TcFilter(kind=kind, options=options).typed


@pytest.mark.parametrize("release", sorted(PRINTED))
def test_every_key_that_was_printed_has_a_field(release: str) -> None:
    """Of every filter of two releases."""
    found: list[Any] = [
        each.typed
        for command, text in PRINTED[release].items()
        if " filter " in command
        for each in parse(TcFilter, text)
        if each.options
    ]
    assert {FlowerOptions, MatchallOptions, U32Options} == {type(each) for each in found}
    assert [{}] * len(found) == [each.extra for each in found]
    assert all(
        each.keys.extra == {} for each in found if isinstance(each, FlowerOptions) and each.keys
    )


def test_a_flower_is_typed() -> None:
    """Ports that are a range, labels, options of tunnels, flags."""
    found = typed(
        "flower",
        {
            "handle": 1,
            "keys": {
                "eth_type": "ipv4",
                "ip_tos": 16,
                "ip_tos_mask": "fc",
                "dst_port": 80,
                "ip_flags": {"frag": False},
                "src_port": {"start": 1000, "end": 2000},
                "mpls": [{"depth": 1, "label": 7}, {"depth": 2, "ttl": 64}],
                "geneve_opt_key": [{"class": 258, "type": 128, "data": [17]}],
            },
            "in_hw": True,
            "in_hw_count": 1,
        },
    )
    assert (1, True, 1) == (found.handle, found.in_hw, found.in_hw_count)
    assert PortRange(start=1000, end=2000) == found.keys.src_port
    assert (80, {"frag": False}) == (found.keys.dst_port, found.keys.ip_flags)
    assert (LabelEntry(depth=1, label=7), LabelEntry(depth=2, ttl=64)) == found.keys.mpls
    assert (TunnelOption(class_=258, type=128, data=(17,)),) == found.keys.geneve_opt_key
    assert {"ip_tos_mask": "fc"} == found.keys.extra


def test_the_matches_of_a_u32_are_a_list() -> None:
    """Of none, of one, and of several."""
    one, other = {"value": "50", "mask": "ffff", "offmask": "", "off": 20}, {"value": "0", "off": 0}
    assert () == typed("u32", {"fh": "800:"}).matches
    assert (U32Match(value="50", mask="ffff", offmask="", off=20),) == typed(
        "u32", {"match": one}
    ).matches
    assert ["50", "0"] == [each.value for each in typed("u32", {"match": [one, other]}).matches]


def test_a_kind_without_a_class_is_none() -> None:
    """Its options are as they were printed."""
    assert typed("fw", {"handle": "0x1"}) is None
    assert typed("flower", {}) is None


def test_what_is_no_such_filter_is_an_error() -> None:
    """With the path within the filter."""
    with pytest.raises(
        OutputError, match=r"at `\$\.options\[0\]\.keys\.vlan_id`; there it reads '\"x\"'"
    ):
        _ = typed("flower", {"keys": {"vlan_id": "x"}})
