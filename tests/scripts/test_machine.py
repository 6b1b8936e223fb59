"""Fresh systems: inherited settings, the run of commands, and the problems of a check."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.machine import host
from scripts.machine.__main__ import main, parse_arguments
from scripts.machine.check import Step, format_table, install_lines
from scripts.machine.system import ORDINARY, ROOT, System


def can_unshare() -> bool:
    """Return whether this process may create the namespaces of a system."""
    command = ("unshare", "--mount", "--pid", "--fork", "true")
    return (
        os.geteuid() == 0
        and subprocess.run(command, capture_output=True, check=False).returncode == 0
    )


@pytest.fixture
def shell_system(tmp_path: Path) -> System:
    """Return a system that contains a shell and nothing else."""
    if not can_unshare():
        pytest.skip("a system needs root and namespaces")

    root = tmp_path / "root"
    for name in ("bin", "dev", "etc", "proc", "root", "run", "sys", "home/user"):
        (root / name).mkdir(parents=True)

    shell = str(shutil.which("sh"))
    libraries = subprocess.run(["ldd", shell], capture_output=True, text=True, check=True).stdout

    for file in (shell, *re.findall(r"/\S+", libraries)):
        target = Path(f"{root}{file}") if file != shell else root / "bin" / "sh"
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, target)

    return System(root)


def test_command_runs_in_a_system_of_its_own(shell_system: System, tmp_path: Path) -> None:
    """A command sees only its system's root, user and processes, and no mount stays behind."""
    script = (
        'echo "$USER $HOME $PWD $PATH"; echo /*; read -r name </proc/1/comm; echo "$name"; exit 7'
    )
    with (tmp_path / "output").open("wb") as output:
        statuses = [
            shell_system.run(user, ["sh", "-c", script], output=output) for user in (ROOT, ORDINARY)
        ]

    assert [7, 7] == statuses

    lines = (tmp_path / "output").read_text().splitlines()
    assert [
        f"root /root /root {ROOT.path}",
        f"user /home/user /home/user {ORDINARY.path}",
    ] == lines[::3]

    directories = " ".join(f"/{path.name}" for path in sorted(shell_system.root.iterdir()))
    assert [directories, directories] == lines[1::3]
    assert str(shell_system.root) not in Path("/proc/self/mountinfo").read_text()


def test_status_is_that_of_a_shell(shell_system: System) -> None:
    """A missing command has status 127, and a killed command 128 plus the signal's number."""
    assert [127, 137] == [
        shell_system.run(ROOT, ["nowhere"]),
        shell_system.run(ROOT, ["sh", "-c", "kill -KILL $$"]),
    ]


def test_system_is_removed(shell_system: System) -> None:
    """A removed system leaves no directory, and a second removal is no error."""
    shell_system.remove()
    assert not shell_system.root.exists()
    shell_system.remove()


def test_settings_of_pip_are_taken_over_without_folders_of_this_system(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Indexes and timeouts are inherited, folders are not, and certificates get another path."""
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)

    bundle = tmp_path / "bundle.crt"
    bundle.touch()
    (tmp_path / "pip.conf").write_text(
        "[global]\nindex-url = https://index.example/simple\nfind-links = /wheels\ncert = "
        f"{bundle}\n"
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(host, "PIP_FILES", ())
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "file:///srv/simple https://more.example/simple")
    monkeypatch.setenv("PIP_TIMEOUT", "99")

    assert [
        "[global]",
        "disable-pip-version-check = true",
        "index-url = https://index.example/simple",
        "extra-index-url = https://more.example/simple",
        "timeout = 99",
        f"cert = {host.CERTIFICATES}",
    ] == host.pip_settings().splitlines()


def test_certificates_are_taken_over_where_this_system_has_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bundle is inherited with added authorities or a configured file, and not by default."""
    for name in host.BUNDLE_VARIABLES:
        monkeypatch.delenv(name, raising=False)

    monkeypatch.setattr(host, "PIP_FILES", ())
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setattr(host, "LOCAL_AUTHORITIES", tmp_path / "authorities")
    monkeypatch.setattr(host, "SYSTEM_BUNDLE", tmp_path / "bundle.crt")
    (tmp_path / "bundle.crt").touch()

    assert (None, False) == (host.ca_bundle(), "cert" in host.pip_settings())

    (tmp_path / "authorities").mkdir()
    (tmp_path / "authorities" / "company.crt").touch()

    assert tmp_path / "bundle.crt" == host.ca_bundle()

    (tmp_path / "other.crt").touch()
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "other.crt"))

    assert tmp_path / "other.crt" == host.ca_bundle()


