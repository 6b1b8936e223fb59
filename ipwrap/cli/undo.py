"""`ipwrap undo` and `ipwrap clean`: after a crash, restore this host's state before the session."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click
from attrs import frozen

from ipwrap.cli.examples import examples
from ipwrap.cli.output import echo
from ipwrap.cli.parameters import RECORDING
from ipwrap.cli.ssh_option import ssh_options, ssh_place
from ipwrap.errors import IpwrapError, RecordingError
from ipwrap.jsonio.escape import escape_controls
from ipwrap.system.counts import count_of
from ipwrap.system.live_lock import writer_lives
from ipwrap.system.process_identity import NamespaceIds, ProcessIdentity, crash_folder

if TYPE_CHECKING:
    from ipwrap.places import Ssh
    from ipwrap.recording import Header, Recording, StreamedRecording
    from ipwrap.sessions.unrecorded import UnrecordedRunner
    from ipwrap.undo import Restorer

__all__ = ["clean", "undo"]

# The places whose sessions change this host. A sandbox disappears with its session.
HOST_PLACES = ("local", "sudo")
SUDO_SUFFIX = ", sudo"  # of the name of another machine

NAMESPACE_WORDS = {"net": "network", "mnt": "mount", "pid": "pid"}

# Placeholders for these values are no values of this machine.
MACHINE_VALUES = ("ifindex", "mac", "name:")

kill_option = click.option(
    "--kill",
    is_flag=True,
    help="End the processes that are alive in namespaces of the session: SIGTERM, then SIGKILL.",
)
here_option = click.option(
    "--here",
    is_flag=True,
    help="Undo here although the recording does not name this mount and pid namespace, "
    "or no namespace at all. Another network namespace is refused all the same.",
)


@click.command(epilog=examples("ipwrap undo --dry-run lab.jsonl", "ipwrap undo lab.jsonl"))
@click.option("--dry-run", is_flag=True, help="Print the commands without running them.")
@click.option("--sudo", is_flag=True, help="Run the commands as root, with sudo -n.")
@ssh_options
@kill_option
@here_option
@click.argument("file", type=RECORDING)
def undo(
    file: str,
    *,
    dry_run: bool,
    sudo: bool,
    ssh: str | None,
    ssh_config: str | None,
    kill: bool,
    here: bool,
) -> None:
    """Restore this host's state before the session recorded in FILE.

    Objects that the session created are deleted; objects that the session changed or deleted are
    restored; everything else stays, also a foreign link with the name of a link of the session.
    The command runs only in the place of the session: in the same network, mount and pid namespace,
    since the last boot. A session on another machine is undone with --ssh: a file that names a
    machine is never a reason to connect.

    Failures are reported on stderr, with exit status 1: links that are not where the session left
    them, processes alive in a namespace of the session, and programs of the session other than ip,
    bridge and tc, unless known to change nothing.
    """
    from ipwrap.shims.recovery import recover

    if kill and ssh is not None:
        raise click.UsageError("--kill ends processes of this machine only; end them there")
    recording = recover(Path(file))
    was_by_sudo = str(recording.header.place).endswith(SUDO_SUFFIX)
    place = ssh_place(ssh, ssh_config, sudo=sudo or was_by_sudo)
    _check_undoable(recording, here=here, place=place)

    with _open_runner(recording, sudo=sudo, place=place) as runner:
        if place is not None:
            _check_machine(recording, place)
        restorer = _make_restorer(runner, recording, kill=kill)
        if dry_run:
            restorer.preview()
        elif not restorer.run():
            raise IpwrapError(
                f"the state before {escape_controls(file)} is not fully restored; "
                "see the lines above"
            )
        elif place is not None:
            _forget_kept(recording)


@click.command(
    epilog=examples("ipwrap clean --dry-run      # what it would do", "ipwrap clean --yes")
)
@click.option("--dry-run", is_flag=True, help="Print the commands without running them.")
@click.option("--yes", is_flag=True, help="Do not ask for confirmation.")
@click.option("--sudo", is_flag=True, help="Run the commands as root, with sudo -n.")
@kill_option
@here_option
def clean(*, dry_run: bool, yes: bool, sudo: bool, kill: bool, here: bool) -> None:
    """Find crashed sessions on this host, and restore the state before each, as `ipwrap undo` does.

    A session that changes this host keeps a recording in the user's state directory while the
    session is open, or a pointer to the recording's path. The latest session is undone first, since
    each session started from the state left by earlier sessions.

    Sessions of other network, mount or pid namespaces are left alone, and named on stderr, and so
    are sessions whose recording has moved: undo these with `ipwrap undo NEWPATH`. With --yes, a
    session with a moved recording is named for the last time.
    """
    kept = list(_kept_sessions(here=here, deletes=not dry_run))
    moved = [session for session in kept if isinstance(session, MovedSession)]
    for moved_session in moved:
        moved_session.report(forgets=yes and not dry_run)

    crashed = sorted(
        (session for session in kept if isinstance(session, CrashedSession)),
        key=lambda session: session.recording.header.started,
        reverse=True,
    )
    outcomes = [
        _clean_session(session, dry_run=dry_run, yes=yes, sudo=sudo, kill=kill)
        for session in crashed
    ]

    if not moved and all(outcome is None for outcome in outcomes):
        echo("ipwrap: nothing to clean: no session has crashed here", err=True)
    if False in outcomes:
        raise IpwrapError("the state before a session is not fully restored; see the lines above")


def _clean_session(
    session: "CrashedSession", *, dry_run: bool, yes: bool, sudo: bool, kill: bool
) -> bool | None:
    """Restore the state before a session, and return whether the state is completely restored.

    None for a session that has left nothing, for example if all commands failed.
    """
    recording = session.recording

    with _open_runner(recording, sudo=sudo) as runner:
        commands, problems = _make_restorer(runner, recording, kill=kill).plan()
        if not commands and not problems:
            if not dry_run:
                session.forget()
            return None

        echo(session.description, err=True)
        restorer = _make_restorer(runner, recording, kill=kill)
        if dry_run:
            restorer.preview()
            return True
        if not yes and not click.confirm("restore the state before it?", err=True):
            return True

        is_restored = restorer.run()
        # Another run gains nothing where the rest is no command's to undo.
        if is_restored or restorer.only_irreversible_left:
            session.forget()
        return is_restored


@frozen
class CrashedSession:
    """A crashed session: the kept file, and the recording, which may be at another path."""

    kept: Path
    recording: "Recording | StreamedRecording"

    @property
    def description(self) -> str:
        """The line that offers the session."""
        from ipwrap.recording import CommandEvent

        count = sum(isinstance(event, CommandEvent) for event, _ in self.recording.pairs())
        return f"{self.recording.path}: {count_of(count, 'command')}"

    def forget(self) -> None:
        """Delete the kept file. A recording at a path of the user's stays."""
        from ipwrap.shims.recovery import delete_kept

        delete_kept(self.kept)


