"""The comparison with other tools counts lines of code, and tells what a tool leaves behind."""

import os
import shutil
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


def require_programs(lab: str) -> None:
    """Skip the test where a program is missing that the lab needs."""
    if lab == "nodes" and not any(map(shutil.which, ("tcpdump", "dumpcap"))):
        pytest.skip("neither tcpdump nor dumpcap is installed")


def test_lines_of_code() -> None:
    """Comments, docstrings and blank lines do not count; lines of texts and statements do."""
    assert 1 + 4 + 3 + 1 == compare.count_lines(SOURCE)


@pytest.mark.live
@pytest.mark.parametrize("lab", compare.TOOLS)
def test_the_lab_of_ipwrap_leaves_nothing(lab: str) -> None:
    """The lab runs in a stand-in for a host, and leaves nothing there."""
    with open_sandbox():  # skips the test where none can be made
        pass
    if os.geteuid():
        pytest.skip("the stand-in for a host needs root")
    require_programs(lab)

    outcome = compare.try_tool("ipwrap", sys.executable, lab=lab, runs=1)

    assert "nothing" == outcome.leaves
    assert outcome.seconds
    assert outcome.lines < 25


def test_a_tool_that_is_missing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The row of a tool that does not run has its lines, and the reason."""
    monkeypatch.setattr(compare, "run", lambda *_: (None, "No module named 'munet'"))

    row = compare.try_tool("munet", "python3", lab="pods", runs=1).row()

    assert row.split()[2:] == ["-", "No", "module", "named", "'munet'"]


def test_the_labs_are_valid_python() -> None:
    """Python compiles the lab of each tool."""
    for lab, tools in compare.TOOLS.items():
        for tool in tools:
            compile(compare.script_of(lab, tool).read_text(), tool, "exec")


@pytest.mark.parametrize(("lab", "said"), [("pods", "25 pages"), ("nodes", "9 connections")])
def test_what_the_lab_does_is_counted(lab: str, said: str) -> None:
    """Each of five servers answers five requests; nine clients connect to one server."""
    require_programs(lab)
    with open_sandbox():
        pass
    completed = subprocess.run(
        (sys.executable, f"scripts/peers/{lab}_ipwrap.py"),
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=False,
    )

    assert (0, f"{said}\n") == (completed.returncode, completed.stdout)
