"""Recorded commands of somebody else's script run in workers where a verb may."""

from pathlib import Path

import pytest
from attrs import evolve

from ipwrap import Batch, Command, Process, Result, Session
from ipwrap.executors.base import Reply
from ipwrap.places import Place
from ipwrap.replay import replay
from ipwrap.replay.worker_lines import with_worker_line
from ipwrap.shims.calls.classify import classify
from tests.labs import open_sandbox
from tests.shims.recording import record_script

LAB = """
ip netns add red
ip link add v0 type veth peer name p0
ip link set p0 netns red
ip l s v0 up
ip -n red link set p0 up
ip link del nosuch
ip maddress add 01:00:5e:00:00:07 dev v0
ip addr add 10.0.0.1/24 dev v0
ip addr add 10.0.0.1/24 dev v0
ip -n red addr add 10.0.0.2/24 dev p0
ip route add 10.9.0.0/16 via 10.0.0.2
ip link property add dev v0 altname wan
ip link set wan mtu 1400
ip link property del dev v0 altname wan
ip link add wan type veth peer name lan
ip link set wan mtu 1300
ip link del wan
ip link add lan type veth peer name wan
ip link set lan mtu 1200
ip link set lan name lan2
ip link add lan type bridge
ip link set lan mtu 1100
ip route flush 10.9.0.0/16
ip netns exec red ip link set lo up
ip link del v0
ip netns del red
"""


def foreign(line: str) -> Command:
    """Return a command as `ipwrap record` records it."""
    return classify(tuple(line.split()))


def links_of(session: Session) -> list[tuple[str, int | None]]:
    """Return name and MTU of the links."""
    return [(link.ifname, link.mtu) for link in session.ip.link.show()]


@pytest.mark.parametrize(
    "line",
    [
        "ip link add v0 type veth peer name p0",
        "ip l s v0 up",
        "ip -n red a a 10.0.0.1/24 dev v0",
        "ip nexthop add id 7 via 10.0.0.9 dev v0",
        "bridge vlan add vid 7 dev v0",
        "ip netns del red",
    ],
)
def test_a_verb_lends_its_leave(line: str) -> None:
    """The recorded words may be a line where the verb that runs the same may; they stay."""
    command = foreign(line)
    line_command = with_worker_line(command, Result(command))

    assert (command.argv, True) == (line_command.argv, line_command.batch)


@pytest.mark.parametrize(
    "line",
    [
        "ip maddress add 01:00:5e:00:00:07 dev v0",
        "ip route flush dev v0",
        "ip link show",
        "ip l2tp add tunnel tunnel_id 7 peer_tunnel_id 8",
        "ip link set v0 mas br0",
        "ip netns exec red true",
        "wg set wg0 listen-port 7",
    ],
)
def test_others_are_processes(line: str) -> None:
    """What no verb runs as a line, reads, and shortened keywords keep a process of their own."""
    command = foreign(line)

    assert not with_worker_line(command, Result(command)).batch


@pytest.mark.parametrize("status", [1, None])
def test_a_failure_is_a_process(status: int | None) -> None:
    """A command that failed, or has no result, runs as a process as it did."""
    command = foreign("ip link set v0 up")
    recorded = None if status is None else Result(command, status)

    assert command is with_worker_line(command, recorded)


def test_the_effects_are_those_of_the_verb() -> None:
    """The executor closes its workers before their namespace is deleted: the effects say so."""
    command = evolve(foreign("ip netns del red"), deletes=(), from_file=True)

    assert (("netns", None, "red"),) == with_worker_line(command, Result(command)).deletes


@pytest.mark.live
def test_a_foreign_lab_replays_equal_by_workers(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Status, stderr and order of a lab by somebody else are as recorded, and most are lines."""
    lines: list[str] = []
    run_as_line = Batch._run_as_line

    def run_noted(self: Batch, command: Command, place: Place) -> Reply | None:
        reply = run_as_line(self, command, place)
        if reply is not None and command.changes:
            lines.append(command.line)
        return reply

    monkeypatch.setattr(Batch, "_run_as_line", run_noted)
    recording = record_script(tmp_path, LAB).recording
    with open_sandbox() as session:
        report = replay(recording, session)
        results = [
            (event.command.argv, result.status, result.stderr)
            for event, result in session.recording.pairs()
            if hasattr(event, "command") and result is not None
        ]

    recorded = [
        (event.command.argv, result.status, result.stderr)
        for event, result in recording.pairs()
        if hasattr(event, "command") and result is not None
    ]
    assert recorded == results
    assert [] == report.differences
    assert len(lines) > len(LAB.splitlines()) / 2


@pytest.mark.live
def test_workers_leave_the_state_that_processes_leave(tmp_path: Path) -> None:
    """The state after a replay by workers is that after one by processes."""
    recording = record_script(tmp_path, LAB).recording
    with open_sandbox() as worker_session:
        replay(recording, worker_session, check=False)
        expected = links_of(worker_session)

    with Session(sandbox=True, executor=Process()) as process_session:
        replay(recording, process_session, check=False)

        assert expected == links_of(process_session)