def test_proxies_are_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment's proxies are inherited, in upper and lower case."""
    for name in host.proxies():
        monkeypatch.delenv(name)

    monkeypatch.setenv("https_proxy", "http://proxy.example:3128")
    monkeypatch.setenv("NO_PROXY", "localhost")

    assert {"https_proxy": "http://proxy.example:3128", "NO_PROXY": "localhost"} == host.proxies()


@pytest.mark.parametrize(
    ("listing", "mirror"),
    [
        (
            (
                "Debian bookworm-security http://mirror.example/security\nDebian bookworm http://"
                "mirror.example/debian\n"
            ),
            "http://mirror.example/debian",
        ),
        ("Ubuntu noble http://mirror.example/ubuntu\n", None),
        ("", None),
    ],
)
def test_mirror_is_this_systems_own(
    listing: str, mirror: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mirror is Debian's main archive in apt's sources, or debootstrap's default."""
    program = tmp_path / "apt-get"
    program.write_text(f"#!/bin/sh\nprintf '{listing}'\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)

    assert mirror == host.mirror()


def test_program_that_is_not_there_has_no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system without apt has no mirror and no settings."""
    monkeypatch.setenv("PATH", "/nowhere")
    assert (None, "") == (host.mirror(), host.apt_settings())


def test_line_that_says_what_to_install_is_found() -> None:
    """Only a line that can be pasted counts as an install line."""
    text = (
        "missing. Install them as root:\n\n    apt-get update && apt-get install -y x\n\n"
        "apt-get update failed\n"
    )

    assert ["apt-get update && apt-get install -y x"] == install_lines(text)


def test_table_names_suite_user_status_and_minutes() -> None:
    """The table has a row for each step, and a problem names the log."""
    log = Path("/logs/sid-root-demo.log")
    refused = Step("sid", "user", "./scripts/demo", 1, 0.25, "", log)
    failed = Step("sid", "root", "./scripts/demo", 127, 2.0, "status 127", log)

    assert [
        "suite     user  status  minutes  command",
        "sid       user       1      0.2  ./scripts/demo",
        "sid       root     127      2.0  ./scripts/demo  status 127: see /logs/sid-root-demo.log",
    ] == format_table([refused, failed]).splitlines()


def test_command_line_is_read() -> None:
    """The arguments after `--` belong to the command, options included."""
    options, command = parse_arguments(
        ["trixie", "--user", "--keep", "x", "--", "sh", "-c", "--check"]
    )

    assert (["trixie"], True, "x", False) == (
        options.suites,
        options.user,
        options.keep,
        options.check,
    )

    assert ["sh", "-c", "--check"] == command


@pytest.mark.parametrize("arguments", [["trixie"], ["--", "true"], ["trixie", "sid", "--", "true"]])
def test_command_line_without_a_suite_or_a_command_is_refused(arguments: list[str]) -> None:
    """One suite and a command are required, except with `--check`."""
    with pytest.raises(SystemExit, match="2"):
        parse_arguments(arguments)


def test_ordinary_user_is_told_that_it_needs_root(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without root, nothing is created, and a message names the command to type."""
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    assert 1 == main(["--check"])
    assert (
        "scripts/fresh: a fresh system needs root: sudo scripts/fresh ...\n"
        == capsys.readouterr().err
    )
