"""What the monitors of a namespace have told."""

import pytest

from ipwrap import Command, Local
from ipwrap.executors.stream import ProcessStream
from ipwrap.sessions.namespace_monitors import MonitorOutput, NamespaceMonitors, bridge_objects_of
from ipwrap.sessions.watched_objects import ObjectMemory

FDB = "02:00:00:00:00:99 dev p0 master br0 static"
OVERRUN = "netlink receive error No buffer space available (105)"


def ended_output(script: str) -> MonitorOutput:
    """Return the output of a shell script that has ended."""
    output = MonitorOutput(ProcessStream.open(Command(("sh", "-c", script)), Local()))
    output.stream.wait(None)
    return output


@pytest.mark.parametrize(
    ("line", "nouns"),
    [
        (FDB, {"fdb"}),
        (f"Deleted {FDB}", {"fdb"}),
        ("02:00:00:00:00:99 dev p0 vlan 1 master br0", {"fdb"}),
        ("dev br0 port p0 grp 239.1.1.1 permanent", {"mdb"}),
        ("Deleted dev br0 port p0 grp 239.1.1.1 permanent", {"mdb"}),
        ("p0                10 PVID Egress Untagged", {"vlan", "vni"}),
        ("                  11-12", {"vlan", "vni"}),
        ("vx0               100", {"vlan", "vni"}),
        ("Deleted vx0               100-110         remote 10.0.0.2", {"vlan", "vni"}),
    ],
)
def test_a_line_tells_which_objects_it_may_be_about(line: str, nouns: set[str]) -> None:
    """Forwarding entries and groups are known by their text; VLANs and VNIs look alike."""
    assert nouns == bridge_objects_of(line)


def test_lines_are_complete() -> None:
    """A line that has not ended is kept for the next call."""
    output = ended_output("printf 'one\\n\\ntwo\\nrest'")
    try:
        assert (["one", "two"], [], False) == (
            output.take_lines(),
            output.take_lines(),
            output.has_lost_events,
        )
    finally:
        output.stream.close()


def test_lost_events_of_bridges_concern_all_their_objects() -> None:
    """Where the kernel has dropped events, every listing that is watched has to be read."""
    memory = ObjectMemory(frozenset({"fdb", "vni", "link"}))
    lost = NamespaceMonitors(
        None, memory, ended_output("true"), ended_output(f"echo '{OVERRUN}' >&2")
    )
    told = NamespaceMonitors(None, memory, ended_output("true"), ended_output(f"echo '{FDB}'"))
    without = NamespaceMonitors(None, memory, ended_output("true"))
    try:
        assert [{"fdb", "vni"}, {"fdb"}, set()] == [
            monitors.take_changed_bridge_objects() for monitors in (lost, told, without)
        ]
        assert set() == lost.take_changed_bridge_objects()
    finally:
        for monitors in (lost, told, without):
            monitors.close()
