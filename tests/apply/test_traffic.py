"""Qdiscs, classes and filters: saved, applied, and what no command makes."""

from typing import Any

import pytest

from ipwrap import Session
from ipwrap.apply import plan, remaining_differences, save
from ipwrap.apply.saving import build_commands
from ipwrap.state import State
from tests.labs import build_or_skip, open_sandbox
from tests.traffic import CLASSES, FILTERS


def lines_of(commands: Any) -> list[str]:
    """Return the lines of some commands of `tc`."""
    return [command.line for command in commands if command.argv[0] == "tc"]


def build(session: Session, text: str) -> State:
    """Run a script, and return the state after; skip the test where the kernel lacks a part."""
    build_or_skip(session, text)
    return dict(session.snapshot().state)


@pytest.mark.parametrize("filters", ["", FILTERS])
def test_classes_and_filters_are_saved(filters: str) -> None:
    """A class comes after what is above it, and a filter after all classes."""
    with open_sandbox() as session:
        wanted = build(session, CLASSES + filters)
    script = save(wanted, format="plain")

    with open_sandbox() as session:
        result = session.exec("sh", "-c", script, check=False)
        differences = remaining_differences(session.snapshot().state, wanted)

    assert ("", []) == (result.stderr, differences)
    assert "not" not in "".join(line for line in script.splitlines() if line.startswith("#"))


# A change that somebody makes, and the commands that take it back.
CHANGES: list[tuple[str, list[str]]] = [
    (
        "tc class change dev v0 parent 1:1 classid 1:10 htb rate 3mbit",
        [
            (
                "tc class replace dev v0 parent 1:1 classid 1:10 htb rate 1mbit ceil 1mbit"
                " burst 15360 cburst 1600 prio 2 quantum 12500"
            )
        ],
    ),
    (
        "tc class add dev v0 parent 1:1 classid 1:50 htb rate 3mbit",
        ["tc class delete dev v0 classid 1:50"],
    ),
    (
        (
            "tc class add dev v0 parent 1: classid 1:5 htb rate 3mbit\n"
            "tc class add dev v0 parent 1:5 classid 1:50 htb rate 3mbit\n"
            "tc qdisc add dev v0 parent 1:50 handle 50: pfifo limit 9"
        ),
        ["tc class delete dev v0 classid 1:50", "tc class delete dev v0 classid 1:5"],
    ),
    (
        "tc class delete dev v0 classid 1:10",
        [
            (
                "tc class add dev v0 parent 1:1 classid 1:10 htb rate 1mbit ceil 1mbit burst 15360"
                " cburst 1600 prio 2 quantum 12500"
            ),
            "tc qdisc add dev v0 parent 1:10 handle 10: pfifo limit 7",
        ],
    ),
    (
        "tc qdisc delete dev v0 parent 1:10",
        ["tc qdisc add dev v0 parent 1:10 handle 10: pfifo limit 7"],
    ),
    (
        "tc qdisc replace dev v0 parent 1:10 handle 10: pfifo limit 9",
        ["tc qdisc replace dev v0 parent 1:10 handle 10: pfifo limit 7"],
    ),
]


@pytest.mark.parametrize(("change", "lines"), CHANGES)
def test_a_changed_class_is_changed_back(change: str, lines: list[str]) -> None:
    """The commands are the least ones, and a second time there is none."""
    with open_sandbox() as session:
        wanted = build(session, CLASSES)
        build(session, change)
        applied = session.apply(wanted)
        again = session.apply(wanted)

    assert (lines, ()) == (lines_of(applied.commands), again.commands)


def test_a_qdisc_that_no_command_changes_is_made_anew() -> None:
    """A htb with another default makes way, with its classes."""
    with open_sandbox() as session:
        wanted = build(session, CLASSES)
        build(session, "tc qdisc delete dev v0 root\ntc qdisc add dev v0 root handle 1: htb")
        applied = session.apply(wanted)
        again = session.apply(wanted)

    assert "tc qdisc delete dev v0 root" == lines_of(applied.commands)[0]
    assert (6, ()) == (len(applied.commands), again.commands)


def test_a_number_of_the_kernel_is_given_where_others_name_it() -> None:
    """Classes name their qdisc by its number, also where the kernel has chosen it."""
    text = """\
ip link add name v0 type veth peer name v1
tc qdisc add dev v0 root handle 8123: htb
tc class add dev v0 parent 8123: classid 8123:1 htb rate 10mbit
"""
    with open_sandbox() as session:
        wanted = build(session, text)
        build(session, "tc qdisc delete dev v0 root\ntc qdisc add dev v0 root htb")
        applied = session.apply(wanted)
        again = session.apply(wanted)

    assert ((), [True, True]) == (
        again.commands,
        ["8123:" in line for line in lines_of(applied.commands)[1:]],
    )


