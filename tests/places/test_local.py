"""`Local`: this host, as the present user or as root by sudo."""

import os
from pathlib import Path

import pytest

from ipwrap import Command, ExecutorError, Local, Process, Secret, Session
from ipwrap.system.programs import command_environment, find_program


def test_argv_is_unchanged() -> None:
    """On this host, no argument is added to a command."""
    assert ("ip", "link") == Local().wrap(("ip", "link"))


def test_sudo_passes_variables() -> None:
    """`sudo` resets the environment: locale and PATH are passed as arguments."""
    variables = command_environment()
    expected = ("sudo", "-n", "env", "LC_ALL=C", f"PATH={variables['PATH']}", "ip", "link")

    assert expected == Local(sudo=True).wrap(("ip", "link"))


@pytest.mark.parametrize(("sudo", "name"), [(False, "local"), (True, "sudo")])
def test_place_has_a_name(sudo: bool, name: str) -> None:
    """The recording holds the name of the place."""
    assert name == Local(sudo=sudo).name


def test_host_is_not_isolated() -> None:
    """Other programs can change the network of the host."""
    assert not Local().isolated


def test_host_path_is_unchanged() -> None:
    """A path of the host is the same path for this process."""
    assert "/run/netns/x" == Local().host_path("/run/netns/x")


def test_open_and_close_have_no_effect() -> None:
    """Opening and closing have no effect, however often."""
    place = Local()
    for step in (place.close, place.open, place.open, place.close, place.close):
        step()

    assert Local() == place


def test_session_on_the_host() -> None:
    """A session on this host sees the host's `lo`."""
    with Session() as session:
        assert "lo" in {link.ifname for link in session.ip.link.show()}
        assert "x\n" == session.exec("echo", "x", changes=False).stdout
    assert "local" == session.recording.header.place


def test_missing_sudo_is_an_error() -> None:
    """Without sudo the error names the package."""
    if find_program("sudo"):
        pytest.skip("sudo is there")
    with pytest.raises(ExecutorError, match="apt-get install sudo"), Session(sudo=True):
        pass


def test_sudo_passes_the_variables_of_a_command() -> None:
    """A plain value is an argument of `env`; a secret, which no user is to read, keeps its name."""
    path = command_environment()["PATH"]
    variables = {"A": "b c", "KEY": Secret("value", "TOKEN"), "LC_ALL": "de_DE.UTF-8"}
    argv = Local(sudo=True).wrap(("ip", "link"), variables=variables)

    expected = ("env", "LC_ALL=de_DE.UTF-8", f"PATH={path}", "A=b c", "ip", "link")
    assert ("sudo", "-n", "--preserve-env=KEY", *expected) == argv
    assert ("ip",) == Local().wrap(("ip",), variables=variables)


# As sudo(8) does: a new environment, but for the variables to preserve.
SUDO = """\
#!/bin/sh
[ "$1" = -n ] || exit 1
shift
kept=X=y
case $1 in --preserve-env=KEY) kept=KEY=$KEY; shift ;; esac
exec env -i "$kept" "$@"
"""


def test_sudo_runs_with_variables_and_directory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A program behind sudo gets variables, secrets among them, and the directory."""
    sudo = tmp_path / "sudo"
    sudo.write_text(SUDO)
    sudo.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("DROPPED", "x")

    command = Command(
        ("sh", "-c", 'echo "$A|$KEY|${DROPPED-unset}"; pwd'),
        env={"A": "b", "KEY": Secret("value", "TOKEN")},
        cwd="/usr",
    )
    assert "b|value|unset\n/usr\n" == Process().run(command, Local(sudo=True)).stdout
