"""`OpenProcesses`: the background processes of a session."""

import os
import threading
import time
from collections.abc import Callable
from typing import Literal

from attrs import define, field

from ipwrap.background_process import BackgroundProcess
from ipwrap.command import Command
from ipwrap.conditions import Condition
from ipwrap.conditions.process_condition import PROCESS_NAME
from ipwrap.errors import ExecutorError, InvalidArgument, IpwrapError, ProcessEnded
from ipwrap.executors import (
    BackgroundExecutor,
    BackgroundProgram,
    StepExecutor,
)
from ipwrap.options.validation import check_encodable
from ipwrap.recording import (
    ProcessAction,
    ProcessEvent,
    ProcessStarted,
    ResultEvent,
)
from ipwrap.recording.process_names import derive_process_name
from ipwrap.result import Result
from ipwrap.secrets.store import SecretStore
from ipwrap.sessions import log
from ipwrap.sessions.call_site import call_site
from ipwrap.sessions.journal import Journal
from ipwrap.sessions.waiting import (
    Waited,
    refuse_secret_values,
    timeout_error,
    wait_until,
)
from ipwrap.system.uts import without_uts

__all__ = ["OpenProcesses", "SpawnOptions"]

DAEMON_SECONDS = 2.0  # for the child of a daemon to become ready, once its parent has ended


@define(kw_only=True)
class SpawnOptions:
    """The options of a background process: the name, the log, and the condition of being ready.

    Three options are for a replay, and no part of the recording: ``ready_limit`` replaces
    ``ready_timeout``; without ``writes_log`` the output is kept as if no log were given; with
    ``outlives_netns`` the deletion of the namespace does not stop the process, as in a foreign
    script.
    """

    ready: Condition | None = None
    ready_timeout: float = 10.0
    log: str | None = None
    name: str | None = None
    ready_limit: float | None = None
    writes_log: bool = True
    outlives_netns: bool = False


@define
class _EarlyEnd:
    """The end of a process before it is ready, as an error."""

    process: BackgroundProcess
    ready: Condition
    _daemon_deadline: float | None = None

    def refuse(self) -> None:
        """Raise `ProcessEnded` if the process has ended."""
        result = self.process.redacted_result
        if result is not None:
            raise ProcessEnded(
                result,
                reason=f"it ended before it was ready: {self.ready}",
                printed=self.process.last_lines(),
            )

    def refuse_but_for_daemon(self) -> None:
        """Raise `ProcessEnded` if the process has ended, and no child may become ready.

        A daemon ends with status 0 while a child goes on: the child gets a moment more.
        """
        result = self.process.result
        if result is None:
            return

        if self._daemon_deadline is None:
            self._daemon_deadline = time.monotonic() + DAEMON_SECONDS
        if not result.ok or time.monotonic() >= self._daemon_deadline:
            self.refuse()


