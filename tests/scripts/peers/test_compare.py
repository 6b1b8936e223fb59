"""The comparison with other tools counts lines of code, and tells what a tool leaves behind."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.peers import compare
from tests.labs import open_sandbox

SOURCE = '''"""A docstring
of two lines."""

import os  # counted

# not counted
TEXT = """\\
first
second
"""


def print_text(
    text: str,
) -> None:
    """Not counted."""
    print(text)
'''


def test_lines_of_code() -> None:
    """Comments, docstrings and blank lines do not count; lines of texts and statements do."""
    assert 1 + 4 + 3 + 1 == compare.count_lines(SOURCE)


@pytest.mark.live
def test_the_lab_of_ipwrap_leaves_nothing() -> None:
    """The lab of five pods runs in a stand-in for a host, and leaves nothing there."""
    with open_sandbox():  # skips the test where none can be made
        pass
    if os.geteuid():
        pytest.skip("the stand-in for a host needs root")

    outcome = compare.try_tool("ipwrap", sys.executable, runs=1)

    assert "nothing" == outcome.leaves
    assert outcome.seconds
    assert outcome.lines < 25


def test_a_tool_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The row of a tool that does not run has its lines, and the reason."""
    monkeypatch.setattr(compare, "run", lambda *_: (None, "No module named 'munet'"))

    row = compare.try_tool("munet", "python3", runs=1).row()

    assert row.split()[2:] == ["-", "No", "module", "named", "'munet'"]


def test_the_labs_are_valid_python() -> None:
    """Python compiles the lab of each tool."""
    for tool in compare.TOOLS:
        compile((compare.FOLDER / f"lab_{tool}.py").read_text(), tool, "exec")


def test_the_pages_of_the_lab_are_counted() -> None:
    """Each of five servers answers five requests."""
    with open_sandbox():
        pass
    completed = subprocess.run(
        (sys.executable, "scripts/peers/lab_ipwrap.py"),
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, "25 pages\n") == (completed.returncode, completed.stdout)
