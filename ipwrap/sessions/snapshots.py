"""The snapshot of a session's place: its state as a value."""

import datetime

from ipwrap.recording import Header
from ipwrap.state import State
from ipwrap.state.machine import Machine
from ipwrap.state.typed_snapshot import Snapshot

__all__ = ["make_snapshot"]


def make_snapshot(state: State, header: Header, *, seconds: float) -> Snapshot:
    """Return the snapshot of a state; ``header`` is that of the session's recording.

    ``seconds`` is the time since the epoch at which the state was read.
    """
    return Snapshot(
        state,
        Machine.of(header),
        taken=datetime.datetime.fromtimestamp(seconds, tz=datetime.UTC),
        place=header.place,
    )
