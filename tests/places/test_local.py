"""`Local`: this host, as the present user or as root by sudo."""

import pytest

from ipwrap import ExecutorError, Local, Session
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
