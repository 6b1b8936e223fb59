"""Qdiscs, classes and filters are read as two releases print them, and as the sources of others say."""

import json
from pathlib import Path
from typing import Any

import pytest

from ipwrap.jsonio.reader import decode
from ipwrap.models import (
    ClassStats,
    Control,
    SizeTable,
    TcAction,
    TcClass,
    TcFilter,
    TcQdisc,
    dump_all,
    parse,
    read,
)
from ipwrap.models.tc_class import classes_from_text
from ipwrap.qdiscs import FqCodel, HtbClass, Netem, Noqueue, Qdisc, Tbf

# What tc printed on a Linux 6.12, by release and command; a number tells apart what one command printed in turn.
PRINTED: dict[str, dict[str, str]] = json.loads(
    (Path(__file__).parents[1] / "cases" / "tc.json").read_text()
)
NOUNS: dict[str, type] = {"qdisc": TcQdisc, "class": TcClass, "filter": TcFilter}
ANSWERS = [
    pytest.param(cls, text, id=f"{release} {command}")
    for release, each in PRINTED.items()
    for command, text in each.items()
    for noun, cls in NOUNS.items()
    if f" {noun} " in command and text.startswith("[")
]
CLASSES = "tc -j -d -s class show dev v0"
QDISCS = "tc -j -d -s qdisc show"
INGRESS = "tc -j -d -s filter show dev v1 ingress"


@pytest.mark.parametrize(("cls", "text"), ANSWERS)
def test_nothing_is_lost(cls: type, text: str) -> None:
    """Read and written again, each object is as it was printed, with all matches of a u32."""
    assert decode(text, repeated=getattr(cls, "repeated", ())) == dump_all(read(cls, text))


@pytest.mark.parametrize(("cls", "text"), ANSWERS)
def test_every_key_has_a_field(cls: type, text: str) -> None:
    """Also those of actions, and of the typed kinds; what cake counts, which has no table, is in `extra`."""
    found: list[Any] = read(cls, text)
    for each in found:
        assert {} == each.extra or each.kind == "cake"
        for action in each.actions if isinstance(each, TcFilter) else ():
            assert {} == action.extra
        if isinstance(each, (TcQdisc, TcClass)):
            assert each.typed is not None
            assert {} == each.typed.extra


def test_there_are_answers() -> None:
    """Of every noun: the tests above do not pass for want of them."""
    assert {"6.1", "6.15"} == set(PRINTED)
    assert set(NOUNS.values()) == {
        cls for answer in ANSWERS for cls in answer.values if isinstance(cls, type)
    }


def test_qdiscs_are_typed() -> None:
    """By their kinds, whatever the units in which tc prints."""
    found = {each.kind: each for each in parse(TcQdisc, PRINTED["6.15"][QDISCS])}
    assert Noqueue() == found["noqueue"].typed
    assert SizeTable(linklayer="atm", overhead=10, mtu=2047, tsize=512) == found["tbf"].stab
    assert (
        Tbf(rate="1mbit", burst="10kb", mpu=0, mtu=1540, latency=0.05, linklayer="ethernet")
        == found["tbf"].typed
    )
    netem = found["netem"].typed
    assert isinstance(netem, Netem)
    assert (0.1, 0.01, 25, 1.5, 10_000_000) == (
        netem.delay,
        netem.jitter,
        netem.delay_correlation,
        netem.loss,
        netem.rate,
    )
    assert ("v0", "1:20", None) == (found["netem"].dev, found["netem"].parent, found["netem"].root)
    assert (336, 4, 0, 0) == tuple(
        getattr(found["netem"], name) for name in ("bytes", "packets", "drops", "qlen")
    )


def test_a_qdisc_without_a_table_is_read() -> None:
    """By its name and what was shown."""
    (cake,) = parse("tc qdisc", PRINTED["6.15"]["tc -j -d -s qdisc show dev v0 # 6"])
    assert isinstance(cake.typed, Qdisc)
    assert ("cake", "unlimited") == (cake.typed.type, cake.typed.options["bandwidth"])
    assert "tins" in cake.extra


def test_fq_codel_keeps_its_times() -> None:
    """5 ms are printed as 4999 µs, and read as what was said."""
    (found,) = parse(TcQdisc, PRINTED["6.1"]["tc -j -d -s qdisc show dev v0"])
    assert isinstance(found.typed, FqCodel)
    assert (0.005, 0.1) == (found.typed.target, found.typed.interval)
    assert 0 == found.new_flows_len


