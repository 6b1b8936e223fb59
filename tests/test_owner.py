"""Where recordings are kept that were given no path."""

from pathlib import Path

import pytest

from ipwrap.owner import kept


def test_they_are_kept_in_the_users_state_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the XDG base directory specification has it."""
    monkeypatch.setenv("XDG_STATE_HOME", "/x")
    assert Path("/x/ipwrap") == kept()
    monkeypatch.delenv("XDG_STATE_HOME")
    monkeypatch.setenv("HOME", "/home/me")
    assert Path("/home/me/.local/state/ipwrap") == kept()
