"""Undo takes the classes and filters of `tc` back, and what is theirs of others stays."""

from collections.abc import Iterable
from typing import Any

import pytest
from attrs import define

from ipwrap import Command, Session
from ipwrap.apply import remaining_differences
from ipwrap.sessions.unrecorded import UnrecordedRunner
from ipwrap.state import State
from ipwrap.state.known_traffic import with_known_traffic
from ipwrap.undo import Restorer
from ipwrap.undo.affected import AffectedTracker
from tests import traffic
from tests.labs import build_or_skip, open_sandbox
from tests.traffic import CLASSES
from tests.undo.hosts import parse_lines, undo_recording

FILTERS = f"""\
{traffic.FILTERS}\
tc filter add dev v0 parent 1: protocol ip pref 8 handle 9 fw classid 1:20
"""

CLASS_CHANGES = {
    "a class": "tc class add dev v0 parent 1: classid 1:30 htb rate 3mbit",
    "a class below another, with a qdisc": """\
tc class add dev v0 parent 1: classid 1:5 htb rate 3mbit
tc class add dev v0 parent 1:5 classid 1:50 htb rate 3mbit
tc qdisc add dev v0 parent 1:50 handle 50: pfifo limit 9""",
    "another rate": "tc class change dev v0 parent 1:1 classid 1:10 htb rate 3mbit",
    "another rate by replace": "tc class replace dev v0 parent 1:1 classid 1:010 htb rate 3mbit",
    "no class": "tc class delete dev v0 classid 1:10",
    "no classes": """\
tc class del dev v0 classid 1:10
tc class del dev v0 parent 1:1 classid 1:20
tc class del dev v0 classid 1:1""",
    "a class elsewhere": """\
tc class delete dev v0 classid 1:20
tc class add dev v0 parent 1: classid 1:20 htb rate 4mbit""",
    "no qdisc at a class": "tc qdisc delete dev v0 parent 1:10",
    "another qdisc at a class": "tc qdisc replace dev v0 parent 1:10 handle 11: pfifo limit 9",
    "no root": "tc qdisc delete dev v0 root",
    "another root": "tc qdisc replace dev v0 root handle 2: tbf rate 1mbit burst 10k latency 50ms",
    "another htb": """\
tc qdisc delete dev v0 root
tc qdisc add dev v0 root handle 1: htb default 7
tc class add dev v0 parent 1: classid 1:7 htb rate 3mbit""",
    "an htb of its own": """\
tc qdisc add dev v1 root handle 3: htb
tc class add dev v1 parent 3: classid 3:1 htb rate 3mbit""",
    "no link": "ip link delete dev v0",
    "another name": """\
ip link set dev v0 name v9
tc class add dev v9 parent 1: classid 1:30 htb rate 3mbit
tc class change dev v9 parent 1:1 classid 1:10 htb rate 3mbit""",
    "another namespace": "ip netns add red\nip link set dev v0 netns red",
    "a kind that ipwrap does not know": """\
tc qdisc add dev v1 root handle 3: drr
tc class add dev v1 parent 3: classid 3:1 drr quantum 2000""",
}
FILTER_CHANGES = {
    "filters": """\
tc filter add dev v0 parent 1: protocol ip pref 15 u32 match ip src 10.8.0.0/16 flowid 1:10
tc filter add dev v0 parent 1: protocol ip prio 16 flower dst_ip 10.9.0.0/16 classid 1:20
tc filter add dev v0 parent 1:1 matchall classid 1:20
tc filter add dev v0 protocol 0x800 pref 18 handle 0xa fw classid 1:20
tc filter add dev v1 ingress protocol ip pref 19 flower src_ip 10.0.0.3 action drop
tc filter add dev v1 parent ffff:fff3 prio 20 matchall action skbedit mark 7""",
    "a filter of a class of the session": """\
tc class add dev v0 parent 1: classid 1:50 htb rate 3mbit
tc filter add dev v0 parent 1: protocol ip pref 55 flower dst_ip 10.9.0.0/16 classid 1:50""",
    "hash tables": """\
tc filter add dev v0 parent 1: protocol ip prio 3 handle 1: u32 divisor 256
tc filter add dev v0 parent 1: protocol ip prio 3 handle 1:a:800 u32 ht 1:a: \
match ip src 10.0.0.10/32 flowid 1:10
tc filter add dev v0 parent 1: protocol ip prio 3 u32 match ip src 10.0.0.0/24 \
link 1: hashkey mask 0x000000ff at 12""",
    "a kind that ipwrap does not know": """\
tc filter add dev v0 parent 1: protocol ip pref 21 basic match 'meta(priority eq 6)' flowid 1:10""",
    "a kind without handles": """\
tc filter add dev v0 parent 1: protocol ip pref 99 handle 1 cgroup""",
    "a chain": """\
tc filter add dev v1 ingress protocol ip chain 3 pref 33 flower dst_ip 10.0.0.0/8 action pass""",
    "other options": """\
tc filter replace dev v0 parent 1: protocol ip pref 6 handle 1 flower dst_ip 10.7.0.0/16 \
classid 1:20
tc filter change dev v0 parent 1: protocol ip pref 8 handle 9 fw classid 1:10""",
    "no filter": "tc filter delete dev v0 parent 1: pref 5",
    "one filter": "tc filter delete dev v1 ingress protocol ip pref 1 handle 2 flower",
    "no filters of a place": "tc filter delete dev v1 ingress\ntc filter delete dev v0 parent 1:1",
    "another kind": """\
tc filter delete dev v1 egress
tc filter add dev v1 egress protocol all pref 2 matchall action drop""",
    "no clsact": "tc qdisc delete dev v1 clsact",
    "a class without its filters": """\
tc filter delete dev v0 parent 1: pref 6
tc filter delete dev v0 parent 1: pref 8
tc filter delete dev v0 parent 1:1
tc class delete dev v0 classid 1:20""",
    "no root": "tc qdisc delete dev v0 root",
    "a link anew": "ip link delete dev v1",
}
BEFORE = "ip link add name v0 type veth peer name v1\n"
ALONE = {
    "filters of an fq_codel": """\
tc qdisc add dev v0 root handle 1: fq_codel
tc filter add dev v0 parent 1: protocol ip pref 5 flower dst_ip 10.1.0.0/16 classid 1:2""",
    "filters of a prio": """\
tc qdisc add dev v0 root handle 1: prio
tc filter add dev v0 parent 1: protocol ip pref 5 flower dst_ip 10.1.0.0/16 classid 1:2
tc filter add dev v0 protocol ip matchall classid 1:3""",
    "an ingress": """\
tc qdisc add dev v0 ingress
tc filter add dev v0 parent ffff: protocol all pref 5 matchall action drop""",
}


