"""Pids in the arguments of a recorded command, as variables of a script."""

import shlex
from collections.abc import Callable

from ipwrap.command import Command
from ipwrap.export.pids import Parts, PidOf, PidWords

__all__ = ["ShellWord", "with_variables"]


class ShellWord(str):
    """A word with a pid. The text has the pid of the recording.

    ``source`` is the quoted word for the shell, and expands to the pid of the new run.
    """

    __slots__ = ("source",)
    source: str

    def __new__(cls, text: str, source: str) -> "ShellWord":
        """Return a word."""
        word = super().__new__(cls, text)
        word.source = source
        return word

    def __str__(self) -> str:
        # A plain copy would lose the source: Command converts its arguments by str().
        return self


def with_variables(
    command: Command, pids: PidWords, *, variable_of: Callable[[PidOf], str]
) -> Command:
    """Return a command with variables for pids; the same command if it names no pid."""

    def to_word(parts: Parts) -> ShellWord:
        text = source = ""
        for part in parts:
            if isinstance(part, str):
                text += part
                source += shlex.quote(part)
            else:
                text += part.pid
                source += f'"${variable_of(part)}"'

        return ShellWord(text, source)

    return pids.in_command(command, to_word)
