"""Standard streams that are closed, full or cut: no command ends with a traceback, or says that all is well."""

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
from tests.labs import opened

NAMES = sorted(cli.list_commands(click.Context(cli)))
FULL = "ipwrap: cannot write to standard output: No space left on device\n"
CLOSED = "ipwrap: cannot write to standard output: Bad file descriptor\n"
STREAMS = {"closed": CLOSED, "full": FULL, "cut": ""}

# What each command is given here, and its status where stdout takes nothing: a program's own stays as it is.
USES = {
    "clean": (("--dry-run",), 1),
    "doctor": ((), 1),
    "export": (("{recording}",), 1),
    "parse": (("link", "{links}"), 1),
    "record": (("--sandbox", "-o", "{out}", "--", "sh", "-c", "exit 7"), 7),
    "replay": (("{differs}", "--check"), 1),
    "run": (("{lab}",), 1),
    "sandbox": (("sh", "-c", "exit 7"), 7),
    "schema": (("link",), 1),
    "show": (("{recording}",), 1),
    "undo": (("--dry-run", "{crashed}"), 1),
}
SILENT = {"record", "sandbox"}  # they print nothing of their own to stdout
ON_THE_HOST = {"clean", "undo"}


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What the commands are given, by name."""
    folder = tmp_path_factory.mktemp("streams")
    (folder / "links.json").write_text('[{"ifname": "lo"}]')
    (folder / "lab.py").write_text("def main(session):\n    print('made')\n")
    names = {
        "links": "links.json",
        "lab": "lab.py",
        "out": "out.jsonl",
        "crashed": "state/ipwrap/crashed.jsonl",
    }
    files = {name: str(folder / path) for name, path in names.items()}

    (folder / "state" / "ipwrap").mkdir(parents=True)
    crashed = _recording(
        Header(place="local", owner=ProcessIdentity(2**22, 1, ProcessIdentity.current().boot))
    )
    crashed.save(files["crashed"])
    sandboxed = _recording(Header(place="sandbox"))
    files["recording"] = str(sandboxed.save(folder / "sandboxed.jsonl"))
    files["differs"] = str(_read("[]\n").save(folder / "differs.jsonl"))
    return files | {"state": str(folder / "state")}


def _recording(header: Header) -> Recording:
    """Return the recording of a session that made a link, and did not come to its end."""
    made = CreatedObject("link", "ipwrap-none0", ("ip", "link", "delete", "dev", "ipwrap-none0"))
    command = Command(
        ("ip", "link", "add", "name", "ipwrap-none0", "type", "veth"), creates=(made,)
    )
    result = Result(command, 0, "", "", 0.0, 0.0, None)
    return Recording(
        header,
        [Snapshot({"": {"link": []}}), CommandEvent(1, command, None), ResultEvent(1, result)],
    )


def _read(stdout: str) -> Recording:
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
def host() -> Iterator[Place]:
    """A place that stands in for this host, with the link that the crashed session made."""
    with opened() as session:
        session.exec("ip", "link", "add", "name", "ipwrap-none0", "type", "veth")
        yield session.place


@contextlib.contextmanager
def _stdout(how: str) -> Iterator[int | IO[bytes]]:
    """Yield a standard output that takes nothing."""
    if how != "cut":
        with open("/dev/full", "wb") as full:
            yield full
        return
    ours, theirs = os.pipe()
    os.close(ours)
    yield theirs
    os.close(theirs)


def ended(
    words: tuple[str, ...], how: str, place: Place | None = None, **options: Any
) -> tuple[int, str]:
    """Run ipwrap with a standard output that takes nothing; return its status and what it said."""
    argv: tuple[str, ...] = (sys.executable, "-m", "ipwrap", *words)
    if how == "closed":
        argv = ("sh", "-c", 'exec "$@" >&-', "sh", *argv)
    if place is not None:
        argv = place.wrap(argv)
    with _stdout(how) as stdout:
        done = subprocess.run(
            argv, stdout=stdout, stderr=subprocess.PIPE, text=True, check=False, **options
        )
    return done.returncode, done.stderr


def ran(argv: tuple[str, ...], **options: Any) -> "subprocess.CompletedProcess[str]":
    """Run a program with nothing but what is given."""
    return subprocess.run(argv, capture_output=True, text=True, check=False, **options)


@pytest.mark.parametrize("how", STREAMS)
@pytest.mark.parametrize("word", ["--help", "--version"])
def test_help_that_cannot_be_written_is_no_success(word: str, how: str) -> None:
    """It is printed before any command runs."""
    assert (1, STREAMS[how]) == ended((word,), how)


@pytest.mark.parametrize("command", NAMES)
def test_the_help_of_a_command_that_cannot_be_written_is_no_success(command: str) -> None:
    """Of every command, also one that is new."""
    assert (1, FULL) == ended((command, "--help"), "full")


def test_every_command_is_used_here() -> None:
    """A new command is given a use, too."""
    assert NAMES == sorted(USES)


@pytest.mark.live
@pytest.mark.parametrize("how", STREAMS)
@pytest.mark.parametrize("command", NAMES)
def test_output_that_cannot_be_written_is_no_success(
    command: str, how: str, files: dict[str, str], host: Place
) -> None:
    """One line says why, or none where the reader has gone; a program's own status is kept."""
    words, status = USES[command]
    given = tuple(word.format(**files) for word in words)

    place = host if command in ON_THE_HOST else None

    got, said = ended(
        (command, *given), how, place, env={**os.environ, "XDG_STATE_HOME": files["state"]}
    )

    lines = said.splitlines(keepends=True)
    own = [line for line in lines if "standard output" in line]
    expected = [] if command in SILENT or not STREAMS[how] else [STREAMS[how]]
    assert (status, expected) == (got, own), said
    assert "Traceback" not in said
    assert "Exception ignored" not in said


