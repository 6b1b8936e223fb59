"""`ipwrap doctor` reports the machine's support for labs, determined by experiment."""

import json
import os
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ipwrap.cli import findings as findings_module
from ipwrap.cli.findings import BASES, NEEDED, OFTEN_WANTED, PROBES
from ipwrap.cli.group import cli
from ipwrap.kinds import Bridge, Kind, Veth
from ipwrap.system.modules import MODULES
from ipwrap.system.programs import find_program
from tests.machines import LAB_PROGRAMS, make_busybox_folder, make_ip_with_version, set_path

pytestmark = pytest.mark.live


def doctor(*arguments: str) -> Result:
    """Run `ipwrap doctor` in this process."""
    return CliRunner().invoke(cli, ["doctor", *arguments])


def by_topic(result: Result) -> dict[str, dict[str, object]]:
    """Return the findings of a run with JSON output, by their topic."""
    return {finding["what"]: finding for finding in json.loads(result.stdout)}


@pytest.fixture(scope="module")
def findings() -> dict[str, dict[str, object]]:
    """The findings on this machine, by their topic."""
    return by_topic(doctor("--format", "json"))


def test_programs_are_reported_with_their_paths(findings: dict[str, dict[str, object]]) -> None:
    """Every needed or recommended program is reported with its path, or as missing."""
    assert {
        program: find_program(program) or "missing" for program in (*NEEDED, *OFTEN_WANTED)
    } == {program: findings[program]["found"] for program in (*NEEDED, *OFTEN_WANTED)}


def test_every_kind_is_tried(findings: dict[str, dict[str, object]]) -> None:
    """A kind passes if the kernel creates a link; otherwise the finding is the kernel's error."""
    if not findings["sandbox"]["ok"]:
        pytest.skip(f"no sandbox here: {findings['sandbox']['found']}")
    by_kind = {kind.type: findings[f"type {kind.type}"] for kind in PROBES}
    wrong_results = []
    wrong_remedies = []

    for kind, finding in by_kind.items():
        if finding["ok"] != (finding["found"] == "made"):
            wrong_results.append(kind)
        if finding["ok"] == bool(finding["remedy"]):
            wrong_remedies.append(kind)

    assert (True, "made", "") == tuple(by_kind["veth"][key] for key in ("ok", "found", "remedy"))
    assert [] == wrong_results
    assert [] == wrong_remedies


def test_privileges_are_reported(findings: dict[str, dict[str, object]]) -> None:
    """The findings include root, user namespaces and the sandbox."""
    assert (os.geteuid() == 0) == findings["root"]["ok"]
    assert {"user namespaces", "sandbox"} <= set(findings)


def test_versions_are_reported(findings: dict[str, dict[str, object]]) -> None:
    """The findings include the releases of the kernel and of iproute2."""
    assert os.uname().release == findings["kernel"]["found"]
    assert str(findings["iproute2"]["found"]).endswith(" (5.4 or later is needed)")


def test_a_table_is_the_default() -> None:
    """The default format is a table with a line for every finding."""
    header, *rows = (line.split() for line in doctor().stdout.splitlines())
    marks = {row[0] for row in rows}

    assert ["what", "found", "what", "to", "do"] == header
    assert {"ok", "--"} >= marks
    assert ["ok", "ip", find_program("ip")] in rows


def test_exit_code_depends_on_required_findings(findings: dict[str, dict[str, object]]) -> None:
    """The exit code is 1 if a required finding fails; recommended programs do not count."""
    is_usable = all(findings[topic]["ok"] for topic in (*NEEDED, "sandbox"))

    assert (0 if is_usable else 1) == doctor().exit_code


