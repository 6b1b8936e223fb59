"""Read the snapshot that an argument names: a file, a recording, or a place now."""

from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import evolve

from ipwrap.errors import IpwrapError

if TYPE_CHECKING:
    from ipwrap.places import Place
    from ipwrap.state import Snapshot

__all__ = ["netns_option", "read_snapshot"]

LAB_SUFFIXES = (".toml", ".yaml", ".yml")

netns_option = click.option(
    "--netns",
    "patterns",
    multiple=True,
    metavar="PATTERN",
    help="Only these namespaces: a name, or a pattern such as 'pod*'. '' is the first one.",
)


def read_snapshot(file: str | None, *, place: "Place | None" = None) -> "Snapshot":
    """Return the snapshot in a file, the final state of a recording, or the state of a place now.

    Raises `RecordingError` for another file, `IpwrapError` for the file of a lab.
    """
    from ipwrap.apply.recorded_pairs import with_recorded_numbers
    from ipwrap.recording import Recording
    from ipwrap.session import Session
    from ipwrap.state import Snapshot
    from ipwrap.state.snapshot_file import is_snapshot

    if file is None:
        with Session() if place is None else Session(place) as session:
            return session.snapshot()
    if is_snapshot(file):
        return Snapshot.load(file)

    if Path(file).suffix.lower() in LAB_SUFFIXES:
        raise IpwrapError(
            f"{file} is a file of a lab, and no snapshot or recording; "
            f"`ipwrap up {file}` makes the lab, and changes one that is up"
        )

    recording = Recording.load(file)
    snapshot = Snapshot.of_recording(recording)
    return evolve(snapshot, state=with_recorded_numbers(snapshot.state, recording))
