"""Replay a recording by every way that there is, each in a new sandbox."""

from ipwrap import Recording
from ipwrap.replay import Replay, replay, replay_export
from tests.labs import open_sandbox

__all__ = ["WAYS", "differences_by_way", "replay_by"]

WAYS = ("session", "sh", "plain", "batch", "python")


def replay_by(way: str, recording: Recording) -> Replay:
    """Replay a recording in a new sandbox, where processes have other numbers than before."""
    with open_sandbox() as session:
        for _ in range(3):
            session.exec("true")
        if recording.end is not None and recording.end.state is not None:
            session.watch_state(recording.end.state)
        if way == "session":
            return replay(recording, session)
        return replay_export(recording, session, export_format=way)


def differences_by_way(
    recording: Recording, *, ways: tuple[str, ...] = WAYS
) -> dict[str, list[str]]:
    """Return the differences of those ways that have any."""
    differences = {way: replay_by(way, recording).differences for way in ways}
    return {way: lines for way, lines in differences.items() if lines}