def test_missing_program_is_reported_with_its_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A missing program is reported with the package to install, and exit code 1 if required."""
    set_path(monkeypatch, tmp_path, set(LAB_PROGRAMS) - {"bridge"})

    result = doctor("--format", "json")

    findings = by_topic(result)
    assert 1 == result.exit_code
    assert findings["bridge"]["ok"] is False
    assert "missing" == findings["bridge"]["found"]
    assert "apt-get update && apt-get install iproute2" == findings["bridge"]["remedy"]


def test_reason_without_a_sandbox_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """If unshare fails, the sandbox finding has the reason, and no kind is tried."""
    set_path(monkeypatch, tmp_path, set(LAB_PROGRAMS) - {"unshare"})
    broken = tmp_path / "unshare"
    broken.write_text(
        "#!/bin/sh\necho 'unshare: unshare failed: Operation not permitted' >&2\nexit 1\n"
    )
    broken.chmod(0o755)

    result = doctor("--format", "json")

    findings = by_topic(result)
    assert 1 == result.exit_code
    assert findings["sandbox"]["ok"] is False
    assert "Operation not permitted" in str(findings["sandbox"]["found"])
    assert findings["sandbox"]["remedy"]
    assert [] == [topic for topic in findings if topic.startswith("type ")]


def run_doctor() -> tuple[int, dict[str, dict[str, object]]]:
    """Return the exit code and the findings, after a run with each format."""
    table, result = doctor(), doctor("--format", "json")
    assert table.exit_code == result.exit_code
    assert "" == result.stderr
    assert ["what", "found", "what", "to", "do"] == table.stdout.splitlines()[0].split()

    return result.exit_code, by_topic(result)


@pytest.mark.parametrize("program", ["ip", "mount", "nsenter", "setpriv", "unshare"])
def test_sandbox_problem_names_the_missing_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    """The sandbox finding names the missing program's package, not a setting or a container."""
    set_path(monkeypatch, tmp_path, set(LAB_PROGRAMS) - {program})

    status, findings = run_doctor()

    package = {"ip": "iproute2", "mount": "mount"}.get(program, "util-linux")
    advice = f"apt-get update && apt-get install {package}"
    assert 1 == status
    assert findings[program]["ok"] is False
    assert advice == findings[program]["remedy"]
    assert findings["sandbox"]["ok"] is False
    assert f"install it: {advice}" == findings["sandbox"]["remedy"]
    assert f"{program}: no such program on this machine" == findings["sandbox"]["found"]
    assert (program != "ip") == findings["iproute2"]["ok"]
    assert findings["kernel"]["ok"]


def test_busybox_without_iproute2_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """BusyBox's `ip` alone is reported as a problem, with the package to install."""
    busybox = make_busybox_folder(tmp_path / "busybox")
    set_path(monkeypatch, tmp_path, set(LAB_PROGRAMS) - {"ip"}, busybox)

    status, findings = run_doctor()

    advice = "apt-get update && apt-get install iproute2"
    assert 1 == status
    assert f"{busybox}/ip is BusyBox's" == findings["ip"]["found"]
    assert advice == findings["ip"]["remedy"]
    assert findings["iproute2"]["ok"] is False
    assert advice == findings["iproute2"]["remedy"]
    assert "is BusyBox's" in str(findings["sandbox"]["found"])
    assert advice in str(findings["sandbox"]["remedy"])


def test_skipped_busybox_is_reported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, findings: dict[str, dict[str, object]]
) -> None:
    """BusyBox's `ip` first in PATH changes no result, and its path is reported."""
    busybox = make_busybox_folder(tmp_path / "busybox")
    monkeypatch.setenv("PATH", f"{busybox}:{os.environ['PATH']}")

    _, changed_findings = run_doctor()

    note = f" ({busybox}/ip, first in PATH, is BusyBox's and is passed over)"
    assert f"{find_program('ip')}{note}" == changed_findings["ip"]["found"]
    assert changed_findings["ip"]["ok"] is True
    assert findings["iproute2"] == changed_findings["iproute2"]
    assert {topic: finding["ok"] for topic, finding in findings.items()} == {
        topic: finding["ok"] for topic, finding in changed_findings.items()
    }


@pytest.mark.parametrize(
    ("answer", "is_supported", "release"),
    [
        ("ip utility, iproute2-ss190107", False, "4.20 (ss190107)"),
        ("ip utility, iproute2-ss130716", False, "ss130716"),
        ("ip utility, iproute2-ss191125", True, "5.4 (ss191125)"),
        ("ip utility, iproute2-5.10.0, libbpf 0.3", True, "5.10.0"),
        ("ip utility of a vendor", True, "unknown, by 'ip utility of a vendor'"),
        ("", True, "unknown, by ''"),
    ],
)
def test_release_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str, is_supported: bool, release: str
) -> None:
    """A release that is too old fails with a remedy; an unreadable version string passes."""
    folder = make_ip_with_version(tmp_path / "bin", answer)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")

    status, findings = run_doctor()

    finding = findings["iproute2"]
    assert is_supported == finding["ok"]
    assert f"{release} (5.4 or later is needed)" == finding["found"]
    assert bool(finding["remedy"]) is not is_supported
    if not is_supported:
        assert 1 == status
        assert findings["sandbox"]["ok"] is False
        assert (
            f"iproute2 {release} is too old: 5.4 or later is needed" == findings["sandbox"]["found"]
        )
        assert finding["remedy"] == findings["sandbox"]["remedy"]


