"""`ProcessReplay`: run the background processes of a recording again."""

import contextlib
import time

from attrs import define, field

from ipwrap.background_process import GRACE, BackgroundProcess
from ipwrap.command import Command
from ipwrap.errors import (
    CommandTimeout,
    ExecutorError,
    IpwrapError,
    ProcessEnded,
    WaitTimeout,
)
from ipwrap.export.pids import PidOf, ProcessPids
from ipwrap.recording import ProcessAction, ProcessEvent, Step
from ipwrap.replay.comparison import Comparison, step_label
from ipwrap.replay.limits import Limits
from ipwrap.result import Result
from ipwrap.session import Session
from ipwrap.sessions.processes import SpawnOptions

__all__ = ["ProcessReplay"]

POLL_SECONDS = 0.02
DEFAULT_READY_TIMEOUT = SpawnOptions().ready_timeout


@define
class _ReplayedProcess:
    """A background process of the replay, and its recorded result."""

    event: ProcessEvent
    process: BackgroundProcess
    recorded: Result | None


@define
class ProcessReplay:
    """Starts background processes in a session, repeats the script's actions, and compares.

    - ``_started``: the started processes, by number
    - ``_uncompared``: the started processes whose status is still to be compared
    - ``_pids``: the recorded pids, which commands get replaced by present pids
    """

    session: Session
    comparison: Comparison
    limits: Limits
    _started: dict[int, BackgroundProcess] = field(factory=dict, init=False)
    _uncompared: dict[int, _ReplayedProcess] = field(factory=dict, init=False)
    _pids: ProcessPids = field(factory=ProcessPids, init=False)

    def note_pid(self, event: Step) -> None:
        """Note the pid in a step. Has to get every step, before the step is run."""
        self._pids.note(event)

    def with_present_pids(self, command: Command) -> Command:
        """Return a command with present pids in place of recorded pids."""
        return self._pids.replace(command, self._present_pid)

    def _present_pid(self, recorded: PidOf) -> str:
        """Return the present pid of a process; the recorded pid if the process did not start."""
        process = self._started.get(recorded.number)
        return recorded.pid if process is None else str(process.pid)

    def start(self, event: ProcessEvent, recorded: Result | None) -> None:
        """Start a process, and wait until it is ready."""
        # The recorded path may be a file of the user: no log is written.
        options = SpawnOptions(
            ready=event.ready,
            ready_timeout=event.ready_timeout or DEFAULT_READY_TIMEOUT,
            ready_limit=self.limits.of_step(0.0, event.ready_timeout),
            log=event.log,
            writes_log=False,
            # A session has recorded the stop before the deletion; in a script of others there may
            # be none.
            outlives_netns=True,
            name=event.name,
        )
        self.comparison.report.processes += 1

        command = self.with_present_pids(event.command)
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
            if not self._may_have_failed_to_start(event, recorded):
                self.comparison.add(step_label(event), str(error))
        except IpwrapError as error:
            self.comparison.add(step_label(event), str(error))
        else:
            self._started[event.number] = process
            self._uncompared[event.number] = _ReplayedProcess(event, process, recorded)

    def _may_have_failed_to_start(self, event: ProcessEvent, recorded: Result | None) -> bool:
        """Return whether a recorded process may have ended, or been ended, before it was ready.

        Such a process has ended without an action of the script.
        """
        has_actions = self.comparison.outcomes.actions[event.number] > 0
        return self._has_own_end(event, recorded) and not has_actions

    def _compare_failed_start(
        self, event: ProcessEvent, recorded: Result | None, *, replayed: Result
    ) -> None:
        """Compare a process that ended before it was ready, or never started."""
        if recorded is not None and self._has_own_end(event, recorded):
            self.comparison.add_status(event, recorded=recorded, replayed=replayed)
        else:
            self._add_early_end(event, replayed)

    def _add_early_end(self, event: ProcessEvent, replayed: Result) -> None:
        """Add the difference of a process that ran longer in the recording."""
        self.comparison.add(
            step_label(event),
            f"ran until it was stopped -> ended, status {replayed.status} "
            f"{replayed.stderr.strip()}",
        )

    def act(self, action: ProcessAction) -> None:
        """Signal, stop, or wait for a process, as the script did.

        A process that failed to start or hung is a difference already.
        """
        replayed = self._uncompared.get(action.number)
        if replayed is None:
            return

        if action.action == "signal":
            self._send_signal(replayed, action.signal or "")
        elif action.action == "stop":
            self._stop(replayed, action.seconds)
        elif self._has_ended_in_recording(replayed, action):
            self._await_end(replayed, action.seconds)
        else:
            self.comparison.report.waits += 1
            self._wait_in_vain(replayed.process, action.seconds)

    def _send_signal(self, replayed: _ReplayedProcess, signal: str) -> None:
        """Send a signal, which the system may not have."""
        try:
            replayed.process.send_signal(signal)
        except IpwrapError as error:
            self.comparison.add(step_label(replayed.event), str(error))

    def _stop(self, replayed: _ReplayedProcess, grace: float | None) -> None:
        """Stop a process. A failure before is a difference: in the recording it still ran."""
        early_result = replayed.process.result
        seconds = GRACE if grace is None else min(grace, self.limits.step)
        replayed.process.stop(seconds)
        del self._uncompared[replayed.event.number]

        recorded_status = None if replayed.recorded is None else replayed.recorded.status
        if early_result is not None and early_result.status not in (0, recorded_status):
            self._add_early_end(replayed.event, early_result)

    def _has_ended_in_recording(self, replayed: _ReplayedProcess, action: ProcessAction) -> bool:
        """Return whether a process ended during a recorded wait for its end."""
        if replayed.recorded is None or action.timed_out:
            return False
        return not self._ran_to_the_end(replayed.event)

    def _await_end(self, replayed: _ReplayedProcess, timeout: float | None) -> None:
        """Wait for a process that ended by itself in the recording, and compare its status."""
        assert replayed.recorded is not None
        self.comparison.report.waits += 1
        limit = self.limits.of_step(replayed.recorded.seconds)

        with contextlib.suppress(CommandTimeout):
            replayed.process.wait(timeout, limit=limit)
        self._compare_end(replayed, replayed.recorded, limit=limit)

    def _compare_end(self, replayed: _ReplayedProcess, recorded: Result, *, limit: float) -> None:
        """Compare the status of a process; end a process that has not ended within the limit."""
        self._uncompared.pop(replayed.event.number, None)
        result = replayed.process.result

        if result is None:
            replayed.process.end()
            self.comparison.add_hang(replayed.event, recorded, seconds=limit)
        else:
            self.comparison.add_status(replayed.event, recorded=recorded, replayed=result)

    def _wait_in_vain(self, process: BackgroundProcess, timeout: float | None) -> None:
        """Wait a little for a process that went on in the recording."""
        with contextlib.suppress(CommandTimeout):
            process.wait(timeout, limit=self.limits.of_missed_wait(timeout))

    def finish(self) -> None:
        """Compare the processes that the script did not wait for, except the running processes."""
        for replayed in list(self._uncompared.values()):
            event, recorded = replayed.event, replayed.recorded
            early_result = replayed.process.result

            if recorded is not None and self._has_own_end(event, recorded):
                limit = self.limits.of_step(recorded.seconds)
                _poll_end(replayed.process, limit)
                self._compare_end(replayed, recorded, limit=limit)
            elif early_result is not None and not early_result.ok and self._ran_to_the_end(event):
                self._add_early_end(event, early_result)

    def _has_own_end(self, event: ProcessEvent, recorded: Result | None) -> bool:
        """Return whether a recorded process ended by itself."""
        return self.comparison.outcomes.has_own_end(event.number, recorded)

    def _ran_to_the_end(self, event: ProcessEvent) -> bool:
        """Return whether a recorded process ended with its session."""
        return event.number in self.comparison.outcomes.ran_to_the_end


def _poll_end(process: BackgroundProcess, seconds: float) -> None:
    """Wait for the end of a process, without a recorded wait: the script had none."""
    deadline = time.monotonic() + seconds
    while process.running and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
