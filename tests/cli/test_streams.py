"""Closed, full and broken standard streams end a command with an error, not a traceback."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import click
import pytest

from ipwrap.cli.group import cli
from ipwrap.command import Command, CreatedObject
from ipwrap.places import Place
from ipwrap.recording import CommandEvent, Header, Recording, ResultEvent, Snapshot
from ipwrap.result import Result
from ipwrap.system.process_identity import ProcessIdentity
from tests.labs import open_sandbox

NAMES = sorted(cli.list_commands(click.Context(cli)))
FULL = "ipwrap: cannot write to standard output: No space left on device\n"
CLOSED = "ipwrap: cannot write to standard output: Bad file descriptor\n"
STREAMS = {"closed": CLOSED, "full": FULL, "cut": ""}

# The arguments of every command, and its status with an unwritable stdout. The status of a program
# run by ipwrap is kept.
USES = {
    "apply": (("{snapshot}", "--dry-run"), 1),
    "clean": (("--dry-run", "--here"), 1),
    "completion": (("bash",), 1),
    "diff": (("{snapshot}", "live"), 1),
    "doctor": ((), 1),
    "draw": (("{lab_recording}",), 1),
    "enter": ((), 1),
    "export": (("{recording}",), 1),
    "init": (("{first}",), 1),
    "list": (("--format", "json"), 1),
    "parse": (("link", "{links}"), 1),
    "record": (("--sandbox", "-o", "{out}", "--", "sh", "-c", "exit 7"), 7),
    "replay": (("{differs}", "--check"), 1),
    "report": (("{recording}",), 1),
    "run": (("{lab}",), 1),
    "sandbox": (("sh", "-c", "exit 7"), 7),
    "save": ((), 1),
    "schema": (("link",), 1),
    "show": (("{recording}",), 1),
    "snapshot": ((), 1),
    "stop": ((), 1),
    "sweep": (("{sweep}", "--jobs", "1", "-o", "{results}"), 1),
    "undo": (("--dry-run", "--here", "{crashed}"), 1),
    "watch": (("--objects", "none"), 2),  # prints when something changes: see test_watch.py
}
# A namespace more than there is.
SNAPSHOT = """{"ipwrap_snapshot": 1, "machine": {"iproute2": "6.1.0", "kernel": "6.1"},
 "taken": "2026-01-31T12:00:00+00:00", "namespaces": {"": {"netns": []}, "red": {"link": []}}}"""
SILENT = {"enter", "record", "sandbox", "stop", "watch"}  # these print nothing on stdout themselves
ON_THE_HOST = {"apply", "clean", "diff", "save", "snapshot", "undo"}


@pytest.fixture(scope="module")
def input_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The files for the commands, by name."""
    folder = tmp_path_factory.mktemp("streams")
    (folder / "links.json").write_text('[{"ifname": "lo"}]')
    (folder / "before.json").write_text(SNAPSHOT)
    (folder / "lab.py").write_text("def main(session):\n    print('made')\n")
    (folder / "sweep.py").write_text("def lab():\n    return 1\n")
    names = {
        "sweep": "sweep.py",
        "results": "results",
        "links": "links.json",
        "snapshot": "before.json",
        "lab": "lab.py",
        "out": "out.jsonl",
        "first": "first.py",
        "crashed": "state/ipwrap/crashed.jsonl",
    }
    files = {name: str(folder / path) for name, path in names.items()}

    (folder / "state" / "ipwrap").mkdir(parents=True)
    crashed = _crashed_recording(
        Header(place="local", owner=ProcessIdentity(2**22, 1, ProcessIdentity.current().boot))
    )
    crashed.save(files["crashed"])
    sandboxed = _crashed_recording(Header(place="sandbox"))
    files["recording"] = str(sandboxed.save(folder / "sandboxed.jsonl"))
    files["differs"] = str(_read_recording("[]\n").save(folder / "differs.jsonl"))
    files["lab_recording"] = str(Path(__file__).parents[2] / "recordings" / "pods.jsonl")
    return files | {"state": str(folder / "state")}


def _crashed_recording(header: Header) -> Recording:
    """Return the recording of a session that created a link and then crashed."""
    created = CreatedObject("link", "ipwrap-none0", {"dev": "ipwrap-none0"})
    command = Command(
        ("ip", "link", "add", "name", "ipwrap-none0", "type", "veth"), creates=(created,)
    )
    result = Result(command, 0, "", "", 0.0, 0.0, None)
    return Recording(
        header,
        [Snapshot({"": {"link": []}}), CommandEvent(1, command, None), ResultEvent(1, result)],
    )


def _read_recording(stdout: str) -> Recording:
    """Return the recording of a read of all links."""
    command = Command(("ip", "-j", "-d", "link", "show"), changes=False)
    return Recording(
        Header(place="sandbox"),
        [
            CommandEvent(1, command, None),
            ResultEvent(1, Result(command, 0, stdout, "", 0.0, 0.0, None)),
        ],
    )


@pytest.fixture(scope="module")
def host_place() -> Iterator[Place]:
    """A place that replaces this host, with the link of the crashed session."""
    with open_sandbox() as session:
        session.exec("ip", "link", "add", "name", "ipwrap-none0", "type", "veth")
        yield session.place


@contextlib.contextmanager
def _unwritable_stdout(how: str) -> Iterator[int | IO[bytes]]:
    """Yield an unwritable standard output."""
    if how != "cut":
        with open("/dev/full", "wb") as full:
            yield full
        return
    read_end, write_end = os.pipe()
    os.close(read_end)
    yield write_end
    os.close(write_end)


