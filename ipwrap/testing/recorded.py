"""A session that is recorded once, and played back from then on."""

import os
from pathlib import Path
from typing import Literal

from attrs import evolve

from ipwrap.errors import RecordingError
from ipwrap.executors import Ordered, Playback, RecordNewPlayback
from ipwrap.placeholders import EVERY
from ipwrap.places import NullPlace
from ipwrap.recording import CommandEvent, Recording, Snapshot
from ipwrap.session import Session

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
    """Return a session that plays a recording, or is to be recorded in a sandbox; give it to `keep` when it is closed.

    - "none": play; a recording that is not there is a `RecordingError`
    - "once": play what is there; else record
    - "new": play what is there, and run and record what is asked for after its last command (see `RecordNewPlayback`)
    - "all": record anew
    """
    if mode == "none" and not path.exists():
        raise RecordingError(
            "is not there, and nothing is recorded in mode none; use once, new or all", str(path)
        )
    if mode == "all" or not path.exists():
        return Session(sandbox=True, normalise=normalise)
    if mode == "new":
        extend = RecordNewPlayback(path, ordered, allow_playback_repeats=allow_playback_repeats)
        return Session(NullPlace("sandbox"), extend, normalise=extend.recording.header.normalised)
    return Session.playback(path, ordered, allow_playback_repeats=allow_playback_repeats)


def save_recording(session: Session, path: Path) -> bool:
    """Write what a closed session has recorded; tell whether there was anything. Its folder is made where it lacks."""
    executor, recording = session.executor, session.recording
    if isinstance(executor, Playback):
        if not executor.live:
            return False
        recording = _merge(executor.recording, recording)
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    recording.save(part)
    part.chmod(0o644)  # it is there for others: a test's recording goes with the test
    part.replace(path)
    return True


def _merge(old: Recording, new: Recording) -> Recording:
    """Return the recording of a session that has begun as a playback: the state before its first change is the old."""
    events = list(new.events)
    taken = any(isinstance(event, Snapshot) and not event.asked for event in events)
    first = next(
        (
            at
            for at, event in enumerate(events)
            if isinstance(event, CommandEvent) and event.command.changes
        ),
        None,
    )
    if old.initial_state is not None and not taken and first is not None:
        events.insert(first, Snapshot(old.initial_state))
    return Recording(evolve(old.header, normalised=new.header.normalised), events)
