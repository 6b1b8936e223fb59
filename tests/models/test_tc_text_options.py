"""Text options of tc become the JSON of later releases."""

from typing import Any

import pytest

from ipwrap.jsonio.repair import UNPARSED_KEY
from ipwrap.models.tc_text_options import repair_action, repair_filter, repair_options
from ipwrap.qdiscs import Tbf, qdisc_from_json

MATCHES = """\
fh 800::800 order 2048 key ht 800 bkt 0 *flowid 1:20 skip_hw not_in_hw  (rule hit 7 success 3)
  match 0a000000/ff000000 at 16 (success 5 )
  match 00000050/0000ffff at nexthdr+0 (success 3 ) """


def repaired_options(kind: str, text: str) -> Any:
    """Return the options that `repair_options` makes of a text."""
    return repair_options({"kind": kind, "options": {UNPARSED_KEY: text}})["options"]


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (
            "tbf",
            "rate 1Mbit burst 4Kb/1 mpu 0b lat 400.0ms linklayer ethernet ",
            {"rate": 125000, "burst": "4Kb/1", "mpu": 0, "lat": 400000, "linklayer": "ethernet"},
        ),
        (
            "tbf",
            "rate 1Mbit burst 5Kb peakrate 2Mbit minburst 1540b lat 70.0ms ",
            {"rate": 125000, "burst": 5120, "peakrate": 250000, "minburst": 1540, "lat": 70000},
        ),
        (
            "tbf",
            "rate 1Mbit burst 4Kb limit 10Kb ",
            {"rate": 125000, "burst": 4096, "limit": 10240},
        ),
        (
            "codel",
            "limit 1000p target 5.0ms ce_threshold 1.0ms interval 100.0ms ecn ",
            {
                "limit": 1000,
                "target": 4999,
                "ce_threshold": 999,
                "interval": 99999,
                "ecn": True,
            },
        ),
        (
            "fq_codel",
            "limit 10240p flows 1024 quantum 1514 target 5.0ms interval 100.0ms memory_limit 32Mb ",
            {
                "limit": 10240,
                "flows": 1024,
                "quantum": 1514,
                "target": 4999,
                "interval": 99999,
                "memory_limit": 33554432,
            },
        ),
        (
            "fq",
            (
                "limit 10000p flow_limit 100p buckets 1024 orphan_mask 1023 nopacing quantum 3028b"
                " initial_quantum 15140 maxrate 1Mbit low_rate_threshold 550Kbit"
                " refill_delay 40.0ms timer_slack 10us "
            ),
            {
                "limit": 10000,
                "flow_limit": 100,
                "buckets": 1024,
                "orphan_mask": 1023,
                "quantum": 3028,
                "initial_quantum": 15140,
                "maxrate": 125000,
                "low_rate_threshold": 68750,
                "refill_delay": 40000,
                "timer_slack": 10000,
                "pacing": False,
            },
        ),
        ("fq", "limit 1p ", {"limit": 1}),
        ("u32", "fh 800: ht divisor 1 ", {"fh": "800:", "ht_divisor": 1}),
        (
            "u32",
            MATCHES,
            {
                "fh": "800::800",
                "order": 2048,
                "key_ht": "800",
                "bkt": "0",
                "flowid": "1:20",
                "skip_hw": True,
                "not_in_hw": True,
                "rule_hit": 7,
                "success": [3, 5, 3],
                "match": [
                    {"value": "a000000", "mask": "ff000000", "offmask": "", "off": 16},
                    {"value": "50", "mask": "ffff", "offmask": "nexthdr+", "off": 0},
                ],
            },
        ),
        (
            "u32",
            "fh 800::800 link 1: \n  match 0/0 at -4",
            {
                "fh": "800::800",
                "link": "1:",
                "match": {"value": "0", "mask": "0", "offmask": "", "off": -4},
            },
        ),
    ],
)
def test_text_becomes_json(kind: str, text: str, expected: dict[str, Any]) -> None:
    """Every known keyword becomes a JSON key with its value."""
    assert expected == repaired_options(kind, text)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("tbf", "rate"),
        ("tbf", "rate x"),
        ("tbf", "rate 1Mbit more 2"),
        ("tbf", "lat 1"),
        ("tbf", "burst x/1"),
        ("tbf", "overhead x"),
        ("u32", "fh"),
        ("u32", "order x"),
        ("u32", "??? "),
        ("u32", "offset 0f00>>6 of 0 "),
        ("u32", "police 1x"),
        ("fw", "handle 0x"),
        ("fw", "classid"),
        ("u32", "action order"),
        ("cbq", "rate 1Mbit"),
    ],
)
def test_unknown_text_is_kept(kind: str, text: str) -> None:
    """A text with an unknown keyword or an invalid value is kept unchanged."""
    assert {UNPARSED_KEY: text} == repaired_options(kind, text)


@pytest.mark.parametrize(
    "data",
    [{}, {"options": 1}, {"kind": "tbf", "options": {"": 1}}, {"kind": [], "options": {"": "x"}}],
)
def test_object_without_text_options_is_kept(data: dict[str, Any]) -> None:
    """An object without text options is returned unchanged."""
    assert data == repair_options(data)


def test_tbf_of_text_is_typed() -> None:
    """The repaired options of a tbf are read by the kind of the qdisc."""
    text = "rate 1Mbit burst 4Kb/1 mpu 0b lat 400.0ms linklayer ethernet "

    qdisc = qdisc_from_json("tbf", repaired_options("tbf", text))

    assert Tbf(rate="1mbit", burst=4096, mpu=0, latency=0.4, linklayer="ethernet") == qdisc


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ({"order": 1, UNPARSED_KEY: "csum (ip) pass"}, {"kind": "csum"}),
        ({"order": 1, UNPARSED_KEY: "police 0x1 more"}, {}),
        ({"order": 1, UNPARSED_KEY: "tablename: mangle"}, {}),
        ({"kind": "gact", UNPARSED_KEY: "more"}, {}),
    ],
)
def test_action_of_text_has_its_kind(data: dict[str, Any], expected: dict[str, Any]) -> None:
    """The first word of the text is the kind; words that are not known stay text."""
    assert {**data, **expected} == repair_action(data)


@pytest.mark.parametrize("data", [None, "x", {"order": 1}, {UNPARSED_KEY: 1}])
def test_action_without_text_is_kept(data: Any) -> None:
    """An action without text is returned unchanged."""
    assert data == repair_action(data)


@pytest.mark.parametrize("text", ["Sent 1 bytes", "more", ""])
def test_text_of_a_filter_that_is_no_counters_is_kept(text: str) -> None:
    """Other text in a filter stays text."""
    assert {"kind": "u32", UNPARSED_KEY: text} == repair_filter({"kind": "u32", UNPARSED_KEY: text})


def test_actions_that_are_no_list_are_kept() -> None:
    """Malformed actions are returned unchanged."""
    data = {"kind": "matchall", "options": {"actions": 7}}

    assert data == repair_options(data)
