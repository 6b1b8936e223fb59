"""mypy reports a wrong option name, a wrong type and a wrong word before a script runs."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
EXPECTED = re.compile(r"# E: ([a-z-]+)$")
REPORTED = re.compile(r"(\w+\.py):(\d+): error: .*\[([a-z-]+)\]$")

Errors = dict[tuple[str, int], str]  # script and line: error code

pytest.importorskip("mypy", reason="mypy is not installed")


def errors(*names: str) -> Errors:
    """Run mypy on scripts, and return the first error of every line."""
    scripts = (str(HERE / name) for name in names)
    argv = (
        sys.executable,
        "-m",
        "mypy",
        "--strict",
        "--no-error-summary",
        "--no-incremental",
        *scripts,
    )

    process = subprocess.run(argv, capture_output=True, text=True, check=False, cwd=HERE.parents[1])

    assert not process.stderr

    first_errors: Errors = {}

    for line in process.stdout.splitlines():
        match = REPORTED.search(line)
        if match:
            script, number, code = match.groups()
            first_errors.setdefault((script, int(number)), code)

    return first_errors


def mistakes(name: str) -> Errors:
    """Return the mistakes in the `# E:` comments of a script."""
    lines = (HERE / name).read_text(encoding="utf-8").splitlines()
    announced: Errors = {}

    for number, line in enumerate(lines, 1):
        match = EXPECTED.search(line)
        if match:
            announced[name, number] = match[1]

    return announced


def test_each_mistake_is_found_and_nothing_else() -> None:
    """Every mistake has the announced error on the announced line; a correct script has none."""
    assert 10 <= len(mistakes("wrong.py"))
    assert mistakes("wrong.py") == errors("right.py", "wrong.py")
