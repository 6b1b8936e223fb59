"""`replay`: run the steps of a recording again, one by one, in a session."""

import contextlib
import time

from attrs import define, field

from ipwrap.background_process import GRACE, BackgroundProcess
from ipwrap.cmdline import runs_until_stopped
from ipwrap.command import Command
from ipwrap.errors import (
    CommandTimeout,
    ExecutorError,
    IpwrapError,
    ProcessEnded,
    WaitTimeout,
)
from ipwrap.export.pids import PidOf, ProcessPids
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
from ipwrap.replay.comparison import Comparison, step_label
from ipwrap.replay.limits import LONGEST, Limits
from ipwrap.replay.outcomes import Outcomes
from ipwrap.replay.report import Replay
from ipwrap.result import Result
from ipwrap.session import Session
from ipwrap.sessions.processes import SpawnOptions

__all__ = ["replay"]

POLL_SECONDS = 0.02
DEFAULT_READY_TIMEOUT = SpawnOptions().ready_timeout


def replay(
    recording: RecordingView,
    session: Session,
    *,
    check: bool = True,
    limits: Limits | None = None,
) -> Replay:
    """Run every recorded step again in a session, and compare the results.

    Commands run whatever their status. Background processes are started, get the signals, and are
    stopped and waited for as in the recording; so is a program that ran beside other commands, as
    of another thread. Waits wait and pauses pause. Monitors are left out.

    The status of each command is compared, and that of each process which ended by itself; with
    ``check`` the output of each read and the state reached as well, except for kernel-assigned
    values (see `ipwrap.objects.comparison`). Of a program only the status is compared. A wait in
    vain is a difference, unless it was in vain in the recording, too. A recording of another
    iproute2, or from another kernel, is compared by the keys that both print; `Replay.machines`
    names them then.

    ``limits`` bounds every step, by default by what it took when it was recorded: what takes longer
    is ended, and a difference. Processes that ran to the end of the recorded session run to the end
    of this one. The log of a process is kept in a file without a name: the recorded path may be a
    file of the user.
    """
    view = WithOverlap.of(recording)
    outcomes = Outcomes.of(view)
    comparison = Comparison(Replay.begin(recording, session), outcomes)
    limits = limits or Limits.for_recording(recording.header)
    steps = _StepReplay(session, comparison, limits, check=check)

    for event, recorded in view.pairs():
        steps.run(event, recorded)

    steps.finish()
    if check:
        comparison.add_states(recording, session)
    return comparison.report


@define
class _Running:
    """A background process of the replay, and its recorded result."""

    event: ProcessEvent
    process: BackgroundProcess
    recorded: Result | None