@define
class Undone:
    """What undo did, and what is not as it was."""

    is_restored: bool
    commands: list[str]
    warnings: list[str]
    differences: list[str]


def read(host: Session) -> State:
    """Return the state of a place, with classes and filters."""
    return dict(host.snapshot().state)


def run_lines(session: Session, text: str) -> None:
    """Run a script line by line; skip the test where the kernel lacks a part."""
    for command in parse_lines(text.replace("\\\n", "").replace("'", "")):
        result = session.run(command, check=False)
        if not result.ok:
            pytest.skip(f"this kernel or iproute2: {command.line}: {result.stderr.splitlines()[0]}")


def undo(setup: str, change: str) -> Undone:
    """Run a session in a place, and undo it."""
    with open_sandbox() as host:
        build_or_skip(host, setup)
        wanted = read(host)
        with Session(host.place) as session:
            run_lines(session, change)

        is_restored, commands, warnings = undo_recording(host, session.recording)
        differences = remaining_differences(read(host), wanted)
    return Undone(is_restored, commands, warnings, [str(line) for line in differences])


def tc_lines(commands: Iterable[str]) -> list[str]:
    """Return the commands of `tc`."""
    return [line for line in commands if line.startswith("tc ")]


@pytest.mark.live
@pytest.mark.parametrize("change", CLASS_CHANGES.values(), ids=CLASS_CHANGES)
def test_changes_of_classes_are_undone(change: str) -> None:
    """Those of a session are deleted, a changed one is set back, and a deleted one made again."""
    undone = undo(CLASSES, change)

    assert (True, [], []) == (undone.is_restored, undone.warnings, undone.differences)


@pytest.mark.live
@pytest.mark.parametrize("change", FILTER_CHANGES.values(), ids=FILTER_CHANGES)
def test_changes_of_filters_are_undone(change: str) -> None:
    """Those that went with a class or qdisc are made again as well."""
    undone = undo(CLASSES + FILTERS, change)

    assert (True, [], []) == (undone.is_restored, undone.warnings, undone.differences)


@pytest.mark.live
@pytest.mark.parametrize("change", ALONE.values(), ids=ALONE)
def test_filters_are_undone_without_classes(change: str) -> None:
    """The filters of a qdisc whose classes the kernel makes; then without their qdisc as well."""
    qdisc, _, filters = change.partition("\n")
    for setup, commands in ((BEFORE + qdisc, filters), (BEFORE, change)):
        undone = undo(setup, commands)

        assert (True, [], []) == (undone.is_restored, undone.warnings, undone.differences)


@pytest.mark.live
def test_the_commands_are_the_least_ones() -> None:
    """A class is changed, and one that is above another goes after it."""
    change = """\
tc class add dev v0 parent 1: classid 1:5 htb rate 3mbit
tc class add dev v0 parent 1:5 classid 1:50 htb rate 3mbit
tc class change dev v0 parent 1:1 classid 1:10 htb rate 3mbit
"""
    undone = undo(CLASSES, change)

    changed_back = (
        "tc class replace dev v0 parent 1:1 classid 1:10 htb rate 1mbit ceil 1mbit"
        " burst 15360 cburst 1600 prio 2 quantum 12500"
    )
    assert [
        "tc class delete dev v0 classid 1:50",
        "tc class delete dev v0 classid 1:5",
        changed_back,
    ] == undone.commands


