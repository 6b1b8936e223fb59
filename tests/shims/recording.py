"""Scripts run under `ipwrap record`, for several tests."""

import subprocess
import sys
from pathlib import Path

import pytest
from attrs import frozen

from ipwrap import PlaceError, Recording, Sandbox
from ipwrap.recording import ProcessAction, ProcessEvent

__all__ = ["RecordedRun", "record_script"]


@frozen
class RecordedRun:
    """The result of a recorded script."""

    status: int
    stdout: str
    stderr: str
    recording: Recording

    @property
    def command_lines(self) -> list[str]:
        """The recorded command lines."""
        return [event.command.line for event in self.recording.commands]

    @property
    def processes(self) -> list[ProcessEvent]:
        """The recorded background processes."""
        return [event for event in self.recording.events if isinstance(event, ProcessEvent)]

    @property
    def actions(self) -> list[ProcessAction]:
        """What was done to them."""
        return [event for event in self.recording.events if isinstance(event, ProcessAction)]

    @property
    def notes(self) -> list[str]:
        """The recorded notes but empty ones and the first, which has the command line."""
        texts = [event.text for event in self.recording.events if hasattr(event, "text")]
        return [text for text in texts if text][1:]


def record_script(
    folder: Path, text: str, *options: str, shell: str = "bash", stdin: str = ""
) -> RecordedRun:
    """Record a script in a sandbox, or skip the test if no sandbox opens."""
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
        *options,
        "--",
        shell,
        str(script),
    )
    completed = subprocess.run(
        argv, input=stdin, capture_output=True, text=True, check=False, timeout=60
    )
    return RecordedRun(
        completed.returncode, completed.stdout, completed.stderr, Recording.load(target)
    )
