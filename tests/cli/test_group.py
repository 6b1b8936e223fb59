"""The command group: its options, its output streams, and its exit codes."""

import errno
import logging
import os
import signal
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from ipwrap.cli import main
from ipwrap.cli.group import Group, cli
from ipwrap.errors import IpwrapError, OutputWarning
from ipwrap.sessions import log
from ipwrap.version import __version__
from tests.cli.running import run_ipwrap

COMMANDS = [
    "apply",
    "clean",
    "completion",
    "diff",
    "doctor",
    "draw",
    "enter",
    "export",
    "init",
    "list",
    "parse",
    "record",
    "replay",
    "report",
    "run",
    "sandbox",
    "save",
    "schema",
    "show",
    "snapshot",
    "stop",
    "sweep",
    "undo",
    "watch",
]


@pytest.fixture
def _restored_logger() -> Iterator[None]:
    """Restore the logger after `-v`."""
    handlers, level = list(log.LOGGER.handlers), log.LOGGER.level
    yield
    log.LOGGER.handlers[:] = handlers
    log.LOGGER.setLevel(level)


def ipwrap(*arguments: str, cwd: Path | None = None) -> "subprocess.CompletedProcess[str]":
    """Run `python -m ipwrap`."""
    return subprocess.run(
        (sys.executable, "-m", "ipwrap", *arguments),
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
    )


def test_version_is_printed() -> None:
    """`python -m ipwrap --version` prints the version of ipwrap."""
    completed = ipwrap("--version")

    assert 0 == completed.returncode
    assert f"ipwrap, version {__version__}\n" == completed.stdout
    assert "" == completed.stderr


@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_lists_every_command(option: str) -> None:
    """The help lists every command with a line of description."""
    result = CliRunner().invoke(cli, [option])
    section = result.stdout.partition("Commands:\n")[2].partition("\n\n")[0]
    listed = [line.split()[0] for line in section.splitlines()]

    assert 0 == result.exit_code
    assert COMMANDS == listed


@pytest.mark.parametrize(
    ("arguments", "heavy_module"),
    [
        (["parse", "--help"], "ipwrap.session"),
        (["schema", "--help"], "ipwrap.session"),
        (["--version"], "ipwrap.models"),
    ],
)
def test_command_does_not_import_the_session(arguments: list[str], heavy_module: str) -> None:
    """A command for pipelines starts fast: heavy modules are not imported."""
    code = (
        f"import sys; from ipwrap.cli.group import cli; cli({arguments!r}, standalone_mode=False)"
    )
    code += f"; sys.exit({heavy_module!r} in sys.modules)"

    assert (
        0
        == subprocess.run((sys.executable, "-c", code), capture_output=True, check=False).returncode
    )


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command: str) -> None:
    """The help of a command begins with its usage."""
    result = CliRunner().invoke(cli, [command, "--help"])

    assert 0 == result.exit_code
    assert f"Usage: cli {command}" == result.stdout[: 11 + len(command)]


@pytest.mark.parametrize(
    "arguments", [["no-such-command"], ["--no-such-option"], ["parse", "no-such-noun"], ["export"]]
)
def test_wrong_use_ends_with_2(arguments: list[str]) -> None:
    """A usage error is reported on stderr with exit code 2, and stdout stays empty."""
    result = CliRunner().invoke(cli, arguments)

    assert 2 == result.exit_code
    assert "" == result.stdout
    assert result.stderr.startswith("Usage: ")


def test_ipwrap_error_is_a_message_without_traceback(tmp_path: Path) -> None:
    """An `IpwrapError` is printed as a message on stderr with exit code 1."""
    path = tmp_path / "x.jsonl"
    path.write_text("no recording\n")

    completed = ipwrap("show", str(path))

    assert 1 == completed.returncode
    assert "" == completed.stdout
    assert completed.stderr.startswith(f"ipwrap: {path}:1: ")
    assert "Traceback" not in completed.stderr


@pytest.mark.live
@pytest.mark.usefixtures("_restored_logger")
def test_verbose_prints_every_command_on_stderr(tmp_path: Path) -> None:
    """`-v` prints every command with its number, status, call site and command line."""
    script = tmp_path / "lab.py"
    script.write_text(
        "def main(session):\n"
        "    session.ip.netns.add('red')\n"
        "    session.netns('red').ip.link.show()\n"
    )

    completed = ipwrap("-v", "run", str(script), cwd=tmp_path)

    assert 0 == completed.returncode
    assert "" == completed.stdout
    first, second = completed.stderr.splitlines()
    assert first.startswith("ipwrap.command n=1 status=0 ms=")
    assert first.endswith(
        (f"at={script.name}:2  ip netns add red", f"at={script}:2  ip netns add red")
    )
    assert second.endswith("ip -n red -j -d link show")


@pytest.mark.live
def test_without_verbose_nothing_is_printed(tmp_path: Path) -> None:
    """Without `-v`, commands are not printed."""
    script = tmp_path / "lab.py"
    script.write_text("def main(session):\n    session.ip.netns.add('red')\n")

    completed = ipwrap("run", str(script))

    assert 0 == completed.returncode
    assert "" == completed.stdout
    assert "" == completed.stderr


@pytest.mark.usefixtures("_restored_logger")
def test_verbose_sets_the_level_of_the_logger(tmp_path: Path) -> None:
    """`-v` sets the level of the logger "ipwrap" to INFO."""
    path = tmp_path / "links.json"
    path.write_text("[]")

    result = CliRunner().invoke(cli, ["-v", "parse", "link", str(path)])

    assert 0 == result.exit_code
    assert logging.INFO == log.LOGGER.level


