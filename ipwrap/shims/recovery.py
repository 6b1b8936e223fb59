"""A recording of which no more is there than the calls: while they are made, or after a crash."""

import shutil
from pathlib import Path

from ipwrap.errors import RecordingError
from ipwrap.recording import Recording
from ipwrap.shims.calls import calls
from ipwrap.shims.to_events import to_events

__all__ = ["folder_of", "forget", "recover"]


def folder_of(path: Path) -> Path:
    """Return the folder that the calls of a kept recording are written to, or the link that leads to it."""
    return path.with_suffix(".calls")


def recover(path: Path) -> Recording:
    """Return a recording with the calls that lie beside it, if a crash has left some. Raises `RecordingError`."""
    recording = Recording.load(path)
    if folder_of(path).is_dir():
        recording.events += to_events(calls(folder_of(path)))
    return recording


def forget(path: Path) -> None:
    """Take a kept recording away, with its calls. Raises `RecordingError`."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise RecordingError(f"cannot be taken away: {error.strerror}", str(path)) from error
    shutil.rmtree(folder_of(path).resolve(), ignore_errors=True)
    folder_of(path).unlink(missing_ok=True)
