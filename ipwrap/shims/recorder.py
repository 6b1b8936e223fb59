"""`record`: run a program, and record the calls of programs with shims, at any depth."""

import contextlib
import os
import signal
import stat
import subprocess
import tempfile
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from pathlib import Path

from ipwrap.errors import ExecutorError, PlaceError, RecordingError
from ipwrap.executors import Process
from ipwrap.places import Place, Sandbox
from ipwrap.places.interactive import can_start, run_interactive
from ipwrap.recording import (
    CommandEvent,
    End,
    Event,
    Note,
    ProcessEvent,
    Recording,
    ResultEvent,
    Snapshot,
)
from ipwrap.recording.event_log import raise_recording_error
from ipwrap.recording.process_failure import missing_program
from ipwrap.result import Result
from ipwrap.session import Session
from ipwrap.sessions.unrecorded import UnrecordedRunner
from ipwrap.shims.calls.call import SANDBOX_FOLDER, read_calls
from ipwrap.shims.calls.call_ends import BackgroundShims, await_ends
from ipwrap.shims.calls.call_identity import CallIdentifier
from ipwrap.shims.calls.order import read_order
from ipwrap.shims.changes.explained_calls import changes_report, explain_calls
from ipwrap.shims.events.live_recording import LiveRecording
from ipwrap.shims.events.pauses import with_pauses
from ipwrap.shims.events.pin_macs import pin_macs
from ipwrap.shims.recovery import calls_folder, delete_kept
from ipwrap.shims.script.script import Script
from ipwrap.shims.shell.shims import Shims, recorded_programs
from ipwrap.shims.sysctls.writes import SysctlWatch, calls_with_writes, written_state
from ipwrap.shims.termination import Processes, Terminator, descendants, processes_with
from ipwrap.state import State
from ipwrap.system.live_lock import LiveLock
from ipwrap.system.process_identity import crash_folder
from ipwrap.system.programs import busybox_directories, command_environment, require_linux
from ipwrap.system.shortage import raise_as
from ipwrap.system.temporary import replaced_file, temporary_files

__all__ = ["find_script", "make_calls_folder", "record"]

STATUS_OF_SIGNAL = 128  # a shell adds the number of the signal
EXEC_STATUSES = (1, 255)


def record(
    argv: tuple[str, ...],
    place: Place,
    *,
    also: tuple[str, ...] = (),
    target: Path | None = None,
    report: Callable[[str], None] = lambda _line: None,
) -> tuple[int, Recording]:
    """Run a program in a place, and return its exit status and the recording of its calls.

    Recorded are calls of ip, bridge and tc, and of the programs in ``also``. The file ``target`` is
    written while the program runs, and replaced by the final recording. SIGTERM and SIGHUP end the
    program, and then the recording. SIGINT is left to the program; only a second one after the
    program's end gives the final recording up, and the file then holds the calls. ``report`` gets a
    line for each change of the network that no recorded command explains.

    Raises, before anything is written, `InvalidArgument` for a program that must not have a shim
    and `ExecutorError` for a missing program; `PlaceError` if the place cannot be opened,
    `RecordingError` for an unwritable file: the file then holds the calls that it had room for.
    """
    require_linux()
    programs = recorded_programs(also)
    _require_start(argv[0], programs)

    script_path = find_script(argv)
    script = None
    if script_path is not None:
        script = Script(_relative_path(script_path), script_path.read_bytes())

    terminator = Terminator()

    with Session(place) as session, terminator.installed():
        before = session.state()
        start: list[Event] = [Note(f"recorded: {' '.join(argv)}"), Snapshot(before)]
        recording = Recording(session.recording.header, start)

        with (
            _open_folder(place, recording) as (folder, inside),
            _live_copy(recording, folder, target=target, script=script) as live,
        ):
            # What a sandbox holds goes with it: only on a host does anybody ask which link it was.
            if not place.isolated:
                # A worker would keep a namespace alive that the script deletes.
                looking = UnrecordedRunner(place, Process())
                live.identifier = CallIdentifier(looking, folder)

            live.background = BackgroundShims(folder, place)

            # The first process of a sandbox holds the network namespace. On the host, the program
            # starts in the network namespace of this process.
            process = place.first_process if isinstance(place, Sandbox) else os.getpid()
            first_netns = f"/proc/{process}/ns/net"

            shims = Shims(
                folder,
                inside,
                first_netns,
                str(script_path or ""),
                programs,
                over=place.isolated,
            )
            shims.write()
            terminator.find_left = lambda: _find_left(place, shims)

            watch = SysctlWatch(place, inside)
            watching = watch.follow() if place.isolated else contextlib.nullcontext()

            with watching, _mounted(place, shims), live.follow():
                env = {**os.environ, "PATH": shims.path(_user_path())}
                status = run_interactive(place, argv, env=env, on_start=terminator.start)
            ended = time.time()
            terminator.holds_calls = True

            calls = calls_with_writes(await_ends(folder, read_calls(folder)), watch.writes)
            calls = with_pauses(calls, ended=ended)
            session.watch_state(written_state(watch.writes))
            after = session.settled_state()
            events, changes = explain_calls(
                calls,
                script,
                order=read_order(folder),
                before=before,
                after=after,
                isolated=place.isolated,
            )
            for line in changes_report(changes, script, recorded=shims.programs):
                report(line)

            has_changes = bool(changes) or any(
                isinstance(event, (CommandEvent, ProcessEvent)) and event.command.changes
                for event in events
            )
            # Without a change, the state before is the state after: no second one is needed.
            if has_changes:
                events = pin_macs(events, before=before, after=after)

            end = _end_event(
                argv,
                events,
                status=status,
                state=after if has_changes else None,
                received=terminator.received,
            )
            recording = Recording(recording.header, [*start, *events, end])

            if target is not None:
                _replace_file(target, recording)

    return status, recording


