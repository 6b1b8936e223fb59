"""Writes of a script to /proc/sys become calls of sysctl(8) where they happened."""

from pathlib import Path

import pytest

from ipwrap.shims.calls.call import Call
from ipwrap.shims.sysctls.writes import SysctlWrite, calls_with_writes
from tests.every_way import differences_by_way
from tests.shims.recording import record_script

KEY = "net.ipv4.ip_forward"


def make_write(
    value: str,
    *,
    started: int,
    running: tuple[int, ...] = (),
    at: float = 0.0,
    netns: str = "",
    is_exact: bool = True,
) -> SysctlWrite:
    """Return a write of one key."""
    return SysctlWrite(
        netns=netns,
        key=KEY,
        value=value,
        started=started,
        running=frozenset(running),
        time=at,
        is_exact=is_exact,
    )


def make_call(number: int, line: str, *, netns: str | None = None) -> Call:
    """Return a call that has ended."""
    return Call(number, tuple(line.split()), netns=netns, status=0)


def describe(calls: list[Call]) -> list[str]:
    """Return the calls as lines, with the caller of those that were added."""
    return [
        " ".join(call.argv) + (f" by {call.caller}" if call.caller is not None else "")
        for call in calls
    ]


def test_write_stands_behind_the_call_before() -> None:
    """A write before the first call comes first; one of a missing call comes behind the last."""
    calls = [make_call(1, "ip link"), make_call(3, "ip addr")]
    writes = [make_write("1", started=0), make_write("0", started=2), make_write("2", started=9)]

    assert [
        f"sysctl -w {KEY}=1",
        "ip link",
        f"sysctl -w {KEY}=0",
        "ip addr",
        f"sysctl -w {KEY}=2",
    ] == describe(calls_with_writes(calls, writes))


def test_write_is_of_the_program_that_runs_in_the_namespace() -> None:
    """A program in the same namespace wrote the key; one that only reads, or elsewhere, did not."""
    calls = [
        make_call(1, "ip netns exec red setup"),
        make_call(2, "ip netns exec red ping 10.0.0.1"),
        make_call(3, "ip netns exec blue setup"),
        make_call(4, "ip -n red link set lo up"),
    ]
    writes = [make_write("1", started=4, running=(1, 2, 3, 4), netns="red")]

    assert f"sysctl -w {KEY}=1 by 1" == describe(calls_with_writes(calls, writes))[-1]


def test_late_write_is_of_the_program_that_names_the_key() -> None:
    """A value that was found in a new link is of an ended call that names the key."""
    by_path = f"ip netns exec red sh -c 'echo 1 >/proc/sys/{KEY.replace('.', '/')}'"
    calls = [make_call(1, by_path), make_call(2, "ip netns exec blue true")]

    assert [by_path, f"sysctl -w {KEY}=1 by 1", "ip netns exec blue true"] == describe(
        calls_with_writes(calls, [make_write("1", started=1, netns="red", is_exact=False)])
    )
    assert [by_path, f"sysctl -w {KEY}=1", "ip netns exec blue true"] == describe(
        calls_with_writes(calls, [make_write("1", started=1, netns="red")])
    )


def test_write_of_sysctl_is_recorded_already() -> None:
    """The call of sysctl(8) that made a write stands for it."""
    calls = [make_call(1, "sysctl -w net.ipv4.ip_forward=1")]

    assert calls == calls_with_writes(calls, [make_write("1", started=1, running=(1,))])


def test_repeated_messages_are_one_write() -> None:
    """Of writes at the same moment the last one counts; others are kept, each in its place."""
    calls = [make_call(1, "ip link")]
    for writes, expected in (
        ([make_write("1", started=1), make_write("1", started=1)], ["1"]),
        ([make_write("0", started=1), make_write("1", started=1, at=0.001)], ["1"]),
        ([make_write("1", started=1), make_write("0", started=1, at=0.5)], ["1", "0"]),
        ([make_write("1", started=0), make_write("1", started=1)], ["1", "1"]),
        ([make_write("1", started=0), make_write("1", started=1, is_exact=False)], ["1"]),
        ([make_write("a&b", started=1)], []),
    ):
        merged = calls_with_writes(calls, writes)

        assert expected == [
            call.argv[2].rpartition("=")[2] for call in merged if call.argv[0] == "sysctl"
        ]


@pytest.mark.live
def test_writes_are_recorded_where_they_happened_and_replayed(tmp_path: Path) -> None:
    """Writes of the script and of its programs are found, in order, in the right namespace."""
    recorded_run = record_script(
        tmp_path,
        """
ip netns add red
ip link add v0 type veth peer name v1 netns red
echo 1 >/proc/sys/net/ipv4/ip_forward
ip link set v0 up
echo "4096 80000 600000" >/proc/sys/net/ipv4/tcp_rmem
ip netns exec red sh -c 'echo 2 >/proc/sys/net/ipv4/conf/v1/rp_filter'
sysctl -qw net.ipv4.conf.all.rp_filter=2
ip netns exec red bash <<EOF
ip link set lo up
echo 1 >/proc/sys/net/ipv4/ip_forward
ip link set v1 up
EOF
""",
    )

    written = "ip netns exec red sh -c 'echo 2 >/proc/sys/net/ipv4/conf/v1/rp_filter'"
    assert [
        "ip netns add red",
        "ip link add v0 type veth peer name v1 netns red",
        "sysctl -w net.ipv4.ip_forward=1",
        "ip link set v0 up",
        "sysctl -w 'net.ipv4.tcp_rmem=4096 80000 600000'",
        written,
        "sysctl -qw net.ipv4.conf.all.rp_filter=2",
        "ip -n red link set lo up",
        "ip netns exec red sysctl -w net.ipv4.ip_forward=1",
        "ip -n red link set v1 up",
    ] == recorded_run.command_lines
    assert any("/proc/sys" in note for note in recorded_run.notes)
    end = recorded_run.recording.end
    assert end is not None
    assert end.state is not None
    keys = {data["key"]: data["value"] for data in end.state[""]["sysctl"]}
    assert "4096 80000 600000" == keys["net.ipv4.tcp_rmem"]

    assert {} == differences_by_way(recorded_run.recording)


@pytest.mark.live
def test_watcher_is_in_no_namespace_of_the_script(tmp_path: Path) -> None:
    """`ip netns pids` lists nothing of ipwrap's, though its helper looks at each new namespace."""
    text = """
for n in $(seq 30); do
    ip netns add "n$n"; ip -n "n$n" link set lo up; ip netns pids "n$n"
done
"""
    assert "" == record_script(tmp_path, text).stdout
