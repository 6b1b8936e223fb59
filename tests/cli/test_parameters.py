"""Paths of recordings and scripts: what is suggested for a wrong one."""

from pathlib import Path

import pytest

from tests.cli.running import run_ipwrap

READERS = ("export", "replay", "show", "undo")


@pytest.fixture(autouse=True)
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change to a folder with a script and a recording of one name."""
    (tmp_path / "lab1.py").write_text("from ipwrap import Session\n")
    (tmp_path / "alone.py").write_text("import os\n")
    (tmp_path / "lab1.jsonl").write_text("{}\n")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("command", READERS)
def test_script_is_not_a_recording(command: str) -> None:
    """Every command that reads a recording names the one beside the script."""
    result = run_ipwrap(command, "lab1.py")

    assert 1 == result.exit_code
    assert "ipwrap: lab1.py:1: is not a recording; did you mean 'lab1.jsonl'?\n" == result.stderr


def test_without_a_recording_none_is_suggested() -> None:
    """A file of another kind without a recording of its name is refused all the same."""
    result = run_ipwrap("export", "alone.py")

    assert "ipwrap: alone.py:1: is not a recording\n" == result.stderr


@pytest.mark.parametrize(
    ("arguments", "suggestion"),
    [
        (("export", "lab1"), "did you mean 'lab1.jsonl'?"),
        (("show", "lba1.jsonl"), "did you mean 'lab1.jsonl'?"),
        (("undo", "./lab2.jsonl"), "did you mean './lab1.jsonl'?"),
        (("run", "lab1"), "did you mean 'lab1.py'?"),
        (("run", "alnoe.py"), "did you mean 'alone.py'?"),
    ],
)
def test_missing_file_gets_a_suggestion(arguments: tuple[str, ...], suggestion: str) -> None:
    """A missing recording or script is a usage error with the name that was probably meant."""
    result = run_ipwrap(*arguments)

    assert 2 == result.exit_code
    assert f"does not exist; {suggestion}" in result.stderr


def test_missing_file_of_a_missing_folder() -> None:
    """Without the folder there is nothing to suggest."""
    result = run_ipwrap("show", "nowhere/lab.jsonl")

    assert 2 == result.exit_code
    assert "did you mean" not in result.stderr
