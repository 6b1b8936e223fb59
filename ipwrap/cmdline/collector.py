"""`CommandCollector`: a runner that runs nothing, for commands that are built to be looked at."""

from attrs import define, field

from ipwrap.command import Command
from ipwrap.result import Result

__all__ = ["CommandCollector"]


@define
class CommandCollector:
    """A runner that runs nothing: it keeps the commands, and answers each with the same text, or with nothing found."""

    answer: str | None = None
    commands: list[Command] = field(factory=list)

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Keep a command. One that may fail asks whether a link bears a name, and is told that it does."""
        self.commands.append(command)
        if not check:
            return Result(command, stdout=f'[{{"ifname":"{command.argv[-1]}"}}]')
        nothing = "[]" if "-j" in command.argv else ""
        return Result(command, stdout=nothing if self.answer is None else self.answer)
