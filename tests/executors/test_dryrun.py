"""`DryRun`: no command runs."""

from pathlib import Path

import pytest

from ipwrap import Command, DryRun, Local, Session, until
from ipwrap.executors import Reply
from ipwrap.kinds import Bridge
from ipwrap.recording import ProcessAction, ProcessEvent, ProcessStarted, Sleep, WaitEvent


@pytest.mark.parametrize(
    ("argv", "stdout"),
    [
        (("ip", "link", "add", "name", "x", "type", "bridge"), ""),
        (("ip", "-j", "link", "show"), "[]\n"),
        (("ip", "netns", "identify"), ""),
        (("no-such-program",), ""),
    ],
)
def test_every_command_succeeds(argv: tuple[str, ...], stdout: str) -> None:
    """A change has no output, a read in JSON gets an empty list, and no program is required."""
    assert Reply(0, stdout) == DryRun().run(Command(argv), Local())


def test_no_program_runs(tmp_path: Path) -> None:
    """A program that would create a file does not run."""
    DryRun().run(Command(("touch", str(tmp_path / "x"))), Local())
    assert [] == list(tmp_path.iterdir())


def test_dry_run_is_not_live() -> None:
    """A dry run has no state, and can be closed twice."""
    executor = DryRun()
    executor.close()
    executor.close()

    assert not executor.live


def test_dry_run_can_be_exported(dry_session: Session) -> None:
    """The commands are recorded, and can be exported."""
    dry_session.ip.link.add("br0", Bridge())
    dry_session.netns("ns1").exec("true")

    assert ["ip link add name br0 type bridge", "ip netns exec ns1 true"] == [
        result.line for result in dry_session.recording.results
    ]
    assert "ip link add br0 type bridge" in dry_session.export()
    assert dry_session.recording.header.iproute2 is None


def test_processes_and_waits_of_a_dry_run(dry_session: Session) -> None:
    """A process runs until it is stopped or waited for; waits and pauses return at once."""
    stopped = dry_session.spawn("no-such-server", ready=until.listening(80), name="server")
    assert (True, "") == (stopped.running, stopped.stdout)
    stopped.send_signal("HUP")
    dry_session.wait_for(until.link("nope"), timeout=1000)
    dry_session.sleep(1000)

    ended = dry_session.spawn("no-such-program")
    assert stopped.pid != ended.pid
    assert (143, 0) == (stopped.stop().status, ended.wait().status)
    assert {ProcessEvent, ProcessStarted, ProcessAction, WaitEvent, Sleep} == {
        type(step) for step, _ in dry_session.recording.pairs()
    }