FILTER_CHANGES: list[tuple[str, list[str]]] = [
    (
        (
            "tc filter delete dev v0 parent 1: pref 6\n"
            "tc filter add dev v0 parent 1: protocol ip pref 6 handle 1 flower"
            " src_ip 10.7.0.0/16 ip_proto tcp dst_port 7-17 classid 1:20"
        ),
        [
            "tc filter delete dev v0 parent 1: protocol ip pref 6 handle 1 flower",
            (
                "tc filter add dev v0 parent 1: protocol ip pref 6 handle 1 flower"
                " dst_ip 10.1.0.0/16 classid 1:20"
            ),
        ],
    ),
    (
        (
            "tc filter delete dev v0 parent 1: pref 6\n"
            "tc filter add dev v0 parent 1: protocol ip pref 6 handle 1 flower"
            " dst_ip 10.1.0.0/24 classid 1:20"
        ),
        [
            "tc filter delete dev v0 parent 1: protocol ip pref 6 handle 1 flower",
            (
                "tc filter add dev v0 parent 1: protocol ip pref 6 handle 1 flower"
                " dst_ip 10.1.0.0/16 classid 1:20"
            ),
        ],
    ),
    (
        (
            "tc filter replace dev v0 parent 1: protocol ip pref 6 handle 1 flower"
            " dst_ip 10.7.0.0/16 classid 1:20"
        ),
        [
            (
                "tc filter replace dev v0 parent 1: protocol ip pref 6 handle 1 flower"
                " dst_ip 10.1.0.0/16 classid 1:20"
            )
        ],
    ),
    (
        "tc filter delete dev v0 parent 1: pref 5",
        [
            (
                "tc filter add dev v0 parent 1: protocol ip pref 5 handle ::800 u32"
                " match u32 0xa000000 0xff000000 at 12 match u32 0x50 0xffff at 20 flowid 1:10"
            )
        ],
    ),
    (
        (
            "tc class add dev v0 parent 1: classid 1:50 htb rate 3mbit\n"
            "tc filter add dev v0 parent 1: protocol ip pref 55 flower dst_ip 10.9.0.0/16"
            " classid 1:50"
        ),
        [
            "tc filter delete dev v0 parent 1: protocol ip pref 55 handle 1 flower",
            "tc class delete dev v0 classid 1:50",
        ],
    ),
    (
        (
            "tc filter delete dev v1 egress\n"
            "tc filter add dev v1 egress protocol all pref 2 matchall action drop"
        ),
        [
            "tc filter delete dev v1 egress protocol all pref 2 handle 1 matchall",
            (
                "tc filter add dev v1 egress protocol all pref 2 handle 1 matchall action police"
                " rate 1mbit burst 10240 mtu 2048 conform-exceed drop/pipe"
            ),
        ],
    ),
    (
        "tc qdisc delete dev v1 clsact",
        [
            "tc qdisc add dev v1 clsact",
            (
                "tc filter add dev v1 ingress protocol ip pref 1 handle 1 flower src_ip 10.0.0.1"
                " action gact drop"
            ),
            (
                "tc filter add dev v1 ingress protocol ip pref 1 handle 2 flower src_ip 10.0.0.2"
                " action mirred egress redirect dev v0"
            ),
            (
                "tc filter add dev v1 egress protocol all pref 2 handle 1 matchall action police"
                " rate 1mbit burst 10240 mtu 2048 conform-exceed drop/pipe"
            ),
        ],
    ),
]


@pytest.mark.live
@pytest.mark.parametrize(("change", "lines"), FILTER_CHANGES)
def test_a_changed_filter_is_changed_back(change: str, lines: list[str]) -> None:
    """A filter is changed where `tc` changes its kind; a class goes after what leads to it."""
    with open_sandbox() as session:
        wanted = build(session, CLASSES + FILTERS)
        build(session, change)
        applied = session.apply(wanted)
        again = session.apply(wanted)

    assert (lines, ()) == (lines_of(applied.commands), again.commands)