@frozen
class MovedSession:
    """A crashed session whose recording is not at its path any more: the pointer, and the path."""

    kept: Path
    recording: Path

    def report(self, *, forgets: bool) -> None:
        """Name the session on stderr, with what can be done; then delete the pointer on demand."""
        description = f"the recording of a crashed session is no longer at {self.recording}"
        advice = "if it was moved, undo it where it is now: ipwrap undo NEWPATH"

        if not forgets:
            _warn(
                f"{description}, where {self.kept} points; {advice}; if it was deleted, forget the "
                "session: ipwrap clean --yes"
            )
            return

        from ipwrap.shims.recovery import delete_kept

        delete_kept(self.kept)
        _warn(f"{description}; {advice}; {self.kept}, which pointed there, is removed")


def _kept_sessions(*, here: bool, deletes: bool) -> "Iterator[CrashedSession | MovedSession]":
    """Yield the kept recordings of ended processes, if made in this place.

    Useless files are deleted: the reboot has reset the network of an earlier boot already, and a
    recording overwritten by a later session has no commands of the crashed session.
    """
    from ipwrap.shims.recovery import delete_kept

    for path in _kept_paths():
        try:
            session = _look_at_kept(path, here=here)
        except RecordingError as error:
            _warn(str(error))
            continue

        if isinstance(session, UselessFile):
            if deletes:
                delete_kept(path)
        elif session is not None:
            yield session


@frozen
class UselessFile:
    """A kept file that no crashed session needs any more."""


