"""The processes of a namespace are listed by pid and command line, and ended."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import define, field

from ipwrap import Command, ExecutorError, Sandbox
from ipwrap.result import Result
from ipwrap.system.process_identity import start_ticks
from ipwrap.undo import processes
from ipwrap.undo.processes import ForeignProcess, end_processes, processes_in
from tests.labs import open_sandbox
from tests.waiting import until


@define
class PidRunner:
    """A runner that lists the given pids, and keeps the other commands."""

    pids: list[int]
    status: int = 0
    commands: list[Command] = field(factory=list)
    broken: bool = False

    def run(self, command: Command, *, check: bool = True) -> Result:  # noqa: ARG002 - a Runner
        """Return the pids, or fail."""
        if self.broken:
            raise ExecutorError("no program")
        if command.argv[:3] == ("ip", "netns", "pids"):
            return Result(command, stdout="".join(f"{pid}\n" for pid in self.pids))
        self.commands.append(command)
        return Result(command, self.status)


@pytest.fixture
def sleeper() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that waits."""
    with subprocess.Popen(("sleep", "1000")) as process:
        assert until(lambda: b"sleep" in Path(f"/proc/{process.pid}/cmdline").read_bytes())
        yield process
        process.kill()


def test_processes_have_their_command_lines(sleeper: "subprocess.Popen[bytes]") -> None:
    """Control characters are escaped, long lines cut, and ended processes left out."""
    code = f"import time; time.sleep(1000) # \x1b[31m{'x' * 200}"
    with subprocess.Popen((sys.executable, "-c", code)) as other:
        assert until(lambda: b"sleep(1000)" in Path(f"/proc/{other.pid}/cmdline").read_bytes())
        listed = processes_in(PidRunner([sleeper.pid, other.pid, 2**22 + 1]), "lab")
        other.kill()

    assert [f"{sleeper.pid} sleep 1000", str(other.pid)] == [
        str(listed[0]),
        str(listed[1]).partition(" ")[0],
    ]
    assert str(listed[1]).isprintable()
    assert listed[1].command.endswith("…")
    assert [] == processes_in(PidRunner([], broken=True), "lab")


def test_processes_are_ended(sleeper: "subprocess.Popen[bytes]") -> None:
    """SIGTERM is enough for most."""
    runner = PidRunner([sleeper.pid])
    assert [] == end_processes(runner, "lab", processes=processes_in(runner, "lab"))
    assert -signal.SIGTERM == sleeper.wait()


def test_later_process_with_the_pid_gets_no_signal(sleeper: "subprocess.Popen[bytes]") -> None:
    """Neither one that started later, nor one that has left the namespace."""
    ticks = start_ticks(sleeper.pid)
    assert ticks is not None
    earlier = ForeignProcess(sleeper.pid, ticks - 1, "sleep")
    assert [] == end_processes(PidRunner([sleeper.pid]), "lab", processes=[earlier])

    elsewhere = ForeignProcess(sleeper.pid, ticks, "sleep")
    assert [] == end_processes(PidRunner([]), "lab", processes=[elsewhere])
    gone = ForeignProcess(2**22 + 1, 1, "gone")
    assert [] == end_processes(PidRunner([]), "lab", processes=[gone])
    assert sleeper.poll() is None


@pytest.mark.parametrize("broken", [False, True])
def test_process_of_another_user_is_ended_by_the_place(
    broken: bool, sleeper: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    """With sudo, `kill` runs as root; a process that nobody may end is returned."""
    runner = PidRunner([sleeper.pid], status=1)
    listed = processes_in(runner, "lab")

    def refuse(descriptor: int, number: int) -> None:
        raise PermissionError(descriptor, number)

    monkeypatch.setattr("signal.pidfd_send_signal", refuse)
    if broken:
        monkeypatch.setattr(processes, "_pids", lambda _runner, _netns: {sleeper.pid})
        runner.broken = True

    assert listed == end_processes(runner, "lab", processes=listed)
    expected = [] if broken else [f"kill -s TERM {sleeper.pid}"]
    assert expected == [command.line for command in runner.commands]


@pytest.mark.parametrize("obstacle", ["old kernel", "other /proc"])
def test_process_that_cannot_be_addressed_is_left(
    obstacle: str, sleeper: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kernel without pidfds, and a /proc that numbers processes otherwise."""
    runner = PidRunner([sleeper.pid])
    listed = processes_in(runner, "lab")

    def refuse(pid: int) -> int:
        raise OSError(38, f"Function not implemented: {pid}")

    if obstacle == "old kernel":
        monkeypatch.setattr(os, "pidfd_open", refuse)
    else:
        monkeypatch.setattr(processes, "proc_is_of_this_pid_namespace", lambda: False)
    assert listed == end_processes(runner, "lab", processes=listed)
    assert sleeper.poll() is None


def test_processes_of_a_sandbox_are_ended_by_their_pids_here() -> None:
    """A sandbox numbers processes by itself: the same number here is another process."""
    with open_sandbox() as session:
        session.ip.netns.add("red")
        inside = session.netns("red").spawn("sleep", "1000")
        (listed,) = processes_in(session, "red")
        assert isinstance(session.place, Sandbox)
        assert (listed.pid != inside.pid) == session.place.address.has_own_proc
        assert b"sleep\0001000\0" == Path(f"/proc/{listed.pid}/cmdline").read_bytes()

        assert [] == end_processes(session, "red", processes=[listed])
        assert 128 + signal.SIGTERM == inside.wait().status
        assert [] == processes_in(session, "red")


def test_process_of_a_deeper_sandbox_is_left() -> None:
    """A process whose pid here is not known has its command line, and gets no signal."""
    with open_sandbox() as session:
        session.ip.netns.add("red")
        argv = ("unshare", "--pid", "--fork", "sleep", "1000")
        session.netns("red").spawn(*argv)
        assert until(lambda: 2 == len(processes_in(session, "red")))
        (deeper,) = [listed for listed in processes_in(session, "red") if not listed.start_ticks]

        assert "sleep 1000" == deeper.command
        assert [deeper] == end_processes(session, "red", processes=[deeper])
        assert 2 == len(processes_in(session, "red"))