@contextlib.contextmanager
def _live_copy(
    recording: Recording, folder: Path, *, target: Path | None, script: Script | None
) -> Iterator[LiveRecording]:
    """Yield the recording that is written while the program runs.

    An error in the block becomes its end event. Raises `RecordingError` for an unwritable file.
    """
    # A pipe or a device gets the final recording only: its lines cannot be replaced.
    is_replaceable = target is not None and (target.is_file() or not target.exists())
    path = target if is_replaceable else None
    copy = Recording.start(recording.header, path)

    try:
        for event in recording.events:
            copy.append(event)
        yield LiveRecording(folder, copy, script)
    except BaseException as error:
        with contextlib.suppress(RecordingError):
            copy.append(End(f"{type(error).__name__}: {error}"))
        raise
    finally:
        with contextlib.suppress(RecordingError):
            copy.close()


def _replace_file(target: Path, recording: Recording) -> None:
    """Write the final recording, in one step where possible. Raises `RecordingError`."""
    if target.exists() and not target.is_file():
        recording.save(target)
        return

    # A symbolic link stays: its target is replaced.
    file = Path(os.path.realpath(target))

    try:
        with raise_recording_error(str(target)), replaced_file(file) as partial:
            recording.save(partial)
            partial.chmod(stat.S_IMODE(file.stat().st_mode))
    except RecordingError as error:
        reason = str(error).partition(": ")[2]
        raise RecordingError(
            f"{reason}; the file holds the calls, and no end", str(target)
        ) from error


def _user_path() -> str:
    """Return the user's PATH, or ipwrap's PATH if BusyBox comes first in the user's.

    BusyBox's `env` and `nsenter` lack options that the shims need.
    """
    if busybox_directories():
        return command_environment()["PATH"]

    return os.environ.get("PATH", os.defpath)


def find_script(argv: tuple[str, ...]) -> Path | None:
    """Return the script of a command: the first argument that names a text file."""
    for argument in argv:
        path = Path(argument)
        # A program (ELF) has NUL bytes at its start, a script has none.
        if path.is_file() and b"\0" not in path.read_bytes()[:512]:
            return path.resolve()

    return None


def _require_start(program: str, shimmed: Collection[str]) -> None:
    """Raise `ExecutorError` for a program that the shell of the recorder will not find.

    ``shimmed`` are found by their shims, and so is sudo, which root may be without.
    """
    if program in shimmed or program == "sudo":
        return
    if not can_start(program, {**os.environ, "PATH": _user_path()}):
        raise ExecutorError(
            f"{program}: there is no such program, or it may not be executed; nothing has run"
        )


