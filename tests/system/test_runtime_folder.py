"""The folder for what is gone with the next boot: of this user alone."""

import os
import tempfile
from pathlib import Path

import pytest

from ipwrap.errors import IpwrapError
from ipwrap.system import runtime_folder as module
from ipwrap.system.runtime_folder import runtime_folder


def test_folder_is_below_that_of_the_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """XDG_RUNTIME_DIR names the folder, which nobody else can read."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))

    folder = runtime_folder()

    assert tmp_path / "ipwrap" == folder
    assert 0o700 == folder.stat().st_mode & 0o777


def test_folder_that_others_may_write_to_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What another user could have written is not trusted."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "ipwrap").mkdir()
    (tmp_path / "ipwrap").chmod(0o777)

    with pytest.raises(IpwrapError, match="no folder of this user's alone"):
        runtime_folder()


def test_link_to_a_folder_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A symbolic link may lead anywhere."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "ipwrap").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(IpwrapError, match="no folder of this user's alone"):
        runtime_folder()


def test_folder_that_cannot_be_made_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error names the folder, and what to set."""
    (tmp_path / "file").write_text("")
    monkeypatch.setattr(module, "_candidate", lambda: tmp_path / "file" / "ipwrap")

    with pytest.raises(IpwrapError, match="file/ipwrap: cannot be made: Not a directory; set XDG"):
        runtime_folder()


@pytest.mark.parametrize(
    ("user", "expected"),
    [(0, "/run/ipwrap"), (1234, f"{tempfile.gettempdir()}/ipwrap-1234")],
)
def test_folder_without_a_login(
    user: int, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a folder of the login, or with that of another user, it is one by the user."""
    monkeypatch.setattr(os, "geteuid", lambda: user)

    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    assert Path(expected) == module._candidate()

    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "missing"))
    assert Path(expected) == module._candidate()
