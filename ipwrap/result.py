"""`Result`: what a command gave back."""

from typing import Any, Self

from attrs import field, frozen

from ipwrap.command import Command
from ipwrap.errors import OutputError, error_for
from ipwrap.jsonio import reader

__all__ = ["Result"]


@frozen
class Result:
    """The command, its exit status, what it wrote, and when it ran.

    ``started`` is in seconds since the epoch, ``seconds`` is how long it took, ``at`` is the file and line that asked.
    ``text`` is what a person would have seen of a read, where the session keeps that (``transcript=True``).
    ``queued`` says that it is a change in a ``session.batch()`` block, of which nothing is known before the block ends.
    A command that ran out of its time has ``timed_out`` set, and the status 124, as of timeout(1).
    """

    command: Command
    status: int = 0
    stdout: str = field(default="", repr=False)
    stderr: str = ""
    started: float = field(default=0.0, eq=False, repr=False)
    seconds: float = field(default=0.0, eq=False, repr=False)
    call_site: str | None = field(default=None, eq=False)
    timed_out: bool = False
    text: str | None = field(default=None, eq=False, repr=False)
    queued: bool = field(default=False, eq=False, repr=False)

    @property
    def ok(self) -> bool:
        """Whether it ended with status 0."""
        return self.status == 0

    @property
    def line(self) -> str:
        """The command as one would type it."""
        return self.command.line

    @property
    def netns(self) -> str | None:
        """The namespace it ran in."""
        return self.command.netns

    def check(self) -> Self:
        """Return itself, or raise the `CommandError` that tells what its stderr means."""
        if self.ok:
            return self
        raise error_for(self)

    def json(self) -> Any:
        """Return stdout as JSON.

        Nothing at all is an empty list, as of `ip -j netns list` where there is no /run/netns. Raises `OutputError`.
        """
        if not self.stdout.strip():
            return []
        try:
            return reader.decode(self.stdout)
        except OutputError as error:
            raise OutputError(f"{self.line}: {error}") from error
