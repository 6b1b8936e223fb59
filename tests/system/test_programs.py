"""Programs are found on PATH and in sbin; the error for a missing program has its package."""

import os
import shutil
import stat
from pathlib import Path

import pytest

from ipwrap.errors import ExecutorError
from ipwrap.system.programs import (
    SBIN,
    busybox_directories,
    command_environment,
    find_program,
    require_program,
    version_output,
    withheld_variables,
)
from tests.machines import make_busybox_folder, set_path


def make_program(path: Path) -> Path:
    """Create an executable file."""
    path.write_text("#!/bin/sh\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


def test_environment_has_the_variables_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commands inherit the environment of the user."""
    monkeypatch.setenv("IPWRAP_TEST", "here")
    assert command_environment()["IPWRAP_TEST"] == "here"


def test_environment_has_the_c_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    """Error messages are classified by their English text."""
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert command_environment()["LC_ALL"] == "C"


def test_sbin_directories_come_last(monkeypatch: pytest.MonkeyPatch) -> None:
    """Directories of sbin follow the user's PATH, without duplicates."""
    monkeypatch.setenv("PATH", "/opt/bin:/usr/sbin")
    assert command_environment()["PATH"] == "/opt/bin:/usr/sbin:/usr/local/sbin:/sbin"


def test_default_path(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without PATH the default of the system is used."""
    monkeypatch.delenv("PATH")
    missing = [directory for directory in SBIN if directory not in os.defpath]

    assert os.pathsep.join([os.defpath, *missing]) == command_environment()["PATH"]


def test_environment_of_this_process_is_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    """The changed variables are for commands only."""
    monkeypatch.setenv("PATH", "/opt/bin")
    command_environment()
    assert os.environ["PATH"] == "/opt/bin"


def test_program_on_the_path_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`find` returns the full path of a program."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert str(make_program(tmp_path / "ipwrap-test-a")) == find_program("ipwrap-test-a")


def test_missing_program_is_none() -> None:
    """`find` returns None for a missing program."""
    assert find_program("ipwrap-test-none") is None


def test_program_with_a_full_path(tmp_path: Path) -> None:
    """A full path is independent of PATH."""
    path = str(make_program(tmp_path / "b"))

    assert path == require_program(path)


def test_error_for_a_missing_program_has_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message has the command that installs the package."""
    monkeypatch.setattr("ipwrap.system.programs.SBIN", ())
    monkeypatch.setenv("PATH", "/nonexistent")

    with pytest.raises(
        ExecutorError,
        match=r"^arping: no such program on this machine; "
        r"install it: apt-get update && apt-get install iputils-arping$",
    ):
        require_program("arping")


def test_error_for_an_unknown_program() -> None:
    """The message for a program without a known package has general advice."""
    message = (
        r"^ipwrap-test-none: no such program on this machine; "
        r"install it, or give its whole path$"
    )

    with pytest.raises(ExecutorError, match=message):
        require_program("ipwrap-test-none")


def test_directories_of_busybox_come_last(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Directories with the `ip` of BusyBox move behind iproute2's; no directory is dropped."""
    first = make_busybox_folder(tmp_path / "first")
    make_program(first / "ipwrap-test-a")
    real = tmp_path / "real"
    real.mkdir()
    test_program = make_program(real / "ipwrap-test-a")
    empty = tmp_path / "empty"
    set_path(monkeypatch, real, ["ip"], empty, first)

    assert f"{empty}:{real}:{first}" == command_environment()["PATH"]
    assert [str(first)] == busybox_directories()
    assert str(real / "ip") == require_program("ip")
    assert str(test_program) == find_program("ipwrap-test-a")


def test_busybox_behind_iproute2(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """PATH is unchanged if the first `ip` is iproute2's."""
    (tmp_path / "real").mkdir()
    behind = make_busybox_folder(tmp_path / "behind")
    set_path(monkeypatch, tmp_path / "real", ["ip"])
    monkeypatch.setenv("PATH", f"{tmp_path}/real:{behind}")

    assert f"{tmp_path}/real:{behind}" == command_environment()["PATH"]
    assert [] == busybox_directories()


def test_busybox_without_iproute2(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`find` returns the `ip` of BusyBox; `need` raises an error with the package of iproute2."""
    alone = make_busybox_folder(tmp_path / "alone")
    set_path(monkeypatch, tmp_path, (), alone)

    assert (str(alone / "ip"), []) == (find_program("ip"), busybox_directories())
    with pytest.raises(
        ExecutorError, match=rf"^ip: {alone}/ip is BusyBox's, .*apt-get install iproute2"
    ):
        require_program("ip")
    assert str(alone / "ip") == require_program(f"{alone}/ip")


def test_iproute2_installed_later_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The version of a replaced `ip` is read again."""
    folder = make_busybox_folder(tmp_path / "bin")
    set_path(monkeypatch, tmp_path, (), folder)
    with pytest.raises(ExecutorError):
        require_program("ip")

    (folder / "ip").unlink()
    make_program(folder / "ip")
    assert str(folder / "ip") == require_program("ip")


def test_ip_without_a_version_is_not_busybox(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A directory, a file without permission and a broken program named `ip` are no error."""
    for name in ("directory", "file", "broken"):
        (tmp_path / name).mkdir()
    (tmp_path / "directory" / "ip").mkdir()
    (tmp_path / "file" / "ip").write_text("")
    make_program(tmp_path / "broken" / "ip").write_text("#!/nonexistent\n")
    set_path(
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
    assert str(tmp_path / "broken" / "ip") == require_program("ip")


def test_error_for_a_missing_path_has_the_package() -> None:
    """The package is found by the last part of the path."""
    with pytest.raises(ExecutorError, match="apt-get install iputils-ping"):
        require_program("/nonexistent/ping")


def test_program_installed_later_is_found(tmp_path: Path) -> None:
    """A missing program is searched again at the next call."""
    path = tmp_path / "c"
    with pytest.raises(ExecutorError):
        require_program(str(path))

    make_program(path)

    assert str(path) == require_program(str(path))


def test_variables_of_the_user_are_withheld(monkeypatch: pytest.MonkeyPatch) -> None:
    """Variables that may hold secrets are named; the search path, the locale and those passed are
    not.
    """
    for name in ("MY_TOKEN", "AWS_KEY", "LC_TIME", "PATH", "HOME"):
        monkeypatch.setenv(name, "x")

    withheld = withheld_variables(("AWS_KEY",))

    assert "MY_TOKEN" in withheld
    assert {"AWS_KEY", "LC_TIME", "PATH", "HOME"}.isdisjoint(withheld)
    assert [] == withheld_variables(None)


def test_a_file_that_is_no_program_is_told(tmp_path: Path) -> None:
    """A path to a file that cannot be executed, to a directory and to nothing differ."""
    script = tmp_path / "lab.sh"
    script.write_text("true\n")

    for path, problem in (
        (script, "this file is not executable; make it so"),
        (tmp_path, "this is a directory"),
        (tmp_path / "none", "no such program on this machine; a relative path starts in"),
    ):
        with pytest.raises(ExecutorError) as raised:
            require_program(str(path))
        assert f"{path}: {problem}" in str(raised.value)


@pytest.mark.parametrize("program", ["ip", "no-such-program", "/bin/sh", "./sh", "", "a\0b"])
def test_a_program_is_found_as_by_the_standard_library(program: str) -> None:
    """The search finds what `shutil.which` finds on the same path, or nothing as well."""
    search_path = command_environment()["PATH"]

    assert shutil.which(program, path=search_path) == find_program(program)


def test_a_directory_and_a_plain_file_are_no_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A directory, or a file that cannot be executed, is passed over for the program behind it."""
    first, second, third = (tmp_path / name for name in ("first", "second", "third"))
    (first / "tool").mkdir(parents=True)
    for folder, mode in ((second, 0o644), (third, 0o755)):
        folder.mkdir()
        (folder / "tool").write_text("")
        (folder / "tool").chmod(mode)
    monkeypatch.setenv("PATH", f"{first}:{second}:{third}")

    assert str(third / "tool") == find_program("tool")
