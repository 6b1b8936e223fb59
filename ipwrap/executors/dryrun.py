"""`DryRun`: nothing runs; every command ends well and says nothing."""

from attrs import define

from ipwrap.command import Command
from ipwrap.executors.base import Reply
from ipwrap.executors.stream import FinishedStream
from ipwrap.places import Place

__all__ = ["DryRun"]


@define
class DryRun:
    """Run nothing. Changes are recorded, so a script can be exported; a read is answered with an empty list."""

    live: bool = False

    def run(self, command: Command, place: Place) -> Reply:
        """Return a success, and `[]` where JSON is asked for."""
        return Reply(stdout="[]\n" if "-j" in command.argv else "")

    def listen(self, command: Command, place: Place) -> FinishedStream:
        """Return what has ended and printed nothing."""
        return FinishedStream(self.run(command, place))

    def close(self) -> None:
        """There is nothing to give up."""
