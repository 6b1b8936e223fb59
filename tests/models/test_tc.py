"""Qdiscs, classes and filters in the output of two releases, and of releases by their sources."""

import json
from pathlib import Path
from typing import Any

import pytest

from ipwrap.errors import OutputError
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
from ipwrap.qdiscs import Cake, FqCodel, HtbClass, Netem, Noqueue, Qdisc, Tbf

# Captured on Linux 6.12, by release and command; a number separates several outputs of a command.
PRINTED: dict[str, dict[str, str]] = json.loads(
    (Path(__file__).parents[1] / "cases" / "tc.json").read_text()
)
NOUNS: dict[str, type] = {"qdisc": TcQdisc, "class": TcClass, "filter": TcFilter}
JSON_OUTPUTS = [
    pytest.param(cls, text, id=f"{release} {command}")
    for release, outputs in PRINTED.items()
    for command, text in outputs.items()
    for noun, cls in NOUNS.items()
    if f" {noun} " in command and text.startswith("[")
]
CLASSES = "tc -j -d -s class show dev v0"
QDISCS = "tc -j -d -s qdisc show"
INGRESS = "tc -j -d -s filter show dev v1 ingress"


@pytest.fixture
def qdiscs() -> dict[str, TcQdisc]:
    """The captured qdiscs, by kind."""
    return {qdisc.kind: qdisc for qdisc in parse(TcQdisc, PRINTED["6.15"][QDISCS])}


@pytest.fixture
def ingress_filters() -> list[TcFilter]:
    """The captured filters of incoming packets."""
    return parse(TcFilter, PRINTED["6.15"][INGRESS])


@pytest.fixture
def ingress_actions(ingress_filters: list[TcFilter]) -> list[TcAction]:
    """The actions of the captured filters of incoming packets, in order."""
    return [action for tc_filter in ingress_filters for action in tc_filter.actions]


@pytest.mark.parametrize(("cls", "text"), JSON_OUTPUTS)
def test_json_is_preserved(cls: type, text: str) -> None:
    """`dump_all` returns the captured JSON, with every match of a u32."""
    assert decode(text, repeated=getattr(cls, "repeated", ())) == dump_all(read(cls, text))


@pytest.mark.parametrize(("cls", "text"), JSON_OUTPUTS)
def test_every_key_has_a_field(cls: type, text: str) -> None:
    """Objects, actions and typed kinds have no unknown keys."""
    models: list[Any] = read(cls, text)

    for model in models:
        assert {} == model.extra

        if isinstance(model, TcFilter):
            assert [{}] * len(model.actions) == [action.extra for action in model.actions]
        if isinstance(model, (TcQdisc, TcClass)):
            assert model.typed is not None
            assert {} == model.typed.extra


def test_every_object_was_captured() -> None:
    """The captures have every object of two releases, so the tests above are not empty."""
    captured_classes = {output.values[0] for output in JSON_OUTPUTS}

    assert {"6.1", "6.15"} == set(PRINTED)
    assert set(NOUNS.values()) == captured_classes


def test_qdiscs_are_typed(qdiscs: dict[str, TcQdisc]) -> None:
    """The options of qdiscs are typed by kind, in the units of the kind."""
    tbf = Tbf(rate="1mbit", burst="10kb", mpu=0, mtu=1540, latency=0.05, linklayer="ethernet")
    netem = qdiscs["netem"].typed

    assert Noqueue() == qdiscs["noqueue"].typed
    assert SizeTable(linklayer="atm", overhead=10, mtu=2047, tsize=512) == qdiscs["tbf"].stab
    assert tbf == qdiscs["tbf"].typed
    assert isinstance(netem, Netem)
    assert (0.1, 0.01, 25, 1.5, 10_000_000) == (
        netem.delay,
        netem.jitter,
        netem.delay_correlation,
        netem.loss,
        netem.rate,
    )


def test_qdisc_position_and_counters(qdiscs: dict[str, TcQdisc]) -> None:
    """A qdisc has its link, its parent class and its counters."""
    netem = qdiscs["netem"]

    assert ("v0", "1:20", None) == (netem.dev, netem.parent, netem.root)
    assert (336, 4, 0, 0) == (netem.bytes, netem.packets, netem.drops, netem.qlen)


def test_counters_of_cake() -> None:
    """Each tin of a cake has its counters, and the qdisc those of all tins."""
    (cake,) = parse("tc qdisc", PRINTED["6.15"]["tc -j -d -s qdisc show dev v0 # 6"])

    assert isinstance(cake.typed, Cake)
    assert "unlimited" == cake.typed.bandwidth
    assert (15503360, 65535) == (cake.memory_limit, cake.min_network_size)
    assert [5000, 5000, 5000] == [tin.target_us for tin in cake.tins]


def test_qdisc_without_a_table() -> None:
    """A kind without a table keeps its name and its options."""
    (pie,) = parse("tc qdisc", '[{"kind":"pie","options":{"limit":1000}}]')

    assert Qdisc("pie", {"limit": 1000}) == pie.typed


