"""`RerunSteps`: run recorded processes, waits and pauses again, to go on behind a recording."""

import contextlib
import signal as signals
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from attrs import define, field

from ipwrap.command import Command
from ipwrap.conditions import Condition, Observation
from ipwrap.errors import InvalidArgument
from ipwrap.executors.background import BackgroundProgram
from ipwrap.executors.base import Reply
from ipwrap.executors.recorded_entries import Entry, RecordedAction, RecordedProcess
from ipwrap.placeholders import PlaceholderMapper
from ipwrap.recording import ProcessAction, Sleep, WaitEvent
from ipwrap.result import Result
from ipwrap.secrets.secret import redact_text
from ipwrap.system.signals import signal_number

__all__ = ["RerunSteps", "Starter"]

PAUSE = 0.02  # seconds between two looks
GRACE = 3.0  # seconds between SIGTERM and the end by force
LEAST_LIMIT = 30.0  # seconds for a program to end by itself, however fast it was


class Starter(Protocol):
    """Starts a program in the place."""

    def __call__(self, command: Command, /, *, log: str | None) -> BackgroundProgram:
        """Start a command with the values of this machine."""


@define(eq=False)
class RerunSteps:
    """Runs the steps besides commands; it is also the `Prober` of their conditions.

    Logs are not written again: the script has, or has not, read them already.
    """

    start: Starter
    run_command: Callable[[Command], Reply]
    mapper: PlaceholderMapper
    _entries: Iterable[Entry]
    _recorded: dict[int, RecordedProcess] = field(factory=dict, init=False)
    _programs: dict[int, BackgroundProgram] = field(factory=dict, init=False)

    def __attrs_post_init__(self) -> None:
        for entry in self._entries:
            if isinstance(entry, RecordedProcess):
                self._recorded[entry.number] = entry

    def rerun(self, entry: Entry) -> str | None:
        """Run a step again. Return how it differs from the recorded one, or None."""
        match entry:
            case RecordedProcess():
                return self._start(entry)
            case RecordedAction():
                return self._act(entry.event)
            case WaitEvent() if entry.satisfied:
                return self._wait(entry.condition, entry.netns, timeout=entry.timeout)
            case Sleep():
                time.sleep(entry.seconds)
        return None

    def _start(self, recorded: RecordedProcess) -> str | None:
        """Start a program and wait until it is ready, unless it did not become ready."""
        if recorded.started is None:
            return None

        event = recorded.event
        program = self.start(self.mapper.to_machine(event.command), log=None)
        self._programs[event.number] = program
        self.mapper.mask_pid(program.pid)
        if event.ready is None:
            return None

        return self._wait(event.ready, event.command.netns, timeout=event.ready_timeout or 0.0)

    def _act(self, event: ProcessAction) -> str | None:
        """Do to a program what the script did."""
        program = self._programs.get(event.number)
        if program is None:
            return None

        if event.action == "signal":
            return _send_signal(program, event.signal or "")
        if event.action == "stop":
            program.send_signal(signals.SIGTERM)
            program.send_signal(signals.SIGCONT)
            program.wait(GRACE if event.seconds is None else event.seconds)
            program.close()
        elif not event.timed_out and not program.wait(self._limit(event.number)):
            return "the process has not ended again"
        return None

    def _limit(self, number: int) -> float:
        """Return the time limit for the end of a program, in seconds."""
        result = self._recorded[number].result
        return LEAST_LIMIT if result is None else max(LEAST_LIMIT, 10 * result.seconds)

    def _wait(self, condition: Condition, netns: str | None, *, timeout: float) -> str | None:
        """Check until a condition holds. Return the last observation of a failed wait."""
        condition, netns = self.mapper.wait_to_machine(condition, netns)
        deadline = time.monotonic() + timeout

        while True:
            is_last = time.monotonic() >= deadline
            observation: Observation = condition.look(self, netns)
            if observation.satisfied:
                return None
            if is_last:
                return f"{condition}: not within {timeout:g} s; last seen: {observation.seen}"
            time.sleep(PAUSE)

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run a command of a condition."""
        reply = self.run_command(command)
        result = Result(command, reply.status, reply.stdout, reply.stderr)
        return result.check() if check else result

    def process_output(self, name: str) -> str:
        """Return what a process has printed up to now. Raises `InvalidArgument`."""
        stdout, stderr = self._program_named(name).output()
        return (stdout + stderr).decode("utf-8", "surrogateescape")

    def process_pid(self, name: str) -> int:
        """Return the pid of a process inside the place. Raises `InvalidArgument`."""
        return self._program_named(name).pid

    def redact_text(self, text: str) -> str:
        """Return a text with names in place of the secrets that the processes were given."""
        values: dict[str, str] = {}
        for recorded in self._recorded.values():
            for secret in recorded.event.command.secrets:
                with contextlib.suppress(InvalidArgument):  # it has no value here
                    values[secret.name] = secret.reveal()
        return redact_text(text, values)

    def _program_named(self, name: str) -> BackgroundProgram:
        """Return the program of a process. Raises `InvalidArgument`."""
        for number, program in self._programs.items():
            if self._recorded[number].event.name == name:
                return program
        raise InvalidArgument(f"there is no process {name!r} in the recording")

    def take_running(self) -> dict[int, BackgroundProgram]:
        """Return the programs that had not ended in the recording; the others are ended."""
        running: dict[int, BackgroundProgram] = {}
        for number, program in self._programs.items():
            if self._recorded[number].end is None:
                running[number] = program
            else:
                program.close()

        self._programs.clear()
        return running

    def close(self) -> None:
        """End all programs, the newest first."""
        for program in reversed(list(self._programs.values())):
            program.close()


def _send_signal(program: BackgroundProgram, name: str) -> str | None:
    """Send a signal. Return the problem of a signal that the system does not have."""
    try:
        program.send_signal(signal_number(name))
    except InvalidArgument as error:
        return str(error)
    return None
