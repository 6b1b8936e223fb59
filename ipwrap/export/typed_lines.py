"""Recorded steps as lines that a person types into a shell."""

import re
import shlex
from collections.abc import Mapping
from types import MappingProxyType

from ipwrap.cmdline.plain_words import to_plain_words
from ipwrap.command import Command
from ipwrap.conditions import Condition
from ipwrap.conditions.process_words import ProcessWords
from ipwrap.export.pids import ProcessPids
from ipwrap.export.seconds import format_limit
from ipwrap.jsonio.escape import escape_controls
from ipwrap.recording import ProcessAction, ProcessEvent
from ipwrap.secrets.secret import Secret

__all__ = [
    "SHOWN_LINES",
    "action_line",
    "command_line",
    "log_line",
    "log_of",
    "process_line",
    "satisfied_wait_line",
    "timed_out_wait_line",
]

# Around the name of a variable in an argument, until the argument is quoted: of private use.
BEFORE_VARIABLE, BEHIND_VARIABLE = "\ue000", "\ue001"
VARIABLE = re.compile(f"{BEFORE_VARIABLE}([a-z][a-z0-9_]*){BEHIND_VARIABLE}")

NO_LOGS: Mapping[str, str] = MappingProxyType({})

SHOWN_LINES = 20  # of the output of a process


def command_line(
    command: Command,
    pids: ProcessPids,
    *,
    with_json_flags: bool = False,
    has_timed_out: bool = False,
) -> str:
    """Return a command; text on stdin is a here-document, a generated secret goes into a variable.

    Without ``with_json_flags``, a read prints text. timeout(1) runs a command that timed out. A
    shell prompts with `> ` for every further line.
    """
    typed = command if with_json_flags else command.without_json_flags
    before: tuple[str, ...] = ()
    if has_timed_out and command.timeout is not None:
        before = ("timeout", format_limit(command.timeout))

    line = _line_of(typed, pids, before=before)
    if isinstance(command.stdin, Secret):
        line = f'echo "{command.stdin}" | {line}'

    first, *document = [f"{line}{_redirection(command)}", *_document(command)]
    if command.output_secret is None:
        return _prompted([first, *document])

    # `$((` would begin an expression.
    opening = " " if first.startswith("(") else ""
    first = f"{command.output_secret}=$({opening}{first}"
    if document:
        return _prompted([first, *document, ")"])
    return _prompted([f"{first}{opening})"])


def process_line(event: ProcessEvent, pids: ProcessPids) -> str:
    """Return the start of a background process, whose pid goes into a variable."""
    command = event.command
    line = _line_of(command, pids)
    if isinstance(command.stdin, Secret):
        line = f'echo "{command.stdin}" | {line}'

    output = f">{shlex.quote(log_of(event))} 2>&1"
    started = f"{line} {output}{_redirection(command)} & {event.name}=$!"
    return _prompted([started, *_document(command)])


def log_of(event: ProcessEvent) -> str:
    """Return the file with the output of a process: the log, or a file with the process's name."""
    return f"{event.name}.log" if event.log is None else event.log


def log_line(event: ProcessEvent, count: int) -> str:
    """Return the line that shows the output of a process, by the output's number of lines."""
    program = "cat" if count <= SHOWN_LINES else f"tail -n {SHOWN_LINES}"
    return _prompted([f"{program} {shlex.quote(log_of(event))}"])


def action_line(action: ProcessAction, name: str) -> str:
    """Return the line of an action on a process, by the process's name."""
    if action.action == "signal":
        return f'kill -{action.signal} "${name}"'
    if action.action == "stop":
        return f'kill "${name}"'
    if action.timed_out and action.seconds is not None:
        limit = format_limit(action.seconds)
        return f'timeout {limit} tail --pid="${name}" -f /dev/null  # not in time'
    return f'wait "${name}"'


def satisfied_wait_line(
    condition: Condition, netns: str | None, *, logs: Mapping[str, str] = NO_LOGS
) -> str:
    """Return the loop that waits for a condition.

    ``logs`` are the files with the output of processes, as quoted words, by the processes' names.
    """
    return _prompted([_loop(condition, netns, words=ProcessWords(logs=logs))])


def timed_out_wait_line(
    condition: Condition,
    netns: str | None,
    *,
    timeout: float,
    seen: str = "",
    logs: Mapping[str, str] = NO_LOGS,
) -> str:
    """Return the loop that timed out, with the last observation."""
    # The shell that timeout(1) runs has no variables of the shell around it.
    if BEFORE_VARIABLE in condition.shell_test(netns):
        loop = shlex.quote(_loop(condition, netns, words=ProcessWords(logs=logs)))
    else:
        words = ProcessWords({name: _mark(name) for name in logs}, logs)
        loop = _with_variables(shlex.quote(_loop(condition, netns, words=words)))

    remark = f": {' '.join(seen.split())}" if seen else ""
    return _prompted([f"timeout {format_limit(timeout)} sh -c {loop}  # not in time{remark}"])


def _loop(condition: Condition, netns: str | None, *, words: ProcessWords) -> str:
    """Return a loop that looks until a condition holds."""
    return f"until {condition.script_test(netns, words)}; do sleep 0.1; done"


def _line_of(command: Command, pids: ProcessPids, *, before: tuple[str, ...] = ()) -> str:
    """Return a command line in plain words, with the pids of processes as variables.

    The words ``before`` run the command.
    """
    command = to_plain_words(command)
    words = (*command.argv, *(command.env or {}).values())
    if any(BEFORE_VARIABLE in word for word in words):
        return command.line_behind(before)

    marked = pids.replace(command, lambda process: _mark(process.name))
    line = marked.line_behind(before)
    return line if marked is command else _with_variables(line)


def _mark(variable: str) -> str:
    """Return the mark of a variable."""
    return f"{BEFORE_VARIABLE}{variable}{BEHIND_VARIABLE}"


def _with_variables(line: str) -> str:
    """Return a quoted line with variables in place of marks in single quotes."""
    line = VARIABLE.sub(lambda match: f"'\"${match[1]}\"'", line)
    return line.replace("''\"$", '"$').replace("\"''", '"')


def _redirection(command: Command) -> str:
    """Return the redirection of stdin, with a blank before it."""
    if command.stdin is None or isinstance(command.stdin, Secret):
        return ""
    return f" <<'{_delimiter(command.stdin)}'" if command.stdin else " </dev/null"


def _document(command: Command) -> list[str]:
    """Return the lines of the here-document on stdin."""
    if not command.stdin or isinstance(command.stdin, Secret):
        return []
    return [*command.stdin.removesuffix("\n").split("\n"), _delimiter(command.stdin)]


def _delimiter(text: str) -> str:
    """Return the delimiter of a here-document: a word that differs from every line."""
    delimiter = "EOF"
    while delimiter in text.split("\n"):
        delimiter += "_"
    return delimiter


def _prompted(lines: list[str]) -> str:
    """Return lines as shown by a terminal: continuation lines behind the continuation prompt."""
    typed_lines = "\n".join(lines).split("\n")
    return "\n> ".join(escape_controls(line, keep="\t") for line in typed_lines)
