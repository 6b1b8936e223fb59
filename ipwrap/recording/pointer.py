"""A pointer: the file that leads `ipwrap clean` to a recording somewhere else.

A session with a path writes the recording to this path. While the session lives, a pointer is in
the user's state directory: a JSON object with the path and the recording's owner. The owner shows
whether another session has overwritten the recording.
"""

import os
from pathlib import Path
from typing import Any

from msgspec import Struct

from ipwrap.errors import OutputError, RecordingError
from ipwrap.jsonio import reader
from ipwrap.recording.recording import Recording
from ipwrap.system.facts import as_dict
from ipwrap.system.lazy import report_shortage
from ipwrap.system.process_identity import ProcessIdentity

__all__ = ["SUFFIX", "Pointer", "read_pointer", "write_pointer"]

SUFFIX = ".pointer"


class Pointer(Struct, frozen=True):
    """The path of a recording, and the process that writes the recording."""

    recording: Path
    owner: ProcessIdentity


def write_pointer(path: Path, recording: Recording) -> Path:
    """Write a pointer to a recording on disk, and return its path. Raises `OSError`."""
    assert recording.path is not None, "a recording in memory has no path"
    owner = recording.header.owner
    data = {
        "recording": os.path.abspath(recording.path),
        "owner": None if owner is None else as_dict(owner),
    }

    pointer = path.with_suffix(SUFFIX)
    descriptor = os.open(pointer, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(reader.encode_bytes(data) + b"\n")
    return pointer


def read_pointer(path: Path) -> Pointer:
    """Read a pointer. Raises `RecordingError`."""
    try:
        data: Any = reader.decode(path.read_text(encoding="utf-8"), repair=False)
    except (OSError, OutputError, UnicodeDecodeError) as error:
        raise RecordingError(f"is no pointer to a recording: {error}", str(path)) from error

    target = data.get("recording") if isinstance(data, dict) else None
    if not isinstance(target, str):
        raise RecordingError("is no pointer to a recording: it has no path", str(path))

    # Imported late: a session that only records reads nothing.
    with report_shortage():
        from ipwrap.recording.decode import decode_owner

    return Pointer(Path(target), decode_owner(data.get("owner"), str(path)))
