"""The line that asked for a command, wherever one is."""

import inspect
from collections.abc import Iterator
from pathlib import Path

import pytest

import ipwrap.sessions.call_site
from ipwrap import Session
from ipwrap.kinds import Bridge

HERE = Path(__file__).parent


def next_line() -> int:
    """Return the number of the line after the caller's."""
    frame = inspect.currentframe()
    assert frame is not None
    assert frame.f_back is not None
    return frame.f_back.f_lineno + 1


@pytest.fixture
def fresh() -> Iterator[None]:
    """No path of a script is remembered from another test's directory."""
    ipwrap.sessions.call_site._script_path.cache_clear()
    yield
    ipwrap.sessions.call_site._script_path.cache_clear()


@pytest.mark.usefixtures("fresh")
def test_command_asks_at_the_callers_line(dry: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """`at` is the line of the script, however deep in this package the command is made, relative to where one is."""
    monkeypatch.chdir(HERE)
    line = next_line()
    results = [dry.ip.link.add("br0", Bridge()), dry.exec("true"), dry.netns("ns1").exec("true")]
    assert {f"test_call_site.py:{line}"} == {result.call_site for result in results}
    assert {f"test_call_site.py:{line}"} == {asked.call_site for asked in dry.recording.commands}


@pytest.mark.usefixtures("fresh")
def test_command_asks_at_a_whole_path_from_elsewhere(
    dry: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A script that is not below the current directory is named by its whole path."""
    monkeypatch.chdir(tmp_path)
    line = next_line()
    assert f"{__file__}:{line}" == dry.exec("true").call_site


@pytest.mark.usefixtures("fresh")
def test_command_of_nobody_has_no_line(dry: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no file asks, as at a prompt, there is no line."""
    monkeypatch.setattr(ipwrap.sessions.call_site, "PACKAGE", "/")
    assert dry.exec("true").call_site is None


@pytest.mark.usefixtures("fresh")
def test_session_works_in_a_directory_that_is_gone(
    dry: Session, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where the current directory has been deleted, a command is asked for all the same."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    line = next_line()
    assert f"{__file__}:{line}" == dry.exec("true").call_site
