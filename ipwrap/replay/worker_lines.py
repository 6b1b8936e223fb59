"""The recorded commands that may be lines of a worker, though recorded as processes.

The commands of a foreign script were recorded as processes. If a verb runs the same command as a
line of a worker, a replay gives the recorded words to a worker, too.
"""

from attrs import evolve

from ipwrap.cmdline.reader import Call, read_command
from ipwrap.command import Command
from ipwrap.result import Result

__all__ = ["with_worker_line"]

# Keywords that ipwrap writes and a person leaves out.
OPTIONAL_KEYWORDS = frozenset({"address", "dev", "local", "name", "to", "type"})


def with_worker_line(command: Command, recorded: Result | None) -> Command:
    """Return a command that may be a line of a worker, if the verb's may; else the same command.

    Reads run as processes, since most reads print text, which stays in a worker's buffer. Failed
    commands of the recording run as processes, since a worker has another message and status.
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
    """Return whether a command has the words of a verb's command, except optional keywords.

    A worker finds the links of a line by keywords, which are therefore not shortened.
    """
    words, verb_words = set(command.argv), set(verb_command.argv)
    return words <= verb_words and verb_words - words <= OPTIONAL_KEYWORDS
