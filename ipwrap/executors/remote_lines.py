"""`RemoteLines`: the commands of iproute2 on another machine, as lines of a long-lived shell."""

import time
from collections.abc import Generator, Sequence
from typing import Self

from attrs import define

from ipwrap.command import IPROUTE2, Command
from ipwrap.executors.base import Reply
from ipwrap.executors.remote_shell import RemoteShell, ShellReply
from ipwrap.executors.survey import TimedReply
from ipwrap.options.aliases import alias_table, canonical_path, global_option
from ipwrap.places.remote import RemotePlace, quote_argv

__all__ = ["RemoteLines", "can_be_line"]

# Programs that end by themselves, and leave no child behind.
LINE_PROGRAMS = IPROUTE2 | {"stat"}
UNSAFE_WORDS = frozenset({"exec", "monitor"})  # run another program, or until they are stopped


@define(eq=False)
class RemoteLines:
    """Runs iproute2 commands on a remote host as lines of one kept shell."""

    shell: RemoteShell

    @classmethod
    def of(cls, place: RemotePlace) -> Self:
        """Return the lines of a place."""
        return cls(RemoteShell(place))

    def start_ahead(self) -> None:
        """Start the shell without waiting for it. Raises `ConnectionLost`."""
        self.shell.start_ahead()

    def run(self, command: Command) -> Reply | None:
        """Run a command; return None for a command that needs a separate shell."""
        if not can_be_line(command):
            return None
        replies: list[Reply] = []
        self.run_many([command], replies)
        return replies[0]

    def run_many(self, commands: Sequence[Command], replies: list[Reply]) -> None:
        """Send commands at once, and append their replies, also where an error is raised.

        Raises `ConnectionLost`, and `ExecutorError` for a shell that was ended from outside.
        """
        shell_replies: list[ShellReply] = []
        try:
            self.shell.run([quote_argv(command.full_argv) for command in commands], shell_replies)
        finally:
            replies += map(_to_reply, shell_replies)

    def read_together(
        self, commands: Sequence[Command]
    ) -> Generator[tuple[int, TimedReply], None, None]:
        """Send reads at once, and yield the replies with the positions of the reads.

        Reads that are appended to ``commands`` meanwhile run as well. A read that cannot be a line
        has no reply; the caller runs such a read.
        """
        count = 0
        while count < len(commands):
            positions = [p for p in range(count, len(commands)) if can_be_line(commands[p])]
            count = len(commands)
            began = time.perf_counter()
            replies: list[Reply] = []
            self.run_many([commands[position] for position in positions], replies)
            seconds = time.perf_counter() - began
            for position, reply in zip(positions, replies, strict=True):
                yield position, TimedReply(reply, began, seconds)

    def close(self) -> None:
        """End the shell. A second call has no effect."""
        self.shell.close()


def can_be_line(command: Command) -> bool:
    """Return whether a command can be a line: it ends by itself, and needs no more than that."""
    if command.argv[0] not in LINE_PROGRAMS or command.secrets:
        return False
    if command.argv[0] in IPROUTE2 and not _ends_by_itself(command):
        return False
    needs_more = (command.stdin, command.timeout, command.env, command.cwd)
    return all(need is None for need in needs_more)


def _ends_by_itself(command: Command) -> bool:
    """Return whether a command of iproute2 ends by itself, and leaves no child behind.

    Object and verb may be abbreviated. Of an unknown object, and of a file of commands (`-batch`),
    nobody knows.
    """
    program, flags = command.argv[0], command.flags
    if any(global_option(program, flag) == "-batch" for flag in flags):
        return False

    _, *path = canonical_path(program, command.argv[1 + len(flags) :])
    if not path or path[0] not in alias_table(program).by_alias:
        return False
    return UNSAFE_WORDS.isdisjoint(path)


def _to_reply(reply: ShellReply) -> Reply:
    """Return a reply with text; bytes that are not UTF-8 become surrogates."""
    out, err = (data.decode("utf-8", "surrogateescape") for data in (reply.out, reply.err))
    return Reply(reply.status, out, err)
