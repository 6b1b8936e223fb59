"""`RemotePipeline`: changes sent to another machine in a row, without waiting for single replies.

A shell runs the changes in the order of the script, as processes: no change has to wait for another
namespace, and no name is cached.
"""

from collections.abc import Callable, Sequence
from typing import Generic

from attrs import define, field

from ipwrap.command import Command
from ipwrap.errors import ExecutorError
from ipwrap.executors.base import Reply
from ipwrap.executors.batch import Batch
from ipwrap.executors.lane import AnyChange
from ipwrap.executors.remote_lines import can_be_line
from ipwrap.places.remote import RemotePlace

__all__ = ["RemotePipeline"]

MAX_LINES = 64  # lines collected before they are recorded and sent


@define(eq=False)
class RemotePipeline(Generic[AnyChange]):
    """Changes that are collected, and sent together: see `ipwrap.executors.pipeline.Pipeline`."""

    batch: Batch
    place: RemotePlace
    on_reply: Callable[[AnyChange, Reply | ExecutorError], None]
    before_send: Callable[[Sequence[AnyChange]], None]
    _window: list[AnyChange] = field(factory=list)

    def add(self, change: AnyChange) -> None:
        """Add a change. A change that needs a separate shell runs by itself."""
        if not can_be_line(change.command):
            self.drain()
            self.before_send([change])
            self.on_reply(change, self._run_separately(change.command))
            return

        self._window.append(change)
        if len(self._window) >= MAX_LINES:
            self.drain()

    def _run_separately(self, command: Command) -> Reply | ExecutorError:
        """Run a command while no other command is in transit. Raises `ConnectionLost`."""
        try:
            return self.batch.run(command, self.place)
        except ExecutorError as error:
            return error

    def drain(self) -> None:
        """Send the collected changes, and wait for the replies.

        Raises `ConnectionLost`, and `ExecutorError` for a shell that was ended from outside: then
        the replies that have come are delivered, and of the next change nobody knows.
        """
        window, self._window = self._window, []
        if not window:
            return

        self.before_send(window)
        replies: list[Reply] = []
        try:
            commands = [change.command for change in window]
            self.batch.lines_of(self.place).run_many(commands, replies)
        finally:
            for change, reply in zip(window, replies, strict=False):
                self.on_reply(change, reply)

    def abort(self) -> None:
        """Send nothing more. No change is in transit outside of `drain`."""
        self._window = []