def test_classes_are_typed() -> None:
    """With what they have sent and lent."""
    above, below = parse("tc class", PRINTED["6.15"][CLASSES])
    assert ("htb", "1:1", True, 7) == (above.class_, above.handle, above.root, above.level)
    assert ("1:20", "1:1", "0x20") == (below.handle, below.parent, below.leaf)
    expected = HtbClass(
        rate=1_234_560,
        ceil="10mbit",
        burst=1600,
        cburst=1600,
        prio=3,
        quantum=3000,
        mpu=64,
        overhead=10,
        linklayer="atm",
        burst_cell=1,
        cburst_cell=1,
        mpu_ceil=64,
        level=0,
    )
    assert expected == below.typed
    assert below.stats is not None
    assert (336, 4, 4) == (below.stats.bytes, below.stats.packets, below.stats.lended)


def test_a_class_of_another_kind_keeps_its_keys() -> None:
    """Made up after drr_print_class_opt()."""
    (found,) = parse(
        TcClass, '[{"class":"drr","handle":"1:1","parent":"1:","quantum":1500,"new":1}]'
    )
    assert (None, 1500, {"new": 1}) == (found.typed, found.quantum, found.extra)


def test_classes_are_read_from_text() -> None:
    """Before 6.2 tc prints text, also with -j: rates and sizes are what it made of them."""
    above, below = classes_from_text(PRINTED["6.1"][CLASSES])
    assert (
        TcClass(
            class_="htb",
            handle="1:1",
            root=True,
            rate=12_500_000,
            ceil=12_500_000,
            linklayer="ethernet",
            burst=16362,
            burst_cell=1,
            mpu_rate=0,
            cburst=1600,
            cburst_cell=1,
            mpu_ceil=0,
            level=7,
            stats=ClassStats(
                bytes=336,
                packets=4,
                drops=0,
                overlimits=0,
                requeues=0,
                backlog=0,
                qlen=0,
                lended=0,
                borrowed=0,
                giants=0,
                tokens=20380,
                ctokens=1912,
            ),
        )
        == above
    )
    assert ("1:20", "1:1", 154250, 10, 3, 64) == (
        below.handle,
        below.parent,
        below.rate,
        below.overhead,
        below.prio,
        below.mpu_ceil,
    )


# Made up after print_class() and htb_print_opt() of 6.1.
TEXTS: list[tuple[str, dict[str, Any]]] = [
    ("class htb 1:20 parent 1:1 leaf 20: prio 0 rate 8bit", {"leaf": "0x20", "prio": 0, "rate": 1}),
    (
        "class htb 1:20 dev v0 parent 1:1 rate 1Mbit burst 2Kb",
        {"dev": "v0", "rate": 125000, "burst": 2048},
    ),
    ("class fq_codel 8001:1 parent 8001: \n", {"class_": "fq_codel", "parent": "8001:"}),
    ("class htb 1:20 root rate 1Mbit \n backlog 1500b 3p requeues 0", {"root": True}),
    ("", {}),
]


@pytest.mark.parametrize(("text", "expected"), TEXTS)
def test_a_line_of_text_is_read(text: str, expected: dict[str, Any]) -> None:
    """With and without details."""
    found = classes_from_text(text)
    assert [expected] * bool(text) == [
        {name: getattr(each, name) for name in expected} for each in found
    ]


def test_what_waits_is_read_from_text() -> None:
    """In bytes and packets."""
    (found,) = classes_from_text(TEXTS[3][0])
    assert ClassStats(backlog=1500, qlen=3) == found.stats


def test_actions_of_filters_are_typed() -> None:
    """In order, with what becomes of a packet."""
    found = parse("tc filter", PRINTED["6.15"][INGRESS])
    actions = [action for each in found for action in each.actions]
    assert ["mirred", "gact", "police", "mirred"] == [each.kind for each in actions]
    mirror, drop, police, _ = actions
    assert ("mirror", "egress", "v0", Control(type="pipe")) == (
        mirror.mirred_action,
        mirror.direction,
        mirror.to_dev,
        mirror.control_action,
    )
    assert Control(type="drop") == drop.control_action
    assert (0, "ethernet") == (police.overhead, police.linklayer)
    assert {"flower", "matchall", "u32"} == {each.kind for each in found}


def test_what_is_printed_twice_is_kept_twice() -> None:
    """The matches of a u32, and the verdicts of a police: what is above its rate, and what is within."""
    found = parse(TcFilter, PRINTED["6.15"][INGRESS])
    (matches,) = [
        each.options["match"] for each in found if each.options and "match" in each.options
    ]
    assert [("a000000", 12), ("50", 20)] == [(each["value"], each["off"]) for each in matches]
    (police,) = [action for each in found for action in each.actions if action.kind == "police"]
    assert ["drop", "pipe"] == [each.type for each in police.verdicts]
    assert () == TcAction(kind="pedit").verdicts


def test_a_filter_that_goes_to_a_chain_says_which() -> None:
    """The verdict has a number with it."""
    found = parse(TcFilter, PRINTED["6.1"]["tc -j -d filter show dev v1 egress"])
    (action,) = [action for each in found for action in each.actions]
    assert isinstance(action, TcAction)
    assert Control(type="goto", chain=7) == action.control_action
