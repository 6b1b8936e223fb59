"""`Process`: a process for each command."""

import asyncio
import glob
import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from ipwrap import Command, ExecutorError, InvalidArgument, Local, Process, Secret
from ipwrap.executors import Reply, process
from tests.waiting import LIMIT

LOCAL = Local()


def run(*argv: str, stdin: str | None = None, timeout: float | None = None) -> Reply:
    """Run a program on this host."""
    return Process().run(Command(argv, stdin=stdin, timeout=timeout), LOCAL)


def test_stdout_and_stderr_are_separate() -> None:
    """stdout, stderr and status are those of the program, and no status is an error."""
    assert Reply(7, "out\n", "err\n") == run("sh", "-c", "echo out; echo err >&2; exit 7")


@pytest.mark.parametrize("status", [0, 1, 2, 127, 254, 255])
def test_exit_status_is_returned(status: int) -> None:
    """Every exit status is returned."""
    assert Reply(status) == run("sh", "-c", f"exit {status}")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGABRT])
def test_signal_is_a_status(number: signal.Signals) -> None:
    """A program ended by a signal has the status of a shell, and its output."""
    assert Reply(128 + number, "out\n", "") == run("sh", "-c", f"echo out; kill -{number.value} $$")


def test_program_has_no_terminal() -> None:
    """Neither stdin nor stdout nor stderr is a terminal."""
    assert Reply(0, "", "") == run("sh", "-c", "! test -t 0 && ! test -t 1 && ! test -t 2")


def test_program_runs_in_the_c_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages are in the C locale; the rest of the environment is passed on."""
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("IPWRAP_TEST", "x y")

    assert "C x y\n" == run("sh", "-c", 'echo "$LC_ALL $IPWRAP_TEST"').stdout


def test_programs_of_sbin_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The PATH includes sbin directories, which an ordinary user's PATH may lack."""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert "/usr/sbin" in run("sh", "-c", "echo $PATH").stdout.strip().split(":")


@pytest.mark.parametrize("text", ["", "one\n", "é 中 🜁\n", "a\0b", "x" * 200_000])
def test_stdin_arrives(text: str) -> None:
    """A program reads the given stdin."""
    assert Reply(0, text) == run("cat", stdin=text, timeout=LIMIT)


def test_missing_stdin_is_empty() -> None:
    """A program without stdin reads the end of its input at once."""
    assert Reply(0) == run("cat", timeout=LIMIT)


@pytest.mark.parametrize(
    "argument",
    ["", " ", "\n", "é", "*", "~", "$x", "'", '"', "\\", "-", "--", "\udcff", "a=b", "{}"],
)
def test_argument_arrives(argument: str) -> None:
    """A program gets an argument byte for byte."""
    assert Reply(0, f"[{argument}]") == run("printf", "[%s]", argument)


def test_large_output_of_both_kinds_is_read() -> None:
    """Output larger than a pipe, on stdout and stderr, does not block."""
    reply = run(
        "sh",
        "-c",
        "head -c 1000000 /dev/zero | tr '\\0' x; head -c 500000 /dev/zero | tr '\\0' y >&2",
        timeout=LIMIT,
    )
    assert ("x" * 1_000_000, "y" * 500_000) == (reply.stdout, reply.stderr)


def test_bytes_that_are_not_utf8_survive() -> None:
    """Bytes that are not UTF-8 become surrogates, and the same bytes again."""
    reply = run("printf", r"\377\n\200")
    assert b"\xff\n\x80" == os.fsencode(reply.stdout)


def test_background_program_is_not_waited_for() -> None:
    """A daemon that has closed its output does not hold up the command."""
    reply = run("sh", "-c", "sleep 30 >/dev/null 2>&1 & echo $!", timeout=LIMIT)
    assert (0, False) == (reply.status, reply.timed_out)
    os.kill(int(reply.stdout), signal.SIGKILL)


def test_timeout_kills_the_program() -> None:
    """A program that exceeds its timeout is killed, with the status of timeout(1)."""
    for seconds in (1, 10, LIMIT):  # a busy machine may not print the pid in time
        reply = run("sh", "-c", "echo $$; exec sleep 1000", timeout=seconds)
        if reply.stdout:
            break

    assert (124, True) == (reply.status, reply.timed_out)
    pid = int(reply.stdout)

    assert not Path(f"/proc/{pid}").exists()


def test_missing_program_is_an_error() -> None:
    """The error for a missing program names the package to install."""
    with pytest.raises(ExecutorError, match="no-such-program: no such program on this machine"):
        run("no-such-program")
    with pytest.raises(ExecutorError, match="apt-get install iputils-ping"):
        run("/no/such/directory/ping")


