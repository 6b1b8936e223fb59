"""`UndoRunner`: what runs commands in a place and leaves no trace: what is undone is not to be undone again."""

import os

from attrs import define, evolve, field

from ipwrap.command import Command
from ipwrap.executors import Batch, Executor
from ipwrap.options.validation import FIRST_NETNS
from ipwrap.places import Place
from ipwrap.places.iproute2 import iproute2_version
from ipwrap.result import Result

__all__ = ["UndoRunner"]


@define
class UndoRunner:
    """A runner past every journal, in a `with` block. A place that was open before stays so."""

    place: Place
    executor: Executor = field(factory=Batch)
    _owns_place: bool = field(default=False, init=False)

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run a command; raise `CommandError` for a failed one if ``check``."""
        if not self.place.isolated:
            command = _from_here(command)
        reply = self.executor.run(command, self.place)
        result = Result(command, reply.status, reply.stdout, reply.stderr)
        return result.check() if check else result

    def __enter__(self) -> "UndoRunner":
        self._owns_place = self.place.open()
        try:
            iproute2_version(self.place)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.executor.close()
        if self._owns_place:
            self.place.close()


def _from_here(command: Command) -> Command:
    """Return a command to which the first namespace is the one that we are in: process 1 may be in another."""
    if FIRST_NETNS not in command.argv:
        return command
    here = f"/proc/{os.getpid()}/ns/net"
    return evolve(
        command, argv=tuple(here if word == FIRST_NETNS else word for word in command.argv)
    )
