"""Recover a recording from its calls: while the program still runs, or after a crash."""

import shutil
from pathlib import Path

from ipwrap.errors import RecordingError
from ipwrap.recording import Header, Recording, StreamedRecording
from ipwrap.recording.decode import EventDecoder, open_lines
from ipwrap.shims.calls.call import read_calls
from ipwrap.shims.calls.order import read_order
from ipwrap.shims.events.callers import without_calls_of_batches
from ipwrap.shims.events.pauses import with_pauses
from ipwrap.shims.events.to_events import to_events

__all__ = ["calls_folder", "delete_kept", "read_header", "recover"]


def calls_folder(path: Path) -> Path:
    """Return the folder with the calls of a kept recording, or the symbolic link to that folder."""
    return path.with_suffix(".calls")


def recover(path: Path) -> Recording | StreamedRecording:
    """Open a recording, and append the calls that a crash left beside it.

    Without such calls, the recording is read from the file for each use, in little memory. Raises
    `RecordingError` for an unreadable recording.
    """
    folder = calls_folder(path)
    if not folder.is_dir() and path.is_file():
        return StreamedRecording.open(path)

    recording = Recording.load(path)
    if folder.is_dir():
        calls = with_pauses(read_calls(folder))
        for event in to_events(without_calls_of_batches(calls), order=read_order(folder)):
            recording.append(event)

    return recording


def read_header(path: Path) -> Header:
    """Return the header of a recording. Raises `RecordingError`."""
    with open_lines(path) as file:
        return EventDecoder(str(path)).decode_header(file.readline())


def delete_kept(path: Path) -> None:
    """Delete a kept recording and its calls. Raises `RecordingError` for an undeletable file."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise RecordingError(f"cannot be deleted: {error.strerror}", str(path)) from error

    # rmtree() refuses a symbolic link: first the folder, then the link.
    link = calls_folder(path)
    shutil.rmtree(link.resolve(), ignore_errors=True)
    link.unlink(missing_ok=True)
