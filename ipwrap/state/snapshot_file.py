"""The file of a snapshot: one JSON object, indented and in a stable order, for git and for people.

::

    {"ipwrap_snapshot": 1, "machine": {…}, "taken": "2026-01-31T12:00:00+00:00",
     "namespaces": {"": {"link": […], …}, "red": {…}}}

``""`` is the place's own namespace. What a file holds is checked as deep as its readers rely on,
since it may come from anybody.
"""

import datetime
import json
import os
from pathlib import Path
from typing import Any, TypeGuard

from attrs import frozen

from ipwrap.errors import RecordingError
from ipwrap.recording.state_shape import find_state_damage
from ipwrap.state.machine import Machine
from ipwrap.state.snapshot import State
from ipwrap.system.shortage import describe_file_error
from ipwrap.system.temporary import replaced_file

__all__ = [
    "FORMAT_KEY",
    "VERSION",
    "SnapshotData",
    "decode",
    "encode",
    "is_snapshot",
    "read",
    "write",
]

FORMAT_KEY = "ipwrap_snapshot"
VERSION = 1
FIRST_BYTES = 200  # of a file, among which the first key is
MACHINE_KEYS = ("iproute2", "kernel", "place", "origin")

Json = dict[str, Any]


@frozen
class SnapshotData:
    """The contents of a file: see `ipwrap.Snapshot`."""

    state: State
    machine: Machine
    taken: datetime.datetime
    place: str = "local"
    origin: str | None = None


def encode(data: SnapshotData) -> str:
    """Return the text of a file, with a newline at its end."""
    machine = {
        "iproute2": data.machine.iproute2,
        "kernel": data.machine.kernel,
        "place": data.place,
        "origin": data.origin,
    }
    contents = {
        FORMAT_KEY: VERSION,
        "machine": {key: value for key, value in machine.items() if value is not None},
        "taken": data.taken.isoformat(timespec="seconds"),
        "namespaces": data.state,
    }
    # Bytes that are not UTF-8 are written as \udcXX, which UTF-8 could not hold.
    return json.dumps(contents, indent=1, ensure_ascii=True) + "\n"


def decode(text: str | bytes, path: str | None = None) -> SnapshotData:
    """Return the contents of a file. Raises `RecordingError`, with the path, for another file."""
    try:
        contents = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise RecordingError(f"no snapshot: not JSON ({error})", path) from error

    _check_version(contents, path)
    machine = _machine_texts(contents, path)
    return SnapshotData(
        _state(contents, path),
        Machine(machine.get("iproute2"), machine.get("kernel")),
        _time(contents.get("taken"), path),
        machine.get("place", "local"),
        machine.get("origin"),
    )


def is_snapshot(path: str | os.PathLike[str]) -> bool:
    """Return whether a file begins as a snapshot does. Raises `RecordingError` if unreadable."""
    try:
        with open(path, "rb") as file:
            start = file.read(FIRST_BYTES)
    except OSError as error:
        raise _unreadable(error, path) from error

    return start.lstrip()[1:].lstrip().startswith(f'"{FORMAT_KEY}"'.encode())


def read(path: str | os.PathLike[str]) -> SnapshotData:
    """Return the contents of a file. Raises `RecordingError`."""
    try:
        contents = Path(path).read_bytes()
    except OSError as error:
        raise _unreadable(error, path) from error
    return decode(contents, os.fspath(path))


def write(data: SnapshotData, path: str | os.PathLike[str]) -> None:
    """Write a file; a failure leaves the file before as it was. Raises `RecordingError`."""
    # A symbolic link stays: its target is replaced.
    target = Path(os.path.realpath(path))
    try:
        with replaced_file(target, mode=0o666) as partial:
            partial.write_text(encode(data), encoding="utf-8")
    except OSError as error:
        reason = f"cannot be written: {describe_file_error(error)}"
        raise RecordingError(reason, os.fspath(path)) from error


def _unreadable(error: OSError, path: str | os.PathLike[str]) -> RecordingError:
    """Return the error for a file that cannot be read."""
    return RecordingError(f"cannot be read: {describe_file_error(error)}", os.fspath(path))


def _check_version(contents: Any, path: str | None) -> None:
    """Raise `RecordingError` for what is no snapshot, or one of a later ipwrap."""
    version = contents.get(FORMAT_KEY) if isinstance(contents, dict) else None
    if type(version) is not int:
        raise RecordingError(
            f'no snapshot: the key "{FORMAT_KEY}" is missing; `ipwrap snapshot -o FILE` writes one',
            path,
        )
    if version > VERSION:
        raise RecordingError(
            f"made by a later ipwrap (format {version}; this one reads up to {VERSION})", path
        )


def _machine_texts(contents: Json, path: str | None) -> dict[str, str]:
    """Return the texts of the machine by name. Raises `RecordingError` for another value."""
    values = contents.get("machine", {})
    if not isinstance(values, dict):
        raise RecordingError("damaged: machine is no object", path)

    texts = {name: values[name] for name in MACHINE_KEYS if values.get(name) is not None}
    for name, value in texts.items():
        if not isinstance(value, str):
            raise RecordingError(f"damaged: machine.{name} is no text", path)
    return texts


def _time(text: Any, path: str | None) -> datetime.datetime:
    """Return the time at which a snapshot was taken. Raises `RecordingError`."""
    try:
        taken = datetime.datetime.fromisoformat(text)
    except (TypeError, ValueError) as error:
        raise RecordingError("damaged: taken is no time as in ISO 8601", path) from error

    return taken if taken.tzinfo is not None else taken.replace(tzinfo=datetime.UTC)


def _state(contents: Json, path: str | None) -> State:
    """Return the state of a file. Raises `RecordingError` for another shape."""
    state = contents.get("namespaces")
    if not _is_state(state):
        raise RecordingError(
            "damaged: namespaces is no object of namespaces, with lists of objects", path
        )

    damage = find_state_damage(state)
    if damage is not None:
        raise RecordingError(f"damaged: {damage.replace('$.state', 'namespaces', 1)}", path)
    return state


def _is_state(state: Any) -> TypeGuard[State]:
    """Return whether a value has namespaces, nouns, and lists of objects."""
    if not isinstance(state, dict):
        return False

    for nouns in state.values():
        if not isinstance(nouns, dict):
            return False
        for objects in nouns.values():
            if not isinstance(objects, list):
                return False
            if not all(isinstance(json_object, dict) for json_object in objects):
                return False
    return True
