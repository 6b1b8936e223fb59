"""`Runner`: the part of a session that verbs need, without the imports of the verbs."""

from typing import Protocol

from ipwrap.command import Command
from ipwrap.result import Result

__all__ = ["Runner"]


class Runner(Protocol):
    """The part of a session that commands need."""

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run a command. With ``check``, raise `CommandError` if the command fails."""
