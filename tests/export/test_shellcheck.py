"""Exported scripts of commands are clean for shellcheck, whatever they quote."""

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ipwrap import Command, Recording, Secret
from ipwrap.export.batchfile import batch, batch_files
from ipwrap.export.plain import plain
from ipwrap.export.shell import shell
from ipwrap.export.shellcheck import ScriptLines
from ipwrap.recording import CommandEvent, Note, ResultEvent
from ipwrap.result import Result
from tests.export.shell_scripts import arguments_of_programs, notes

RECORDINGS = sorted((Path(__file__).parents[2] / "recordings").glob("*.jsonl"))
SCRIPTS: dict[str, Callable[[Recording], str]] = {
    "sh": shell,
    "plain": plain,
    "plain with reads": lambda recording: plain(recording, reads=True),
    "batch": batch,
    "batch files": lambda recording: batch_files(recording)["run.sh"],
}

needs_shellcheck = pytest.mark.skipif(
    shutil.which("shellcheck") is None,
    reason="shellcheck is not installed",
)


def shellcheck_output(script: str) -> str:
    """Return the output of shellcheck for a script."""
    argv = ("shellcheck", "--shell=sh", "-")
    process = subprocess.run(argv, input=script.encode(), capture_output=True, check=False)
    return (process.stdout + process.stderr).decode(errors="replace")


def directive_of(*lines: str) -> str:
    """Return the directive for the lines of a script."""
    script_lines = ScriptLines()
    for _ in script_lines.survey(lines):
        pass
    return script_lines.directive


@needs_shellcheck
@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.stem)
def test_shellcheck_finds_nothing_in_the_scripts_of_a_lab(path: Path) -> None:
    """The scripts of every lab of the repository are clean, in every format."""
    recording = Recording.load(path)
    reports = {name: shellcheck_output(export(recording)) for name, export in SCRIPTS.items()}

    assert dict.fromkeys(SCRIPTS, "") == reports


@needs_shellcheck
@settings(max_examples=40)
@given(argv=st.lists(arguments_of_programs, max_size=4), note=notes)
@example(argv=["\\", "'", "$x", "`y`", "“", "‘", "‛"], note="")
@example(argv=["-c", 'for x; do\n  echo "$x"\ndone'], note="$x")
def test_shellcheck_finds_nothing_for_any_arguments(argv: list[str], note: str) -> None:
    """Flat lists and batches quote every argument of a program cleanly."""
    command = Command(("true", *argv), "red")
    recording = Recording()
    for event in (Note(note), CommandEvent(1, command), ResultEvent(1, Result(command))):
        recording.append(event)

    assert ["", ""] == [shellcheck_output(export(recording)) for export in (plain, batch)]


def test_a_directive_names_what_the_lines_have() -> None:
    """A comment needs no directive, and a plain line has none."""
    assert "" == directive_of("ip link\n", "# costs 5 $ `or` less\n", "\n# $x\n")
    assert "# shellcheck disable=SC2016\n" == directive_of("sh -c '$x'\n")
    assert "# shellcheck disable=SC1003,SC2016,SC2028\n" == directive_of("sh '\\'\n", "sh '`id`'\n")
    assert "# shellcheck disable=SC2016,SC2097,SC2098\n" == directive_of('A=1 B="$A" env\n')


def test_lines_have_a_checksum() -> None:
    """The checksum is that of all lines, and the same for the same lines."""
    script_lines, others = ScriptLines(), ScriptLines()

    assert ["a\n", "b\n"] == list(script_lines.survey(["a\n", "b\n"]))
    assert ["a\nb\n"] == list(others.survey(["a\nb\n"]))
    assert others.checksum.digest() == script_lines.checksum.digest()


@needs_shellcheck
def test_a_secret_may_have_the_name_of_a_variable() -> None:
    """A variable of a command before a secret of its name is reported by shellcheck, but meant."""
    command = Command(("env",), env={"TOKEN": "1", "OTHER": Secret(None, "TOKEN")})
    recording = Recording()
    recording.append(CommandEvent(1, command))
    recording.append(ResultEvent(1, Result(command)))
    reports = {name: shellcheck_output(export(recording)) for name, export in SCRIPTS.items()}

    assert 'OTHER="$TOKEN" TOKEN=1 env' in plain(recording)
    assert dict.fromkeys(SCRIPTS, "") == reports
