"""Pids in commands: those of the session's processes are found, unknown ones are refused."""

import pytest

from ipwrap import Command, NotExportable
from ipwrap.export.pids import PidOf, PidWords, ProcessPids
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


def find(pids: ProcessPids, *argv: str, env: dict[str, str] | None = None) -> PidWords:
    """Return the words of a command that name pids."""
    return pids.find(CommandEvent(3, Command(argv, env=env), "lab.py:7"))


@pytest.mark.parametrize(
    ("argv", "expected"),
    [
        (("kill", "-HUP", "20", "21"), {2: (WEB,), 3: (LOG,)}),
        (
            ("sh", "-c", "kill -HUP 20 21; kill -20 21 && sleep 20 | skill 20"),
            {2: ("kill -HUP ", WEB, " ", LOG, "; kill -20 ", LOG, " && sleep 20 | skill 20")},
        ),
        (("tail", "--pid=21", "x"), {1: ("--pid=", LOG)}),
        (("sh", "-c", 'kill "$1" "$2"', "sh", "20", "22"), {4: (WEB,)}),
        (("kill", "0", "1"), {}),
        (("cat", "/proc/1/status"), {}),
        (("my-tool", "20", "22"), {}),
    ],
)
def test_pids_in_arguments(
    pids: ProcessPids, argv: tuple[str, ...], expected: dict[int, object]
) -> None:
    """An argument is cut at the pids of processes; pids that are everywhere the same stay."""
    words = find(pids, *argv)
    assert (expected, {}, bool(expected)) == (words.arguments, words.variables, bool(words))


def test_pids_in_the_environment(pids: ProcessPids) -> None:
    """Values are cut as arguments are."""
    words = find(pids, "true", env={"A": "/proc/21/fd", "B": "x", "PID": "20"})

    assert ({}, {"A": ("/proc/", LOG, "/fd"), "PID": (WEB,)}) == (words.arguments, words.variables)
    assert [LOG, WEB] == list(words)


@pytest.mark.parametrize(
    "argv",
    [
        ("kill", "-9", "20", "22"),
        ("kill", "--", "-22"),
        ("ip", "link", "set", "v0", "netns", "22"),
        ("sh", "-c", "cd /; kill -9 22"),
        ("cat", "/proc/22/status"),
    ],
)
def test_a_pid_that_nobody_knows_is_refused(pids: ProcessPids, argv: tuple[str, ...]) -> None:
    """The error names the command, its call site, the pid, and what to do."""
    with pytest.raises(NotExportable) as refused:
        find(pids, *argv)

    message = str(refused.value)
    assert message.startswith(
        f"{Command(argv).line} (asked at lab.py:7): cannot be exported: 22 is the pid of no process"
    )
    assert "next: start the process by spawn(…)" in message


def test_an_unknown_pid_in_the_environment_is_refused(pids: ProcessPids) -> None:
    """A command without a call site is named alone."""
    event = CommandEvent(3, Command(("true",), env={"A": "/proc/22/fd"}))
    with pytest.raises(NotExportable, match=r"^A=/proc/22/fd true: cannot be exported: 22 is"):
        pids.find(event)


def test_a_pid_is_known_from_the_start_of_its_process_on() -> None:
    """A number is that of a stranger before; used again, it is that of the latest process."""
    pids = ProcessPids()
    with pytest.raises(NotExportable):
        find(pids, "kill", "20")

    for step in (*STEPS, ProcessStarted(2, 20), ProcessStarted(3, 22)):
        pids.note(step)
    assert {1: (PidOf(2, "log", "20"),)} == find(pids, "kill", "20").arguments
    with pytest.raises(NotExportable):  # the file lacks its process
        find(pids, "kill", "22")


def test_a_namespace_whose_name_is_a_number(pids: ProcessPids) -> None:
    """`ip link set … netns 20` moves into the namespace of that name, if there is one."""
    argv = ("ip", "link", "set", "v0", "netns", "20")
    assert {5: (WEB,)} == find(pids, *argv).arguments
    pids.note(CommandEvent(3, Command(("ip", "netns", "add", "20"))))
    assert not find(pids, *argv)


def test_pids_of_another_run(pids: ProcessPids) -> None:
    """A command is translated to the pids of another run; the unknown ones stay."""
    again = {1: "120", 2: "121"}
    command = Command(("sh", "-c", "kill 20 21 22"), "red", stdin="x", env={"PID": "20"})
    expected = Command(("sh", "-c", "kill 120 121 22"), "red", stdin="x", env={"PID": "120"})
    assert expected == pids.replace(command, lambda process: again[process.number])

    other = Command(("true",))
    assert other is pids.replace(other, lambda process: process.name)
