"""The output of a program ends with the program, whatever it leaves behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ipwrap import Command, Local, Process
from ipwrap.executors import Reply
from ipwrap.executors.output_pipes import OutputPipes
from tests.processes import alive, running
from tests.waiting import LIMIT, until

LOCAL = Local()

# A child that writes into its stdout and stderr for ever, and counts the lines in a file. It ends
# by a signal where nobody reads, before it counts the line.
WRITER = "( while :; do echo line; echo line >&2; echo x >>{count}; sleep 0.02; done ) & echo $!"


def run(*argv: str, timeout: float | None = None) -> Reply:
    """Run a program on this host."""
    return Process().run(Command(argv, timeout=timeout), LOCAL)


@pytest.fixture
def end_later() -> Iterator[Callable[[str], int]]:
    """A function that takes the pid which a program printed, and ends the process afterwards."""
    pids: list[int] = []

    def keep(text: str) -> int:
        # The process itself may have printed before.
        pids.append(next(int(word) for word in text.split() if word.isdigit()))
        return pids[-1]

    yield keep
    for pid in pids:
        if alive(pid):
            os.kill(pid, signal.SIGKILL)


def lines_in(file: Path) -> int:
    """Return the number of lines in a file."""
    return file.read_text().count("\n") if file.exists() else 0


def test_a_child_that_holds_the_pipes_is_not_waited_for(
    end_later: Callable[[str], int],
) -> None:
    """The reply comes when the program has ended, with its output, and tells of the child."""
    started = time.monotonic()
    reply = run("sh", "-c", f"sleep {LIMIT} & echo $!; echo bad >&2; exit 3")
    seconds = time.monotonic() - started
    child = end_later(reply.stdout)

    assert (3, "bad\n", False, True) == (
        reply.status,
        reply.stderr,
        reply.timed_out,
        reply.left_running,
    )
    assert seconds < LIMIT / 2
    assert alive(child)


def test_a_child_without_the_pipes_is_told_of_as_well(end_later: Callable[[str], int]) -> None:
    """A child whose output goes elsewhere is left as well."""
    reply = run("sh", "-c", f"sleep {LIMIT} >/dev/null 2>&1 & echo $!")
    end_later(reply.stdout)

    assert reply.left_running


def test_a_child_of_a_session_of_its_own_is_told_of_as_well(
    tmp_path: Path, end_later: Callable[[str], int]
) -> None:
    """A child that has left the group of the program is known by the pipes that it holds."""
    file = tmp_path / "pid"
    child = f"setsid sh -c 'echo $$ >{file}; exec sleep {LIMIT}'"
    reply = run("sh", "-c", f"{child} & until [ -s {file} ]; do sleep 0.02; done; cat {file}")
    end_later(reply.stdout)

    assert reply.left_running


def test_a_child_goes_on_to_write(tmp_path: Path, end_later: Callable[[str], int]) -> None:
    """A child that is left never writes into a closed pipe, on stdout and on stderr."""
    count = tmp_path / "count"
    child = end_later(run("sh", "-c", WRITER.format(count=count)).stdout)
    before = lines_in(count)

    assert until(lambda: lines_in(count) > before + 20)
    assert alive(child)


RUN_AND_END = """
import sys
from ipwrap import Command, Local, Process
print(Process().run(Command(("sh", "-c", sys.argv[1])), Local()).stdout)
"""


def test_a_child_goes_on_to_write_behind_this_process(
    tmp_path: Path, end_later: Callable[[str], int]
) -> None:
    """A child that is left outlives the Python process, as it outlives a shell."""
    count = tmp_path / "count"
    completed = subprocess.run(
        (sys.executable, "-c", RUN_AND_END, WRITER.format(count=count)),
        capture_output=True,
        text=True,
        check=True,
        timeout=LIMIT,
    )
    child = end_later(completed.stdout)
    before = lines_in(count)

    assert until(lambda: lines_in(count) > before + 20)
    assert alive(child)


def test_the_reader_of_a_child_ends_with_it(end_later: Callable[[str], int]) -> None:
    """Nothing runs any more when the child has ended, and no descriptor stays open."""
    run("true")
    before = len(os.listdir("/proc/self/fd"))

    child = end_later(run("sh", "-c", f"sleep {LIMIT} & echo $!").stdout)
    pipes = {os.readlink(f"/proc/{child}/fd/{number}") for number in (1, 2)}

    def readers() -> list[str]:
        return [name for name in os.listdir("/proc") if name.isdigit() and _holds(name, pipes)]

    assert until(lambda: len(readers()) == 3), readers()  # the child, and two times `cat`
    assert before == len(os.listdir("/proc/self/fd"))

    os.kill(child, signal.SIGKILL)
    assert until(lambda: readers() == []), readers()


def _holds(pid: str, targets: set[str]) -> bool:
    """Return whether a process has one of the open files."""
    try:
        numbers = os.listdir(f"/proc/{pid}/fd")
        return any(os.readlink(f"/proc/{pid}/fd/{number}") in targets for number in numbers)
    except OSError:
        return False


def test_a_flood_of_a_child_does_not_hold_up_the_reply(
    end_later: Callable[[str], int],
) -> None:
    """A child that writes without end is left, although there is always more to read."""
    reply = run("sh", "-c", "yes & echo $! >&2", timeout=LIMIT)
    end_later(reply.stderr)

    assert (False, True) == (reply.timed_out, reply.left_running)


def test_a_child_that_is_killed_at_the_end_is_not_left() -> None:
    """A script may end with `kill` without waiting: its child has the time to end."""
    for _ in range(5):  # a busy machine may be slow to end it
        reply = run("sh", "-c", "sleep 1000 & kill $!; echo done")
        if not reply.left_running:
            break

    assert Reply(0, "done\n") == reply


def test_the_last_output_of_a_program_is_complete() -> None:
    """Output that is still in the pipes at the end of the program belongs to it."""
    size = 60_000
    command = f"head -c {size} /dev/zero; head -c {size} /dev/zero >&2"

    for _ in range(20):
        reply = run("sh", "-c", command)
        assert (size, size) == (len(reply.stdout), len(reply.stderr))


def test_a_hundred_megabytes_are_read() -> None:
    """A flood of output is captured whole."""
    size = 100_000_000
    assert size == len(run("head", "-c", str(size), "/dev/zero", timeout=LIMIT).stdout)


def test_streams_that_are_opened_anew_are_not_emptied() -> None:
    """`echo x >/dev/stderr` adds to the output, as it does on a terminal."""
    reply = run("sh", "-c", "echo one >&2; echo two >/dev/stderr; echo a; echo b >/dev/stdout")
    assert Reply(0, "a\nb\n", "one\ntwo\n") == reply


def test_a_timeout_keeps_the_output_and_ends_all(tmp_path: Path) -> None:
    """What was printed before the timeout is kept; children are killed with the program."""
    mark = f"97{os.getpid()}"
    for seconds in (1, 10, LIMIT):  # a busy machine may not print in time
        reply = run("sh", "-c", f"echo early; echo bad >&2; sleep {mark} & wait", timeout=seconds)
        if reply.stderr:
            break

    assert Reply(124, "early\n", "bad\n", timed_out=True) == reply
    assert until(lambda: running(mark) == []), running(mark)


@pytest.mark.parametrize("error", [AttributeError, PermissionError, ProcessLookupError])
def test_the_end_is_seen_without_pidfd(
    error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the kernel does not tell of the end, the program is looked at again and again."""

    def fail(_: int) -> int:
        raise error

    monkeypatch.setattr(os, "pidfd_open", fail)
    assert Reply(7, "out\n", "err\n") == run("sh", "-c", "echo out; echo err >&2; exit 7")

    if error is not ProcessLookupError:
        assert run("sleep", "1000", timeout=0.2).timed_out


