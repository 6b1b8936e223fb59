"""`Local`: this host, as we are or as root by sudo."""

import pytest

from ipwrap import ExecutorError, Local, Session
from ipwrap.system.programs import environment, find


def test_words_are_run_as_they_are() -> None:
    """On this host nothing is put before a command."""
    assert ("ip", "link") == Local().wrap(("ip", "link"))


def test_sudo_asks_no_password_and_keeps_what_is_needed() -> None:
    """`sudo` resets the environment, so the language and the path are said again."""
    kept = environment()
    expected = ("sudo", "-n", "env", "LC_ALL=C", f"PATH={kept['PATH']}", "ip", "link")
    assert expected == Local(sudo=True).wrap(("ip", "link"))


@pytest.mark.parametrize(("sudo", "name"), [(False, "local"), (True, "sudo")])
def test_place_has_a_name(sudo: bool, name: str) -> None:
    """The recording tells which place it was."""
    assert name == Local(sudo=sudo).name


def test_others_can_change_what_is_in_it() -> None:
    """The host is nobody's alone."""
    assert not Local().isolated


def test_files_are_where_they_are() -> None:
    """A path of the place is the same path for us."""
    assert "/run/netns/x" == Local().host_path("/run/netns/x")


def test_life_of_a_host_is_its_own() -> None:
    """Opening and closing do nothing, however often."""
    place = Local()
    for step in (place.close, place.open, place.open, place.close, place.close):
        step()
    assert Local() == place


def test_host_can_be_looked_at() -> None:
    """A session on this host sees the host's `lo`."""
    with Session() as session:
        assert "lo" in {link.ifname for link in session.ip.link.show()}
        assert "x\n" == session.exec("echo", "x", changes=False).stdout
    assert "local" == session.recording.header.place


def test_sudo_that_is_missing_is_told() -> None:
    """Without sudo the error names the package; with it, a command is root's or says what is missing."""
    if find("sudo"):
        pytest.skip("sudo is there")
    with pytest.raises(ExecutorError, match="apt-get install sudo"), Session(sudo=True):
        pass
