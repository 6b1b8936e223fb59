"""A place and an executor for tests: scripted replies and failures, without a kernel."""

from collections.abc import Mapping

from attrs import define, field

from ipwrap import Command
from ipwrap.executors import Reply
from ipwrap.places import Place
from ipwrap.result import Result

__all__ = ["ExecutorDouble", "PlaceDouble", "ReplyDouble"]


@define
class PlaceDouble:
    """A place that records its calls."""

    broken: bool = False
    name: str = "double"
    isolated: bool = False
    calls: list[str] = field(factory=list)

    def open(self) -> bool:
        """Record the call."""
        self.calls.append("open")
        return True

    def close(self) -> None:
        """Record the call, and fail if ``broken``."""
        self.calls.append("close")
        if self.broken:
            raise OSError("the place did not close")

    def host_path(self, path: str) -> str:
        """Return the path unchanged."""
        return path

    def wrap(
        self,
        argv: tuple[str, ...],
        *,
        variables: Mapping[str, str] | None = None,  # noqa: ARG002 - as `Place`
    ) -> tuple[str, ...]:
        """Return the argv unchanged."""
        return argv


@define
class ReplyDouble:
    """A runner that answers every command with the same output, and keeps the commands."""

    stdout: str = ""
    status: int = 0
    commands: list[Command] = field(factory=list)

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Keep a command, and return the output as its result."""
        self.commands.append(command)
        result = Result(command, self.status, self.stdout)
        return result.check() if check else result


@define
class ExecutorDouble:
    """An executor that returns the given replies in order, and raises the errors among them."""

    replies: list[Reply | BaseException] = field(factory=list)
    live: bool = False
    broken: bool = False
    closed: int = 0

    def run(self, command: Command, place: Place) -> Reply:  # noqa: ARG002 - as `Executor`
        """Return or raise the next reply."""
        reply = self.replies.pop(0) if self.replies else Reply()
        if isinstance(reply, BaseException):
            raise reply
        return reply

    def close(self) -> None:
        """Count the call, and fail if ``broken``."""
        self.closed += 1
        if self.broken:
            raise OSError("the executor did not close")