def _relative_path(path: Path) -> str:
    """Return a path relative to the current directory, if the path is below that directory."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


@contextlib.contextmanager
def _open_folder(place: Place, recording: Recording) -> Iterator[tuple[Path, str]]:
    """Yield the folder for the calls: the path on the host, and the path inside the place.

    For a place on the host, the unfinished recording is kept, with a symbolic link to the folder
    beside the recording: `ipwrap clean` finds both after a crash.
    """
    if place.isolated:
        folder = Path(place.host_path(SANDBOX_FOLDER))
        folder.mkdir(mode=0o700)
        yield folder, SANDBOX_FOLDER
        return

    # The kept recording has to survive a crash; for speed, the calls are written to memory.
    kept = _keep(recording)
    lock = LiveLock.hold(kept)
    try:
        folder = make_calls_folder()
        calls_folder(kept).symlink_to(folder)
        yield folder, str(folder)
    finally:
        delete_kept(kept)
        if lock is not None:
            lock.release()


def make_calls_folder() -> Path:
    """Create a folder for the calls, in memory if possible.

    A write to a disk may take as long as `ip` itself.
    """
    parent = None
    for candidate in (os.environ.get("XDG_RUNTIME_DIR"), "/dev/shm"):
        if candidate and os.access(candidate, os.W_OK):
            parent = candidate
            break

    with temporary_files():
        return Path(tempfile.mkdtemp(prefix="ipwrap-", dir=parent))


def _keep(recording: Recording) -> Path:
    """Save the unfinished recording to the user's state directory, and return its path."""
    path = crash_folder() / f"{os.getpid()}-{time.time_ns()}.jsonl"
    advice = "set XDG_STATE_HOME to a writable folder, or use --sandbox"

    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return recording.save(path)
    except OSError as error:
        raise RecordingError(
            f"cannot be created: {error.strerror}; {advice}", str(path.parent)
        ) from error
    except RecordingError as error:
        raise RecordingError(f"{error}; {advice}") from error


@contextlib.contextmanager
def _mounted(place: Place, shims: Shims) -> Iterator[None]:
    """Mount the shims over the programs for the block, if the place has its own mounts."""
    if shims.over:
        _run_shell(place, shims.mount_script())

    try:
        yield
    finally:
        if shims.over:
            _run_shell(place, shims.unmount_script())


def _run_shell(place: Place, script: str) -> None:
    """Run lines of shell in a place. Raises `PlaceError` if the lines fail."""
    argv = place.wrap(("sh", "-c", script))
    with raise_as(PlaceError, "the shims cannot be mounted"):
        completed = subprocess.run(
            argv,
            capture_output=True,
            text=True,
            check=False,
            env=command_environment(),
            start_new_session=True,  # a terminal's Ctrl-C does not reach the shell
        )

    if completed.returncode:
        raise PlaceError(f"the shims cannot be mounted: {completed.stderr.strip()}")


def _find_left(place: Place, shims: Shims) -> Processes:
    """Return the processes of a script whose parents have ended, and perhaps others.

    Those of a sandbox have become children of its first process. On the host they are known by the
    folder of the shims, whose name no other recording has.
    """
    if isinstance(place, Sandbox) and place.pid is not None:
        return descendants(place.pid)

    return processes_with(f"{shims.inside}/bin")


def _end_event(
    argv: tuple[str, ...],
    events: list[Event],
    *,
    status: int,
    state: State | None,
    received: int | None = None,
) -> End:
    """Return the end of a recording.

    If the program and its last call have the same status, the last call is taken for the cause of
    the failure, as under `set -e`. ``received`` is the signal that ended the program.
    """
    running = tuple(_running_numbers(events))
    if not status and received is None:
        return End(None, None, state, running)

    line = " ".join(argv)
    number = received
    if number is None and status > STATUS_OF_SIGNAL:
        number = status - STATUS_OF_SIGNAL
    if number is not None and number in set(signal.Signals):
        name = signal.Signals(number).name
        return End(f"{line}: status {status}, ended by {name}", None, state, running)

    failed = None
    last_result = _last_result(events)
    if last_result is not None and _has_status(last_result.result, status):
        failed = last_result.number

    return End(f"{line}: status {status}", failed, state, running)


def _running_numbers(events: Iterable[Event]) -> Iterator[int]:
    """Yield the numbers of the background processes that have no result."""
    running: dict[int, None] = {}
    for event in events:
        if isinstance(event, ProcessEvent):
            running[event.number] = None
        elif isinstance(event, ResultEvent):
            running.pop(event.number, None)
    yield from running


def _last_result(events: Sequence[Event]) -> ResultEvent | None:
    """Return the result of the last command, not of a background process."""
    processes = {event.number for event in events if isinstance(event, ProcessEvent)}
    for event in reversed(events):
        if isinstance(event, ResultEvent) and event.number not in processes:
            return event
    return None


def _has_status(result: Result, status: int) -> bool:
    """Return whether a script saw a status; `ip netns exec` has its own for a missing program."""
    if missing_program(result.command.argv, result.stderr) is not None:
        return status in EXEC_STATUSES
    return result.status == status
