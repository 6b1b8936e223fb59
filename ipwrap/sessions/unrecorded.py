"""`UnrecordedRunner`: run commands in a place without an entry in the recording."""

import os
from collections.abc import Generator, Sequence
from typing import Any, Self

from attrs import define, evolve, field

from ipwrap.command import Command
from ipwrap.executors import Batch, Executor, Reply
from ipwrap.executors.watched_namespaces import read_netns_names
from ipwrap.options.validation import FIRST_NETNS
from ipwrap.places import Place
from ipwrap.places.iproute2 import iproute2_version
from ipwrap.places.remote import is_remote
from ipwrap.result import Result

__all__ = ["UnrecordedRunner"]


@define
class UnrecordedRunner:
    """A runner that bypasses the journal.

    A session takes snapshots, reads iproute2's release, and repeats reads as text. Undo runs
    commands inside a `with` block, which opens the place unless the place is open already.
    """

    place: Place
    executor: Executor = field(factory=Batch)
    _owns_place: bool = field(default=False, init=False)

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run a command; raise `CommandError` for a failed one if ``check``."""
        if not self.place.isolated:
            command = _with_own_netns(command, self.place)

        result = _to_result(command, self.executor.run(command, self.place))
        return result.check() if check else result

    @property
    def _sees_place(self) -> bool:
        """Whether files of the place and notifications of its kernel are seen from here."""
        return isinstance(self.executor, Batch) and not is_remote(self.place)

    def netns_names(self) -> list[str] | None:
        """Return the names of all namespaces; None if only `ip netns list` can list the names."""
        if not self._sees_place:
            return None
        return read_netns_names(self.place)

    def describe_link(self, netns: str | None, name: str) -> dict[str, Any] | None:
        """Return the identity of a link; None if only `ip link show` can read it."""
        if not self._sees_place:
            return None
        assert isinstance(self.executor, Batch)
        return self.executor.workers.describe_link(netns, name, place=self.place)

    def read_together(
        self, commands: Sequence[Command], *, retires_workers: bool = False
    ) -> Generator[tuple[int, Result], None, None]:
        """Run reads at once, and yield results as they come: see `SurveyRunner`."""
        if not isinstance(self.executor, Batch):
            return

        replies = self.executor.read_together(commands, self.place, retires_workers=retires_workers)
        for position, timed in replies:
            yield position, _to_result(commands[position], timed.reply)

    def iproute2(self) -> str | None:
        """Return iproute2's release as `ip -V` prints it; None where nothing runs.

        Raises `ExecutorError` where iproute2 is missing, is BusyBox's, or is older than 5.4.
        """
        return iproute2_version(self.place) if self.executor.live else None

    def with_text(self, result: Result) -> Result:
        """Return the result of a JSON read with the text that the command prints without `-j`."""
        command = result.command.without_json_flags
        if command is result.command or result.command.changes:
            return result

        reply = self.run(command, check=False)
        return evolve(result, text=reply.stdout) if reply.ok else result

    def __enter__(self) -> Self:
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


def _to_result(command: Command, reply: Reply) -> Result:
    """Return the result of a command from an executor's reply."""
    return Result(command, reply.status, reply.stdout, reply.stderr, timed_out=reply.timed_out)


def _with_own_netns(command: Command, place: Place) -> Command:
    """Return a command for the host in which the first namespace is this process's own.

    In a container, or below `unshare`, process 1 may be in another network namespace. On another
    machine, the first namespace is the namespace of the login.
    """
    if FIRST_NETNS not in command.argv:
        return command

    pid = place.machine.shell if is_remote(place) else os.getpid()
    own_netns = f"/proc/{pid}/ns/net"
    argv = tuple(own_netns if word == FIRST_NETNS else word for word in command.argv)
    return evolve(command, argv=argv)