def test_lower_link_is_of_a_kind_that_the_kernel_has(
    monkeypatch: pytest.MonkeyPatch, findings: dict[str, dict[str, object]]
) -> None:
    """Kinds with a lower link are tried on the first base kind that the kernel has, if any."""
    if not findings["sandbox"]["ok"]:
        pytest.skip(f"no sandbox here: {findings['sandbox']['found']}")
    no_veth = (Kind("no-such-kind", {}), *BASES)

    monkeypatch.setattr("ipwrap.cli.findings.BASES", no_veth)
    _, changed_findings = run_doctor()
    assert findings["type macvlan"] == changed_findings["type macvlan"]

    monkeypatch.setattr("ipwrap.cli.findings.BASES", no_veth[:1])
    _, changed_findings = run_doctor()
    problem = "not tried: needs a lower link, and the kernel creates none of: no-such-kind"
    assert changed_findings["type vlan"]["ok"] is False
    assert problem == changed_findings["type vlan"]["found"]
    assert "modprobe veth, or a kernel that has it" == changed_findings["type vlan"]["remedy"]
    assert findings["type bridge"] == changed_findings["type bridge"]


def test_module_of_a_kind_is_reported(
    monkeypatch: pytest.MonkeyPatch, findings: dict[str, dict[str, object]]
) -> None:
    """The remedy for a missing kind names the kernel module, which may differ from the kind."""
    if not findings["sandbox"]["ok"]:
        pytest.skip(f"no sandbox here: {findings['sandbox']['found']}")
    lacking = Kind("no-such-kind", {})
    monkeypatch.setattr("ipwrap.cli.findings.PROBES", (lacking,))
    monkeypatch.setitem(MODULES, "no-such-kind", "no_such_module")

    _, changed_findings = run_doctor()

    assert (
        "modprobe no_such_module, or a kernel that has it"
        == changed_findings["type no-such-kind"]["remedy"]
    )
    assert findings["type vlan"]["remedy"] in ("", "modprobe 8021q, or a kernel that has it")


def test_kind_with_an_unexpected_error_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of ipwrap itself is reported for the kind, and further kinds are still tried."""
    bad = Kind("vxlan", {"id": object()})
    monkeypatch.setattr("ipwrap.cli.findings.PROBES", (bad, Bridge()))

    _, findings = run_doctor()
    if not findings["sandbox"]["ok"]:
        pytest.skip(f"no sandbox here: {findings['sandbox']['found']}")

    assert str(findings["type vxlan"]["found"]).startswith("not tried: ")
    assert "type bridge" in findings


@pytest.mark.parametrize(
    ("program", "ok", "detail"),
    [
        ("/usr/bin/dot", True, "by /usr/bin/dot"),
        (None, False, "as mermaid and dot only"),
    ],
)
def test_what_draws_is_reported(
    program: str | None, ok: bool, detail: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a program for svg the remedy names the extra."""
    monkeypatch.setattr(findings_module, "layout_program", lambda: program)

    finding = findings_module._check_drawings()

    assert (ok, detail) == (finding.ok, finding.detail)
    assert ok or "pip install 'ipwrap[draw]'" in finding.remedy


def test_doctor_prints_nothing_on_stderr() -> None:
    """All findings are printed on stdout, and stderr stays empty."""
    assert "" == doctor().stderr


def test_doctor_takes_no_arguments() -> None:
    """An argument is a usage error."""
    assert 2 == doctor("more").exit_code
    assert sys.version_info >= (3, 11)


def test_kernel_without_veth(
    monkeypatch: pytest.MonkeyPatch, findings: dict[str, dict[str, object]]
) -> None:
    """A kernel that lacks veth, on which other kinds are tried, has all the other findings."""
    if not findings["sandbox"]["ok"]:
        pytest.skip(f"no sandbox here: {findings['sandbox']['found']}")
    monkeypatch.setattr(Veth, "kind", "no-such-kind")

    _, changed_findings = run_doctor()

    assert changed_findings["type no-such-kind"]["ok"] is False
    assert findings["type bridge"] == changed_findings["type bridge"]
    assert findings.keys() - {"type veth"} <= changed_findings.keys()