def test_malformed_options_of_a_qdisc_are_an_error_of_the_text() -> None:
    """The qdisc whose kind cannot be read is named when the text is parsed."""
    text = '[{"kind":"noqueue","options":{}},{"kind":"fq_codel","options":{"target":[]}}]'

    with pytest.raises(OutputError, match=r"target: .* - at `\$\[1\]\.options\.target`"):
        parse("tc qdisc", text)


def test_times_of_fq_codel_are_rounded() -> None:
    """tc prints 4999 µs for 5 ms; the typed option is 5 ms."""
    (qdisc,) = parse(TcQdisc, PRINTED["6.1"]["tc -j -d -s qdisc show dev v0"])

    assert isinstance(qdisc.typed, FqCodel)
    assert (0.005, 0.1) == (qdisc.typed.target, qdisc.typed.interval)
    assert 0 == qdisc.new_flows_len


def test_classes_are_typed() -> None:
    """A class has its position, its typed options and its counters."""
    parent, child = parse("tc class", PRINTED["6.15"][CLASSES])

    assert ("htb", "1:1", True, 7) == (parent.class_, parent.handle, parent.root, parent.level)
    assert ("1:20", "1:1", "0x20") == (child.handle, child.parent, child.leaf)

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
    assert expected == child.typed

    assert child.stats is not None
    assert (336, 4, 4) == (child.stats.bytes, child.stats.packets, child.stats.lended)


def test_class_of_a_kind_without_a_table() -> None:
    """The keys of drr_print_class_opt() and unknown keys are kept."""
    text = '[{"class":"drr","handle":"1:1","parent":"1:","quantum":1500,"new":1}]'

    (drr,) = parse(TcClass, text)

    assert (None, 1500, {"new": 1}) == (drr.typed, drr.quantum, drr.extra)


def test_classes_are_read_from_text() -> None:
    """Before 6.2 tc prints text in spite of -j, with rounded rates and sizes."""
    parent, child = classes_from_text(PRINTED["6.1"][CLASSES])

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
        == parent
    )
    assert ("1:20", "1:1", 154250, 10, 3, 64) == (
        child.handle,
        child.parent,
        child.rate,
        child.overhead,
        child.prio,
        child.mpu_ceil,
    )


# After print_class() and htb_print_opt() of 6.1.
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
def test_line_of_text_is_read(text: str, expected: dict[str, Any]) -> None:
    """The options of a class are read with and without `-d`; an empty text has no class."""
    classes = classes_from_text(text)

    assert len(classes) == bool(text)
    for tc_class in classes:
        assert expected == {name: getattr(tc_class, name) for name in expected}


def test_backlog_is_read_from_text() -> None:
    """The backlog is read in bytes and in packets."""
    (tc_class,) = classes_from_text(TEXTS[3][0])

    assert ClassStats(backlog=1500, qlen=3) == tc_class.stats


def test_filters_have_their_kinds(ingress_filters: list[TcFilter]) -> None:
    """Every captured kind of filter is read."""
    assert {"flower", "matchall", "u32"} == {tc_filter.kind for tc_filter in ingress_filters}


def test_actions_of_filters_are_typed(ingress_actions: list[TcAction]) -> None:
    """The actions of filters are in order, with their verdicts."""
    mirror, drop, police, _ = ingress_actions

    assert ["mirred", "gact", "police", "mirred"] == [action.kind for action in ingress_actions]
    assert ("mirror", "egress", "v0", Control(type="pipe")) == (
        mirror.mirred_action,
        mirror.direction,
        mirror.to_dev,
        mirror.control_action,
    )
    assert Control(type="drop") == drop.control_action
    assert (0, "ethernet") == (police.overhead, police.linklayer)


def test_repeated_matches_are_a_list(ingress_filters: list[TcFilter]) -> None:
    """tc prints a key for every match of a u32, and no match is lost."""
    all_options = [tc_filter.options or {} for tc_filter in ingress_filters]
    (matches,) = [options["match"] for options in all_options if "match" in options]

    assert [("a000000", 12), ("50", 20)] == [(match["value"], match["off"]) for match in matches]


def test_police_has_two_verdicts(ingress_actions: list[TcAction]) -> None:
    """tc prints the verdicts above and within the rate of a police under the same key."""
    (police,) = [action for action in ingress_actions if action.kind == "police"]

    assert ["drop", "pipe"] == [verdict.type for verdict in police.verdicts]
    assert () == TcAction(kind="pedit").verdicts


def test_verdict_with_a_chain() -> None:
    """The verdict `goto` has the number of the chain."""
    filters = parse(TcFilter, PRINTED["6.1"]["tc -j -d filter show dev v1 egress"])
    (action,) = [action for tc_filter in filters for action in tc_filter.actions]

    assert isinstance(action, TcAction)
    assert Control(type="goto", chain=7) == action.control_action
