"""`SecretLine`: a command of iproute2 whose secret arguments are read from stdin.

Every user of a machine can read the arguments of every process in /proc/PID/cmdline, and sudo(8)
logs them. iproute2 takes its arguments from stdin as well: `ip -batch -`.
"""

from typing import Self

from ipwrap.command import IPROUTE2, Command, quote_batch_line
from ipwrap.errors import InvalidArgument, NotBatchable
from ipwrap.options.aliases import alias_table, global_option, object_position
from ipwrap.secrets.secret import Secret, reveal
from ipwrap.system.facts import fact

__all__ = ["SecretLine"]

# These objects run a program, whose arguments are arguments of a process again.
OBJECTS_WITH_EXEC = frozenset({"netns", "vrf"})


@fact
class SecretLine:
    """A command with secret arguments, as `ip -batch -` and the arguments of its only line.

    ``argv`` is the command line of the process, ``arguments`` are those for its stdin.
    """

    argv: tuple[str, ...]
    arguments: tuple[str, ...]

    @classmethod
    def of(cls, command: Command) -> Self | None:
        """Return a command as such a line; None without secret arguments.

        None as well for a program that takes secrets as arguments only: programs other than
        iproute2, and those behind `ip netns exec`.
        """
        program = command.argv[0].rpartition("/")[2]
        has_secret = any(isinstance(argument, Secret) for argument in command.argv)
        if not has_secret or program not in IPROUTE2:
            return None

        # `ip netns exec NAME` stands before a program that is given with its path.
        argv = command.full_argv
        program_position = 0
        if command.netns is not None and command.argv[0] not in IPROUTE2:
            program_position = len(argv) - len(command.argv)

        start = object_position(argv, program_position, program=program)
        arguments = argv[start:]
        options = argv[program_position + 1 : start]
        if _runs_program(program, arguments) or _is_batch(program, options):
            return None

        return cls((*argv[:start], "-batch", "-"), arguments)

    def reveal(self) -> str:
        """Return the line with the values of the secrets.

        Raises `InvalidArgument`, which quotes no value, for an argument that a line cannot hold.
        """
        line = _quote([reveal(argument) for argument in self.arguments])
        if line is not None:
            return line

        # Not raised where the reason was caught: its message quotes the argument.
        names = ", ".join(str(word) for word in self.arguments if isinstance(word, Secret))
        raise InvalidArgument(
            f"{names}: {self.argv[0]} gets it on stdin, since every user can read the arguments "
            "of a process; there an argument holds neither `#`, nor a newline or NUL, nor both "
            "kinds of quotes: give the key in hexadecimal (0x…)"
        )


def _quote(arguments: list[str]) -> str | None:
    """Return arguments as a batch line; None for arguments that a line cannot hold."""
    if "\0" in "".join(arguments):
        return None

    try:
        return quote_batch_line(arguments)
    except NotBatchable:
        return None


def _runs_program(program: str, arguments: tuple[str, ...]) -> bool:
    """Return whether the arguments are those of `ip netns exec` or `ip vrf exec`."""
    if program != "ip" or len(arguments) < 2 or not arguments[1]:
        return False

    noun = alias_table("ip").canonical(arguments[0])
    return noun in OBJECTS_WITH_EXEC and "exec".startswith(arguments[1])


def _is_batch(program: str, options: tuple[str, ...]) -> bool:
    """Return whether the global options name a batch file already."""
    return any(global_option(program, option) == "-batch" for option in options)
