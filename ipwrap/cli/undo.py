"""`ipwrap undo` and `ipwrap clean`: after a crash, this host is brought back to the state before the session."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ipwrap.errors import IpwrapError, RecordingError
from ipwrap.system.process_identity import crash_folder

if TYPE_CHECKING:
    from ipwrap.recording import Recording

__all__ = ["clean", "undo"]

HOST = ("local", "sudo")


@click.command()
@click.option("--dry-run", is_flag=True, help="Print what would be run, and run nothing.")
@click.option("--sudo", is_flag=True, help="Run it as root, by sudo -n.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
def undo(file: str, dry_run: bool, sudo: bool) -> None:
    """Bring back the state of this host before the session recorded in FILE.

    What it made is taken away, what it changed or took away is set as it was; nothing else is touched. What cannot be
    brought back is said, and the exit status is 1.
    """
    from ipwrap.shims.recovery import recover

    recording = recover(Path(file))
    _check_undoable(recording)
    if not _undo(recording, dry_run, sudo):
        raise IpwrapError(f"the state before {file} is not reached; what is left is above")


@click.command()
@click.option("--dry-run", is_flag=True, help="Print what would be run, and run nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--sudo", is_flag=True, help="Run it as root, by sudo -n.")
def clean(dry_run: bool, yes: bool, sudo: bool) -> None:
    """Find sessions on this host that crashed, and bring back the state before each, as `ipwrap undo` does.

    A session that changes this host keeps a recording in the user's state directory while it lives. Of several the
    last one comes first: each began with what those before it had left.
    """
    from ipwrap.shims.recovery import forget

    left = True
    for path, recording in sorted(
        _crashed_recordings(), key=lambda found: found[1].header.started, reverse=True
    ):
        click.echo(f"{path}: {len(recording.commands)} commands", err=True)
        if not (dry_run or yes or click.confirm("bring back the state before it?", err=True)):
            continue
        if not _undo(recording, dry_run, sudo):
            left = False
        elif not dry_run:
            forget(path)
    if not left:
        raise IpwrapError("the state before is not reached everywhere; what is left is above")


def _crashed_recordings() -> "Iterator[tuple[Path, Recording]]":
    """Yield the recordings of sessions whose process is gone; one that needs nothing is taken away at once."""
    from ipwrap.shims.recovery import forget, recover

    for path in _kept_paths():
        try:
            recording = recover(path)
        except RecordingError as error:
            click.echo(f"ipwrap: {error}", err=True)
            continue
        owner = recording.header.owner
        if owner is not None and owner.is_alive:
            continue
        if owner is None or not owner.is_this_boot:
            forget(path)  # what it made is gone with that boot
        else:
            yield path, recording


def _kept_paths() -> list[Path]:
    """Return the paths of all recordings that were kept. Raises `RecordingError` where the folder cannot be read."""
    folder = crash_folder()
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".jsonl")
    except FileNotFoundError:
        return []
    except OSError as error:
        advice = "run this as the user whose session it was"
        raise RecordingError(f"cannot be read: {error.strerror}; {advice}", str(folder)) from error


def _check_undoable(recording: "Recording") -> None:
    """Raise `RecordingError` for a recording of which nothing can be left here."""
    header = recording.header
    if header.place not in HOST:
        raise RecordingError(
            f"was made in a {header.place}, which took all of it along; nothing is left",
            recording.path,
        )
    if header.owner is not None and header.owner.is_alive:
        raise RecordingError(
            f"is still being written, by process {header.owner.pid}; end that first", recording.path
        )
    if header.owner is not None and not header.owner.is_this_boot:
        raise RecordingError(
            "was made before this machine was started; nothing of it is left", recording.path
        )


def _undo(recording: "Recording", dry_run: bool, sudo: bool) -> bool:
    """Bring back the state before a recording, as far as it can be; tell whether it is reached."""
    from ipwrap.places import Local
    from ipwrap.sessions.unrecorded import UnrecordedRunner
    from ipwrap.undo import Restorer

    with UnrecordedRunner(Local(sudo=sudo or recording.header.place == "sudo")) as runner:
        back = Restorer(
            runner, recording, click.echo, lambda line: click.echo(f"ipwrap: {line}", err=True)
        )
        if not dry_run:
            return back.run()
        back.preview()
        return True
