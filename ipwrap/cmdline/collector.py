"""`CommandCollector`: a runner that runs nothing, to examine the commands of a verb."""

from typing import Self

from attrs import define, field

from ipwrap.command import Command
from ipwrap.result import Result

__all__ = ["CommandCollector"]


@define
class CommandCollector:
    """A runner that keeps commands, and answers with the given output, or with no objects."""

    answer: str | None = None
    commands: list[Command] = field(factory=list)

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Keep a command.

        An unchecked command is the lookup of a link: the answer is a link of the looked up name.
        """
        self.commands.append(command)

        if not check:
            return Result(command, stdout=f'[{{"ifname":"{command.argv[-1]}"}}]')

        no_objects = "[]" if "-j" in command.argv else ""
        return Result(command, stdout=no_objects if self.answer is None else self.answer)

    def netns(self, name: str) -> Self:  # noqa: ARG002 - as of a session
        """Return the collector itself, for the verbs that return a namespace."""
        return self
