"""Programs are found as an ordinary user would, and a missing one is named with its package."""

import os
import stat
from pathlib import Path

import pytest

from ipwrap.errors import ExecutorError
from ipwrap.system.programs import (
    SBIN,
    busybox_directories,
    environment,
    find,
    need,
    version_output,
)
from tests.machines import busybox_ip, path_of


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
    assert (
        os.pathsep.join([os.defpath, *(each for each in SBIN if each not in os.defpath)])
        == environment()["PATH"]
    )


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
    monkeypatch.setattr("ipwrap.system.programs.SBIN", ())
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
        ExecutorError,
        match=r"^ipwrap-test-none: no such program on this machine; install it, or give its whole path$",
    ):
        need("ipwrap-test-none")


def test_directories_of_busybox_come_last(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What iproute2's directory and all others have comes before them; nothing is dropped."""
    first = busybox_ip(tmp_path / "first")
    program(first / "ipwrap-test-a")
    real = tmp_path / "real"
    real.mkdir()
    other = program(real / "ipwrap-test-a")
    path_of(monkeypatch, real, ["ip"], tmp_path / "empty", first)

    assert f"{tmp_path}/empty:{real}:{first}" == environment()["PATH"]
    assert [str(first)] == busybox_directories()
    assert (str(real / "ip"), str(other)) == (need("ip"), find("ipwrap-test-a"))


def test_busybox_behind_iproute2_is_let_be(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The user's PATH is kept where the first `ip` is the real one."""
    (tmp_path / "real").mkdir()
    behind = busybox_ip(tmp_path / "behind")
    path_of(monkeypatch, tmp_path / "real", ["ip"])
    monkeypatch.setenv("PATH", f"{tmp_path}/real:{behind}")

    assert f"{tmp_path}/real:{behind}" == environment()["PATH"]
    assert [] == busybox_directories()


def test_busybox_alone_is_found_and_will_not_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is where it is; who needs `ip` is told of the package."""
    alone = busybox_ip(tmp_path / "alone")
    path_of(monkeypatch, tmp_path, (), alone)

    assert (str(alone / "ip"), []) == (find("ip"), busybox_directories())
    with pytest.raises(
        ExecutorError, match=rf"^ip: {alone}/ip is BusyBox's, .*apt-get install iproute2"
    ):
        need("ip")
    assert str(alone / "ip") == need(f"{alone}/ip")


def test_iproute2_that_was_installed_meanwhile_is_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """An `ip` that was replaced is asked again."""
    folder = busybox_ip(tmp_path / "bin")
    path_of(monkeypatch, tmp_path, (), folder)
    with pytest.raises(ExecutorError):
        need("ip")

    (folder / "ip").unlink()
    program(folder / "ip")
    assert str(folder / "ip") == need("ip")


def test_ip_that_cannot_be_asked_is_no_busybox(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A directory, a file that nobody can run, and a program that does not start are no reason to stop."""
    for name in ("directory", "file", "broken"):
        (tmp_path / name).mkdir()
    (tmp_path / "directory" / "ip").mkdir()
    (tmp_path / "file" / "ip").write_text("")
    program(tmp_path / "broken" / "ip").write_text("#!/nonexistent\n")
    path_of(
        monkeypatch, tmp_path, (), tmp_path / "directory", tmp_path / "file", tmp_path / "broken"
    )

    assert (None, None) == (
        version_output(f"{tmp_path}/directory/ip"),
        version_output(f"{tmp_path}/file/ip"),
    )
    assert ("", None) == (
        version_output(f"{tmp_path}/broken/ip"),
        version_output(f"{tmp_path}/no/ip"),
    )
    assert str(tmp_path / "broken" / "ip") == need("ip")


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
