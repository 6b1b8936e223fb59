"""`Executor`: the protocol of the ways to run commands."""

from typing import Protocol

from ipwrap.command import Command
from ipwrap.places import Place
from ipwrap.system.facts import fact

__all__ = ["Executor", "Reply"]


@fact
class Reply:
    """The outcome of a command, from which the session makes a `Result`.

    ``left_running``: the program left a running child behind.
    """

    status: int = 0
    stdout: str = ""
    stderr: str = ""
    timed_out: bool = False
    left_running: bool = False


class Executor(Protocol):
    """A way to run commands."""

    @property
    def live(self) -> bool:
        """Whether commands reach a kernel, whose state can be queried."""

    def run(self, command: Command, place: Place) -> Reply:
        """Run a command in a place, and return the outcome, whatever the exit status."""

    def close(self) -> None:
        """Release all resources. A second call has no effect."""
