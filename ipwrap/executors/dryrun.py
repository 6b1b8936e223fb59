"""`DryRun`: runs nothing; every command succeeds without output."""

import signal as signals
from itertools import count

from attrs import define, field

from ipwrap.command import Command
from ipwrap.conditions import Condition, Observation
from ipwrap.executors.background import BackgroundProgram
from ipwrap.executors.base import Reply
from ipwrap.executors.steps import Action
from ipwrap.executors.stream import FinishedStream
from ipwrap.places import Place

__all__ = ["DryRun"]

# Above PID_MAX_LIMIT of include/linux/threads.h: no word of a command is such a pid by accident.
FIRST_PID = (1 << 22) + 1
STOPPED = 128 + signals.SIGTERM  # a shell's status


@define(eq=False)
class _IdleProgram:
    """A background program that was not started, and seems to run until a wait or a stop."""

    pid: int
    status: int | None = None

    def wait(self, seconds: float | None) -> bool:
        """Return at once: the program has succeeded, unless it was ended."""
        if self.status is None:
            self.status = 0
        return True

    def send_signal(self, number: int) -> None:
        """Note the end by SIGTERM."""
        if number == signals.SIGTERM and self.status is None:
            self.status = STOPPED

    def output(self) -> tuple[bytes, bytes]:
        """Return nothing."""
        return b"", b""

    def close(self) -> None:
        """End the program."""
        self.send_signal(signals.SIGTERM)


@define
class DryRun:
    """Run nothing. Changes are recorded, for an export as a script; reads get an empty list.

    Background processes, waits and pauses are recorded as well: processes run until they are
    stopped or waited for, waits are satisfied at once.
    """

    live: bool = False
    _pids: "count[int]" = field(factory=lambda: count(FIRST_PID), init=False, repr=False, eq=False)

    def run(self, command: Command, place: Place) -> Reply:
        """Return a success, with `[]` as output of a command that prints JSON."""
        stdout = "[]\n" if "-j" in command.argv else ""
        return Reply(stdout=stdout)

    def listen(self, command: Command, place: Place) -> FinishedStream:
        """Return a stream that has ended, without output."""
        return FinishedStream(self.run(command, place))

    def start(self, command: Command, place: Place, *, log: str | None) -> BackgroundProgram:
        """Return a process with an impossible pid, for later commands that name the pid."""
        return _IdleProgram(next(self._pids))

    def sleep(self, seconds: float) -> None:
        """Do not pause."""

    def wait_for(
        self, condition: Condition, netns: str | None, *, timeout: float
    ) -> Observation | None:
        """Take every condition for satisfied."""
        return Observation(True)

    def wait_until_ready(self, program: BackgroundProgram) -> Observation | None:
        """Take every process for ready."""
        return Observation(True)

    def act(self, program: BackgroundProgram, action: Action, *, signal: str | None = None) -> None:
        """Do nothing: the recording has the action."""

    def close(self) -> None:
        """Do nothing: no resources are held."""
