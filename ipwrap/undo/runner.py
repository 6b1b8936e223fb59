"""`Past`: what runs commands in a place and leaves no trace: what is undone is not to be undone again."""

from attrs import define, field

from ipwrap.command import Command
from ipwrap.executors import Batch, Executor
from ipwrap.places import Place
from ipwrap.result import Result

__all__ = ["Past"]


@define
class Past:
    """A runner past every journal, in a `with` block. A place that was open before stays so."""

    place: Place
    executor: Executor = field(factory=Batch)
    _owns_place: bool = field(default=False, init=False)

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run a command; raise `CommandError` for a failed one if ``check``."""
        reply = self.executor.run(command, self.place)
        result = Result(command, reply.status, reply.stdout, reply.stderr)
        return result.check() if check else result

    def __enter__(self) -> "Past":
        self._owns_place = self.place.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.executor.close()
        if self._owns_place:
            self.place.close()
