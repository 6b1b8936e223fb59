"""Scripts run under `ipwrap record`, for several tests."""

import subprocess
import sys
from pathlib import Path

import pytest
from attrs import frozen

from ipwrap import PlaceError, Recording, Sandbox

__all__ = ["Run", "run"]


@frozen
class Run:
    """What came of a script that was recorded."""

    status: int
    stdout: str
    stderr: str
    recording: Recording

    @property
    def lines(self) -> list[str]:
        """The commands that were recorded."""
        return [asked.command.line for asked in self.recording.commands]

    @property
    def notes(self) -> list[str]:
        """The notes, but for the first."""
        return [event.text for event in self.recording.events if hasattr(event, "text")][1:]


def run(folder: Path, text: str, *words: str, shell: str = "bash", stdin: str = "") -> Run:
    """Record a script in a sandbox; or skip where there is none to be had."""
    try:
        place = Sandbox()
        place.open()
        place.close()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    script, target = folder / "lab.sh", folder / "lab.jsonl"
    script.write_text(text)
    argv = (
        sys.executable,
        "-m",
        "ipwrap",
        "record",
        "--sandbox",
        "-o",
        str(target),
        *words,
        "--",
        shell,
        str(script),
    )
    done = subprocess.run(
        argv, input=stdin, capture_output=True, text=True, check=False, timeout=60
    )
    return Run(done.returncode, done.stdout, done.stderr, Recording.load(target))
