"""`ipwrap doctor`: what this machine can do, said by having tried it."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ipwrap import programs as paths
from ipwrap.cli.doctor import NEEDED, OFTEN_WANTED, PROBES
from ipwrap.cli.group import cli
from ipwrap.programs import find

pytestmark = pytest.mark.live


def doctor(*words: str) -> Result:
    """Run `ipwrap doctor` in this process."""
    return CliRunner().invoke(cli, ["doctor", *words])


@pytest.fixture(scope="module")
def findings() -> dict[str, dict[str, object]]:
    """What is found here, by what was looked at."""
    return {each["what"]: each for each in json.loads(doctor("--format", "json").stdout)}


def test_the_programs_are_looked_for(findings: dict[str, dict[str, object]]) -> None:
    """Each program that is needed or often wanted, with its path or the package that it comes in."""
    assert {program: find(program) or "missing" for program in (*NEEDED, *OFTEN_WANTED)} == {
        program: findings[program]["found"] for program in (*NEEDED, *OFTEN_WANTED)
    }


def test_every_kind_is_tried(findings: dict[str, dict[str, object]]) -> None:
    """A kind is well if the kernel made one; if not, the kernel's own words are there."""
    if not findings["sandbox"]["well"]:
        pytest.skip(f"no sandbox here: {findings['sandbox']['found']}")
    told = {kind.type: findings[f"type {kind.type}"] for kind in PROBES}

    assert (True, "made", "") == tuple(told["veth"][key] for key in ("well", "found", "remedy"))
    assert [] == [kind for kind, each in told.items() if each["well"] == (each["found"] != "made")]
    assert [] == [kind for kind, each in told.items() if each["well"] == bool(each["remedy"])]


def test_privileges_are_told(findings: dict[str, dict[str, object]]) -> None:
    """Whether one is root, and whether a sandbox opens."""
    assert (os.geteuid() == 0) == findings["root"]["well"]
    assert {"user namespaces", "sandbox"} <= set(findings)


def test_versions_are_told(findings: dict[str, dict[str, object]]) -> None:
    """The kernel's, and iproute2's with the one that is needed."""
    if not findings["sandbox"]["well"]:
        pytest.skip(f"no sandbox here: {findings['sandbox']['found']}")

    assert os.uname().release == findings["kernel"]["found"]
    assert str(findings["iproute2"]["found"]).endswith(" (5.4 or later is needed)")


def test_a_table_is_the_default() -> None:
    """A line for each finding: ok or not, what, what was found, what to do."""
    lines = doctor().stdout.splitlines()

    assert ["what", "found", "what", "to", "do"] == lines[0].split()
    assert {"ok", "--"} >= {line.split()[0] for line in lines[1:]}
    assert ["ok", "ip", find("ip")] == next(line.split() for line in lines if line.split()[:2] == ["ok", "ip"])


def test_where_labs_run_the_exit_code_is_0(findings: dict[str, dict[str, object]]) -> None:
    """1 says that something needed is not well; what is only wanted does not count."""
    well = all(findings[what]["well"] for what in (*NEEDED, "sandbox"))

    assert (0 if well else 1) == doctor().exit_code


def without(programs: Sequence[str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a PATH that lacks some programs, and has all others that are asked for."""
    for program in (*NEEDED, "sh", "mount", "readlink", "cat", "env"):
        if program not in programs:
            (folder / program).symlink_to(str(find(program)))
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setattr("ipwrap.programs.SBIN", ())
    monkeypatch.setattr(paths, "_found", paths._found.__wrapped__)  # what was found before is forgotten


def test_a_missing_program_is_told_with_its_package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lacks is named with what to install; where it is needed the exit code is 1."""
    without(["bridge"], tmp_path, monkeypatch)

    result = doctor("--format", "json")

    told = {each["what"]: each for each in json.loads(result.stdout)}
    assert (1, False, "missing") == (result.exit_code, told["bridge"]["well"], told["bridge"]["found"])
    assert "apt-get install iproute2" == told["bridge"]["remedy"]


def test_where_no_sandbox_opens_the_reason_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without unshare there is no sandbox; no kind is tried, and nothing breaks."""
    without(["unshare"], tmp_path, monkeypatch)
    broken = tmp_path / "unshare"
    broken.write_text("#!/bin/sh\necho 'unshare: unshare failed: Operation not permitted' >&2\nexit 1\n")
    broken.chmod(0o755)

    result = doctor("--format", "json")

    told = {each["what"]: each for each in json.loads(result.stdout)}
    assert (1, False) == (result.exit_code, told["sandbox"]["well"])
    assert "Operation not permitted" in told["sandbox"]["found"]
    assert told["sandbox"]["remedy"]
    assert [] == [what for what in told if what.startswith("type ")]


def test_doctor_leaves_nothing_in_stderr() -> None:
    """It tells what it found on stdout, and has nothing else to say."""
    assert "" == doctor().stderr


def test_doctor_runs_by_itself() -> None:
    """It takes no words."""
    assert 2 == doctor("more").exit_code
    assert sys.version_info >= (3, 11)