@define
class _StepReplay:
    """Runs steps in a session.

    ``_running`` holds the background processes whose status is still to be compared, ``_present``
    all of them. Commands that name the recorded pid of a process get its pid of now.
    """

    session: Session
    comparison: Comparison
    limits: Limits
    check: bool = field(kw_only=True)
    _running: dict[int, _Running] = field(factory=dict, init=False)
    _present: dict[int, BackgroundProcess] = field(factory=dict, init=False)
    _pids: ProcessPids = field(factory=ProcessPids, init=False)

    def run(self, event: Step, recorded: Result | None) -> None:
        """Run one step, and compare its result with the recorded one."""
        self._pids.note(event)
        match event:
            case Note():
                self.session.note(event.text)
            case CommandEvent():
                self._run_command(event, recorded)
            case ProcessEvent():
                self._start(event, recorded)
            case ProcessAction():
                self._act(event)
            case WaitEvent():
                self._wait_for(event)
            case Sleep(seconds=seconds):
                self.session.sleep(min(seconds, LONGEST))

    def _run_command(self, event: CommandEvent, recorded: Result | None) -> None:
        """Run a command. A monitor is left out."""
        if runs_until_stopped(event.command):
            return

        limit = self._command_limit(event.command, recorded)
        command = self._pids.replace(event.command, self._present_pid)
        replayed = _run(self.session, command, limit=limit)
        self.comparison.report.commands += 1
        if recorded is not None:
            self.comparison.add_result(
                event, recorded=recorded, replayed=replayed, check=self.check
            )

    def _present_pid(self, recorded: PidOf) -> str:
        """Return the pid of a process of now; the recorded one where it could not be started."""
        process = self._present.get(recorded.number)
        return recorded.pid if process is None else str(process.pid)

    def _command_limit(self, command: Command, recorded: Result | None) -> float:
        """Return the limit of a command; the script's own where it was reached before."""
        if recorded is None:
            return self.limits.of_step(0.0, command.timeout)
        if recorded.timed_out and command.timeout is not None:
            return command.timeout
        return self.limits.of_step(recorded.seconds, command.timeout)

    def _start(self, event: ProcessEvent, recorded: Result | None) -> None:
        """Start a background process, and wait until it is ready."""
        options = SpawnOptions(
            ready=event.ready,
            ready_timeout=event.ready_timeout or DEFAULT_READY_TIMEOUT,
            ready_limit=self.limits.of_step(0.0, event.ready_timeout),
            log=event.log,
            writes_log=False,
            name=event.name,
        )
        self.comparison.report.processes += 1

        command = self._pids.replace(event.command, self._present_pid)
        try:
            process = self.session.start_process(command, options)
        except ProcessEnded as error:
            status, stderr = error.result.status, error.result.stderr
            replayed = Result(event.command, status, "", stderr)
            self._compare_failed_start(event, recorded, replayed=replayed)
        except ExecutorError as error:
            replayed = Result(event.command, 127, "", str(error))
            self._compare_failed_start(event, recorded, replayed=replayed)
        except WaitTimeout as error:
            # It never got ready in the recording either, if nothing was done to it.
            if not self._may_have_failed_to_start(event, recorded):
                self.comparison.add(step_label(event), _with_notes(error))
        except IpwrapError as error:
            self.comparison.add(step_label(event), str(error))
        else:
            self._running[event.number] = _Running(event, process, recorded)
            self._present[event.number] = process

    def _may_have_failed_to_start(self, event: ProcessEvent, recorded: Result | None) -> bool:
        """Return whether a process may have ended, or been ended, before it was ready."""
        outcomes = self.comparison.outcomes
        has_own_end = outcomes.has_own_end(event.number, recorded)
        return has_own_end and not outcomes.actions[event.number]

    def _compare_failed_start(
        self, event: ProcessEvent, recorded: Result | None, *, replayed: Result
    ) -> None:
        """Compare a process that ended before it was ready, or never started."""
        if self.comparison.outcomes.has_own_end(event.number, recorded):
            assert recorded is not None
            self.comparison.add_status(event, recorded=recorded, replayed=replayed)
        else:
            self._add_early_end(event, replayed)

    def _add_early_end(self, event: ProcessEvent, replayed: Result) -> None:
        """Add a process that ran longer in the recording."""
        self.comparison.add(
            step_label(event),
            f"ran until it was stopped -> ended, status {replayed.status} "
            f"{replayed.stderr.strip()}",
        )

    def _act(self, action: ProcessAction) -> None:
        """Do to a process what the script did; one that could not be started is reported."""
        running = self._running.get(action.number)
        if running is None:
            return

        if action.action == "signal":
            self._send_signal(running, action.signal or "")
        elif action.action == "stop":
            self._stop(running, action.seconds)
        elif self._has_ended_in_recording(running, action):
            self._await_end(running, action.seconds)
        else:
            self.comparison.report.waits += 1
            self._wait_in_vain(running.process, action.seconds)

    def _send_signal(self, running: _Running, signal: str) -> None:
        """Send a signal, which the system may not have."""
        try:
            running.process.send_signal(signal)
        except IpwrapError as error:
            self.comparison.add(step_label(running.event), str(error))

    def _stop(self, running: _Running, grace: float | None) -> None:
        """Stop a process. A failure before is a difference: in the recording it still ran."""
        early = running.process.result
        seconds = GRACE if grace is None else min(grace, self.limits.step)
        running.process.stop(seconds)
        del self._running[running.event.number]

        recorded_status = None if running.recorded is None else running.recorded.status
        if early is not None and early.status not in (0, recorded_status):
            self._add_early_end(running.event, early)

    def _has_ended_in_recording(self, running: _Running, action: ProcessAction) -> bool:
        """Return whether a wait for a process was not in vain."""
        was_running_at_end = action.number in self.comparison.outcomes.ran_to_the_end
        return running.recorded is not None and not was_running_at_end and not action.timed_out

    def _await_end(self, running: _Running, timeout: float | None) -> None:
        """Wait for a process that ended by itself when it was recorded, and compare its status."""
        assert running.recorded is not None
        self.comparison.report.waits += 1
        limit = self.limits.of_step(running.recorded.seconds)

        with contextlib.suppress(CommandTimeout):
            running.process.wait(timeout, limit=limit)
        self._compare_end(running, running.recorded, limit=limit)

    def _compare_end(self, running: _Running, recorded: Result, *, limit: float) -> None:
        """Compare the status of a process; end one that has not ended within its limit."""
        self._running.pop(running.event.number, None)
        replayed = running.process.result

        if replayed is None:
            running.process.end()
            self.comparison.add_hang(running.event, recorded, seconds=limit)
        else:
            self.comparison.add_status(running.event, recorded=recorded, replayed=replayed)

    def _wait_in_vain(self, process: BackgroundProcess, timeout: float | None) -> None:
        """Wait a little for a process that went on in the recording."""
        with contextlib.suppress(CommandTimeout):
            process.wait(timeout, limit=self.limits.of_missed_wait(timeout))

    def _wait_for(self, event: WaitEvent) -> None:
        """Wait for a condition. In vain is a difference, unless it was so in the recording."""
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

    def finish(self) -> None:
        """Compare the processes that nobody waited for; those that ran to the end go on."""
        for running in list(self._running.values()):
            event, recorded = running.event, running.recorded
            replayed = running.process.result

            if recorded is not None and self._has_own_end(event, recorded):
                limit = self.limits.of_step(recorded.seconds)
                _poll_end(running.process, limit)
                self._compare_end(running, recorded, limit=limit)
            elif replayed is not None and not replayed.ok and self._ran_to_the_end(event):
                self._add_early_end(event, replayed)

    def _has_own_end(self, event: ProcessEvent, recorded: Result) -> bool:
        """Return whether a recorded process ended by itself."""
        return self.comparison.outcomes.has_own_end(event.number, recorded)

    def _ran_to_the_end(self, event: ProcessEvent) -> bool:
        """Return whether a process ended with the recorded session."""
        return event.number in self.comparison.outcomes.ran_to_the_end


def _run(session: Session, command: Command, *, limit: float) -> Result:
    """Run a command; a missing program is the status 127 of a shell, as in the recording."""
    try:
        return session.run(command, check=False, limit=limit)
    except ExecutorError as error:
        return Result(command, 127, "", str(error))


def _poll_end(process: BackgroundProcess, seconds: float) -> None:
    """Wait for the end of a process that the script did not wait for: it is not recorded."""
    deadline = time.monotonic() + seconds
    while process.running and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)


def _wait_label(event: WaitEvent) -> str:
    """Return condition, namespace and call site of a wait, for a report."""
    namespace = "" if event.netns is None else f" in {event.netns}"
    site = "" if event.call_site is None else f" ({event.call_site})"
    return f"wait for {event.condition}{namespace}{site}"


def _in_vain(event: WaitEvent, error: WaitTimeout, *, limit: float) -> str:
    """Return the difference of a wait whose time was up."""
    seen = error.seen or "nothing"
    return f"after {event.seconds:.3g} s -> not within {limit:.3g} s; last seen: {seen}"


def _with_notes(error: WaitTimeout) -> str:
    """Return the message of an error with its notes."""
    return "\n".join([str(error), *getattr(error, "__notes__", ())])
