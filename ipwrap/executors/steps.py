"""`StepExecutor`: an executor that answers waits, pauses and actions itself, without a kernel."""

from typing import Literal, Protocol, runtime_checkable

from ipwrap.conditions import Condition, Observation
from ipwrap.executors.background import BackgroundProgram

__all__ = ["Action", "StepExecutor"]

Action = Literal["signal", "stop", "wait"]


@runtime_checkable
class StepExecutor(Protocol):
    """An executor that runs nothing, such as a playback or a dry run.

    An observation of None asks the session to observe by commands: a playback returns None if it
    has come to the end of the recording, and runs the following commands.
    """

    def sleep(self, seconds: float) -> None:
        """Pause, or do not."""

    def wait_for(
        self, condition: Condition, netns: str | None, *, timeout: float
    ) -> Observation | None:
        """Return the outcome of a wait."""

    def wait_until_ready(self, program: BackgroundProgram) -> Observation | None:
        """Return whether a program became ready; one that ended before has a status then."""

    def act(self, program: BackgroundProgram, action: Action, *, signal: str | None = None) -> None:
        """Note an action of the script on a program, before the action; a wait, at its end."""
