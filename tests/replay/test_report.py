"""The report of a replay counts its steps."""

import pytest

from ipwrap import Recording
from ipwrap.kinds import Bridge
from ipwrap.replay import Replay, replay
from tests.labs import open_sandbox


def test_the_report_counts_processes_and_waits() -> None:
    """Processes and waits are told where there were some."""
    assert "3 commands run again; compared" in str(Replay(3))
    assert "3 commands, 1 background process and 2 waits run again; compared" in str(
        Replay(3, processes=1, waits=2)
    )


@pytest.mark.live
def test_sysctl_without_a_command_is_a_difference() -> None:
    """A sysctl that the recording changed, and the replay does not, is named."""
    with open_sandbox() as session:
        session.ip.link.add("br0", Bridge())
        session.exec("sh", "-c", "echo 1 >/proc/sys/net/ipv4/ip_forward")
    events = [event for event in session.recording.events if getattr(event, "number", 1) == 1]
    recording = Recording(session.recording.header, events)

    with open_sandbox() as session:
        report = replay(recording, session)

    assert "- (host)  sysctl net.ipv4.ip_forward" in report.differences
    assert 1 == report.commands
