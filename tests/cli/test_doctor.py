"""`ipwrap doctor`: what this machine can do, said by having tried it."""

import json
import os
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ipwrap.cli.findings import BASES, NEEDED, OFTEN_WANTED, PROBES
from ipwrap.cli.group import cli
from ipwrap.kinds import Bridge, Kind
from ipwrap.system.modules import MODULES
from ipwrap.system.programs import find
from tests.machines import LAB_PROGRAMS, busybox_ip, ip_that_answers, path_of

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
    if not findings["sandbox"]["ok"]:
        pytest.skip(f"no sandbox here: {findings['sandbox']['found']}")
    told = {kind.type: findings[f"type {kind.type}"] for kind in PROBES}

    assert (True, "made", "") == tuple(told["veth"][key] for key in ("ok", "found", "remedy"))
    assert [] == [kind for kind, each in told.items() if each["ok"] == (each["found"] != "made")]
    assert [] == [kind for kind, each in told.items() if each["ok"] == bool(each["remedy"])]


def test_privileges_are_told(findings: dict[str, dict[str, object]]) -> None:
    """Whether one is root, and whether a sandbox opens."""
    assert (os.geteuid() == 0) == findings["root"]["ok"]
    assert {"user namespaces", "sandbox"} <= set(findings)


def test_versions_are_told(findings: dict[str, dict[str, object]]) -> None:
    """The kernel's, and iproute2's with the one that is needed."""
    assert os.uname().release == findings["kernel"]["found"]
    assert str(findings["iproute2"]["found"]).endswith(" (5.4 or later is needed)")


def test_a_table_is_the_default() -> None:
    """A line for each finding: ok or not, what, what was found, what to do."""
    lines = doctor().stdout.splitlines()

    assert ["what", "found", "what", "to", "do"] == lines[0].split()
    assert {"ok", "--"} >= {line.split()[0] for line in lines[1:]}
    assert ["ok", "ip", find("ip")] == next(
        line.split() for line in lines if line.split()[:2] == ["ok", "ip"]
    )


def test_where_labs_run_the_exit_code_is_0(findings: dict[str, dict[str, object]]) -> None:
    """1 says that something needed is not well; what is only wanted does not count."""
    well = all(findings[what]["ok"] for what in (*NEEDED, "sandbox"))

    assert (0 if well else 1) == doctor().exit_code


def test_a_missing_program_is_told_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What lacks is named with what to install; where it is needed the exit code is 1."""
    path_of(monkeypatch, tmp_path, set(LAB_PROGRAMS) - {"bridge"})

    result = doctor("--format", "json")

    told = {each["what"]: each for each in json.loads(result.stdout)}
    assert (1, False, "missing") == (
        result.exit_code,
        told["bridge"]["ok"],
        told["bridge"]["found"],
    )
    assert "apt-get update && apt-get install iproute2" == told["bridge"]["remedy"]


def test_where_no_sandbox_opens_the_reason_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without unshare there is no sandbox; no kind is tried, and nothing breaks."""
    path_of(monkeypatch, tmp_path, set(LAB_PROGRAMS) - {"unshare"})
    broken = tmp_path / "unshare"
    broken.write_text(
        "#!/bin/sh\necho 'unshare: unshare failed: Operation not permitted' >&2\nexit 1\n"
    )
    broken.chmod(0o755)

    result = doctor("--format", "json")

    told = {each["what"]: each for each in json.loads(result.stdout)}
    assert (1, False) == (result.exit_code, told["sandbox"]["ok"])
    assert "Operation not permitted" in told["sandbox"]["found"]
    assert told["sandbox"]["remedy"]
    assert [] == [what for what in told if what.startswith("type ")]


def looked_at() -> tuple[int, dict[str, dict[str, object]]]:
    """Return the exit code, and what is found; the table is printed as well, and nothing dies."""
    table, result = doctor(), doctor("--format", "json")
    assert (table.exit_code, "") == (result.exit_code, result.stderr)
    assert ["what", "found", "what", "to", "do"] == table.stdout.splitlines()[0].split()

    return result.exit_code, {each["what"]: each for each in json.loads(result.stdout)}


@pytest.mark.parametrize("program", ["ip", "mount", "nsenter", "unshare"])
def test_without_a_program_the_package_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    """Of the program and of the sandbox: neither a setting nor a container is blamed."""
    path_of(monkeypatch, tmp_path, set(LAB_PROGRAMS) - {program})

    status, found = looked_at()

    package = {"ip": "iproute2", "mount": "mount"}.get(program, "util-linux")
    advice = f"apt-get update && apt-get install {package}"
    assert (1, False, advice) == (status, found[program]["ok"], found[program]["remedy"])
    assert (False, f"install it: {advice}") == (
        found["sandbox"]["ok"],
        found["sandbox"]["remedy"],
    )
    assert f"{program}: no such program on this machine" == found["sandbox"]["found"]
    assert (program != "ip") == found["iproute2"]["ok"]
    assert found["kernel"]["ok"]


