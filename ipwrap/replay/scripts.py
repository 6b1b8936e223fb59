"""Run an exported script, and compare the state reached, and the steps of Python."""

import contextlib
import os
import sys
from collections.abc import Iterator, Mapping

from ipwrap import errors
from ipwrap.command import Command
from ipwrap.errors import CommandTimeout, ExecutorError, IpwrapError, RecordingError
from ipwrap.executors import BackgroundExecutor
from ipwrap.executors.exit_status import TIMED_OUT
from ipwrap.export import FORMATS
from ipwrap.places.etc_netns import names_etc_netns
from ipwrap.places.scratch import scratch_file, scratch_folder
from ipwrap.recording import (
    CommandEvent,
    ProcessEvent,
    Recording,
    RecordingView,
    State,
    WaitEvent,
)
from ipwrap.recording.overlap import WithOverlap
from ipwrap.recording.process_failure import could_not_run
from ipwrap.replay.comparison import REFUSAL_STATUSES, Comparison
from ipwrap.replay.limits import Limits
from ipwrap.replay.outcomes import Outcomes
from ipwrap.replay.programs import IPROUTE2, program_steps, steps_that_end
from ipwrap.replay.report import Replay
from ipwrap.result import Result
from ipwrap.session import Session
from ipwrap.sessions.processes import SpawnOptions

__all__ = ["replay_export", "replay_python", "replay_script"]


# `ipwrap` with our own module path, which the first argument holds.
RUN_IPWRAP = (
    "import os, sys; sys.path[:0] = sys.argv.pop(1).split(os.pathsep); "
    "from ipwrap.cli import main; main()"
)


def replay_script(
    recording: RecordingView,
    session: Session,
    *,
    script: str,
    limits: Limits | None = None,
    stops_at_failure: bool = False,
) -> Replay:
    """Run an exported script in a session's place, and compare the state reached.

    A script that takes longer than ``limits`` allow is ended, and counts as a difference. If the
    failure of a command ended the recorded session, the script may fail in the same way, and with
    ``stops_at_failure`` has to. Processes left running by the script are ended after the comparison
    of the states.
    """
    view = WithOverlap.of(recording)
    comparison = Comparison(Replay.begin(recording, session), Outcomes.of(view))
    comparison.report.commands = 1

    limit = _script_limit(view, limits)
    with (
        _variables_of_script(recording, session) as variables,
        _running_script(session, ("sh", script), limit=limit, variables=variables) as result,
    ):
        recorded = _failed_result(recording)
        is_recorded_end = _is_recorded_end(result, recorded, report=comparison.report)
        if not result.ok and not is_recorded_end:
            comparison.add(f"sh {script}", _failure(result))
        elif result.ok and recorded is not None and stops_at_failure:
            comparison.add(f"sh {script}", f"status {recorded.status} -> 0: {recorded.command}")
        comparison.add_states(recording, session)

    return comparison.report


def replay_export(
    recording: RecordingView,
    session: Session,
    *,
    export_format: str,
    limits: Limits | None = None,
) -> Replay:
    """Export a recording, run the export in a session, and compare the state reached."""
    session.open()
    _keep_files_inside(recording, session)
    lines = FORMATS[export_format].iter_text(recording)

    with scratch_file(session.place, lines) as (_, path_inside):
        if export_format == "python":
            return replay_python(recording, session, script=path_inside, limits=limits)
        return replay_script(
            recording,
            session,
            script=path_inside,
            limits=limits,
            stops_at_failure=_stops_at_failure(recording, export_format),
        )


def _keep_files_inside(recording: RecordingView, session: Session) -> None:
    """Make a private /etc/netns in a sandbox before a script that writes to /etc/netns."""
    for event, _ in recording.pairs():
        if isinstance(event, CommandEvent) and names_etc_netns(event.command.argv):
            session.place.wrap(event.command.argv)
            return


def _stops_at_failure(recording: RecordingView, export_format: str) -> bool:
    """Return whether a script has the command whose failure ended the recorded session.

    A batch omits failed commands, and every format omits read-only commands.
    """
    failed = _failed_result(recording)
    return failed is not None and failed.command.changes and export_format in ("sh", "plain")


def replay_python(
    recording: RecordingView, session: Session, *, script: str, limits: Limits | None = None
) -> Replay:
    """Run the ``main`` of an exported script in a session's place; compare the steps and the state.

    The script runs in a separate Python process, with a separate session inside the place. A script
    that takes longer than ``limits`` allow is ended.
    """
    view = WithOverlap.of(recording)
    comparison = Comparison(Replay.begin(recording, session), Outcomes.of(view))
    limit = _script_limit(view, limits)

    with contextlib.ExitStack() as stack:
        path, path_inside = stack.enter_context(scratch_file(session.place, ()))
        argv = _python_argv(script, path_inside)
        result = stack.enter_context(_running_script(session, argv, limit=limit))
        replayed = _load_replayed(str(path))

    error = _error_of_script(replayed, result)
    if error is not None and not _is_expected(error, recording):
        comparison.add(script, error)

    replayed_view = WithOverlap.of(replayed)
    comparison.add_steps(steps_that_end(view), program_steps(replayed_view))
    comparison.report.waits += sum(
        isinstance(event, WaitEvent) for event, _ in replayed_view.pairs()
    )
    comparison.add_states(recording, session, states=_states_beside_processes(replayed))
    return comparison.report