def test_without_a_reader_the_pipes_stay_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end_later: Callable[[str], int]
) -> None:
    """Where no further process can be started, this process holds the pipes of the child."""

    def fail(*_: object, **__: object) -> None:
        raise BlockingIOError

    with monkeypatch.context() as patch:
        patch.setattr(subprocess, "run", fail)
        before = set(os.listdir("/proc/self/fd"))
        child = end_later(run("sh", "-c", f"sleep {LIMIT} & echo $!").stdout)
        held = set(os.listdir("/proc/self/fd")) - before

    kept = [int(name) for name in held if os.path.exists(f"/proc/self/fd/{name}")]
    assert 2 == len(kept)
    assert alive(child)

    for descriptor in kept:
        os.close(descriptor)


def test_pipes_of_a_program_that_does_not_start_are_closed() -> None:
    """A failed start leaves no descriptor."""
    before = len(os.listdir("/proc/self/fd"))
    with pytest.raises(KeyError), OutputPipes.starting():
        raise KeyError

    assert before == len(os.listdir("/proc/self/fd"))


def test_a_second_close_has_no_effect() -> None:
    """Pipes are closed once."""
    with OutputPipes.starting() as pipes:
        pass
    assert not pipes.read_rest(os.getpid() + 4_000_000)

    pipes.close()
    pipes.close()
