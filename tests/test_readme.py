"""The README is correct: its Python runs, and its commands and links exist."""

import re
import subprocess
import sys
from itertools import chain
from pathlib import Path

import pytest

from ipwrap import Session, until
from ipwrap.kinds import Veth
from tests.labs import open_sandbox

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


@pytest.mark.live
def test_servers_of_the_readme_become_these_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lines of Python run one after the other, and the script has the lines beside them."""
    section = README.partition("\n## Servers, waits and captures\n")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| (`.*`) \| (`.*`) \|$", section, re.MULTILINE)
    python_lines = [_code_lines(python) for python, _ in rows]
    shell_lines = [_code_lines(shell) for _, shell in rows]

    monkeypatch.chdir(tmp_path)
    (tmp_path / "fetch.py").write_text(FETCH)
    with open_sandbox() as session:
        build_pods(session)
        pods = {name: session.netns(name) for name in ("pod1", "pod2")}
        exec("\n".join(chain(*python_lines)), {"until": until, **pods})
        script = session.export("sh")

    lines = iter([line.strip() for line in script.splitlines()])
    # The order counts, too: each search goes on behind the line before.
    assert [] == [line for line in chain(*shell_lines) if line not in lines]
    assert 5 <= len(rows)


def _code_lines(cell: str) -> list[str]:
    """Return the lines of code in a cell of a table."""
    return [code.replace(r"\|", "|") for code in re.findall("`([^`]+)`", cell)]


def build_pods(session: Session) -> None:
    """Build two pods on a cable."""
    for name in ("pod1", "pod2"):
        session.ip.netns.add(name)
    session.ip.link.add("eth0", Veth(peer="eth0", peer_netns="pod2"), netns="pod1")

    for number, name in enumerate(("pod1", "pod2"), start=1):
        pod = session.netns(name)
        pod.ip.link.set("lo", up=True)
        pod.ip.address.add(f"10.244.0.{number}/24", dev="eth0")
        pod.ip.link.set("eth0", up=True)


FETCH = """
import sys
from http.client import HTTPConnection
server = HTTPConnection(sys.argv[1], 8000, timeout=60)
server.request("GET", "/")
assert server.getresponse().status == 200
"""