@define(eq=False)
class OpenProcesses:
    """Starts and ends the processes of a session, and records actions and ends.

    `OpenProcesses` is also the `Prober` of the session's conditions, some of which check a process.
    """

    journal: Journal
    secrets: SecretStore
    clock: Callable[[], float]
    _processes: dict[str, BackgroundProcess] = field(factory=dict, init=False)
    _names: set[str] = field(factory=set, init=False)
    _outliving: set[str] = field(factory=set, init=False)
    _lock: threading.Lock = field(factory=threading.Lock, init=False)
    _is_closed: bool = field(default=False, init=False)
    _owner: int = field(default=0, init=False)  # the pid of the Python process with the session

    def start(
        self, command: Command, options: SpawnOptions, *, site: str | None
    ) -> BackgroundProcess:
        """Start a process, wait until the process is ready, and record both.

        Raises `ExecutorError`, `ProcessEnded` for a process that has ended before it was ready, and
        `WaitTimeout` for a process that did not become ready, after ending the process.
        """
        executor = self._require_executor(command)
        if options.ready is not None:
            refuse_secret_values(options.ready, self)
        log_path = None if options.log is None else check_encodable(options.log, "log")
        event = self.journal.record_process(
            command,
            self._choose_name(command, options.name),
            ready=options.ready,
            ready_timeout=options.ready_timeout if options.ready is not None else None,
            log=log_path,
            call_site=site,
        )

        written_log = log_path if options.writes_log else None
        program = self._start_program(executor, event, log=written_log)
        try:
            process = BackgroundProcess(
                command,
                event.name,
                written_log,
                event.number,
                program,
                self,
                self.clock(),
                event.call_site,
            )
            self._add(process)
            if options.outlives_netns:
                self._outliving.add(event.name)
            limit = options.ready_limit or options.ready_timeout
            self._complete_start(process, options.ready, timeout=limit)
        except BaseException:  # nobody gets the process, so that nobody could stop it
            program.close()
            raise
        return process

    def _add(self, process: BackgroundProcess) -> None:
        """Note a process that `close` has to end. Raises `IpwrapError` after `close`."""
        with self._lock:
            self._owner = os.getpid()
            self._processes[process.name] = process
            if self._is_closed:
                raise IpwrapError("another thread has closed this session; make a new one")

    def _complete_start(
        self, process: BackgroundProcess, ready: Condition | None, *, timeout: float
    ) -> None:
        """Wait until a process is ready, and record the start."""
        seconds = 0.0
        if ready is not None:
            seconds = self._wait_until_ready(process, ready, timeout=timeout)
        if process.pid:
            self.journal.add(ProcessStarted(process.number, process.pid, seconds))

    def _require_executor(self, command: Command) -> BackgroundExecutor:
        """Return the executor. Raises `ExecutorError` for one without background processes."""
        executor = self.journal.unrecorded.executor
        if not isinstance(executor, BackgroundExecutor):
            kind = type(executor).__name__
            raise ExecutorError(f"{command.line}: a {kind} starts no background processes")
        return executor

    def _start_program(
        self, executor: BackgroundExecutor, event: ProcessEvent, *, log: str | None
    ) -> BackgroundProgram:
        """Start the program of a process, and record a failure to start it."""
        try:
            return executor.start(event.command, self.journal.unrecorded.place, log=log)
        except IpwrapError as error:
            self.journal.record_failure(event, error, started=self.clock(), seconds=0.0)
            raise

    def _wait_until_ready(
        self, process: BackgroundProcess, ready: Condition, *, timeout: float
    ) -> float:
        """Wait until a process is ready, and return the seconds; else end the process."""
        try:
            waited = self._look_until_ready(process, ready, timeout=timeout)
            if not waited.satisfied:
                seen = waited.observation.seen
                raise timeout_error(
                    ready,
                    process.command.netns,
                    timeout=timeout,
                    seen=seen,
                    place=self.journal.unrecorded.place.name,
                    call_site=process.call_site,
                    printed=f"  command:   {process.command.line}\n{process.last_lines()}",
                )
        except BaseException:
            process.end()
            raise

        return waited.seconds

    def _look_until_ready(
        self,
        process: BackgroundProcess,
        ready: Condition,
        *,
        timeout: float,
    ) -> Waited:
        """Look until a process is ready; in a playback, return the recorded observation."""
        end = _EarlyEnd(process, ready)
        executor = self.journal.unrecorded.executor
        if isinstance(executor, StepExecutor):
            observation = executor.wait_until_ready(process.program)
            if observation is not None:
                end.refuse()
                return Waited(observation, 0.0)

        return wait_until(
            ready,
            self,
            netns=process.command.netns,
            timeout=timeout,
            require_possible=end.refuse_but_for_daemon,
        )

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run a command of a condition, without an entry in the recording."""
        return self.journal.unrecorded.run(command, check=check)

    def process_output(self, name: str) -> str:
        """Return the output of a process so far. Raises `InvalidArgument`."""
        process = self._named(name)
        # Apart, since the last line of stdout may be unfinished: a pattern would match across.
        return f"{process.stdout}\n{process.stderr}"

    def process_pid(self, name: str) -> int:
        """Return the pid of a process inside the place. Raises `InvalidArgument`."""
        return self._named(name).pid

    def _named(self, name: str) -> BackgroundProcess:
        """Return the process with a name. Raises `InvalidArgument` if there is none."""
        process = self._processes.get(name)
        if process is None:
            known = ", ".join(self._processes) or "none"
            raise InvalidArgument(f"there is no process {name!r}; the session has: {known}")
        return process

    @property
    def running(self) -> list[BackgroundProcess]:
        """The processes that have not ended, the oldest first."""
        return [process for process in list(self._processes.values()) if process.running]

    def running_numbers(self) -> tuple[int, ...]:
        """Return the numbers of the processes that have not ended, the oldest first."""
        return tuple(process.number for process in self.running)

    def stop_deleted(self, command: Command) -> None:
        """Stop the processes in the namespaces that a command deletes.

        A process inside would keep the namespace and its links alive.
        """
        if not self._processes:
            return

        for process in reversed(self.running):
            is_stopped = process.name not in self._outliving
            if is_stopped and command.deletes_namespace(process.command.netns):
                process.stop()

    def close(self) -> None:
        """End all processes, the newest first, with the processes started by each."""
        with self._lock:
            self._is_closed = True
            processes = list(self._processes.values())

        failures: list[BaseException] = []
        for process in reversed(processes):
            try:
                process.end()
            except BaseException as error:  # the others are to end as well
                failures.append(error)

        if failures:
            raise failures[0]

    def record_action(
        self,
        process: BackgroundProcess,
        action: Literal["signal", "stop", "wait"],
        *,
        signal: str | None = None,
        seconds: float | None = None,
        timed_out: bool = False,
    ) -> str | None:
        """Record a call of the script, and return where it is; record nothing in a forked child."""
        site = call_site()
        if os.getpid() != self._owner:
            return site

        executor = self.journal.unrecorded.executor
        if isinstance(executor, StepExecutor):
            executor.act(process.program, action, signal=signal)

        event = ProcessAction(process.number, action, signal, seconds, site, timed_out=timed_out)
        self.journal.add(event)
        return site

    @property
    def has_secrets(self) -> bool:
        """Whether the session has secrets."""
        return self.secrets.has_values

    def redact_text(self, text: str) -> str:
        """Return a text with the session's secrets replaced by their names."""
        return self.secrets.redact_text(text)

    def record_end(self, process: BackgroundProcess, result: Result) -> Result:
        """Record the end of a process, except in a forked child of this Python process."""
        if os.getpid() != self._owner:
            return result

        redacted = self.secrets.redact(result)
        self.journal.recording.append(ResultEvent(process.number, redacted))
        log.command_ran(process.number, redacted)
        return redacted

    def free_name(self, stem: str) -> str:
        """Return an unused name: the stem, with a number if a process has had the stem."""
        return derive_process_name(stem, self._names)

    def number_name(self, name: str) -> str:
        """Return a name, with a number behind it if a process has had it."""
        return derive_process_name(name, self._names) if name in self._names else name

    def _choose_name(self, command: Command, name: str | None) -> str:
        """Return the name of a new process: the given name, or a name made from the program.

        Raises `InvalidArgument` for a used name, and for a name that is no valid variable.
        """
        if name is not None and not PROCESS_NAME.fullmatch(name):
            raise InvalidArgument(
                f"name: {name!r} is not fit for a variable of a script: give a small letter, then "
                "at most 31 small letters, digits and underscores"
            )

        with self._lock:
            if name is not None and name in self._names:
                raise InvalidArgument(f"name: the session has had a process {name!r} already")
            if name is None:
                name = derive_process_name(without_uts(command.argv)[0], self._names)
            self._names.add(name)

        return name
