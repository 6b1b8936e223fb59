"""`Process`: one process a command."""

import glob
import os
import signal
from pathlib import Path

import pytest

from ipwrap import Command, ExecutorError, Local, Process
from ipwrap.executors import Reply
from tests.waiting import LIMIT

HERE = Local()


def run(*argv: str, stdin: str | None = None, timeout: float | None = None) -> Reply:
    """Run a program on this host."""
    return Process().run(Command(argv, stdin=stdin, timeout=timeout), HERE)


def test_what_a_program_writes_is_kept_apart() -> None:
    """stdout, stderr and status are the program's own, and no status is an error here."""
    assert Reply(7, "out\n", "err\n") == run("sh", "-c", "echo out; echo err >&2; exit 7")


@pytest.mark.parametrize("status", [0, 1, 2, 127, 254, 255])
def test_any_status_is_returned(status: int) -> None:
    """Every exit status comes back."""
    assert Reply(status) == run("sh", "-c", f"exit {status}")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGSEGV, signal.SIGABRT])
def test_signal_is_a_status(number: signal.Signals) -> None:
    """A program that a signal ended has the status that a shell gives it, and what it wrote."""
    assert Reply(128 + number, "out\n", "") == run("sh", "-c", f"echo out; kill -{number.value} $$")


def test_program_has_no_terminal() -> None:
    """Neither input nor output is a terminal."""
    assert Reply(0, "", "") == run("sh", "-c", "! test -t 0 && ! test -t 1 && ! test -t 2")


def test_program_speaks_english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Messages are those of the C locale, whatever the user's language; the rest of the environment is ours."""
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    monkeypatch.setenv("IPWRAP_TEST", "x y")
    assert "C x y\n" == run("sh", "-c", 'echo "$LC_ALL $IPWRAP_TEST"').stdout


def test_programs_of_sbin_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """An ordinary user's path does not lead to all of iproute2; ours does."""
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    assert "/usr/sbin" in run("sh", "-c", "echo $PATH").stdout.strip().split(":")


@pytest.mark.parametrize("text", ["", "one\n", "é 中 🜁\n", "a\0b", "x" * 200_000])
def test_stdin_arrives(text: str) -> None:
    """What is given on stdin is what the program reads."""
    assert Reply(0, text) == run("cat", stdin=text, timeout=LIMIT)


def test_no_stdin_is_its_end() -> None:
    """A program that reads gets the end of its input at once."""
    assert Reply(0) == run("cat", timeout=LIMIT)


@pytest.mark.parametrize(
    "word", ["", " ", "\n", "é", "*", "~", "$x", "'", '"', "\\", "-", "--", "\udcff", "a=b", "{}"]
)
def test_word_arrives(word: str) -> None:
    """A word is what the program gets, byte for byte."""
    assert Reply(0, f"[{word}]") == run("printf", "[%s]", word)


def test_large_output_of_both_kinds_is_read() -> None:
    """More than a pipe holds, on stdout and stderr, is read without a standstill."""
    made = run(
        "sh",
        "-c",
        "head -c 1000000 /dev/zero | tr '\\0' x; head -c 500000 /dev/zero | tr '\\0' y >&2",
        timeout=LIMIT,
    )
    assert ("x" * 1_000_000, "y" * 500_000) == (made.stdout, made.stderr)


def test_bytes_that_are_no_text_survive() -> None:
    """Output that is not UTF-8 becomes surrogates, which are the bytes again when written."""
    reply = run("printf", r"\377\n\200")
    assert b"\xff\n\x80" == os.fsencode(reply.stdout)


def test_program_that_goes_on_in_the_background_is_not_waited_for() -> None:
    """A daemon that let go of its output does not hold the command."""
    reply = run("sh", "-c", "sleep 30 >/dev/null 2>&1 & echo $!", timeout=LIMIT)
    assert (0, False) == (reply.status, reply.timed_out)
    os.kill(int(reply.stdout), signal.SIGKILL)


def test_time_that_runs_out_ends_the_program() -> None:
    """A program that takes too long is ended, with the status of timeout(1), and is gone."""
    for seconds in (1, 10, LIMIT):  # in which it is to come to say who it is
        reply = run("sh", "-c", "echo $$; exec sleep 1000", timeout=seconds)
        if reply.stdout:
            break

    assert (124, True) == (reply.status, reply.timed_out)
    pid = int(reply.stdout)
    assert not Path(f"/proc/{pid}").exists()


def test_missing_program_is_told() -> None:
    """A program that is not there is told before anything runs, with the package that holds it."""
    with pytest.raises(ExecutorError, match="no-such-program: no such program on this machine"):
        run("no-such-program")
    with pytest.raises(ExecutorError, match="apt-get install iputils-ping"):
        run("/no/such/directory/ping")


def test_missing_program_in_a_namespace_is_told_too() -> None:
    """Within a namespace it is the program that is looked for, not `ip` that would run it."""
    with pytest.raises(ExecutorError, match="no-such-program: no such program"):
        Process().run(Command(("no-such-program",), "ns1"), HERE)


def test_file_that_is_no_program_is_told(tmp_path: Path) -> None:
    """A file that cannot be run is told as such."""
    (tmp_path / "x").write_text("no program")
    with pytest.raises(ExecutorError):
        run(str(tmp_path / "x"))


def test_words_that_are_too_long_are_told() -> None:
    """A word that the kernel takes from no program is an error that says so, not a crash of the script."""
    with pytest.raises(ExecutorError, match="cannot be run"):
        run("true", "x" * 3_000_000)


def test_python_keeps_its_glob() -> None:
    """Running a command leaves Python's own `glob` as it was."""
    before = glob.glob
    run("true")
    assert before is glob.glob
    assert ["/proc/self/stat"] == glob.glob("/proc/self/sta[t]")


def test_close_is_idempotent() -> None:
    """There is nothing to give up, however often."""
    executor = Process()
    executor.close()
    executor.close()
    assert executor.live
    assert Reply(0, "x\n") == executor.run(Command(("echo", "x")), HERE)
