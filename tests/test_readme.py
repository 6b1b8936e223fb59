"""The README is correct: its Python runs, and its commands and links exist."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


@pytest.mark.live
def test_python_of_the_readme_runs(tmp_path: Path) -> None:
    """The README's Python runs in an empty directory with the described output."""
    code, *_ = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    process = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )

    assert 0 == process.returncode, process.stderr
    assert process.stdout.startswith("['lo', 'eth0']\n#!/bin/sh\n")
    assert (tmp_path / "pods.jsonl").exists()


@pytest.mark.live
def test_picture_of_the_readme_is_current(tmp_path: Path) -> None:
    """The tree in the README is the output of `ipwrap show --state` for the README's session."""
    code, *_ = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, check=True)
    show = [sys.executable, "-m", "ipwrap", "show", "--state", "pods.jsonl"]
    drawn = subprocess.run(show, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    (picture,) = re.findall(r"```\n(\(host namespace\).*?)```", README, re.DOTALL)

    assert drawn.endswith("\n\n" + picture)


def test_links_of_the_readme_exist() -> None:
    """Every relative link leads to a file of the repository."""
    targets = [
        target
        for target in re.findall(r"\]\(([^)]+)\)", README)
        if not target.startswith("https://")
    ]

    assert [] == [target for target in targets if not (ROOT / target).exists()]
    assert targets


def test_description_of_the_package_has_no_relative_links() -> None:
    """The description of the package has links to the repository's address, or names of files."""
    long_description = pytest.importorskip("hatch_build", reason="needs hatchling").long_description
    relative = re.compile(r"\]\((?!https:)")

    assert relative.search(README)

    without_address = long_description(README, None)

    assert not relative.search(without_address)
    assert "| `scripts/netns.py` | two namespaces" in without_address
    assert "[sh](https://sh.readthedocs.io)" in without_address
    assert "the keywords and JSON keys of 7.1 (`scripts/iproute2-7.1.json`)" in without_address

    with_address = long_description(README, "https://example.org/ipwrap/")

    assert not relative.search(with_address)
    assert "[netns.py](https://example.org/ipwrap/blob/HEAD/scripts/netns.py)" in with_address


def test_commands_of_the_readme_exist() -> None:
    """Every `ipwrap COMMAND` in the README exists."""
    from ipwrap.cli.group import COMMANDS

    named = set(re.findall(r"^ipwrap (?:-v )?(\w+)|`ipwrap (\w+)", README, re.MULTILINE))

    assert {command for pair in named for command in pair if command} <= set(COMMANDS)
