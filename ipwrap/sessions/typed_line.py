"""A line as typed into a shell, as the command that a session runs."""

import os
import shlex
from collections.abc import Mapping
from typing import Any, TypedDict

from attrs import evolve

from ipwrap.command import IPROUTE2, Command
from ipwrap.errors import InvalidArgument
from ipwrap.system.lazy_pattern import lazy_pattern

__all__ = ["LineOptions", "to_command"]

# The parts of a line in which a shell finds nothing to do, and the characters that it acts on.
LITERAL = lazy_pattern(r"""'[^']*'|\\.|"(?:\\.|[^"\\$`])*\"""")
SHELL_CHARACTER = lazy_pattern(r"[;&|<>()`$\n]")


class LineOptions(TypedDict, total=False):
    """Options of a typed line: see `exec`.

    Without ``changes``, the verb of an ip, bridge or tc line decides; other programs count as a
    change.
    """

    changes: bool | None
    stdin: str | None
    timeout: float | None
    env: Mapping[str, str] | None
    cwd: str | os.PathLike[str] | None


def to_command(line: str | Command, netns: str | None, *, options: LineOptions) -> Command:
    """Return the command of a line in a namespace, with the effects of the words.

    A `Command` is returned unchanged, in the namespace. Raises `InvalidArgument` for a line without
    a program, with an open quote or with words for a shell, for options of a `Command`, and for a
    `Command` of another namespace.
    """
    if isinstance(line, Command):
        return _command_in(line, netns, options=options)

    argv = _split(line)
    settings: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    command = Command(argv, netns, **settings)
    if command.argv[0] not in IPROUTE2:
        return command

    # Imported late: a session of verbs reads no line.
    from ipwrap.cmdline.program_effects import may_change
    from ipwrap.objects.effects import derive_effects, with_effects_of

    if "changes" not in settings:
        command = Command(argv, netns, changes=may_change(command.argv), **settings)
    derived = derive_effects(command) if command.changes else None
    return command if derived is None else with_effects_of(command, derived)


def _command_in(command: Command, netns: str | None, *, options: LineOptions) -> Command:
    """Return a command in a namespace. Raises `InvalidArgument`."""
    if options:
        raise InvalidArgument(f"{', '.join(options)}: give it to the Command itself")
    if netns is None or command.netns == netns:
        return command
    if command.netns is not None:
        raise InvalidArgument(f"{command.line}: the command is for another namespace than {netns}")

    return evolve(command, netns=netns)


def _split(line: str) -> tuple[str, ...]:
    """Return the words of a line. Raises `InvalidArgument` for a line that only a shell can run."""
    if SHELL_CHARACTER.search(LITERAL.sub("", line)):
        raise InvalidArgument(
            f'{line!r} needs a shell, and run() has none; use exec("sh", "-c", LINE)'
        )

    try:
        argv = shlex.split(line)
    except ValueError as error:
        raise InvalidArgument(f"{line!r}: {str(error).lower()}") from error

    if not argv:
        raise InvalidArgument(f"{line!r}: there is no program to run")
    return tuple(argv)
