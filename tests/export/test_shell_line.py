"""A line of a script passes the arguments and the input of the session, whatever they hold."""

import os
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ipwrap import CommandTimeout, DryRun, Local, Session
from ipwrap.kinds import Bridge
from ipwrap.replay import replay_export
from tests.export.shell_scripts import (
    HOSTILE,
    append_arguments,
    arguments_of_programs,
    body_lines,
    few_examples,
    many_examples,
    needs_shellcheck,
    script_of,
    shellcheck_output,
    texts,
)
from tests.labs import open_sandbox, run_script, write_script

pytestmark = pytest.mark.live


@needs_shellcheck
@many_examples
@given(argv=st.lists(arguments_of_programs, max_size=4))
@example(argv=["="])
@example(argv=["fi", "done", "esac", "then", "do", "in", "{", "}", "if", "!"])
@example(argv=["\\", "'", "$x", "`y`", "“", "‘", "‛"])
def test_shellcheck_finds_nothing_for_any_arguments(argv: list[str]) -> None:
    """Every argument of a program is quoted cleanly."""
    assert "" == shellcheck_output(script_of("true", *argv))


@needs_shellcheck
@many_examples
@given(text=texts)
@example(text="fi")
@example(text="done")
def test_shellcheck_finds_nothing_for_any_input(text: str) -> None:
    """Every text on stdin is quoted cleanly."""
    with Session(Local(), DryRun()) as session:
        session.exec("cat", stdin=text)

        assert "" == shellcheck_output(session.export())


@pytest.mark.parametrize("word", HOSTILE)
def test_the_script_passes_the_arguments_of_the_session(word: str, tmp_path: Path) -> None:
    """A program gets the same arguments from the script as from the session, in both namespaces."""
    file = tmp_path / "words"
    argv = append_arguments((word, "end"), file)
    with open_sandbox() as session:
        session.ip.netns.add("red")
        session.exec(*argv)
        session.netns("red").exec(*argv)
        script = write_script(session.recording, tmp_path / "x.sh")

    written_by_session = file.read_bytes()
    file.unlink()

    process = run_script(script, "--sandbox", "--", "true")

    assert (0, written_by_session) == (process.returncode, file.read_bytes())
    assert 2 * (word.encode() + b"\0end\0") == written_by_session


@few_examples
@given(argv=st.lists(arguments_of_programs, min_size=1, max_size=6))
def test_the_script_passes_any_arguments(
    argv: list[str],
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    """A program gets the recorded arguments, whatever characters they contain."""
    folder = tmp_path_factory.mktemp("words")
    with Session(Local(), DryRun()) as session:
        session.exec(*append_arguments(tuple(argv), folder / "words"))
        script = write_script(session.recording, folder / "x.sh")

    process = run_script(script, "--sandbox", "--", "true")

    assert 0 == process.returncode
    assert "".join(f"{word}\0" for word in argv).encode() == (folder / "words").read_bytes()


@few_examples
@given(text=texts)
@example(text="no last newline")
@example(text="%s\\n\\c\n\n")
@example(text="-n")
def test_the_script_gives_the_same_input(
    text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """A program gets the recorded stdin from the script, to the byte."""
    folder = tmp_path_factory.mktemp("stdin")
    with Session(Local(), DryRun()) as session:
        session.exec("dd", f"of={folder / 'got'}", "status=none", stdin=text)
        script = write_script(session.recording, folder / "x.sh")

    process = run_script(script, "--sandbox", "--", "true")

    assert (0, text.encode()) == (process.returncode, (folder / "got").read_bytes())


def test_a_timeout_is_a_timeout_in_the_script(tmp_path: Path) -> None:
    """A command that exceeded the timeout has the same timeout in the script."""
    with open_sandbox() as session:
        with pytest.raises(CommandTimeout):
            session.exec("sleep", "1000", timeout=0.05)

        script = write_script(session.recording, tmp_path / "x.sh")

    assert 0 == run_script(script, "--sandbox", "--", "true").returncode
    assert "    timeout -k 3 0.05 sleep 1000 || true" == body_lines(script.read_text())[-1]


def test_a_timeout_ends_a_monitor_and_what_ignores_sigterm() -> None:
    """Each ends in the script as well, and the commands behind run."""
    stubborn = "trap '' TERM; while :; do sleep 1; done"
    with open_sandbox() as session:
        red = session.netns("red")
        session.ip.netns.add("red")
        for argv in (("ip", "monitor"), ("sh", "-c", stubborn)):
            with pytest.raises(CommandTimeout):
                red.exec(*argv, timeout=0.05)
        session.ip.link.add("br0", Bridge())
        recording = session.recording
        assert "    timeout -k 3 0.05 ip -n red monitor || true" in body_lines(session.export())

    for export_format in ("sh", "plain", "python"):
        with open_sandbox() as place:
            assert [] == replay_export(recording, place, export_format=export_format).differences


def test_a_timeout_that_was_not_reached_is_not_written(tmp_path: Path) -> None:
    """A command within the timeout is written without the timeout."""
    with Session(Local(), DryRun()) as session:
        session.exec("true", timeout=10)

        assert ["    true"] == body_lines(session.export())


@pytest.mark.parametrize(
    "argv",
    [
        ("echo", "a\\nb"),
        ("echo", "-e", "x"),
        ("sandbox", "x"),
        ("up",),
        ("A=b",),
        ("exit", "3"),
        ("time", "true"),
    ],
    ids=" ".join,
)
def test_a_program_is_a_program_and_no_builtin(argv: tuple[str, ...], tmp_path: Path) -> None:
    """The script runs the recorded program instead of a shell builtin of the same name."""
    folder = tmp_path / "bin"
    folder.mkdir()
    program = folder / argv[0]
    program.write_text(f'#!/bin/sh\nprintf "%s\\0" "${{0##*/}}" "$@" >>{tmp_path}/said\n')
    program.chmod(0o755)
    with Session(Local(), DryRun()) as session:
        session.exec(*argv)
        script = write_script(session.recording, tmp_path / "x.sh")

    process = subprocess.run(
        ("sh", str(script), "--sandbox", "--", "true"),
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "") == (process.returncode, process.stderr)
    assert "".join(f"{word}\0" for word in argv) == (tmp_path / "said").read_text()
