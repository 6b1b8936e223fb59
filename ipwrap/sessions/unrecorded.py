"""`UnrecordedRunner`: commands that leave no trace in the recording, since the script did not ask for them."""

from attrs import evolve, frozen

from ipwrap.command import Command
from ipwrap.executors import Executor
from ipwrap.places import Place
from ipwrap.places.iproute2 import iproute2_version
from ipwrap.result import Result

__all__ = ["UnrecordedRunner"]


@frozen
class UnrecordedRunner:
    """A runner past the journal: for the reads of a snapshot, the release of iproute2, and what a person would see."""

    executor: Executor
    place: Place

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run a command; raise `CommandError` for a failed one if ``check``."""
        reply = self.executor.run(command, self.place)
        result = Result(command, reply.status, reply.stdout, reply.stderr)
        return result.check() if check else result

    def iproute2(self) -> str | None:
        """Return iproute2's release, as `ip -V` says it; None where nothing runs.

        Raises `ExecutorError` where iproute2 is missing, is BusyBox's, or is older than 5.4.
        """
        return iproute2_version(self.place) if self.executor.live else None

    def with_text(self, result: Result) -> Result:
        """Return a result with what a person would have seen of it, if it is JSON that they would not have."""
        typed = result.command.without_json_flags
        if typed is result.command or result.command.changes:
            return result
        seen = self.run(typed, check=False)
        return evolve(result, text=seen.stdout) if seen.ok else result