def test_missing_program_in_a_namespace_is_an_error() -> None:
    """In a namespace, too, the program is checked, and not only `ip`."""
    with pytest.raises(ExecutorError, match="no-such-program: no such program"):
        Process().run(Command(("no-such-program",), "ns1"), LOCAL)


def test_file_that_is_no_program_is_an_error(tmp_path: Path) -> None:
    """A file that is not executable is an error."""
    (tmp_path / "x").write_text("no program")
    with pytest.raises(ExecutorError):
        run(str(tmp_path / "x"))


def test_argument_beyond_the_limit_is_an_error() -> None:
    """An argument above the kernel's limit is an error with the reason."""
    with pytest.raises(ExecutorError, match="cannot be run"):
        run("true", "x" * 3_000_000)


KEY = "0123456789abcdef0123456789abcdef"
ADD_KEY = ("macsec", "add", "m0", "tx", "sa", "0", "pn", "1", "on", "key", "01", KEY)


@pytest.fixture
def all_records() -> Iterator[list[str]]:
    """Whatever any logger logs, at every level."""
    records: list[str] = []
    handler = logging.Handler(level=0)
    handler.emit = lambda record: records.append(record.getMessage())  # type: ignore[method-assign]

    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(1)
    yield records

    root.setLevel(level)
    root.removeHandler(handler)


def test_nothing_is_logged(all_records: list[str]) -> None:
    """Neither arguments nor stdin nor output reach a log, whatever its level."""
    reply = run("sh", "-c", "cat; cat >&2 /dev/fd/0; echo $0", "argument", stdin="input")
    with pytest.raises(ExecutorError):
        run("true", "x" * 3_000_000)

    assert "inputargument\n" == reply.stdout
    assert [] == all_records


def test_a_users_own_sh_is_another_module(all_records: list[str]) -> None:
    """A program that uses sh itself has its logs as before."""
    run("true")
    import_and_run = "import sh; sh.Command('true')('argument-of-the-user')"
    exec(import_and_run, {})

    assert any("argument-of-the-user" in record for record in all_records)


def arguments_of_ip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a program before `ip` that writes its arguments to a file, which is returned."""
    arguments = tmp_path / "arguments"
    program = tmp_path / "ip"
    program.write_text(f'#!/bin/sh\necho "$0 $*" >>{arguments}\nexec {shutil.which("ip")} "$@"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    return arguments


def test_a_secret_of_ip_is_no_argument(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The arguments, which every user can read, hold no key, also of a key in plain text."""
    arguments = arguments_of_ip(tmp_path, monkeypatch)
    reply = run("ip", *ADD_KEY)

    assert 0 != reply.status
    assert f"{tmp_path}/ip -batch -\n" == arguments.read_text().splitlines(keepends=True)[-1]
    assert KEY not in arguments.read_text()


@pytest.mark.parametrize(
    "arguments",
    [
        ADD_KEY,
        ("macsec", "add", "m0", "tx", "sa", "9", "key", "01", KEY),
        ("macsec", "frobnicate", "key", "01", KEY),
        ("xfrm", "state", "add", "src", "x", "enc", "cbc(aes)", KEY),
        ("xfrm", "state", "add", "enc", "cbc(aes)", KEY),
    ],
)
def test_a_failed_line_is_that_of_a_process(arguments: tuple[str, ...]) -> None:
    """Exit status and stderr are the same as those of a process with the arguments."""
    expected = subprocess.run(
        ("ip", *arguments),
        capture_output=True,
        text=True,
        check=False,
        stdin=subprocess.DEVNULL,
        env={**os.environ, "LC_ALL": "C"},
    )
    reply = run("ip", *arguments)

    assert 0 != reply.status
    assert Reply(expected.returncode, expected.stdout, expected.stderr) == reply


def test_python_keeps_its_glob() -> None:
    """Running a command leaves Python's `glob` unchanged, although sh replaces it."""
    before = glob.glob
    run("true")

    assert before is glob.glob
    assert ["/proc/self/stat"] == glob.glob("/proc/self/sta[t]")


WITHOUT_ASYNCIO = """
import sys
from ipwrap import Command, Local, Process
reply = Process().run(Command(("echo", "done")), Local())
print(reply.stdout.strip(), *sorted({"asyncio", "email", "importlib.metadata"} & set(sys.modules)))
"""


def test_a_program_needs_no_asyncio() -> None:
    """A process is started without the modules that take most of the time to import sh."""
    child = subprocess.run(
        [sys.executable, "-c", WITHOUT_ASYNCIO], check=True, capture_output=True, text=True
    )

    assert "done\n" == child.stdout


