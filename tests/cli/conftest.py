"""Fixtures for the tests of the command line."""

from pathlib import Path

import pytest

from ipwrap import DryRun, Local, Session
from ipwrap.kinds import Bridge


@pytest.fixture
def recording_path(tmp_path: Path) -> Path:
    """The path of a recording with a change and a read, of a dry run."""
    file = tmp_path / "lab.jsonl"
    with Session(Local(), DryRun(), record=file) as session:
        session.ip.link.add("br0", Bridge())
        session.ip.link.show()
    return file
