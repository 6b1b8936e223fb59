"""`DryRun`: runs nothing; every command succeeds without output."""

from attrs import define

from ipwrap.command import Command
from ipwrap.executors.base import Reply
from ipwrap.executors.stream import FinishedStream
from ipwrap.places import Place

__all__ = ["DryRun"]


@define
class DryRun:
    """Run nothing. Changes are recorded, for an export as a script; reads get an empty list."""

    live: bool = False

    def run(self, command: Command, place: Place) -> Reply:
        """Return a success, with `[]` as output of a command that prints JSON."""
        stdout = "[]\n" if "-j" in command.argv else ""
        return Reply(stdout=stdout)

    def listen(self, command: Command, place: Place) -> FinishedStream:
        """Return a stream that has ended, without output."""
        return FinishedStream(self.run(command, place))

    def close(self) -> None:
        """Do nothing: no resources are held."""