@pytest.mark.live
def test_classes_of_others_stay() -> None:
    """A class that the session did not touch stays as others have left it."""
    by_others = """\
tc class add dev v0 parent 1: classid 1:30 htb rate 3mbit
tc class change dev v0 parent 1:1 classid 1:10 htb rate 4mbit
tc class delete dev v0 classid 1:20
"""
    with open_sandbox() as host:
        build_or_skip(host, CLASSES)
        with Session(host.place) as session:
            run_lines(session, "tc class add dev v0 parent 1: classid 1:40 htb rate 3mbit")
            build_or_skip(host, by_others)
        is_restored, commands, _ = undo_recording(host, session.recording)

    assert (True, ["tc class delete dev v0 classid 1:40"]) == (is_restored, commands)


@pytest.mark.live
def test_classes_of_others_stay_in_a_namespace_that_had_none() -> None:
    """Its state before the session has no list of classes."""
    setup = """\
ip netns add red
ip -n red link add name v0 type veth peer name v1
tc -n red qdisc add dev v0 root handle 1: htb
"""
    mine = "tc class add dev v0 parent 1: classid 1:1 htb rate 3mbit -n red"
    with open_sandbox() as host:
        build_or_skip(host, setup)
        with Session(host.place) as session:
            run_lines(session, mine)
            build_or_skip(host, "tc -n red class add dev v0 parent 1: classid 1:2 htb rate 3mbit")
        is_restored, commands, _ = undo_recording(host, session.recording)

    assert (True, ["tc -n red class delete dev v0 classid 1:1"]) == (is_restored, commands)


@pytest.mark.live
def test_the_filters_of_a_block_are_reported() -> None:
    """Several links share them, and no state has them."""
    undone = undo(
        BEFORE + "tc qdisc add dev v1 ingress_block 5 ingress",
        "tc filter add block 5 protocol ip pref 1 matchall action drop",
    )

    line = "cannot be undone: tc filter add block 5 protocol ip pref 1 matchall action gact drop"
    assert (False, [], [line]) == (undone.is_restored, undone.commands, undone.warnings)


@pytest.mark.live
def test_what_no_command_makes_is_reported() -> None:
    """What `tc` shows of a class of drr is not enough to make it again."""
    setup = """\
ip link add name v0 type veth peer name v1
tc qdisc add dev v0 root handle 3: drr
tc class add dev v0 parent 3: classid 3:1 drr quantum 2000
"""
    undone = undo(setup, "tc class delete dev v0 classid 3:1")

    assert not undone.is_restored
    assert [
        "tc class v0 drr 3:1: what `tc` shows of a class of drr does not tell its options",
        "not as before: - (host)  tc class v0   drr 3:1 ",
    ] == undone.warnings


def state_of(*qdiscs: dict[str, Any]) -> State:
    """Return the state of a place with a link and its qdiscs, without classes and filters."""
    links = [{"ifname": name, "ifindex": number} for number, name in enumerate(("lo", "d0"), 1)]
    return {"": {"link": links, "tc qdisc": [*qdiscs]}}


HTB = {"dev": "d0", "kind": "htb", "handle": "1:", "root": True, "options": {}}


@pytest.mark.parametrize(
    ("state", "line", "is_reported"),
    [
        (state_of(HTB), "tc class change dev d0 parent 1: classid 1:1 htb rate 1mbit", True),
        (state_of(HTB), "tc filter add dev d0 parent 1: matchall", True),
        (state_of(HTB), "tc qdisc replace dev d0 root pfifo", False),
        (state_of(), "tc class add dev d0 parent 1: classid 1:1 htb rate 1mbit", False),
        (state_of(), "tc class add dev of-the-session parent 1: classid 1:1 drr", False),
        (state_of(), "tc filter add dev d0 parent 1: matchall", False),
        (state_of(), "tc filter add dev d0 matchall", True),
        (state_of(), "tc filter add block 5 matchall", True),
        ({"": {"link": []}}, "tc filter add block 5 matchall", True),
    ],
)
def test_recordings_without_classes_report_them(
    state: State, line: str, *, is_reported: bool
) -> None:
    """In a recording of an earlier version, a qdisc with classes may have had any."""
    tracker = AffectedTracker(with_known_traffic(state))
    tracker.follow(Command(tuple(line.split())), is_done=True)

    assert is_reported == bool(tracker.untraced)


@pytest.mark.live
def test_a_preview_has_the_commands_of_undo() -> None:
    """A shell can run its lines."""
    with open_sandbox() as host:
        build_or_skip(host, CLASSES)
        with Session(host.place) as session:
            wanted = read(host)
            run_lines(session, CLASS_CHANGES["another rate"])
            run_lines(session, CLASS_CHANGES["a class"])

        lines: list[str] = []
        with UnrecordedRunner(host.place) as runner:
            Restorer(runner, session.recording, lines.append, lines.append).preview()
        build_or_skip(host, "\n".join(lines))
        differences = remaining_differences(read(host), wanted)

    assert (2, []) == (len(tc_lines(lines)), differences)
