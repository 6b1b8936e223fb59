"""Pids in commands: those of the session's processes are found, unknown ones are refused."""

import pytest

from ipwrap import Command, NotExportable, Recording
from ipwrap.export.pids import PidOf, ProcessPids, check_pids, known_pids
from ipwrap.recording import CommandEvent, ProcessEvent, ProcessStarted, Sleep

WEB, LOG = PidOf(1, "web", "20"), PidOf(2, "log", "21")
STEPS = (
    ProcessEvent(1, Command(("httpd",)), "web"),
    ProcessStarted(1, 20),
    Sleep(1),
    ProcessEvent(2, Command(("logger",)), "log"),
    ProcessStarted(2, 21),
)


@pytest.fixture
def pids() -> ProcessPids:
    """The pids of two processes, 20 and 21."""
    process_pids = ProcessPids()
    for step in STEPS:
        process_pids.note(step)
    return process_pids


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (("kill", "20"), {1: (WEB,)}),
        (("/bin/kill", "-20", "21"), {2: (LOG,)}),
        (("kill", "-s", "20", "--", "-21"), {4: ("-", LOG)}),
        (("kill", "-HUP", "20", "21"), {2: (WEB,), 3: (LOG,)}),
        (("ip", "netns", "exec", "red", "kill", "20"), {5: (WEB,)}),
        (
            ("sh", "-c", "kill -HUP 20 21; kill -20 21 && sleep 20 | skill 20"),
            {2: ("kill -HUP ", WEB, " ", LOG, "; kill -20 ", LOG, " && sleep 20 | skill 20")},
        ),
        (("sh", "-c", 'kill "$1"', "sh", "20"), {4: (WEB,)}),
        (("cat", "/proc/20/status", "/proc/200"), {1: ("/proc/", WEB, "/status")}),
        (("tail", "--pid=21", "x"), {1: ("--pid=", LOG)}),
        (("strace", "-p", "20"), {2: (WEB,)}),
        (("nsenter", "-t", "20", "true"), {2: (WEB,)}),
        (("my-tool", "20"), {1: (WEB,)}),
        (("ip", "link", "set", "v0", "netns", "20"), {5: (WEB,)}),
        (("ip", "netns", "identify", "21"), {3: (LOG,)}),
        (("ip", "netns", "attach", "red", "21"), {4: (LOG,)}),
        (("ip", "link", "add", "v0.20", "type", "vlan", "id", "20"), {}),
        (("ping", "-c", "20", "10.0.0.2"), {}),
        (("sleep", "20"), {}),
        (("iperf3", "--time", "20"), {}),
        (("echo", "1.20", "x20"), {}),
        (("kill", "0"), {}),
        (("kill", "1"), {}),
        (("ip", "link", "set", "v0", "netns", "red"), {}),
        (("my-tool", "22"), {}),
    ],
)
def test_pids_in_commands(
    pids: ProcessPids, argv: tuple[str, ...], expected: dict[int, object]
) -> None:
    """A number is a pid where programs take one; times, counts and identifiers stay numbers."""
    assert expected == pids.find(Command(argv))


@pytest.mark.parametrize(
    "argv",
    [
        ("kill", "22"),
        ("kill", "-9", "22"),
        ("ip", "link", "set", "v0", "netns", "22"),
        ("strace", "-p", "22"),
        ("sh", "-c", "cd /; kill -9 22"),
        ("nsenter", "-t", "22", "true"),
    ],
)
def test_a_pid_that_nobody_knows_is_refused(pids: ProcessPids, argv: tuple[str, ...]) -> None:
    """The error names the command, the pid, and what to do."""
    with pytest.raises(NotExportable, match="cannot be exported: 22 ") as refused:
        pids.find(Command(argv))
    assert "is the pid of no process that the session has started" in str(refused.value)
    assert "next: start the process by spawn(…)" in str(refused.value)


def test_the_pids_of_a_recording() -> None:
    """A pid is known from the start of its process on."""
    recording = Recording(events=[*STEPS, CommandEvent(3, Command(("kill", "20")))])
    assert {"20": "web", "21": "log"} == known_pids(recording)
    check_pids(recording)

    with pytest.raises(NotExportable):
        check_pids(Recording(events=[CommandEvent(3, Command(("kill", "20"))), *STEPS]))


def test_a_namespace_whose_name_is_a_number(pids: ProcessPids) -> None:
    """`ip link set … netns 20` moves into the namespace of that name, if there is one."""
    command = Command(("ip", "link", "set", "v0", "netns", "20"))
    assert {5: (WEB,)} == pids.find(command)
    pids.note(CommandEvent(3, Command(("ip", "netns", "add", "20"))))
    assert {} == pids.find(command)


def test_pids_of_another_run(pids: ProcessPids) -> None:
    """A command is translated to the pids of another run; the unknown ones stay."""
    again = {1: "120", 2: "121"}
    command = Command(("sh", "-c", "kill 20 21 22"), "red", stdin="x")
    expected = Command(("sh", "-c", "kill 120 121 22"), "red", stdin="x")
    assert expected == pids.replace(command, lambda process: again[process.number])

    other = Command(("true",))
    assert other is pids.replace(other, lambda process: process.name)
