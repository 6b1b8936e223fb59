"""`Executor`: how a command runs."""

from typing import Protocol

from attrs import frozen

from ipwrap.command import Command
from ipwrap.places import Place

__all__ = ["Executor", "Reply"]


@frozen
class Reply:
    """What a command gave back, before the session makes a `Result` of it."""

    status: int = 0
    stdout: str = ""
    stderr: str = ""
    timed_out: bool = False


class Executor(Protocol):
    """A way to run commands."""

    @property
    def live(self) -> bool:
        """Whether commands reach a kernel, so that its state can be asked for."""

    def run(self, command: Command, place: Place) -> Reply:
        """Run one command in the place and return what it gave back, whatever its status."""

    def close(self) -> None:
        """Give up what it holds. Calling it again does nothing."""
