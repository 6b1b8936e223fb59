"""Which recorded commands may be lines of a worker, though no verb of this process has made them.

A script of somebody else was recorded as processes. Where a verb runs the same command, a replay
gives the recorded words to a worker: what the verb may do there, the words may.
"""

from attrs import evolve

from ipwrap.cmdline.reader import Call, read_command
from ipwrap.command import Command
from ipwrap.result import Result

__all__ = ["with_worker_line"]

# Keywords that ipwrap writes and a person leaves out.
OPTIONAL_KEYWORDS = frozenset({"address", "dev", "local", "name", "to", "type"})


def with_worker_line(command: Command, recorded: Result | None) -> Command:
    """Return a command that may be a line of a worker if a verb says so; others as they are.

    Reads run as processes: most print text, which stays in a worker's buffer. So does a command
    that failed when it was recorded: its message and status are those of a process.
    """
    if command.batch or not command.changes or recorded is None or not recorded.ok:
        return command

    call = read_command(command, recorded)
    if not isinstance(call, Call):
        return command

    verb_commands = call.to_commands()
    if not verb_commands or not _has_the_same_words(command, verb_commands[-1]):
        return command

    verb_command = verb_commands[-1]
    return evolve(
        command,
        batch=verb_command.batch,
        creates=verb_command.creates,
        deletes=verb_command.deletes,
        renames=verb_command.renames,
    )


def _has_the_same_words(command: Command, verb_command: Command) -> bool:
    """Return whether a command has the words of a verb's, but for keywords that may be left out.

    A worker finds the links in a line by its keywords, which are not shortened then.
    """
    words, verb_words = set(command.argv), set(verb_command.argv)
    return words <= verb_words and verb_words - words <= OPTIONAL_KEYWORDS
