"""The call site: the line of the script that ran a command."""

import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

import ipwrap.sessions.call_site
from ipwrap import Session
from ipwrap.kinds import Bridge

FOLDER = Path(__file__).parent


def next_line() -> int:
    """Return the number of the line after the caller's."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None

    return frame.f_back.f_lineno + 1


@pytest.fixture
def _fresh_cache() -> Iterator[None]:
    """Forget the paths that tests in another directory have cached."""
    ipwrap.sessions.call_site._script_path.cache_clear()
    yield
    ipwrap.sessions.call_site._script_path.cache_clear()


@pytest.mark.usefixtures("_fresh_cache")
def test_the_call_site_is_the_line_of_the_script(
    dry_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The call site is the line of the script, relative to the current directory."""
    monkeypatch.chdir(FOLDER)
    line = next_line()
    first = dry_session.ip.link.add("br0", Bridge())
    second = dry_session.exec("true")
    third = dry_session.netns("ns1").exec("true")

    results = (first, second, third)
    expected = [f"test_call_site.py:{line + number}" for number in range(3)]
    assert expected == [result.call_site for result in results]
    assert expected == [asked.call_site for asked in dry_session.recording.commands]


@pytest.mark.usefixtures("_fresh_cache")
def test_a_script_elsewhere_has_an_absolute_call_site(
    dry_session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A script that is not below the current directory is named by its absolute path."""
    monkeypatch.chdir(tmp_path)
    line = next_line()
    result = dry_session.exec("true")

    assert f"{__file__}:{line}" == result.call_site


@pytest.mark.usefixtures("_fresh_cache")
def test_a_command_without_a_script_has_no_call_site(
    dry_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A command from a prompt has no file, and so no call site."""
    monkeypatch.setattr(ipwrap.sessions.call_site, "PACKAGE", "/")

    assert dry_session.exec("true").call_site is None


@pytest.mark.usefixtures("_fresh_cache")
def test_the_current_directory_may_be_deleted(
    dry_session: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where the current directory has been deleted, the call site is an absolute path."""
    deleted_folder = tmp_path / "gone"
    deleted_folder.mkdir()
    monkeypatch.chdir(deleted_folder)
    deleted_folder.rmdir()
    line = next_line()
    result = dry_session.exec("true")

    assert f"{__file__}:{line}" == result.call_site
