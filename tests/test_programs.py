"""Programs are found as an ordinary user would, and a missing one is named with its package."""

import os
import stat
from pathlib import Path

import pytest

from ipwrap.errors import ExecutorError
from ipwrap.programs import SBIN, environment, find, need


def program(path: Path) -> Path:
    """Make a file that can be run."""
    path.write_text("#!/bin/sh\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_the_environment_is_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands see the user's variables."""
    monkeypatch.setenv("IPWRAP_TEST", "here")
    assert environment()["IPWRAP_TEST"] == "here"


def test_the_environment_speaks_english(monkeypatch: pytest.MonkeyPatch) -> None:
    """Errors are known by their English texts."""
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert environment()["LC_ALL"] == "C"


def test_the_directories_of_sbin_come_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's own PATH goes first; what it has is not said twice."""
    monkeypatch.setenv("PATH", "/opt/bin:/usr/sbin")
    assert environment()["PATH"] == "/opt/bin:/usr/sbin:/usr/local/sbin:/sbin"


def test_without_a_path_there_is_the_systems(monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty environment still finds programs."""
    monkeypatch.delenv("PATH")
    assert os.pathsep.join([os.defpath, *(each for each in SBIN if each not in os.defpath)]) == environment()["PATH"]


def test_our_own_environment_is_not_touched(monkeypatch: pytest.MonkeyPatch) -> None:
    """The changes are for commands only."""
    monkeypatch.setenv("PATH", "/opt/bin")
    environment()
    assert os.environ["PATH"] == "/opt/bin"


def test_a_program_on_the_path_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Its whole path is what is run."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert str(program(tmp_path / "ipwrap-test-a")) == find("ipwrap-test-a")


def test_a_program_that_is_not_there_is_none(tmp_path: Path) -> None:
    """Looking is no error."""
    assert find("ipwrap-test-none") is None


def test_a_program_may_be_given_by_its_path(tmp_path: Path) -> None:
    """A path needs no PATH."""
    path = str(program(tmp_path / "b"))
    assert path == need(path)


def test_a_missing_program_names_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message can be pasted."""
    monkeypatch.setattr("ipwrap.programs.SBIN", ())
    monkeypatch.setenv("PATH", "/nonexistent")
    with pytest.raises(
        ExecutorError,
        match=r"^arping: no such program on this machine; "
        r"install it: apt-get update && apt-get install iputils-arping$",
    ):
        need("arping")


def test_a_missing_program_of_which_nothing_is_known_says_so() -> None:
    """No package is made up."""
    with pytest.raises(
        ExecutorError, match=r"^ipwrap-test-none: no such program on this machine; install it, or give its whole path$"
    ):
        need("ipwrap-test-none")


def test_a_missing_path_names_the_package_of_the_program() -> None:
    """`/opt/bin/ping` is still ping."""
    with pytest.raises(ExecutorError, match="apt-get install iputils-ping"):
        need("/nonexistent/ping")


def test_a_program_that_was_missing_is_found_once_it_is_there(tmp_path: Path) -> None:
    """Who installs it need not start again."""
    path = tmp_path / "c"
    with pytest.raises(ExecutorError):
        need(str(path))
    program(path)
    assert str(path) == need(str(path))
