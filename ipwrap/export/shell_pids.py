"""Pids in the arguments of a recorded command, as variables of a script."""

import shlex
from collections.abc import Callable

from ipwrap.command import Command
from ipwrap.export.pids import Parts, PidOf, PidWords

__all__ = ["ShellWord", "with_variables"]


class ShellWord(str):
    """A word of a command with a pid in it: as text that of the recording, and as a shell's source.

    ``source`` is quoted, and expands to the word of the new run.
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
    """Return a command with variables for its pids; the same one where it names none."""

    def to_word(parts: Parts) -> ShellWord:
        text = "".join(part if isinstance(part, str) else part.pid for part in parts)
        source = "".join(
            shlex.quote(part) if isinstance(part, str) else f'"${variable_of(part)}"'
            for part in parts
        )
        return ShellWord(text, source)

    return pids.in_command(command, to_word)