@pytest.mark.parametrize("words", [("parse", "link"), ("clean",)])
def test_input_that_is_closed_is_said(words: tuple[str, ...], files: dict[str, str]) -> None:
    """Both JSON and the answer to a question may come from there."""
    argv = ("sh", "-c", 'exec "$@" <&-', "sh", sys.executable, "-m", "ipwrap", *words)

    done = ran(argv, env={**os.environ, "XDG_STATE_HOME": files["state"]})

    assert (1, "") == (done.returncode, done.stdout)
    assert done.stderr.endswith("ipwrap: cannot read standard input: Bad file descriptor\n")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
@pytest.mark.parametrize(
    ("words", "status"), [(("--version",), 0), (("show", __file__), 1), (("export",), 2)]
)
def test_messages_that_cannot_be_written_are_lost(
    redirection: str, words: tuple[str, ...], status: int
) -> None:
    """The status is what it would be."""
    argv = ("sh", "-c", f'exec "$@" {redirection}', "sh", sys.executable, "-m", "ipwrap", *words)

    done = ran(argv)

    assert (status, "") == (done.returncode, done.stderr)


def test_no_file_takes_the_number_of_a_closed_stream(files: dict[str, str], tmp_path: Path) -> None:
    """Else what a program prints would come into it."""
    path = tmp_path / "x.jsonl"
    words = ("run", "--record", str(path), files["lab"])
    argv = ("sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", sys.executable, "-m", "ipwrap", *words)

    assert 1 == ran(argv).returncode
    assert "made" not in path.read_text()
    assert Recording.load(path).end is not None


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_a_script_that_fails_while_stdout_is_full_is_told_of(
    unbuffered: str, tmp_path: Path
) -> None:
    """Its own error is printed, and nothing about what else could not be printed."""
    lab = tmp_path / "lab.py"
    lab.write_text(
        "def main(session):\n    print('made', end='')\n    raise OSError('of the script')\n"
    )

    status, said = ended(
        ("run", str(lab)), "full", env={**os.environ, "PYTHONUNBUFFERED": unbuffered}
    )

    assert 1 == status
    assert said.endswith(FULL if unbuffered else "OSError: of the script\n")
    assert "Exception ignored" not in said


def test_what_goes_to_a_file_on_a_full_disk_is_said(files: dict[str, str]) -> None:
    """With the file's name; here a device that is always full stands for it."""
    done = ran((sys.executable, "-m", "ipwrap", "export", "-o", "/dev/full", files["recording"]))

    assert (1, "") == (done.returncode, done.stdout)
    assert done.stderr == "ipwrap: /dev/full: cannot be written: No space left on device\n"
