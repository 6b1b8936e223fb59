"""`ipwrap undo` and `ipwrap clean`: after a crash, restore this host's state before the session."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ipwrap.cli.output import echo
from ipwrap.errors import IpwrapError, RecordingError
from ipwrap.system.process_identity import crash_folder

if TYPE_CHECKING:
    from ipwrap.recording import Recording, StreamedRecording

__all__ = ["clean", "undo"]

# The places whose sessions change this host. A sandbox disappears with its session.
HOST_PLACES = ("local", "sudo")


@click.command()
@click.option("--dry-run", is_flag=True, help="Print the commands without running them.")
@click.option("--sudo", is_flag=True, help="Run the commands as root, with sudo -n.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False))
def undo(file: str, dry_run: bool, sudo: bool) -> None:
    """Restore this host's state before the session recorded in FILE.

    Objects that the session created are deleted; objects that the session changed or deleted are
    restored; everything else stays. Problems are reported on stderr, with exit status 1.
    """
    from ipwrap.shims.recovery import recover

    recording = recover(Path(file))
    _check_undoable(recording)

    if not _restore(recording, dry_run=dry_run, sudo=sudo):
        raise IpwrapError(
            f"the state before {file} is not fully restored; see the remaining differences above"
        )


@click.command()
@click.option("--dry-run", is_flag=True, help="Print the commands without running them.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@click.option("--sudo", is_flag=True, help="Run the commands as root, with sudo -n.")
def clean(dry_run: bool, yes: bool, sudo: bool) -> None:
    """Find crashed sessions on this host, and restore the state before each, as `ipwrap undo` does.

    A session that changes this host keeps a recording in the user's state directory while the
    session is open. The latest session is undone first, since each session started from the state
    that earlier sessions had left.
    """
    from ipwrap.recording import CommandEvent
    from ipwrap.shims.recovery import delete_kept

    crashed = sorted(
        _crashed_recordings(),
        key=lambda pair: pair[1].header.started,
        reverse=True,
    )
    is_restored = True

    for path, recording in crashed:
        count = sum(isinstance(event, CommandEvent) for event, _ in recording.pairs())
        echo(f"{path}: {count} commands", err=True)

        is_confirmed = dry_run or yes or click.confirm("restore the state before it?", err=True)
        if not is_confirmed:
            continue

        if not _restore(recording, dry_run=dry_run, sudo=sudo):
            is_restored = False
        elif not dry_run:
            delete_kept(path)

    if not is_restored:
        raise IpwrapError(
            "the state before a session is not fully restored; see the remaining differences above"
        )


def _crashed_recordings() -> "Iterator[tuple[Path, Recording | StreamedRecording]]":
    """Yield the kept recordings whose process has ended.

    A recording of an earlier boot is deleted: the reboot has reset the network already.
    """
    from ipwrap.shims.recovery import delete_kept, recover

    for path in _kept_paths():
        try:
            recording = recover(path)
        except RecordingError as error:
            echo(f"ipwrap: {error}", err=True)
            continue

        # The kept recording of a live process belongs to an open session.
        owner = recording.header.owner
        if owner is not None and owner.is_alive:
            continue

        if owner is None or not owner.is_from_this_boot:
            delete_kept(path)
        else:
            yield path, recording


def _kept_paths() -> list[Path]:
    """Return the paths of the kept recordings. Raises `RecordingError` for an unreadable folder."""
    folder = crash_folder()
    try:
        return sorted(path for path in folder.iterdir() if path.suffix == ".jsonl")
    except FileNotFoundError:
        return []
    except OSError as error:
        advice = "run this as the user whose session it was"
        raise RecordingError(f"cannot be read: {error.strerror}; {advice}", str(folder)) from error


def _check_undoable(recording: "Recording | StreamedRecording") -> None:
    """Raise `RecordingError` for a recording whose session left nothing on this host."""
    header = recording.header
    owner = header.owner

    if header.place not in HOST_PLACES:
        raise RecordingError(
            f"was made in a {header.place}, which is gone; nothing is left to undo",
            recording.path,
        )

    if owner is not None and owner.is_alive:
        raise RecordingError(
            f"is still being written, by process {owner.pid}; end that process first",
            recording.path,
        )

    if owner is not None and not owner.is_from_this_boot:
        raise RecordingError(
            "was made before the last boot of this machine; nothing is left to undo",
            recording.path,
        )


def _restore(recording: "Recording | StreamedRecording", *, dry_run: bool, sudo: bool) -> bool:
    """Restore the state before a recording. Return whether the restore is complete.

    A dry run prints the commands, and counts as complete.
    """
    from ipwrap.places import Local
    from ipwrap.sessions.unrecorded import UnrecordedRunner
    from ipwrap.undo import Restorer

    def warn(line: str) -> None:
        echo(f"ipwrap: {line}", err=True)

    # A session that ran with sudo needs sudo for the way back, too.
    needs_sudo = sudo or recording.header.place == "sudo"

    with UnrecordedRunner(Local(sudo=needs_sudo)) as runner:
        restorer = Restorer(runner, recording, echo, warn)
        if not dry_run:
            return restorer.run()

        restorer.preview()
        return True
