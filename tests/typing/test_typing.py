"""mypy shows a wrong option name, a wrong type and a wrong word as errors, before anything runs."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).parent
EXPECTED = re.compile(r"# E: ([a-z-]+)$")
FOUND = re.compile(r":(\d+): error: .*\[([a-z-]+)\]$")

pytest.importorskip("mypy", reason="mypy is not installed")


@cache
def errors(name: str) -> dict[int, str]:
    """Return which sort of error mypy finds on which line of a script, the first of each."""
    words = (sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--no-incremental", str(HERE / name))
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=HERE.parents[1])
    assert not done.stderr
    lines = [found for line in done.stdout.splitlines() if (found := FOUND.search(line))]
    return {int(found[1]): found[2] for found in reversed(lines)}


def mistakes() -> dict[int, str]:
    """Return which sort of mistake is on which line of `wrong.py`."""
    lines = (HERE / "wrong.py").read_text(encoding="utf-8").splitlines()
    return {number: found[1] for number, line in enumerate(lines, 1) if (found := EXPECTED.search(line))}


def test_a_right_script_has_no_errors() -> None:
    """Names, types and words as the tables have them."""
    assert {} == errors("right.py")


@pytest.mark.parametrize("line", sorted(mistakes()))
def test_a_mistake_is_found(line: int) -> None:
    """Each on its line, for its own reason."""
    assert mistakes()[line] == errors("wrong.py").get(line)


def test_nothing_else_is_wrong() -> None:
    """The lines without a mistake have no error."""
    assert mistakes() == errors("wrong.py")
