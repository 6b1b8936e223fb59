"""A filter of others stays, although nothing but its options tells it from one of the session."""

from typing import Any

import pytest

from ipwrap import Command, Session
from ipwrap.state import State
from ipwrap.undo.affected import AffectedTracker
from ipwrap.undo.unnumbered_filters import FiltersOfOthers, find_filters_of_others
from tests.labs import build_or_skip, open_sandbox
from tests.undo.hosts import parse_lines, undo_recording

ADD = "tc filter add dev d0 ingress protocol ip"
MINE = f"{ADD} flower dst_ip 10.9.0.0/16"
THEIRS = f"{ADD} flower dst_ip 10.1.0.0/16"

LIVE_LAB = """\
ip link add name d0 type veth peer name v1
tc qdisc add dev d0 ingress
"""
DELETE = "tc filter delete dev d0 ingress protocol ip"


def flower(pref: int, destination: str) -> dict[str, Any]:
    """Return the JSON of a filter."""
    return {
        "dev": "d0",
        "parent": "ffff:",
        "protocol": "ip",
        "pref": pref,
        "kind": "flower",
        "chain": 0,
        "options": {"handle": 1, "keys": {"eth_type": "ipv4", "dst_ip": destination}},
    }


NINE, EIGHT = flower(49152, "10.9.0.0/16"), flower(49150, "10.8.0.0/16")
ONE = flower(49151, "10.1.0.0/16")


def state_of(*filters: dict[str, Any], netns: str = "") -> State:
    """Return a state with a link and its filters."""
    links = [{"ifname": name, "ifindex": number} for number, name in enumerate(("lo", "d0"), 1)]
    ingress = {"dev": "d0", "kind": "ingress", "handle": "ffff:", "parent": "ffff:fff1"}
    return {
        netns: {
            "link": links,
            "tc qdisc": [ingress],
            "tc class": [],
            "tc filter": [*filters],
        }
    }


def find(before: State, now: State, *, lab: str) -> FiltersOfOthers:
    """Return the filters of others between two states, where a session has run some lines."""
    tracker = AffectedTracker(before)
    for command in parse_lines(lab):
        tracker.follow(command, is_done=True)
    return find_filters_of_others(before, now, creations=tracker.affected.created.values())


def preferences(found: FiltersOfOthers) -> list[int]:
    """Return the preferences of filters."""
    return [listed.data["pref"] for listed in found.filters]


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
        ([], [NINE], f"{ADD} flower dst_ip 10.9.0.0/255.255.0.0", []),
        ([], [NINE, ONE], f"{ADD} fw classid 1:1", []),
        ([], [NINE, ONE], "ip link set dev d0 up", []),
    ],
)
def test_options_tell_the_filters_apart(
    before: list[dict[str, Any]], now: list[dict[str, Any]], lab: str, expected: list[int]
) -> None:
    """Those of others are left without a word."""
    found = find(state_of(*before), state_of(*now), lab=lab)

    assert (expected, ()) == (preferences(found), tuple(found.problems))


@pytest.mark.parametrize(
    ("now", "lab"),
    [
        ([NINE, flower(49151, "10.9.0.0/16")], MINE),
        # The kernel shows it otherwise than it was written.
        ([NINE, ONE], f"{ADD} flower dst_ip 10.9.0.0/255.255.0.0"),
        # ipwrap cannot write the command that makes such a filter.
        ([{**listed, "options": {"handle": 1, "new": 1}} for listed in (NINE, ONE)], MINE),
    ],
)
@pytest.mark.parametrize("netns", ["", "red"])
def test_filters_that_nothing_tells_apart_stay(
    now: list[dict[str, Any]], lab: str, netns: str
) -> None:
    """They are reported with their preferences."""
    before, after = state_of(netns=netns), state_of(*now, netns=netns)
    found = find(before, after, lab=f"{lab} -n {netns}" if netns else lab)

    where = " (in red)" if netns else ""
    assert [49152, 49151] == preferences(found)
    (problem,) = found.problems
    assert problem == (
        f"tc filter d0{where}: of the 2 filters with the preferences 49152, 49151 the session has "
        "made 1, without a preference of its own; none is deleted: delete those that are not needed"
        " with `tc filter delete … pref NUMBER`"
    )


def undo_beside(by_others: str) -> tuple[bool, list[str], list[str]]:
    """Undo a session with an unnumbered filter, while others have added or changed filters."""
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
    """It says so, and is not done."""
    is_restored, commands, warnings = undo_beside(f"{MINE} action drop")

    assert (False, []) == (is_restored, commands)
    (warning,) = warnings
    assert warning.startswith(
        "tc filter d0: of the 2 filters with the preferences 49151, 49152 the "
    )
