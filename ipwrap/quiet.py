"""`Quiet`: commands that leave no trace in the recording, since the script did not ask for them."""

from attrs import evolve, frozen

from ipwrap.command import Command
from ipwrap.executors import Executor
from ipwrap.places import Place
from ipwrap.result import Result

__all__ = ["Quiet", "version_of"]


@frozen
class Quiet:
    """A runner past the journal: for the reads of a snapshot, the release of iproute2, and what a person would see."""

    executor: Executor
    place: Place

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run a command; raise `CommandError` for a failed one if ``check``."""
        reply = self.executor.run(command, self.place)
        result = Result(command, reply.status, reply.stdout, reply.stderr)
        return result.check() if check else result

    def iproute2(self) -> str | None:
        """Return iproute2's release, as `ip -V` says it; None where nothing runs."""
        if not self.executor.live:
            return None
        return version_of(self.run(Command(("ip", "-V"), changes=False), check=False).stdout)

    def with_text(self, result: Result) -> Result:
        """Return a result with what a person would have seen of it, if it is JSON that they would not have."""
        typed = result.command.typed
        if typed is result.command or result.command.changes:
            return result
        seen = self.run(typed, check=False)
        return evolve(result, text=seen.stdout) if seen.ok else result


def version_of(said: str) -> str | None:
    """Return the release in `ip utility, iproute2-6.1.0, libbpf 1.1.2` (through 5.4 a date: `iproute2-ss190708`)."""
    _, found, rest = said.partition("iproute2-")
    return rest.split(",")[0].strip() if found else None
