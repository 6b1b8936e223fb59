"""A filter of others stays, although nothing but its options tells it from one of the session."""

from collections.abc import Sequence
from typing import Any

import pytest

from ipwrap import Command, Session
from ipwrap.state import State
from ipwrap.undo.affected import AffectedTracker
from ipwrap.undo.auto_pref_filters import LeftFilters, find_left_filters
from ipwrap.undo.state_objects import StateObject
from ipwrap.undo.traffic_creations import filters_of
from tests.labs import build_or_skip, open_sandbox
from tests.undo.hosts import parse_lines, undo_recording

Json = dict[str, Any]

ADD = "tc filter add dev d0 ingress protocol ip"
MINE = f"{ADD} flower dst_ip 10.9.0.0/16"
THEIRS = f"{ADD} flower dst_ip 10.1.0.0/16"
# As the kernel does not show it.
UNLIKE = f"{ADD} flower dst_ip 10.9.0.0/255.255.0.0"
DELETE = "tc filter delete dev d0 ingress protocol ip"
FAILED = "failed: "  # before a line of a session

INGRESS = {"dev": "d0", "kind": "ingress", "handle": "ffff:", "parent": "ffff:fff1"}
PRIO = {"dev": "d0", "kind": "prio", "handle": "8001:", "root": True, "options": {}}

LIVE_LAB = """\
ip link add name d0 type veth peer name v1
tc qdisc add dev d0 ingress
"""


def flower(pref: int, destination: str, *, parent: str = "ffff:", **options: str) -> Json:
    """Return the JSON of a filter."""
    return {
        "dev": "d0",
        "parent": parent,
        "protocol": "ip",
        "pref": pref,
        "kind": "flower",
        "chain": 0,
        "options": {
            "handle": 1,
            "keys": {"eth_type": "ipv4", "dst_ip": destination},
            **options,
        },
    }


NINE, EIGHT = flower(49152, "10.9.0.0/16"), flower(49150, "10.8.0.0/16")
ONE, NINE_AGAIN = flower(49151, "10.1.0.0/16"), flower(49149, "10.9.0.0/16")


def state_of(*filters: Json, netns: str = "", qdiscs: Sequence[Json] = (INGRESS, PRIO)) -> State:
    """Return a state with a link and its filters."""
    links = [{"ifname": name, "ifindex": number} for number, name in enumerate(("lo", "d0"), 1)]
    return {
        netns: {
            "link": links,
            "tc qdisc": [*qdiscs],
            "tc class": [],
            "tc filter": [*filters],
        }
    }


def find(before: State, now: State, *, lab: str) -> LeftFilters:
    """Return the filters of others between two states, where a session has run some lines."""
    tracker = AffectedTracker(before)
    for line in lab.splitlines():
        for command in parse_lines(line.removeprefix(FAILED)):
            tracker.follow(command, is_done=not line.startswith(FAILED))
    return find_left_filters(before, now, creations=tracker.affected.created)


def left_preferences(left: LeftFilters, now: State) -> list[int]:
    """Return the preferences of the filters that stay."""
    stays: list[StateObject] = [listed for listed in filters_of(now) if listed in left]
    return [listed.data["pref"] for listed in stays]


@pytest.mark.parametrize(
    ("before", "now", "lab", "expected"),
    [
        ([], [NINE], MINE, []),
        ([], [NINE, ONE], MINE, [49151]),
        ([], [NINE, EIGHT, ONE], f"{MINE}\n{ADD} flower dst_ip 10.8.0.0/16", [49151]),
        # There before: compared as such.
        ([ONE], [NINE, ONE], MINE, []),
        # A command with a preference says which filter it means.
        ([], [NINE, ONE], f"{MINE}\n{ADD} pref 49151 flower dst_ip 10.1.0.0/16", []),
        # Of as many filters as there are commands, the words do not matter.
        ([], [NINE], UNLIKE, []),
        ([], [NINE, EIGHT], f"{UNLIKE}\n{ADD} flower dst_ip 10.8.0.0/16", []),
        ([], [NINE, ONE], f"{ADD} fw classid 1:1", []),
        ([], [NINE, ONE], "ip link set dev d0 up", []),
        # What failed, or what the session has deleted again, is none of its filters.
        ([], [NINE, ONE], f"{FAILED}{ADD} flower dst_ip x\n{MINE}", [49151]),
        ([], [ONE], f"{FAILED}{MINE}", []),
        ([], [NINE, ONE], f"{MINE}\n{DELETE} pref 49152\n{MINE}", [49151]),
        ([EIGHT], [NINE], f"{DELETE} pref 49150\n{MINE}", []),
        ([], [NINE], f"{ADD} pref 3 flower dst_ip 10.3.0.0/16\n{MINE}\n{DELETE} pref 3", []),
        ([], [NINE, ONE], f"{MINE}\ntc filter delete dev d0 ingress\n{MINE}", [49151]),
        # A number that the kernel has chosen as well, and another word for the class.
        (
            [],
            [
                flower(49152, "10.9.0.0/16", parent="8001:", classid="8001:2"),
                flower(49151, "10.1.0.0/16", parent="8001:"),
            ],
            "tc filter add dev d0 parent 8001: protocol ip flower dst_ip 10.9.0.0/16 flowid 8001:2",
            [49151],
        ),
    ],
)
def test_options_tell_the_filters_apart(
    before: list[Json], now: list[Json], lab: str, expected: list[int]
) -> None:
    """Those of others are left, and there is nothing to report."""
    present = state_of(*now)
    left = find(state_of(*before), present, lab=lab)

    assert (expected, ()) == (left_preferences(left, present), tuple(left.problems))


