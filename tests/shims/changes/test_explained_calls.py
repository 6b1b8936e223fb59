"""What the recorded calls of a script do not explain is kept, or said."""

import sys
from pathlib import Path
from typing import Any

import pytest

from ipwrap.shims.calls.call import Call
from ipwrap.shims.changes.explained_calls import changes_report, explain_calls
from ipwrap.shims.changes.unexplained import Change
from tests.every_way import differences_by_way
from tests.shims.recording import record_script

# Sets a link up without any program of its own: SIOCSIFFLAGS, IFF_UP | IFF_RUNNING.
SET_UP = (
    f'{sys.executable} -c "import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914, '
    "struct.pack('16sH14x', b'{link}', 0x41))\""
)


@pytest.mark.live
def test_program_whose_calls_do_not_explain_the_state_is_kept_whole(tmp_path: Path) -> None:
    """A program that set a link up by itself runs again in a replay, instead of its calls."""
    recorded_run = record_script(
        tmp_path,
        f"""
ip netns add red
ip link add v0 type veth peer name v1 netns red
ip netns exec red bash <<'EOF'
ip link set lo up
{SET_UP.format(link="v1")}
iptables -A FORWARD -j DROP
EOF
""",
    )

    assert [
        "ip netns add red",
        "ip link add v0 type veth peer name v1 netns red",
        "ip netns exec red bash",
    ] == recorded_run.command_lines
    assert ["recorded whole, as its calls do not explain: v1 was set up"] == recorded_run.notes
    assert {} == differences_by_way(recorded_run.recording)


@pytest.mark.live
def test_change_without_a_command_is_named_at_the_end(tmp_path: Path) -> None:
    """What the script itself did is said on stderr and in a note; the status is the script's."""
    recorded_run = record_script(
        tmp_path, f"ip link add v0 type veth peer name v1\n{SET_UP.format(link='v0')}\nexit 3\n"
    )

    assert 3 == recorded_run.status
    assert "ipwrap: v0 was set up without a recorded command: " in recorded_run.stderr
    assert "add --also " in recorded_run.stderr
    assert ["not recorded: v0 was set up without a recorded command"] == recorded_run.notes


@pytest.mark.live
def test_explained_script_reports_nothing(tmp_path: Path) -> None:
    """Programs that are recorded leave no change unexplained."""
    recorded_run = record_script(
        tmp_path,
        """
ip netns add red
ip link add v0 type veth peer name v1 netns red
ip link set v0 up
ip addr add 10.0.0.1/24 dev v0
ip -n red link set lo up
ip -n red addr add 10.0.0.2/24 dev v1
ip -n red link set v1 up
ip -n red route add default via 10.0.0.1
ip rule add from 10.0.0.0/24 table 7
ip route add 10.9.0.0/24 via 10.0.0.2 table 7
echo 1 >/proc/sys/net/ipv4/ip_forward
ip netns exec red sysctl -qw net.ipv4.conf.all.rp_filter=2
ip netns add blue
ip netns delete blue
""",
    )

    assert [] == [note for note in recorded_run.notes if "not recorded" in note]
    assert "without a recorded command" not in recorded_run.stderr


def test_late_sysctl_is_written_at_the_end() -> None:
    """In a sandbox, a sysctl whose write was not seen is written at the end, and says so."""
    calls = [Call(1, ("ip", "link", "set", "lo", "up"), status=0)]
    before: dict[str, Any] = {"": {"link": [], "sysctl": []}}
    after: dict[str, Any] = {
        "": {"link": [], "sysctl": [{"key": "net.ipv4.conf.all.rp_filter", "value": "2"}]}
    }

    events, changes = explain_calls(calls, None, before=before, after=after, isolated=True)
    _, host_changes = explain_calls(calls, None, before=before, after=after, isolated=False)

    assert [] == changes
    assert ["the sysctl net.ipv4.conf.all.rp_filter became 2"] == [
        change.text for change in host_changes
    ]
    assert "sysctl -w net.ipv4.conf.all.rp_filter=2" == events[-2].command.line  # type: ignore[union-attr]


def test_long_report_is_cut() -> None:
    """Ten changes are named, and the rest is counted."""
    changes = [Change("red", f"d{number} appeared", "link") for number in range(13)]

    lines = list(changes_report(changes, None, recorded=["ip"]))

    assert 11 == len(lines)
    assert lines[0].startswith("d0 appeared in red without a recorded command: the program")
    assert lines[-1].startswith("3 more changes")