def run_with_bad_stdout(
    arguments: tuple[str, ...], how: str, *, place: Place | None = None, **options: Any
) -> tuple[int, str]:
    """Run ipwrap with an unwritable standard output, and return its status and its messages."""
    argv: tuple[str, ...] = (sys.executable, "-m", "ipwrap", *arguments)
    if how == "closed":
        argv = ("sh", "-c", 'exec "$@" >&-', "sh", *argv)
    if place is not None:
        argv = place.wrap(argv)
    with _unwritable_stdout(how) as stdout:
        completed = subprocess.run(
            argv, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False, **options
        )
    return completed.returncode, completed.stderr


def run_program(argv: tuple[str, ...], **options: Any) -> "subprocess.CompletedProcess[str]":
    """Run a program, and return its output and status."""
    return subprocess.run(argv, capture_output=True, text=True, check=False, **options)


@pytest.mark.parametrize("how", STREAMS)
@pytest.mark.parametrize("option", ["--help", "--version"])
def test_unwritable_help_is_a_failure(option: str, how: str) -> None:
    """Unwritable output of `--help` and `--version`, which run no command, is a failure."""
    assert (1, STREAMS[how]) == run_with_bad_stdout((option,), how)


@pytest.mark.parametrize("command", NAMES)
def test_unwritable_help_of_a_command_is_a_failure(command: str) -> None:
    """Unwritable help of a command is a failure."""
    assert (1, FULL) == run_with_bad_stdout((command, "--help"), "full")


def test_every_command_has_a_use() -> None:
    """The table of uses covers every command."""
    assert NAMES == sorted(USES)


@pytest.mark.live
@pytest.mark.parametrize("how", STREAMS)
@pytest.mark.parametrize("command", NAMES)
def test_unwritable_output_is_a_failure(
    command: str, how: str, input_files: dict[str, str], host_place: Place
) -> None:
    """A single line has the reason, or none after a broken pipe; a program's status is kept."""
    template, status = USES[command]
    arguments = [argument.format(**input_files) for argument in template]
    Path(input_files["first"]).unlink(missing_ok=True)

    place = host_place if command in ON_THE_HOST else None

    actual_status, messages = run_with_bad_stdout(
        (command, *arguments),
        how,
        place=place,
        env={
            **os.environ,
            "XDG_RUNTIME_DIR": input_files["state"],  # where no lab runs
            "XDG_STATE_HOME": input_files["state"],
        },
    )

    lines = messages.splitlines(keepends=True)
    stdout_errors = [line for line in lines if "standard output" in line]
    expected = [] if command in SILENT or not STREAMS[how] else [STREAMS[how]]
    assert (status, expected) == (actual_status, stdout_errors), messages
    assert "Traceback" not in messages
    assert "Exception ignored" not in messages


@pytest.mark.live
@pytest.mark.parametrize("arguments", [("parse", "link"), ("clean", "--here")])
def test_closed_stdin_is_reported(
    arguments: tuple[str, ...], input_files: dict[str, str], host_place: Place
) -> None:
    """JSON and the reply to a question are read from stdin; a closed stdin is reported."""
    argv = ("sh", "-c", 'exec "$@" <&-', "sh", sys.executable, "-m", "ipwrap", *arguments)
    argv = host_place.wrap(argv)

    completed = run_program(argv, env={**os.environ, "XDG_STATE_HOME": input_files["state"]})

    assert 1 == completed.returncode
    assert "" == completed.stdout
    assert completed.stderr.endswith("ipwrap: cannot read standard input: Bad file descriptor\n")
    assert "Traceback" not in completed.stderr


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
@pytest.mark.parametrize(
    ("arguments", "status"), [(("--version",), 0), (("show", __file__), 1), (("export",), 2)]
)
def test_unwritable_messages_are_dropped(
    redirection: str, arguments: tuple[str, ...], status: int
) -> None:
    """An unwritable stderr does not change the exit status."""
    argv = (
        "sh",
        "-c",
        f'exec "$@" {redirection}',
        "sh",
        sys.executable,
        "-m",
        "ipwrap",
        *arguments,
    )

    completed = run_program(argv)

    assert status == completed.returncode
    assert "" == completed.stderr


def test_no_file_gets_the_descriptor_of_a_closed_stream(
    input_files: dict[str, str], tmp_path: Path
) -> None:
    """A recording does not get the descriptor of a closed stdout, and so no program's output."""
    path = tmp_path / "x.jsonl"
    arguments = ("run", "--record", str(path), input_files["lab"])
    argv = ("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", sys.executable, "-m", "ipwrap", *arguments)

    assert 1 == run_program(argv).returncode
    assert "made" not in path.read_text()
    assert Recording.load(path).end is not None


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_failing_script_with_a_full_stdout(unbuffered: str, tmp_path: Path) -> None:
    """The script's error is printed, without a second error about the unwritable output."""
    lab = tmp_path / "lab.py"
    lab.write_text(
        "def main(session):\n    print('made', end='')\n    raise OSError('of the script')\n"
    )

    status, messages = run_with_bad_stdout(
        ("run", str(lab)), "full", env={**os.environ, "PYTHONUNBUFFERED": unbuffered}
    )

    assert 1 == status
    assert messages.endswith(FULL if unbuffered else "OSError: of the script\n")
    assert "Exception ignored" not in messages


def test_full_disk_is_reported(input_files: dict[str, str]) -> None:
    """The error has the file's name; /dev/full replaces a full disk."""
    completed = run_program(
        (sys.executable, "-m", "ipwrap", "export", "-o", "/dev/full", input_files["recording"])
    )

    assert 1 == completed.returncode
    assert "" == completed.stdout
    assert completed.stderr == "ipwrap: /dev/full: cannot be written: No space left on device\n"