@pytest.mark.parametrize("format_", ["table", "json", "jsonl", "csv"])
def test_closed_pipe_is_no_traceback(format_: str, tmp_path: Path) -> None:
    """`ipwrap … | head -1` ends without a message."""
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

        assert b"" == process.stderr.read()
        assert 1 == process.wait()


def test_a_broken_pipe_ends_with_1() -> None:
    """A BrokenPipeError in a command ends the group with exit code 1 and without output."""

    def broken() -> None:
        raise BrokenPipeError

    group = Group("group", commands={"broken": click.Command("broken", callback=broken)})

    result = CliRunner().invoke(group, ["broken"])

    assert 1 == result.exit_code
    assert "" == result.stdout
    assert "" == result.stderr


@pytest.mark.parametrize(
    ("arguments", "status"), [(["--version"], 0), (["show"], 2), (["show", __file__], 1)]
)
def test_main_exits_with_the_status(
    arguments: list[str], status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The entry point of the console script exits with the command's status."""
    monkeypatch.setattr(sys, "argv", ["ipwrap", *arguments])

    with pytest.raises(SystemExit) as system_exit:
        main()

    assert status == system_exit.value.code


def test_the_module_runs_as_the_program() -> None:
    """`python -m ipwrap` has the program name `ipwrap` in its usage."""
    completed = subprocess.run(
        (sys.executable, "-m", "ipwrap", "show"), capture_output=True, text=True, check=False
    )

    assert 2 == completed.returncode
    assert "Usage: ipwrap show " == completed.stderr[:19]


@pytest.mark.parametrize(
    "arguments",
    [
        *("parse link", "export", "export --format markdown", "show", "show --state", "undo"),
        *("run", "replay", "replay --host", "replay --via sh"),
    ],
)
def test_a_file_with_a_read_error_is_reported(arguments: str) -> None:
    """A disk that fails while a file is read (EIO) is a message and status 1, no traceback."""
    result = run_ipwrap(*arguments.split(), "/proc/self/mem")

    assert 1 == result.exit_code
    assert "ipwrap: /proc/self/mem: cannot be read: Input/output error\n" == result.stderr


def test_ctrl_c_during_the_imports_has_no_traceback(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command line ends with the status of a shell, whatever was being imported."""

    def interrupt(_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ipwrap.cli.streams.run", interrupt)

    with pytest.raises(SystemExit) as exit_info:
        main()
    assert exit_info.value.code == 130


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENFILE])
def test_shortage_of_descriptors_has_no_traceback(
    number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a module cannot be imported, the message says what to do."""

    def refuse(_: object) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("ipwrap.cli.streams.run", refuse)

    with pytest.raises(SystemExit) as exit_info:
        main()
    expected = f"ipwrap: {os.strerror(number)}: raise `ulimit -n`, or close some files"
    assert expected == exit_info.value.code


def test_unexpected_error_is_shown_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another `OSError` is a fault of ipwrap, whose traceback is of use."""

    def fail(_: object) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("ipwrap.cli.streams.run", fail)

    with pytest.raises(OSError, match="Input/output error"):
        main()


def test_what_a_release_left_out_is_a_message() -> None:
    """Equal warnings are one message on stderr; others are Python's own."""

    @click.command(cls=click.Command)
    def warn() -> None:
        for text in ("no names", "no names", "no ways"):
            warnings.warn(text, OutputWarning, stacklevel=1)
        warnings.warn("old", DeprecationWarning, stacklevel=1)

    group = Group(commands={"warn": warn})
    with pytest.warns(DeprecationWarning, match="old"):
        result = CliRunner().invoke(group, ["warn"])

    assert "ipwrap: no names\nipwrap: no ways\n" == result.stderr


@pytest.mark.parametrize(
    ("number", "status", "message"),
    [
        (signal.SIGINT, 130, "ipwrap: interrupted\n"),
        (signal.SIGTERM, 143, "ipwrap: ended by SIGTERM\n"),
        (signal.SIGHUP, 129, "ipwrap: ended by SIGHUP\n"),
    ],
)
def test_signal_is_the_exit_status(
    number: signal.Signals, status: int, message: str, tmp_path: Path
) -> None:
    """A command that a signal ends has the status of a shell, and says so."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    argv = (sys.executable, "-m", "ipwrap", "show", str(pipe))
    process = subprocess.Popen(argv, stderr=subprocess.PIPE, text=True)
    # The command has opened the pipe by then, and waits for what is written.
    with process, pipe.open("w"):
        process.send_signal(number)
        _, shown = process.communicate()

    assert (status, message) == (process.returncode, shown)


def test_ignored_signal_stays_ignored() -> None:
    """Below nohup(1) SIGHUP ends nothing."""
    code = 'kill -HUP $$; exec "$@"'
    argv = ("nohup", "sh", "-c", code, "sh", sys.executable, "-m", "ipwrap", "--version")
    probe = "import signal, ipwrap.system.termination as t; t.raise_terminated(); "
    probe += "print(signal.getsignal(signal.SIGHUP) is signal.SIG_IGN)"

    version = subprocess.run(argv, capture_output=True, text=True)
    handler = subprocess.run(("nohup", sys.executable, "-c", probe), capture_output=True, text=True)

    assert version.stdout.startswith("ipwrap, version")
    assert "True\n" == handler.stdout


def test_notes_of_an_error_are_printed() -> None:
    """What a batch block adds to an error, such as how many changes had run, is on stderr too."""

    @click.command(cls=click.Command)
    def fail() -> None:
        error = IpwrapError("it failed")
        error.add_note("in a batch: 3 changes were done")
        raise error

    result = CliRunner().invoke(Group(commands={"fail": fail}), ["fail"])

    assert 1 == result.exit_code
    assert "ipwrap: it failed\nin a batch: 3 changes were done\n" == result.stderr
