"""`replay`: run the steps of a recording again, one by one, in a session."""

from collections.abc import Callable
from functools import partial

from attrs import define, field

from ipwrap.cmdline import runs_until_stopped
from ipwrap.command import Command
from ipwrap.errors import (
    ExecutorError,
    IpwrapError,
    WaitTimeout,
)
from ipwrap.recording import (
    CommandEvent,
    Note,
    ProcessAction,
    ProcessEvent,
    RecordingView,
    Sleep,
    Step,
    WaitEvent,
)
from ipwrap.recording.overlap import WithOverlap
from ipwrap.replay.comparison import Comparison
from ipwrap.replay.limits import LONGEST, Limits
from ipwrap.replay.outcomes import Outcomes
from ipwrap.replay.pace import DeletionPace
from ipwrap.replay.processes import ProcessReplay
from ipwrap.replay.programs import IPROUTE2
from ipwrap.replay.report import Replay
from ipwrap.replay.worker_lines import with_worker_line
from ipwrap.result import Result
from ipwrap.session import Session

__all__ = ["replay"]


def replay(
    recording: RecordingView,
    session: Session,
    *,
    check: bool = True,
    limits: Limits | None = None,
) -> Replay:
    """Run every recorded step again in a session, and compare the results.

    Commands run whatever the recorded status. Background processes, and programs beside other
    commands (as of another thread), are started, get the signals, and are stopped and waited for as
    in the recording. Waits wait and pauses pause. Monitors are left out.

    The statuses of commands are compared, and of processes that ended by themselves; with ``check``
    also the output of reads and the state reached, except for kernel-assigned values (see
    `ipwrap.objects.comparison`). For programs, only the status is compared. A failed wait is a
    difference, unless the wait failed in the recording, too. A recording of another iproute2, or
    from another kernel, is compared by the keys that both print; `Replay.machines` then names the
    two.

    ``limits`` bounds every step, by default by the recorded time: a slower step is ended, and
    counts as a difference. Processes that ran to the end of the recorded session run to the end of
    this session. The log of a process is kept in a file without a name, since the recorded path may
    be a file of the user.
    """
    view = WithOverlap.of(recording)
    outcomes = Outcomes.of(view)
    comparison = Comparison(Replay.begin(recording, session), outcomes)
    limits = limits or Limits.for_recording(recording.header)
    processes = ProcessReplay(session, comparison, limits)
    steps = _StepReplay(session, comparison, limits, processes, check=check)

    for event, recorded in view.pairs():
        steps.run(event, recorded)

    processes.finish()
    if check:
        comparison.add_states(recording, session)
    return comparison.report


@define
class _StepReplay:
    """Runs steps in a session, and compares their results."""

    session: Session
    comparison: Comparison
    limits: Limits
    processes: ProcessReplay
    check: bool = field(kw_only=True)
    pace: DeletionPace = field(factory=DeletionPace)

    def run(self, event: Step, recorded: Result | None) -> None:
        """Run a step, and compare the result with the recorded result."""
        self.processes.note_pid(event)
        match event:
            case Note():
                self.session.note(event.text)
            case CommandEvent():
                self._run_command(event, recorded)
            case ProcessEvent():
                self.processes.start(event, recorded)
            case ProcessAction():
                self.processes.act(event)
            case WaitEvent():
                self._wait_for(event)
            case Sleep(seconds=seconds):
                self.session.sleep(min(seconds, LONGEST))

    def _run_command(self, event: CommandEvent, recorded: Result | None) -> None:
        """Run a command. A monitor is left out."""
        if runs_until_stopped(event.command):
            return

        limit = self._command_limit(event.command, recorded)
        command = self.processes.with_present_pids(event.command)
        command = with_worker_line(command, recorded)
        self.pace.wait(recorded)
        replayed = _run(self.session, command, limit=limit)
        self.pace.note(command, recorded)
        self.comparison.report.commands += 1
        if recorded is not None:
            self.comparison.add_result(
                event,
                recorded=recorded,
                replayed=replayed,
                check=self.check,
                read_again=self._read_again(command),
            )

    def _read_again(self, command: Command) -> Callable[[], Result] | None:
        """Return how a read runs once more; None for changes, and for other programs."""
        is_read = command.argv[0] in IPROUTE2 and not command.changes
        if not is_read or not self.check or not self.session.executor.live:
            return None
        return partial(self.session.run_unrecorded, command, check=False)

    def _command_limit(self, command: Command, recorded: Result | None) -> float:
        """Return the limit of a command: the timeout, if the timeout ended it in the recording."""
        if recorded is None:
            return self.limits.of_step(0.0, command.timeout)
        if recorded.timed_out and command.timeout is not None:
            return command.timeout
        return self.limits.of_step(recorded.seconds, command.timeout)

    def _wait_for(self, event: WaitEvent) -> None:
        """Wait for a condition. A timeout is a difference, unless the recorded wait failed, too."""
        self.comparison.report.waits += 1
        limit = self.limits.of_step(event.seconds, event.timeout)
        if not event.satisfied:
            limit = self.limits.of_missed_wait(event.timeout)

        try:
            self.session.wait_for_condition(
                event.condition, event.netns, timeout=event.timeout, limit=limit
            )
        except WaitTimeout as error:
            if event.satisfied:
                self.comparison.add(_wait_label(event), _in_vain(event, error, limit=limit))
        except IpwrapError as error:
            self.comparison.add(_wait_label(event), str(error))


def _run(session: Session, command: Command, *, limit: float) -> Result:
    """Run a command; a missing program is the status 127 of a shell, as in the recording."""
    try:
        return session.run(command, check=False, limit=limit)
    except ExecutorError as error:
        return Result(command, 127, "", str(error))


def _wait_label(event: WaitEvent) -> str:
    """Return condition, namespace and call site of a wait, for a report."""
    namespace = "" if event.netns is None else f" in {event.netns}"
    site = "" if event.call_site is None else f" ({event.call_site})"
    return f"wait for {event.condition}{namespace}{site}"


def _in_vain(event: WaitEvent, error: WaitTimeout, *, limit: float) -> str:
    """Return the difference of a wait whose time was up."""
    seen = error.seen or "nothing"
    return f"after {event.seconds:.3g} s -> not within {limit:.3g} s; last seen: {seen}"