def _look_at_kept(
    path: Path, *, here: bool
) -> "CrashedSession | MovedSession | UselessFile | None":
    """Return the crashed session of a kept file; None for a file that is left alone.

    Raises `RecordingError` for a damaged file.
    """
    from ipwrap.shims.recovery import recover

    target, owner = _follow_kept(path)
    header = _remote_header(target)
    if header is not None and header.owner == owner:
        if owner is None or not writer_lives(owner, path):
            _warn(f"{path} is left: it {_remote_advice(header, str(target))}")
        return None

    is_useless = owner is not None and not owner.is_from_this_boot

    if not is_useless:
        if _is_left_alone(path, owner, here=here):
            return None
        if target != path and _is_gone(target):
            return MovedSession(path, target)

        recording = recover(target)
        if recording.header.owner == owner:
            return CrashedSession(path, recording)
        _warn(
            f"{target}: was written over by a later session; the crashed one "
            "cannot be undone any more"
        )

    return UselessFile()


def _remote_header(path: Path) -> "Header | None":
    """Return the header of a recording of another machine; None for any other, and for none."""
    from ipwrap.shims.recovery import read_header

    try:
        header = read_header(path)
    except RecordingError:
        return None
    return None if header.host is None else header


def _is_gone(path: Path) -> bool:
    """Return whether a path has no file; an inaccessible path may have a file."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        return False
    return False


def _is_left_alone(path: Path, owner: ProcessIdentity | None, *, here: bool) -> bool:
    """Return whether a kept file is of an open session, or of a session that ran elsewhere."""
    if owner is not None and writer_lives(owner, path):
        return True

    # The place comes before the path, which may lead nowhere in this mount namespace.
    reason = _wrong_place(owner, here=here)
    if reason is not None:
        _warn(f"{path} is left: it {reason}")
    return reason is not None


def _warn(line: str) -> None:
    """Print a line on stderr."""
    echo(f"ipwrap: {escape_controls(line)}", err=True)


def _follow_kept(path: Path) -> "tuple[Path, ProcessIdentity | None]":
    """Return the recording of a kept file, which may be a pointer, and the owner.

    Raises `RecordingError`.
    """
    from ipwrap.recording import pointer
    from ipwrap.shims.recovery import read_header

    if path.suffix == pointer.SUFFIX:
        read = pointer.read_pointer(path)
        return read.recording, read.owner
    return path, read_header(path).owner


def _kept_paths() -> list[Path]:
    """Return the paths of the kept files. Raises `RecordingError` for an unreadable folder."""
    from ipwrap.recording import pointer

    folder = crash_folder()
    suffixes = (".jsonl", pointer.SUFFIX)
    try:
        return sorted(path for path in folder.iterdir() if path.suffix in suffixes)
    except FileNotFoundError:
        return []
    except OSError as error:
        advice = "run this as the user whose session it was"
        raise RecordingError(f"cannot be read: {error.strerror}; {advice}", str(folder)) from error


def _wrong_place(owner: ProcessIdentity | None, *, here: bool) -> str | None:
    """Return why a recording is not to be undone here; None for a recording of this place.

    ``here``: the user knows that the session ran here, or that mounts and pids do not matter.
    """
    namespaces = None if owner is None else owner.namespaces
    if namespaces is None:
        if here:
            return None
        return (
            "does not name the network namespace it was made in; if that is this one, "
            "give the option --here"
        )

    current = NamespaceIds.current()
    if current is None:
        return "was made in namespaces that cannot be compared with these: /proc is missing"

    differing = current.differing_from(namespaces)
    if not differing or (here and "net" not in differing):
        return None
    return _describe_place(namespaces, differing)


def _describe_place(namespaces: NamespaceIds, differing: tuple[str, ...]) -> str:
    """Return the differing namespaces, and the command that enters the namespaces."""
    *words, last_word = [NAMESPACE_WORDS[kind] for kind in differing]
    kinds = f"{', '.join(words)} and {last_word}" if words else last_word
    reason = f"was made in another {kinds} namespace"

    # A cookie tells a namespace that is gone from a new one with the same inode.
    kind = differing[0]
    current = NamespaceIds.current()
    is_gone = current is not None and getattr(current, kind) == getattr(namespaces, kind)
    pid = None if is_gone else namespaces.process_inside(kind)

    if pid is not None:
        flags = {"net": "--net", "mnt": "--mount", "pid": "--pid"}
        options = " ".join(flags[kind] for kind in differing)
        return f"{reason}; run this there: nsenter --target {pid} {options} ipwrap …"

    advice = "no process that can be seen here is in it any more"
    if "net" in differing:
        return f"{reason}; {advice}: run this where the session ran, if that still exists"
    return f"{reason}; {advice}: if the session's network is this one, give the option --here"


def _check_undoable(
    recording: "Recording | StreamedRecording", *, here: bool, place: "Ssh | None"
) -> None:
    """Raise `RecordingError` for a recording that is not to be undone here, or in a place."""
    header = recording.header
    owner = header.owner
    _check_reach(recording, place)

    if header.host is None and header.place not in HOST_PLACES:
        place_name = escape_controls(str(header.place))
        raise RecordingError(
            f"was made in a {place_name}, which is gone; nothing is left to undo",
            recording.path,
        )

    if header.host is None and owner is not None and not owner.is_from_this_boot:
        raise RecordingError(
            "was made before the last boot of this machine; nothing is left to undo",
            recording.path,
        )

    if owner is not None and recording.path is not None and writer_lives(owner, recording.path):
        raise RecordingError(
            f"is still being written, by process {owner.pid}; end that process first",
            recording.path,
        )

    masked = [name for name in header.normalised if name.startswith(MACHINE_VALUES)]
    if masked:
        raise RecordingError(
            f"has placeholders for values of this machine ({escape_controls(', '.join(masked))}); "
            "`ipwrap clean` undoes a crashed session by the recording that the session kept",
            recording.path,
        )

    reason = None if header.host is not None else _wrong_place(owner, here=here)
    if reason is not None:
        raise RecordingError(reason, recording.path)


def _check_reach(recording: "Recording | StreamedRecording", place: "Ssh | None") -> None:
    """Raise `RecordingError` for a recording of another machine without --ssh, and vice versa."""
    header = recording.header
    if header.host is not None and place is None:
        raise RecordingError(_remote_advice(header, str(recording.path)), recording.path)
    if header.host is None and place is not None:
        raise RecordingError(
            "was made on this machine, or in a sandbox: it is not to be undone by --ssh",
            recording.path,
        )


def _remote_advice(header: "Header", path: str) -> str:
    """Return why a recording of another machine is not undone here, and how it is undone."""
    name = str(header.place).removeprefix("ssh ")
    return escape_controls(
        f"was made on another machine, {name}: ipwrap undo --ssh DESTINATION {path}"
    )


def _check_machine(recording: "Recording | StreamedRecording", place: "Ssh") -> None:
    """Raise `RecordingError` for a recording of another machine, boot or namespace."""
    host = recording.header.host
    problem = "the recording does not name its machine"
    if host is not None:
        problem = host.describe_difference(place.machine.identity) or ""
    if problem:
        raise RecordingError(
            f"was not made where --ssh {place.destination} leads: {problem}", recording.path
        )


def _forget_kept(recording: "Recording | StreamedRecording") -> None:
    """Delete the files that an undone session has left for `ipwrap clean`."""
    from ipwrap.shims.recovery import delete_kept

    for path in _kept_paths():
        with contextlib.suppress(RecordingError):
            target, owner = _follow_kept(path)
            is_of_recording = target.resolve() == Path(str(recording.path)).resolve()
            if is_of_recording and owner == recording.header.owner:
                delete_kept(path)


def _open_runner(
    recording: "Recording | StreamedRecording", *, sudo: bool, place: "Ssh | None" = None
) -> "UnrecordedRunner":
    """Return the runner of the commands; a session with sudo needs sudo for the way back, too."""
    from ipwrap.places import Local
    from ipwrap.sessions.unrecorded import UnrecordedRunner

    if place is not None:
        return UnrecordedRunner(place)
    needs_sudo = sudo or recording.header.place == "sudo"
    return UnrecordedRunner(Local(sudo=needs_sudo))


def _make_restorer(
    runner: "UnrecordedRunner", recording: "Recording | StreamedRecording", *, kill: bool
) -> "Restorer":
    """Return the restorer of a recording, which reports on stdout and stderr."""
    from ipwrap.undo import Restorer

    return Restorer(runner, recording, echo, _warn, kill=kill)
