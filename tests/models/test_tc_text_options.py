"""Options that tc prints as words become what later releases print."""

from typing import Any

import pytest

from ipwrap.jsonio.repair import UNPARSED_KEY
from ipwrap.models.tc_text_options import repair_options
from ipwrap.qdiscs import Tbf, qdisc_from_json

MATCHES = """\
fh 800::800 order 2048 key ht 800 bkt 0 *flowid 1:20 skip_hw not_in_hw  (rule hit 7 success 3)
  match 0a000000/ff000000 at 16 (success 5 )
  match 00000050/0000ffff at nexthdr+0 (success 3 ) """


def options(kind: str, words: str) -> Any:
    """Return what words become."""
    return repair_options({"kind": kind, "options": {UNPARSED_KEY: words}})["options"]


@pytest.mark.parametrize(
    ("kind", "words", "expected"),
    [
        (
            "tbf",
            "rate 1Mbit burst 4Kb/1 mpu 0b lat 400.0ms linklayer ethernet ",
            {"rate": 125000, "burst": "4Kb/1", "mpu": 0, "lat": 400000, "linklayer": "ethernet"},
        ),
        (
            "tbf",
            "rate 1Mbit burst 4Kb limit 10Kb ",
            {"rate": 125000, "burst": 4096, "limit": 10240},
        ),
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
def test_words_become_keys(kind: str, words: str, expected: dict[str, Any]) -> None:
    """All that is known."""
    assert expected == options(kind, words)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        *(
            ("tbf", words)
            for words in ("rate", "rate x", "rate 1Mbit more 2", "lat 1", "burst x/1", "overhead x")
        ),
        *(
            ("u32", words)
            for words in (
                "fh",
                "order x",
                "terminal flowid ??? ",
                "offset 0f00>>6 at 0 ",
                "action order",
            )
        ),
        ("cbq", "rate 1Mbit"),
    ],
)
def test_words_that_are_not_known_stay(kind: str, words: str) -> None:
    """Nothing is lost, and nothing is guessed."""
    assert {UNPARSED_KEY: words} == options(kind, words)


@pytest.mark.parametrize(
    "data",
    [{}, {"options": 1}, {"kind": "tbf", "options": {"": 1}}, {"kind": [], "options": {"": "x"}}],
)
def test_what_is_no_words_stays(data: dict[str, Any]) -> None:
    """As it is."""
    assert data == repair_options(data)


def test_a_tbf_of_words_is_typed() -> None:
    """As that of any other release."""
    found = qdisc_from_json(
        "tbf", options("tbf", "rate 1Mbit burst 4Kb/1 mpu 0b lat 400.0ms linklayer ethernet ")
    )
    assert Tbf(rate="1mbit", burst=4096, mpu=0, latency=0.4, linklayer="ethernet") == found
