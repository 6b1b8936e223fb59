"""`record`: run a program, and catch every call that it makes, at any depth, of the programs that have shims."""

import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ipwrap.errors import PlaceError, RecordingError
from ipwrap.places import Place
from ipwrap.places.interactive import run_interactive
from ipwrap.recording import CommandEvent, End, Note, Recording, ResultEvent, Snapshot
from ipwrap.session import Session
from ipwrap.shims.calls import calls
from ipwrap.shims.pin_macs import pin_macs
from ipwrap.shims.recovery import folder_of, forget
from ipwrap.shims.shims import Shims
from ipwrap.shims.to_events import Script, to_events
from ipwrap.state import State
from ipwrap.system.process_identity import crash_folder
from ipwrap.system.programs import busybox_directories, environment
from ipwrap.system.temporary import temporary_files

__all__ = ["in_memory", "record", "script_of"]

INSIDE = "/run/ipwrap"  # in a sandbox: in memory, and gone with it


def record(
    argv: tuple[str, ...], place: Place, also: tuple[str, ...] = ()
) -> tuple[int, Recording]:
    """Run a program in a place and return its status, and the recording of the calls that it made.

    The programs are ip, bridge and tc, and those named in ``also``. Raises `InvalidArgument`, `ExecutorError`, `PlaceError`.
    """
    lab = script_of(argv)
    with Session(place) as session:
        recording = Recording(session.recording.header)
        before = session.state()
        recording.events += [Note(f"recorded: {' '.join(argv)}"), Snapshot(before)]
        with _folder(place, recording) as (folder, inside):
            first = "/proc/1/ns/net" if place.isolated else f"/proc/{os.getpid()}/ns/net"
            shims = Shims(folder, inside, first, str(lab or ""), also, over=place.isolated)
            shims.write()
            with _mounted(place, shims):
                status = run_interactive(
                    place, argv, env={**os.environ, "PATH": shims.path(_path())}
                )
            found = to_events(calls(folder), Script(_shown(lab), lab.read_bytes()) if lab else None)
        changed = any(isinstance(event, CommandEvent) and event.command.changes for event in found)
        after = session.state() if changed else None
        recording.events += found if after is None else pin_macs(found, before, after)
        recording.append(_ending(argv, status, recording, after))
    return status, recording


def _path() -> str:
    """Return the user's own PATH; where BusyBox is first on it, ours: its `env` and `nsenter` lack what we need."""
    if busybox_directories():
        return environment()["PATH"]
    return os.environ.get("PATH", os.defpath)


def script_of(argv: tuple[str, ...]) -> Path | None:
    """Return the script that is run: the first word that is a file of text."""
    for word in argv:
        path = Path(word)
        if path.is_file() and b"\0" not in path.read_bytes()[:512]:
            return path.resolve()
    return None


def _shown(path: Path) -> str:
    """Return a path as seen from the current directory."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


@contextmanager
def _folder(place: Place, recording: Recording) -> Iterator[tuple[Path, str]]:
    """Yield a folder for the calls, as we see it and as the place does.

    On this host a link leads to it from beside the recording as it is so far: there `ipwrap clean` finds both after a
    crash.
    """
    if place.isolated:
        folder = Path(place.host_path(INSIDE))
        folder.mkdir(mode=0o700)
        yield folder, INSIDE
        return
    path = _kept(recording)
    try:
        folder = in_memory()
        folder_of(path).symlink_to(folder)
        yield folder, str(folder)
    finally:
        forget(path)


def in_memory() -> Path:
    """Make a folder for the calls, in memory where there is such a place: a file on a disk may take as long as `ip`."""
    places = (os.environ.get("XDG_RUNTIME_DIR"), "/dev/shm")
    base = next((each for each in places if each and os.access(each, os.W_OK)), None)
    with temporary_files():
        return Path(tempfile.mkdtemp(prefix="ipwrap-", dir=base))


def _kept(recording: Recording) -> Path:
    """Write the recording as it is so far to the user's state directory."""
    path = crash_folder() / f"{os.getpid()}-{time.time_ns()}.jsonl"
    advice = "set XDG_STATE_HOME to a folder that can be, or say --sandbox"
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return recording.save(path)
    except OSError as error:
        raise RecordingError(
            f"cannot be made: {error.strerror}; {advice}", str(path.parent)
        ) from error
    except RecordingError as error:
        raise RecordingError(f"{error}; {advice}") from error


@contextmanager
def _mounted(place: Place, shims: Shims) -> Iterator[None]:
    """Have the shims in the place of the programs, where the place is ours alone."""
    if shims.over:
        _sh(place, shims.mounting())
    try:
        yield
    finally:
        if shims.over:
            _sh(place, shims.unmounting())


def _sh(place: Place, script: str) -> None:
    """Run lines of shell in a place."""
    argv = place.wrap(("sh", "-c", script))
    done = subprocess.run(argv, capture_output=True, text=True, check=False, env=environment())
    if done.returncode:
        raise PlaceError(
            f"the shims cannot be put in the place of the programs: {done.stderr.strip()}"
        )


def _ending(argv: tuple[str, ...], status: int, recording: Recording, state: State | None) -> End:
    """Return how it ended; a script that ended as its last call did was ended by it."""
    error = f"{' '.join(argv)}: status {status}" if status else None
    last = [event for event in recording.events if isinstance(event, ResultEvent)][-1:]
    failed = last[0].number if status and last and last[0].result.status == status else None
    return End(error, failed, state)
