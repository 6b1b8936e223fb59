"""Record a session once, and play the recording back from then on."""

from pathlib import Path
from typing import Literal

from attrs import evolve

from ipwrap.errors import RecordingError
from ipwrap.executors import Ordered, Playback, RecordNewPlayback
from ipwrap.placeholders import EVERY
from ipwrap.places import NullPlace
from ipwrap.recording import CommandEvent, ProcessEvent, Recording, Snapshot
from ipwrap.session import Session
from ipwrap.system.temporary import replaced_file

__all__ = ["Mode", "open_recorded", "save_recording"]

Mode = Literal["none", "once", "new", "all"]


def open_recorded(
    path: Path,
    mode: Mode = "once",
    *,
    ordered: Ordered = "strict",
    allow_playback_repeats: bool = False,
    normalise: tuple[str, ...] = EVERY,
) -> Session:
    """Return a session that plays a recording, or that records in a sandbox.

    After the session is closed, pass the session to `save_recording`. The modes:

    - "none": play; raise `RecordingError` without a recording
    - "once": play an existing recording, otherwise record
    - "new": play an existing recording, then run and record the commands after its last command
      (see `RecordNewPlayback`)
    - "all": record, and replace an existing recording
    """
    if mode == "none" and not path.exists():
        raise RecordingError(
            "does not exist, and mode none records nothing; use once, new or all", str(path)
        )

    if mode == "all" or not path.exists():
        return Session(sandbox=True, normalise=normalise)

    if mode == "new":
        executor = RecordNewPlayback(path, ordered, allow_playback_repeats=allow_playback_repeats)
        normalised = executor.recording.header.normalised
        return Session(NullPlace("sandbox"), executor, normalise=normalised)

    return Session.playback(path, ordered, allow_playback_repeats=allow_playback_repeats)


def save_recording(session: Session, path: Path) -> bool:
    """Write the recording of a closed session. Return whether the session recorded anything.

    A missing folder is created.
    """
    executor, recording = session.executor, session.recording

    if isinstance(executor, Playback):
        if not executor.live:
            return False
        recording = _merge(executor.recording, recording)

    path.parent.mkdir(parents=True, exist_ok=True)
    with replaced_file(path) as partial:
        recording.save(partial)
        # Recordings are private by default; a test's recording is committed together with the test.
        partial.chmod(0o644)
    return True


def _merge(old: Recording, new: Recording) -> Recording:
    """Return the recording of a session that began as a playback.

    The playback skips the snapshot before the first change: take the snapshot of the old recording.
    """
    header = evolve(old.header, normalised=new.header.normalised)
    events = list(new.events)

    if old.initial_state is not None and not _has_initial_snapshot(new):
        first_change = _first_change_index(new)
        if first_change is not None:
            events.insert(first_change, Snapshot(old.initial_state))

    return Recording(header, events)


def _has_initial_snapshot(recording: Recording) -> bool:
    """Return whether a recording has a snapshot by the session itself, not by the script."""
    snapshots = [event for event in recording.events if isinstance(event, Snapshot)]
    return not all(snapshot.asked for snapshot in snapshots)


def _first_change_index(recording: Recording) -> int | None:
    """Return the index of the event of the first change, or None without a change."""
    for index, event in enumerate(recording.events):
        if isinstance(event, ProcessEvent):
            return index
        if isinstance(event, CommandEvent) and event.command.changes:
            return index

    return None
