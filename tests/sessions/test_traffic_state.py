"""A session reads classes and filters where there may be some, before the first change of them."""

from typing import Any

import pytest

from ipwrap import Command, Session
from ipwrap.sessions.traffic_state import TrafficState
from ipwrap.state import State
from tests.doubles import ReplyDouble
from tests.labs import build_or_skip, open_sandbox
from tests.traffic import CLASSES
from tests.undo.test_traffic import BEFORE, run_lines

HTB = {"dev": "eth0", "kind": "htb", "handle": "1:", "root": True}


def state_of(*qdiscs: dict[str, Any]) -> State:
    """Return the state of a place with some qdiscs, in a namespace."""
    return {"": {"link": []}, "red": {"link": [], "tc qdisc": [*qdiscs]}}


def prepare(state: State, *lines: str) -> tuple[list[State | None], list[str]]:
    """Return what is recorded before each command, and the lines of the commands that read it."""
    runner = ReplyDouble("[]")
    traffic = TrafficState(runner)
    traffic.note_qdiscs(state)
    parts = [traffic.prepare(Command(tuple(line.split()))) for line in lines]
    return parts, [command.line for command in runner.commands]


@pytest.mark.parametrize(
    "line",
    [
        "tc class add dev eth0 parent 1: classid 1:1 htb rate 1mbit",
        "/sbin/tc -n red qdisc delete dev eth0 root",
        "ip netns exec red tc filter delete dev eth0",
        "ip -n red link delete dev eth0",
        "ip -n red link set dev eth0 name wan",
        "ip -n red link set dev eth0 netns blue",
        "ip netns delete red",
        "sh script.sh",
        "ip netns exec red sh script.sh",
    ],
)
def test_classes_are_read_before_a_command_that_may_change_them(line: str) -> None:
    """Once: a second such command finds them known."""
    parts, commands = prepare(state_of(HTB), "ip link set dev eth0 up", line, line)

    assert [None, {"": {"tc class": [], "tc filter": []}}, None] == parts
    assert [
        "tc -n red -j -d class show dev eth0",
        "tc -n red -j filter show dev eth0 parent 1:",
    ] == commands


@pytest.mark.parametrize(
    "line",
    [
        "ip link set dev eth0 up",
        "ip address add 192.0.2.1/24 dev eth0",
        "ip link add name d0 type dummy",
    ],
)
def test_other_commands_read_nothing(line: str) -> None:
    """Also where a qdisc has classes."""
    assert ([None], []) == prepare(state_of(HTB), line)


@pytest.mark.parametrize("kind", ["netem", "tbf", "pfifo", "red", "mq"])
def test_qdiscs_without_classes_and_filters_have_none_to_read(kind: str) -> None:
    """Most qdiscs that are set."""
    state = state_of({**HTB, "kind": kind})

    assert ([None], []) == prepare(state, "tc qdisc delete dev eth0 root")


@pytest.mark.parametrize(("kind", "count"), [("htb", 2), ("tbf", 0)])
def test_classes_are_added_to_a_present_state(kind: str, count: int) -> None:
    """Where a qdisc may have some; an empty list of the first namespace shows that."""
    runner = ReplyDouble("[]")
    state = state_of({**HTB, "kind": kind})
    TrafficState(runner).add_to(state)

    assert count == len(runner.commands)
    assert bool(count) == ("tc class" in state[""]) == ("tc filter" in state[""])


@pytest.mark.live
def test_the_state_before_a_session_has_classes_where_they_may_change() -> None:
    """A recording without a command of `tc` does not have them, nor one of a place without any."""
    with open_sandbox() as host:
        build_or_skip(host, CLASSES)
        with Session(host.place) as session:
            session.ip.link.set("v1", up=True)
            unread = session.recording.initial_state
            run_lines(session, "tc class delete dev v0 classid 1:10")
            read = session.recording.initial_state

    assert unread is not None
    assert "tc class" not in unread[""]
    assert read is not None
    assert ["1:1", "1:10", "1:20"] == sorted(data["handle"] for data in read[""]["tc class"])

    with open_sandbox() as host:
        build_or_skip(host, BEFORE)
        with Session(host.place) as session:
            run_lines(session, "tc qdisc add dev v0 root handle 1: htb")

    assert session.recording.initial_state is not None
    assert "tc class" not in session.recording.initial_state[""]
