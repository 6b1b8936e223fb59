"""The folder for recordings without a path."""

from pathlib import Path

import pytest

from ipwrap import RecordingError
from ipwrap.system.process_identity import crash_folder


def test_folder_is_in_the_state_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder follows the XDG base directory specification."""
    monkeypatch.setenv("XDG_STATE_HOME", "/x")
    assert Path("/x/ipwrap") == crash_folder()

    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", "/home/me")
    assert Path("/home/me/.local/state/ipwrap") == crash_folder()


def test_user_without_a_home_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without HOME and without an entry in the user database the error has advice."""
    for name in ("HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)

    with pytest.raises(RecordingError, match="no home directory; set HOME or XDG_STATE_HOME"):
        crash_folder()
