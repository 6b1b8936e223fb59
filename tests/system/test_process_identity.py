"""Where recordings are kept that were given no path."""

from pathlib import Path

import pytest

from ipwrap import RecordingError
from ipwrap.system.process_identity import crash_folder


def test_they_are_kept_in_the_users_state_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the XDG base directory specification has it."""
    monkeypatch.setenv("XDG_STATE_HOME", "/x")
    assert Path("/x/ipwrap") == crash_folder()
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", "/home/me")
    assert Path("/home/me/.local/state/ipwrap") == crash_folder()


def test_a_user_without_a_home_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """HOME is not set, and the system does not know the user."""
    for name in ("HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("pwd.getpwuid", {}.__getitem__)

    with pytest.raises(RecordingError, match="no home directory; set HOME or XDG_STATE_HOME"):
        crash_folder()
