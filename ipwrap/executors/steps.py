"""`StepExecutor`: an executor that answers waits, pauses and actions itself, without a kernel."""

from typing import Literal, Protocol, runtime_checkable

from ipwrap.conditions import Condition, Observation
from ipwrap.executors.background import BackgroundProgram

__all__ = ["Action", "StepExecutor"]

Action = Literal["signal", "stop", "wait"]


@runtime_checkable
class StepExecutor(Protocol):
    """An executor that runs nothing, such as a playback or a dry run.

    None as an observation asks the session to look by commands: a playback that has come to the end
    of its recording, and runs what follows, does so.
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
        """Note what the script does to a program, before it is done; a wait at its end."""