@pytest.mark.parametrize(
    ("now", "lab", "expected"),
    [
        ([NINE, NINE_AGAIN], MINE, [49152, 49149]),
        ([NINE, NINE_AGAIN, ONE], MINE, [49152, 49149]),
        ([NINE, ONE], UNLIKE, [49152, 49151]),
        # A filter fits, and which of two others is the second one is open.
        ([NINE, EIGHT, ONE], f"{MINE}\n{UNLIKE}", [49150, 49151]),
        # Each of two fits the same command.
        ([NINE, NINE_AGAIN, ONE], f"{MINE}\n{ADD} flower dst_ip 10.1/16", [49152, 49149, 49151]),
        # ipwrap cannot write the command that makes such a filter.
        (
            [{**listed, "options": {"handle": 1, "new": 1}} for listed in (NINE, ONE)],
            MINE,
            [49152, 49151],
        ),
    ],
)
@pytest.mark.parametrize("netns", ["", "red"])
def test_filters_that_nothing_tells_apart_stay(
    now: list[Json], lab: str, expected: list[int], netns: str
) -> None:
    """They are reported with their preferences."""
    suffix = f" -n {netns}" if netns else ""
    present = state_of(*now, netns=netns)
    left = find(
        state_of(netns=netns),
        present,
        lab="\n".join(f"{line}{suffix}" for line in lab.splitlines()),
    )

    others = {listed["pref"] for listed in now} - {*expected}
    is_left = {*left_preferences(left, present)}
    assert {*expected} == is_left - others
    (problem,) = left.problems
    where = " (in red)" if netns else ""
    assert problem == (
        f"tc filter d0{where}: the session or others have made the filters with preference "
        f"{', '.join(map(str, expected))}, and nothing tells which; they are left: delete those "
        "that are not needed with `tc filter delete … pref NUMBER`"
    )


def test_filters_of_the_session_s_own_qdisc_go_with_it() -> None:
    """There is no doubt: no other qdisc has them."""
    before = state_of(qdiscs=[PRIO])
    now = state_of(NINE, NINE_AGAIN)

    left = find(before, now, lab=f"tc qdisc add dev d0 ingress\n{MINE}")

    assert ([], []) == (left_preferences(left, now), [*left.problems])


@pytest.mark.parametrize("is_done", [True, False])
def test_a_command_that_failed_has_created_nothing(*, is_done: bool) -> None:
    """A filter with the preference that it gave is of others."""
    tracker = AffectedTracker(state_of())
    (command,) = parse_lines(f"{ADD} pref 49151 flower dst_ip 10.1.0.0/16")
    tracker.follow(command, is_done=is_done)
    (listed,) = filters_of(state_of(ONE))

    assert is_done == tracker.affected.has_created(listed)


def test_a_link_is_that_of_a_filter() -> None:
    """Undo reports a link that is gone, or another one by now, where a filter was added to it."""
    tracker = AffectedTracker(state_of())
    tracker.follow(Command(tuple(MINE.split())), is_done=True)

    assert tracker.affected.has_objects_on(("", "d0"))
    assert not tracker.affected.has_objects_on(("", "lo"))
    assert tracker.affected.has_traffic


def undo_beside(by_others: str) -> tuple[bool, list[str], list[str]]:
    """Undo a session that added a filter, while others have added or changed filters."""
    with open_sandbox() as host:
        build_or_skip(host, f"{LIVE_LAB}{ADD} pref 7 flower dst_ip 10.7.0.0/16 action drop")
        with Session(host.place) as session:
            session.run(Command(tuple(f"{MINE} action drop".split())))
            build_or_skip(host, by_others)
        return undo_recording(host, session.recording)


@pytest.mark.live
@pytest.mark.parametrize(
    "by_others",
    [
        f"{THEIRS} action drop",
        f"{ADD} pref 7 flower dst_ip 10.6.0.0/16 action drop",
        f"{DELETE} pref 7",
    ],
)
def test_undo_leaves_filters_of_others(by_others: str) -> None:
    """Also one that they have changed or deleted meanwhile."""
    is_restored, commands, warnings = undo_beside(by_others)

    assert (True, []) == (is_restored, warnings)
    assert [f"{DELETE} pref 49152 handle 1 flower"] == commands


@pytest.mark.live
def test_undo_deletes_no_filter_in_doubt() -> None:
    """It reports them, and that the state is not restored."""
    is_restored, commands, warnings = undo_beside(f"{MINE} action drop")

    assert (False, []) == (is_restored, commands)
    (warning,) = warnings
    assert "with preference 49151, 49152, and nothing tells which" in warning


@pytest.mark.live
def test_filters_at_a_number_that_the_kernel_chose_stay() -> None:
    """The number of the qdisc is no placeholder here."""
    with open_sandbox() as host:
        build_or_skip(host, LIVE_LAB.replace("ingress", "root prio"))
        (handle,) = (qdisc.handle for qdisc in host.tc.qdisc.show("d0") if qdisc.kind == "prio")
        add = f"tc filter add dev d0 parent {handle} protocol ip flower dst_ip"
        with Session(host.place) as session:
            result = session.run(f"{add} 10.9.0.0/16", check=False)
            if not result.ok:
                pytest.skip(f"this kernel or iproute2: {result.stderr}")
            build_or_skip(host, f"{add} 10.1.0.0/16")
        is_restored, commands, warnings = undo_recording(host, session.recording)

    assert (True, 1, []) == (is_restored, len(commands), warnings)