@pytest.mark.live
def test_hash_tables_come_before_their_filters() -> None:
    """A hash table of u32 is made before what leads to it, and deleted after."""
    tables = """\
tc filter add dev v0 parent 1: protocol ip prio 3 handle 1: u32 divisor 256
tc filter add dev v0 parent 1: protocol ip prio 3 handle 1:a:800 u32 ht 1:a: \
match ip src 10.0.0.10/32 flowid 1:10
tc filter add dev v0 parent 1: protocol ip prio 3 u32 match ip src 10.0.0.0/24 \
link 1: hashkey mask 0x000000ff at 12
"""
    with open_sandbox() as session:
        without = build(session, CLASSES)
        wanted = build(session, tables)
        removed = session.apply(without)
        session.apply(wanted)
        again = session.apply(wanted)

    assert (3, ()) == (len(removed.commands), again.commands)


def state_with(**nouns: list[dict[str, Any]]) -> State:
    """Return a state with a dummy that has qdiscs, classes and filters."""
    link = {"ifname": "d0", "ifindex": 2, "flags": [], "mtu": 1500, "link_type": "ether"}
    link |= {"linkinfo": {"info_kind": "dummy"}}
    listings = {f"tc {noun}": objects for noun, objects in nouns.items()}
    return {"": {"link": [link], "tc class": [], "tc filter": [], **listings}}


DRR: dict[str, Any] = {"dev": "d0", "kind": "drr", "handle": "7:", "root": True, "options": {}}
UNKNOWN = state_with(
    **{
        "qdisc": [
            DRR,
            {"dev": "d0", "kind": "pfifo", "handle": "71:", "parent": "7:1", "options": {}},
        ],
        "class": [{"dev": "d0", "class": "drr", "handle": "7:1", "root": True}],
        "filter": [
            {
                "dev": "d0",
                "parent": "7:",
                "protocol": "ip",
                "pref": 1,
                "kind": "basic",
                "options": {"handle": "1"},
            },
            {
                "dev": "d0",
                "parent": "7:",
                "protocol": "ip",
                "pref": 2,
                "kind": "flower",
                "block": 3,
                "options": {"handle": 1},
            },
        ],
    }
)


def test_what_no_command_makes_is_told() -> None:
    """It is left out, with what is below it, and each has a line that says why."""
    saved = build_commands(UNKNOWN)

    assert (
        ["tc qdisc add dev d0 root handle 7: drr"],
        {
            "tc class d0 drr 7:1: what `tc` shows of a class of drr does not tell its options",
            "tc qdisc d0 7:1 pfifo 71:: no command makes what is above it",
            (
                "tc filter d0 7: ip 1 basic 1: what `tc` shows of a filter of basic does not tell"
                " its options"
            ),
            "tc filter d0 7: ip 2 flower 1: a filter of a block, which several links share",
        },
    ) == (lines_of(saved.commands), {*saved.notes})


def test_what_no_command_makes_stays() -> None:
    """Where it is as wanted, nothing is to do; where it differs, it is left alone."""
    other = state_with(
        **{
            "qdisc": [DRR],
            "class": [{"dev": "d0", "class": "drr", "handle": "7:1", "root": True, "quantum": 9}],
        }
    )

    assert ((), ()) == (plan(UNKNOWN, UNKNOWN).commands, plan(UNKNOWN, UNKNOWN).problems)
    assert () == plan(UNKNOWN, other).commands[2:], "the filters go, and nothing else"


def test_a_snapshot_that_goes_round_ends() -> None:
    """A snapshot is untrusted: classes that are above each other are no endless tree."""
    classes = [
        {"dev": "d0", "class": "htb", "handle": handle, "parent": parent, "rate": 1000}
        for handle, parent in (("1:1", "1:2"), ("1:2", "1:1"))
    ]
    htb = {"dev": "d0", "kind": "htb", "handle": "1:", "root": True, "options": {}}

    assert build_commands(state_with(**{"qdisc": [htb], "class": classes})).commands


def test_a_qdisc_at_a_class_that_was_not_read_is_told() -> None:
    """As in a recording of an earlier version: the qdisc is left out, with the reason."""
    htb = {"kind": "htb", "handle": "1:", "dev": "d", "root": True, "options": {"r2q": 10}}
    leaf = {"kind": "pfifo", "handle": "10:", "dev": "d", "parent": "1:10", "options": {}}
    link = {"ifname": "d", "ifindex": 2, "flags": [], "mtu": 1500, "link_type": "ether"}
    dummy = {**link, "linkinfo": {"info_kind": "dummy"}}
    state: State = {"": {"link": [dummy], "tc qdisc": [htb, leaf]}}

    script = save(state, format="plain")

    assert "tc qdisc add dev d root handle 1: htb" in script
    assert "pfifo limit" not in script
    assert "the class 1:10 is above it, and the state has no classes" in script