def _script_limit(recording: RecordingView, limits: Limits | None) -> float:
    """Return the limit of a script, by default from the recording."""
    limits = limits or Limits.for_recording(recording.header)
    return limits.of_script(recording)


@contextlib.contextmanager
def _variables_of_script(recording: RecordingView, session: Session) -> Iterator[dict[str, str]]:
    """Yield the variables of a shell script, whose logs of processes are deleted in the end.

    The logs are for the `down` of the script, which nobody calls here.
    """
    has_processes = any(isinstance(event, ProcessEvent) for event, _ in recording.pairs())
    if not has_processes or not session.executor.live:
        yield {}
        return

    with scratch_folder(session.place) as folder:
        yield {"TMPDIR": folder}


@contextlib.contextmanager
def _running_script(
    session: Session,
    argv: tuple[str, ...],
    *,
    limit: float,
    variables: Mapping[str, str] | None = None,
) -> Iterator[Result]:
    """Run a script in a session; yield the result, and then end the processes left running.

    The output goes to files, so that no process left running holds a pipe of ipwrap.
    """
    if not isinstance(session.executor, BackgroundExecutor):
        yield session.exec(*argv, check=False)
        return

    process = session.start_process(Command(argv, env=variables or None), SpawnOptions())
    try:
        try:
            result = process.wait(limit)
        except CommandTimeout:
            stderr = process.end().stderr
            result = Result(
                process.command, TIMED_OUT, stderr=stderr, seconds=limit, timed_out=True
            )
        yield result
    finally:
        process.end()


def _failed_result(recording: RecordingView) -> Result | None:
    """Return the result of the command whose failure ended the recorded session."""
    failed = None if recording.end is None else recording.end.failed
    if failed is None:
        return None

    for event, result in recording.pairs():
        if isinstance(event, CommandEvent) and event.number == failed:
            return result
    return None


def _is_recorded_end(script: Result, recorded: Result | None, *, report: Replay) -> bool:
    """Return whether a script failed as the last command of the recorded session did.

    The script has the status of the command and, on the machine of the recording, the same stderr.
    """
    if recorded is None or script.timed_out:
        return False

    is_same_machine = report.recorded.prints_as(report.replayed)
    statuses = {recorded.status}
    if could_not_run(recorded) or not is_same_machine:
        statuses |= REFUSAL_STATUSES
    if script.status not in statuses:
        return False

    is_iproute2 = recorded.command.argv[0] in IPROUTE2
    errors = recorded.stderr.strip().splitlines()
    return not (is_same_machine and is_iproute2 and errors) or errors[0] in script.stderr


def _failure(result: Result) -> str:
    """Return how a script failed."""
    if result.timed_out:
        return f"still ran after {result.seconds:.3g} s, and was ended {result.stderr.strip()}"
    return f"status {result.status} {result.stderr.strip()}"


def _states_beside_processes(replayed: Recording) -> tuple[State | None, State] | None:
    """Return the states before and behind a script with background processes at the end; else None.

    Some objects, such as a tap device, are deleted with a process.
    """
    end = replayed.end
    if end is None or end.state is None or not end.running:
        return None
    return replayed.initial_state, end.state


def _python_argv(script: str, record: str) -> tuple[str, ...]:
    """Return the command that runs ``main`` of a script in a separate process, and records.

    The process runs inside the session's place, which is "this host" to the script. A recording is
    untrusted: therefore the script never runs in the process of ipwrap.
    """
    if not sys.executable:
        raise ExecutorError("this Python does not know its own path, and cannot run another one")

    # A variable PYTHONPATH would reach the programs that the script runs as well.
    module_path = os.pathsep.join(os.path.abspath(folder) for folder in sys.path if folder)
    interpreter = (sys.executable, "-P", "-c", RUN_IPWRAP, module_path)
    return (*interpreter, "run", "--host", "--record", record, script)


def _load_replayed(path: str) -> Recording:
    """Return the recording of a script; an empty one if the script did not get as far."""
    try:
        return Recording.load(path)
    except RecordingError:
        return Recording()


def _error_of_script(replayed: Recording, result: Result) -> str | None:
    """Return the error that ended a script, in one line; None for a successful script."""
    if result.ok:
        return None
    if result.timed_out:
        return _failure(result)
    if replayed.end is not None and replayed.end.error is not None:
        return replayed.end.error

    lines = result.stderr.strip().splitlines()
    return lines[-1] if lines else f"status {result.status}"


def _is_expected(error: str, recording: RecordingView) -> bool:
    """Return whether an error of ipwrap ended both the recorded session and the script."""
    if recording.end is None or recording.end.error is None:
        return False

    error_class = getattr(errors, error.partition(":")[0], None)
    return isinstance(error_class, type) and issubclass(error_class, IpwrapError)
