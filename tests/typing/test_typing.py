"""mypy shows a wrong option name, a wrong type and a wrong word as errors, before anything runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
EXPECTED = re.compile(r"# E: ([a-z-]+)$")
FOUND = re.compile(r"(\w+\.py):(\d+): error: .*\[([a-z-]+)\]$")

Errors = dict[tuple[str, int], str]  # in which script, on which line: of which sort

pytest.importorskip("mypy", reason="mypy is not installed")


def errors(*names: str) -> Errors:
    """Return what mypy finds in some scripts, the first of each line."""
    scripts = (str(HERE / name) for name in names)
    words = (
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--no-error-summary",
        "--no-incremental",
        *scripts,
    )
    done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=HERE.parents[1])
    assert not done.stderr
    lines = [found for line in done.stdout.splitlines() if (found := FOUND.search(line))]
    return {(found[1], int(found[2])): found[3] for found in reversed(lines)}


def mistakes(name: str) -> Errors:
    """Return the mistakes that a script says it has."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    return {
        (name, number): found[1]
        for number, line in enumerate(lines, 1)
        if (found := EXPECTED.search(line))
    }


def test_each_mistake_is_found_and_nothing_else() -> None:
    """Each on its line, for its own reason; a script with names, types and words as the tables have them has none."""
    assert 10 <= len(mistakes("wrong.py"))
    assert mistakes("wrong.py") == errors("right.py", "wrong.py")
