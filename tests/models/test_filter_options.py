"""Options of filters are models of their kinds."""

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


def typed_options(kind: str, options: dict[str, Any]) -> Any:
    """Return the typed options of a filter."""
    return TcFilter(kind=kind, options=options).typed


@pytest.mark.parametrize("release", sorted(PRINTED))
def test_every_captured_key_has_a_field(release: str) -> None:
    """The options of the captured filters, and the keys of flower, have no unknown keys."""
    filters: list[TcFilter] = []
    for command, text in PRINTED[release].items():
        if " filter " in command:
            filters += parse(TcFilter, text)

    option_classes = set()
    for tc_filter in filters:
        options = tc_filter.typed
        if options is None:
            continue

        option_classes.add(type(options))
        assert {} == options.extra
        if isinstance(options, FlowerOptions) and options.keys:
            assert {} == options.keys.extra

    assert {FlowerOptions, MatchallOptions, U32Options} == option_classes


def test_flower_options_are_typed() -> None:
    """Port ranges, labels, tunnel options and flags have fields; masks are in ``extra``."""
    flower = typed_options(
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

    assert (1, True, 1) == (flower.handle, flower.in_hw, flower.in_hw_count)
    assert PortRange(start=1000, end=2000) == flower.keys.src_port
    assert (80, {"frag": False}) == (flower.keys.dst_port, flower.keys.ip_flags)
    assert (LabelEntry(depth=1, label=7), LabelEntry(depth=2, ttl=64)) == flower.keys.mpls
    assert (TunnelOption(class_=258, type=128, data=(17,)),) == flower.keys.geneve_opt_key
    assert {"ip_tos_mask": "fc"} == flower.keys.extra


def test_u32_matches_are_a_tuple() -> None:
    """`matches` is a tuple for no match, for a single match and for several."""
    port_match = {"value": "50", "mask": "ffff", "offmask": "", "off": 20}
    empty_match = {"value": "0", "off": 0}
    no_matches = typed_options("u32", {"fh": "800:"}).matches
    single_match = typed_options("u32", {"match": port_match}).matches
    two_matches = typed_options("u32", {"match": [port_match, empty_match]}).matches

    assert () == no_matches
    assert (U32Match(value="50", mask="ffff", offmask="", off=20),) == single_match
    assert ["50", "0"] == [match.value for match in two_matches]


def test_options_without_a_model_are_none() -> None:
    """`typed` is None for a kind without a model, and for a filter without options."""
    assert typed_options("fw", {"handle": "0x1"}) is None
    assert typed_options("flower", {}) is None


def test_wrong_option_is_an_error_with_its_path() -> None:
    """The message has the path of the wrong value within the filter."""
    message = r"at `\$\.options\[0\]\.keys\.vlan_id`; there it reads '\"x\"'"

    with pytest.raises(OutputError, match=message):
        _ = typed_options("flower", {"keys": {"vlan_id": "x"}})