def test_a_program_runs_inside_a_loop_of_asyncio() -> None:
    """In a coroutine, sh finds the running loop, and the program runs as elsewhere."""

    async def run() -> Reply:
        return Process().run(Command(("sh", "-c", "echo out; exit 3")), Local())

    assert Reply(3, "out\n") == asyncio.run(run())


def test_close_is_idempotent() -> None:
    """A second close has no effect, and a closed executor still works."""
    executor = Process()
    executor.close()
    executor.close()

    assert executor.live
    assert Reply(0, "x\n") == executor.run(Command(("echo", "x")), LOCAL)


FIRST_USE = """
import threading
from ipwrap import Command, Local, Process

barrier = threading.Barrier(6)
errors = []

def run():
    barrier.wait()
    try:
        Process().run(Command(("true",)), Local())
    except BaseException as error:
        errors.append(repr(error))

threads = [threading.Thread(target=run) for _ in range(6)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(errors)
"""


def test_threads_share_the_first_import_of_sh() -> None:
    """Threads that run their first program at the same time all get a reply."""
    completed = subprocess.run(
        (sys.executable, "-c", FIRST_USE), capture_output=True, text=True, check=True
    )
    assert "[]\n" == completed.stdout


def test_interrupted_command_leaves_no_descriptor() -> None:
    """Ctrl-C during a program closes the pipes to it, and ends it."""
    run("true")
    before = len(os.listdir("/proc/self/fd"))

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    previous = signal.signal(signal.SIGALRM, interrupt)
    try:
        for _ in range(5):
            signal.setitimer(signal.ITIMER_REAL, 0.2)
            with pytest.raises(KeyboardInterrupt):
                run("sleep", "1000")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, previous)

    assert before == len(os.listdir("/proc/self/fd"))


def test_variables_and_directory_are_those_of_the_command(tmp_path: Path) -> None:
    """A program gets the variables besides the present ones, and runs in the directory."""
    show = 'echo "$A|$LC_ALL|$HOME"; pwd'
    command = Command(("sh", "-c", show), env={"A": "b c", "LC_ALL": "C.UTF-8"}, cwd=str(tmp_path))

    assert f"b c|C.UTF-8|{os.environ['HOME']}\n{tmp_path}\n" == Process().run(command, LOCAL).stdout


def test_a_relative_directory_starts_from_the_current_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A relative path is that of this process; a directory that is missing is a failure."""
    (tmp_path / "-sub").mkdir()
    monkeypatch.chdir(tmp_path)

    assert f"{tmp_path}/-sub\n" == Process().run(Command(("pwd",), cwd="-sub"), LOCAL).stdout
    failed = Process().run(Command(("pwd",), cwd="missing"), LOCAL)
    assert 125 == failed.status
    assert "missing" in failed.stderr


@pytest.mark.parametrize("program", ["tool-of-this-test", "ip"])
def test_a_search_path_finds_the_program(program: str, tmp_path: Path) -> None:
    """PATH among the variables is that of the program, and finds it."""
    file = tmp_path / program
    file.write_text('#!/bin/sh\necho "$0 $PATH"\n')
    file.chmod(0o755)

    command = Command((program,), env={"PATH": f"{tmp_path}:/bin"})
    assert f"{file} {tmp_path}:/bin\n" == Process().run(command, LOCAL).stdout


def test_a_secret_variable_is_no_argument() -> None:
    """The value of a secret is in the environment only, which no other user can read."""
    secret = Secret("a-very-secret-value", "TOKEN")
    show = 'echo "$KEY"; cat /proc/*/cmdline'
    reply = Process().run(Command(("sh", "-c", show), env={"KEY": secret}), LOCAL)

    first_line, _, command_lines = reply.stdout.partition("\n")
    assert "a-very-secret-value" == first_line
    assert "cat" in command_lines
    assert "a-very-secret-value" not in command_lines


def test_a_secret_variable_without_an_encoding_is_refused() -> None:
    """The value is checked where it is used, and stays out of the message."""
    command = Command(("true",), env={"KEY": Secret("a\0b", "TOKEN")})
    with pytest.raises(InvalidArgument, match=r"^env\['KEY'\] holds a NUL"):
        Process().run(command, LOCAL)


def test_interrupt_during_a_start_ends_the_program() -> None:
    """Ctrl-C comes behind the start, whose fork it would leave in its middle."""
    started = []

    def start() -> SimpleNamespace:
        os.kill(os.getpid(), signal.SIGINT)
        program = subprocess.Popen(("sleep", "1000"), start_new_session=True)
        started.append(program)
        return SimpleNamespace(pid=program.pid, is_alive=lambda: program.poll() is None)

    with pytest.raises(KeyboardInterrupt):
        process._start(start)

    (program,) = started
    assert -signal.SIGKILL == program.wait()
