"""The command line as a whole: its options, where its words go, and its exit codes."""

import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from ipwrap.cli import main
from ipwrap.cli.group import Group, cli
from ipwrap.sessions import log
from ipwrap.version import __version__

COMMANDS = [
    "clean",
    "doctor",
    "export",
    "parse",
    "record",
    "replay",
    "run",
    "sandbox",
    "schema",
    "show",
    "undo",
]


@pytest.fixture
def _silent_again() -> Iterator[None]:
    """Take back what `-v` does to the logger."""
    handlers, level = list(log.LOGGER.handlers), log.LOGGER.level
    yield
    log.LOGGER.handlers[:] = handlers
    log.LOGGER.setLevel(level)


def ipwrap(*words: str, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """Run `python -m ipwrap`."""
    return subprocess.run(
        (sys.executable, "-m", "ipwrap", *words),
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
    )


def test_the_version() -> None:
    """`python -m ipwrap --version` says which ipwrap this is."""
    done = ipwrap("--version")

    assert (0, f"ipwrap, version {__version__}\n", "") == (
        done.returncode,
        done.stdout,
        done.stderr,
    )


@pytest.mark.parametrize("word", ["-h", "--help"])
def test_help_lists_every_command(word: str) -> None:
    """The help says what there is, each with a line of what it does."""
    result = CliRunner().invoke(cli, [word])
    listed = [line.split()[0] for line in result.stdout.partition("Commands:\n")[2].splitlines()]

    assert (0, COMMANDS) == (result.exit_code, listed)


@pytest.mark.parametrize(
    ("words", "spared"),
    [
        (["parse", "--help"], "ipwrap.session"),
        (["schema", "--help"], "ipwrap.session"),
        (["--version"], "ipwrap.models"),
    ],
)
def test_a_command_imports_what_it_needs(words: list[str], spared: str) -> None:
    """What stands in a pipe starts quickly."""
    code = f"import sys; from ipwrap.cli.group import cli; cli({words!r}, standalone_mode=False)"
    code += f"; sys.exit({spared!r} in sys.modules)"

    assert (
        0
        == subprocess.run((sys.executable, "-c", code), capture_output=True, check=False).returncode
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    """The help of a command begins with how it is used."""
    result = CliRunner().invoke(cli, [command, "--help"])

    assert (0, f"Usage: cli {command}") == (result.exit_code, result.stdout[: 11 + len(command)])


@pytest.mark.parametrize(
    "words", [["no-such-command"], ["--no-such-option"], ["parse", "no-such-noun"], ["export"]]
)
def test_wrong_use_ends_with_2(words: list[str]) -> None:
    """What is not understood is said on stderr, and nothing on stdout."""
    result = CliRunner().invoke(cli, words)

    assert (2, "") == (result.exit_code, result.stdout)
    assert result.stderr.startswith("Usage: ")


def test_what_ipwrap_refuses_is_a_message_and_no_traceback(tmp_path: Path) -> None:
    """An error that is meant for a person is one message on stderr; the exit code is 1."""
    path = tmp_path / "x.jsonl"
    path.write_text("no recording\n")

    done = ipwrap("show", str(path))

    assert (1, "") == (done.returncode, done.stdout)
    assert done.stderr.startswith(f"ipwrap: {path}:1: ")
    assert "Traceback" not in done.stderr


@pytest.mark.live
@pytest.mark.usefixtures("_silent_again")
def test_verbose_prints_every_command_on_stderr(tmp_path: Path) -> None:
    """`-v` tells of each command as it runs: its number, its status, who asked, and the line itself."""
    script = tmp_path / "lab.py"
    script.write_text(
        "def main(session):\n    session.ip.netns.add('red')\n    session.netns('red').ip.link.show()\n"
    )

    done = ipwrap("-v", "run", str(script), cwd=tmp_path)

    assert (0, "") == (done.returncode, done.stdout)
    first, second = done.stderr.splitlines()
    assert first.startswith("ipwrap.command n=1 status=0 ms=")
    assert first.endswith(
        (f"at={script.name}:2  ip netns add red", f"at={script}:2  ip netns add red")
    )
    assert second.endswith("ip -n red -j -d link show")


@pytest.mark.live
def test_without_verbose_nothing_is_printed(tmp_path: Path) -> None:
    """Silent by default."""
    script = tmp_path / "lab.py"
    script.write_text("def main(session):\n    session.ip.netns.add('red')\n")

    done = ipwrap("run", str(script))

    assert (0, "", "") == (done.returncode, done.stdout, done.stderr)


@pytest.mark.usefixtures("_silent_again")
def test_verbose_sets_the_level_of_the_logger(tmp_path: Path) -> None:
    """In the same process, `-v` is a handler on the logger "ipwrap"."""
    path = tmp_path / "links.json"
    path.write_text("[]")

    result = CliRunner().invoke(cli, ["-v", "parse", "link", str(path)])

    assert (0, logging.INFO) == (result.exit_code, log.LOGGER.level)


@pytest.mark.parametrize("format_", ["table", "json", "jsonl", "csv"])
def test_a_reader_that_stops_reading_is_no_traceback(format_: str, tmp_path: Path) -> None:
    """`ipwrap … | head -1` ends quietly."""
    path = tmp_path / "links.json"
    path.write_text("[" + ",".join(f'{{"ifname":"link{n}"}}' for n in range(20_000)) + "]")
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}

    process = subprocess.Popen(
        (sys.executable, "-m", "ipwrap", "parse", "link", "--format", format_, str(path)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.read(1)
        process.stdout.close()

        assert (b"", 1) == (process.stderr.read(), process.wait())


def test_a_broken_pipe_ends_with_1() -> None:
    """A command whose reader is gone ends quietly, wherever in it that is noticed."""

    def broken() -> None:
        raise BrokenPipeError

    group = Group("group", commands={"broken": click.Command("broken", callback=broken)})

    result = CliRunner().invoke(group, ["broken"])

    assert (1, "", "") == (result.exit_code, result.stdout, result.stderr)


@pytest.mark.parametrize(
    ("words", "status"), [(["--version"], 0), (["show"], 2), (["show", __file__], 1)]
)
def test_main_exits_with_the_status(
    words: list[str], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the console script calls ends the process."""
    monkeypatch.setattr(sys, "argv", ["ipwrap", *words])

    with pytest.raises(SystemExit) as ended:
        main()

    assert status == ended.value.code


def test_the_module_runs_as_the_program() -> None:
    """`python -m ipwrap` is `ipwrap`, and calls itself so."""
    done = subprocess.run(
        (sys.executable, "-m", "ipwrap", "show"), capture_output=True, text=True, check=False
    )

    assert (2, "Usage: ipwrap show ") == (done.returncode, done.stderr[:19])