def test_busybox_alone_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is an `ip`, and it will not do; the package is named."""
    busybox = busybox_ip(tmp_path / "busybox")
    path_of(monkeypatch, tmp_path, set(LAB_PROGRAMS) - {"ip"}, busybox)

    status, found = looked_at()

    advice = "apt-get update && apt-get install iproute2"
    assert (1, f"{busybox}/ip is BusyBox's", advice) == (
        status,
        found["ip"]["found"],
        found["ip"]["remedy"],
    )
    assert (False, advice) == (found["iproute2"]["ok"], found["iproute2"]["remedy"])
    assert "is BusyBox's" in str(found["sandbox"]["found"])
    assert advice in str(found["sandbox"]["remedy"])


def test_busybox_that_is_passed_over_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, findings: dict[str, dict[str, object]]
) -> None:
    """All is as well as without it, and where the other `ip` is, is said."""
    busybox = busybox_ip(tmp_path / "busybox")
    monkeypatch.setenv("PATH", f"{busybox}:{os.environ['PATH']}")

    _, found = looked_at()

    note = f" ({busybox}/ip, first in PATH, is BusyBox's and is passed over)"
    assert (f"{find('ip')}{note}", True) == (found["ip"]["found"], found["ip"]["ok"])
    assert findings["iproute2"] == found["iproute2"]
    assert {what: each["ok"] for what, each in findings.items()} == {
        what: each["ok"] for what, each in found.items()
    }


@pytest.mark.parametrize(
    ("answer", "well", "found_"),
    [
        ("ip utility, iproute2-ss190107", False, "4.20 (ss190107)"),
        ("ip utility, iproute2-ss130716", False, "ss130716"),
        ("ip utility, iproute2-ss191125", True, "5.4 (ss191125)"),
        ("ip utility, iproute2-5.10.0, libbpf 0.3", True, "5.10.0"),
        ("ip utility of a vendor", True, "unknown, by 'ip utility of a vendor'"),
        ("", True, "unknown, by ''"),
    ],
)
def test_release_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, well: bool, found_: str
) -> None:
    """One that is too old is not well, with what to do; one that cannot be read is no reason to stop."""
    folder = ip_that_answers(tmp_path / "bin", answer)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    status, found = looked_at()

    about = found["iproute2"]
    assert (well, f"{found_} (5.4 or later is needed)") == (about["ok"], about["found"])
    assert bool(about["remedy"]) is not well
    if not well:
        assert (1, False) == (status, found["sandbox"]["ok"])
        assert f"iproute2 {found_} is too old: 5.4 or later is needed" == found["sandbox"]["found"]
        assert about["remedy"] == found["sandbox"]["remedy"]


def test_links_are_on_what_the_kernel_makes(
    monkeypatch: pytest.MonkeyPatch, findings: dict[str, dict[str, object]]
) -> None:
    """A kernel without veth has another kind to put a macvlan on; one that has none is no reason to die."""
    if not findings["sandbox"]["ok"]:
        pytest.skip(f"no sandbox here: {findings['sandbox']['found']}")
    no_veth = (Kind("no-such-kind", {}), *BASES)

    monkeypatch.setattr("ipwrap.cli.findings.BASES", no_veth)
    _, found = looked_at()
    assert findings["type macvlan"] == found["type macvlan"]

    monkeypatch.setattr("ipwrap.cli.findings.BASES", no_veth[:1])
    _, found = looked_at()
    problem = "not tried: it is made on a link, of which none is here (no-such-kind)"
    assert (False, problem) == (found["type vlan"]["ok"], found["type vlan"]["found"])
    assert "modprobe veth, or a kernel that has it" == found["type vlan"]["remedy"]
    assert findings["type bridge"] == found["type bridge"]


def test_module_of_a_kind_is_told(
    monkeypatch: pytest.MonkeyPatch, findings: dict[str, dict[str, object]]
) -> None:
    """By the module's name, where it is not the kind's."""
    if not findings["sandbox"]["ok"]:
        pytest.skip(f"no sandbox here: {findings['sandbox']['found']}")
    lacking = Kind("no-such-kind", {})
    monkeypatch.setattr("ipwrap.cli.findings.PROBES", (lacking,))
    monkeypatch.setitem(MODULES, "no-such-kind", "no_such_module")

    _, found = looked_at()

    assert (
        "modprobe no_such_module, or a kernel that has it" == found["type no-such-kind"]["remedy"]
    )
    assert findings["type vlan"]["remedy"] in ("", "modprobe 8021q, or a kernel that has it")


def test_kind_that_cannot_be_tried_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of another sort than the kernel's is a line of the table, and the others are looked at."""
    bad = Kind("vxlan", {"id": object()})
    monkeypatch.setattr("ipwrap.cli.findings.PROBES", (bad, Bridge()))

    _, found = looked_at()
    if not found["sandbox"]["ok"]:
        pytest.skip(f"no sandbox here: {found['sandbox']['found']}")

    assert str(found["type vxlan"]["found"]).startswith("not tried: ")
    assert "type bridge" in found


def test_doctor_leaves_nothing_in_stderr() -> None:
    """It tells what it found on stdout, and has nothing else to say."""
    assert "" == doctor().stderr


def test_doctor_runs_by_itself() -> None:
    """It takes no words."""
    assert 2 == doctor("more").exit_code
    assert sys.version_info >= (3, 11)
