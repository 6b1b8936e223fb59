"""A route or next hop is the recording's if it goes through the links that it went through."""

from typing import Any

import pytest

from ipwrap.command import CreatedObject
from ipwrap.objects import delete_command
from ipwrap.recording import CommandEvent, Note, Pair
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.result import RecordedLink, Result
from ipwrap.teardown.presence import SnapshotIndex
from ipwrap.undo.route_identity import RouteTracker
from tests.undo.hosts import parse_lines

NIC = {"ifname": "nic0", "ifindex": 2, "address": "02:00:00:00:00:10"}
WAN = {"ifname": "wan", "ifindex": 3, "address": "02:00:00:00:00:03"}
FACTS = RecordedLink(netns=None, name="nic0", ifindex=2, address="02:00:00:00:00:10")
ROUTE = {"dst": "10.9.0.0/16", "gateway": "10.0.0.1"}


def state_with(*routes: dict[str, Any], links: tuple[dict[str, Any], ...] = (NIC, WAN)) -> Any:
    """Return a state with routes."""
    return {"": {"link": [*links], "route": [*routes], "nexthop": [{"id": 5, "dev": "wan"}]}}


def created_by(line: str) -> CreatedObject:
    """Return what a command creates."""
    (command,) = parse_lines(line)
    (created,) = command.creates
    return created


def track(line: str, devices: tuple[RecordedLink, ...] | None, after: Any = None) -> RouteTracker:
    """Return the tracker behind a command, whose result has these links."""
    (command,) = parse_lines(line)
    pairs: list[Pair] = [
        (Note("x"), None),
        (CommandEvent(1, command), Result(command, devices=devices)),
    ]
    tracker = RouteTracker(MentionedWords(), None if after is None else SnapshotIndex(after))
    assert pairs == [*tracker.follow(pairs)]
    return tracker


VIA = "ip route add 10.9.0.0/16 via 10.0.0.1"
HOPS = "ip route add 10.9.0.0/16 nexthop via 10.0.0.1 nexthop via 10.0.0.2"


@pytest.mark.parametrize(
    ("line", "devices", "routes", "expected"),
    [
        (VIA, (FACTS,), [{**ROUTE, "dev": "nic0"}], "dev nic0"),
        (VIA, (FACTS,), [{**ROUTE, "dev": "wan"}], None),
        (VIA, (FACTS,), [{**ROUTE, "dev": "wan"}, {**ROUTE, "dev": "nic0", "metric": 5}], "nic0"),
        (VIA, (FACTS,), [{**ROUTE, "gateway": "10.0.0.9", "dev": "wan"}], "via 10.0.0.1"),
        (VIA, (FACTS,), [{"type": "blackhole", "dst": "10.9.0.0/16"}], "via 10.0.0.1"),
        (VIA, (FACTS,), [], "via 10.0.0.1"),
        (VIA, None, [{**ROUTE, "dev": "wan"}], "dev wan"),
        (VIA, (), [{**ROUTE, "dev": "wan"}], None),
        (f"{VIA} dev nic0", None, [{**ROUTE, "dev": "wan"}], "dev nic0"),
        (HOPS, (FACTS,), [{"dst": "10.9.0.0/16", "nexthops": [{"dev": "nic0"}] * 2}], "nexthop"),
        (HOPS, (FACTS,), [{"dst": "10.9.0.0/16", "nexthops": [{"dev": "wan"}] * 2}], None),
        (
            "ip route add 10.9.0.0/16 nhid 5",
            (FACTS,),
            [{"dst": "10.9.0.0/16", "nhid": 5, "dev": "nic0"}],
            "nhid 5",
        ),
        (
            "ip route add 10.9.0.0/16 nhid 5",
            (FACTS,),
            [{"dst": "10.9.0.0/16", "nhid": 6, "dev": "wan"}],
            "nhid 5",
        ),
        ("ip nexthop add id 5 via 10.0.0.1 dev wan", None, [], "nexthop delete id 5"),
        ("ip nexthop add id 5 via 10.0.0.1 dev nic0", None, [], None),
        ("ip address add 10.0.0.1/24 dev nic0", None, [], "10.0.0.1/24"),
    ],
)
def test_route_is_known_by_its_links(
    line: str,
    devices: tuple[RecordedLink, ...] | None,
    routes: list[dict[str, Any]],
    expected: str | None,
) -> None:
    """The deletion names the present link; without any knowledge, what the command named."""
    tracker = track(line, devices)
    created = created_by(line)
    present = tracker.identify(created, SnapshotIndex(state_with(*routes)))

    assert (expected is None) == (present is None)
    if present is not None:
        assert str(expected) in delete_command(present).line
    assert ([created] if present is None else []) == tracker.foreign


@pytest.mark.parametrize(("device", "is_own"), [("nic0", True), ("wan", False)])
def test_state_at_the_end_shows_what_results_do_not_have(device: str, is_own: bool) -> None:
    """Recordings of earlier versions have no links of routes."""
    tracker = track(VIA, None, after=state_with({**ROUTE, "dev": "nic0"}))
    now = SnapshotIndex(state_with({**ROUTE, "dev": device}))
    assert is_own == (tracker.identify(created_by(VIA), now) is not None)

    # At the end it was gone already.
    tracker = track(VIA, None, after=state_with())
    assert tracker.identify(created_by(VIA), now) is not None


def test_problem_names_both_links_and_where_to_look() -> None:
    """With the index: the name may be the same."""
    created = created_by(VIA)
    other = {**NIC, "ifindex": 7, "address": "02:00:00:00:00:77"}
    now = SnapshotIndex(state_with({**ROUTE, "dev": "nic0"}, links=(other,)))
    tracker = track(VIA, (FACTS,))
    assert tracker.identify(created, now) is None
    assert (
        "route 10.9.0.0/16 via 10.0.0.1 goes through nic0 (index 7, 02:00:00:00:00:77), and that "
        "of the recording went through nic0 (index 2): left alone; look at "
        "`ip -o route show to exact 10.9.0.0/16 via 10.0.0.1`"
    ) == tracker.problem_with(created, now)

    line = "ip route add blackhole 10.9.0.0/16"
    tracker = track(line, (FACTS,))
    now = SnapshotIndex(state_with({"type": "blackhole", "dst": "10.9.0.0/16"}))
    assert tracker.identify(created_by(line), now) is None
    assert "goes through no link" in tracker.problem_with(created_by(line), now)


def test_routes_of_others_are_taken_out_of_a_state() -> None:
    """What stays is compared with the state before, and restored."""
    tracker = track(VIA, (FACTS,))
    foreign = {**ROUTE, "dev": "wan"}
    unrelated = {"dst": "10.8.0.0/16", "dev": "wan"}
    state = state_with(foreign, unrelated)
    assert tracker.identify(created_by(VIA), SnapshotIndex(state)) is None

    assert [unrelated] == tracker.without_foreign(state_with(foreign, unrelated))[""]["route"]
    assert {} == tracker.without_foreign({})


def test_replaced_route_without_an_answer_forgets_the_first_one() -> None:
    """The links of an earlier route with the same words do not count any more."""
    (command,) = parse_lines(VIA)
    tracker = RouteTracker(MentionedWords(), None)
    results = (Result(command, devices=(FACTS,)), Result(command))
    pairs: list[Pair] = [(CommandEvent(1, command), result) for result in results]
    assert 2 == len([*tracker.follow(pairs)])

    now = SnapshotIndex(state_with({**ROUTE, "dev": "wan"}))
    assert tracker.identify(created_by(VIA), now) is not None
