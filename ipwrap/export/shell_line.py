"""A command as a line of a shell script: quoting, stdin, secrets, variables and time limits."""

import re
import shlex
from collections.abc import Mapping

from ipwrap.cmdline.plain_words import to_plain_words
from ipwrap.command import Command, quote_batch_line
from ipwrap.errors import NotBatchable
from ipwrap.export.seconds import GRACE_SECONDS, format_limit
from ipwrap.export.shell_pids import ShellWord
from ipwrap.result import Result
from ipwrap.secrets.secret import Secret
from ipwrap.secrets.secret_line import SecretLine

__all__ = ["has_timed_out", "join_command", "never_ends", "quote", "script_line"]

# Names that a shell resolves to its own builtins and keywords, or to a function of the script:
# `env` finds the program.
SHELL_WORDS = (
    ". : [ alias bg bind break builtin caller case cd command compgen complete compopt "
    "continue coproc declare dirs disown do done echo elif else enable esac eval exec exit "
    "export fc fg fi for function getopts hash help history if in jobs kill let local logout "
    "mapfile popd printf pushd pwd read readarray readonly return select set shift shopt "
    "source suspend then time times trap type typeset ulimit umask unalias unset until wait "
    "while { } ! [[ ]]"
)
SCRIPT_FUNCTIONS = (
    "up down step made gone before same length identify ours undo value wrote restore rescued say "
    "locate recall build stopped take_away sandbox inside usage"
)
PROCESS_FUNCTIONS = (
    "stop within tell wait_for holds is_settled start_of started is_begun runs ended is_empty send "
    "wait_within end_processes kept leave_processes undo_process delete_logs "
    "inhabitants own_inhabitants words_of has_no_own is_vacant vacate"
)
NOT_PROGRAMS = frozenset(f"{SCRIPT_FUNCTIONS} {PROCESS_FUNCTIONS} {SHELL_WORDS}".split())

PLAIN_WORD = re.compile(r"[A-Za-z0-9_@%+:,./-]+")  # a shell expands nothing in such a word
BLOCK_KEYWORDS = frozenset({"do", "done", "esac", "fi", "then"})  # shellcheck SC1010, unless quoted


def script_line(
    command: Command,
    result: Result | None = None,
    *,
    before: tuple[str, ...] = (),
    in_background: bool = False,
) -> str:
    """Return a command as a line of a script: stdin comes through a pipe, a generated secret goes
    into a variable. timeout(1) runs a command that timed out.

    Secret arguments of iproute2 come through a pipe as well: every user can read the arguments of a
    program, but `printf` is a builtin of the shell. ``before`` precedes the command, such as
    `sudo`. The command's variables and directory apply to the line only. A monitor becomes a no-op,
    since a monitor does not end by itself, unless it runs ``in_background``: the last process of
    such a line becomes the program.
    """
    command = to_plain_words(command)
    stdin_writer = "" if command.stdin is None else f"printf '%s' {quote(command.stdin)}"
    argv = command.full_argv

    secret_line = SecretLine.of(command)
    line_writer = None if secret_line is None else _line_writer(secret_line)
    if secret_line is not None and line_writer is not None:
        stdin_writer, argv = line_writer, secret_line.argv

    assignments, before = _settings(command, before)
    line = " ".join((*before, *_limit(command, result), _join_argv(argv)))

    if never_ends(command, result) and not in_background:
        return f": {line}  # it goes on until it is ended"

    line = " ".join((*assignments, line))
    if in_background:
        return _background_line(line, stdin_writer, cwd=command.cwd)
    if stdin_writer:
        line = f"{stdin_writer} | {line}"
    if command.cwd is not None:
        line = f"{_cd(command.cwd)} && {line}"

    if command.output_secret is None:
        return line if command.cwd is None else f"({line})"

    return f"{command.output_secret}=${{{command.output_secret}:-$({line})}}"


def _line_writer(line: SecretLine) -> str | None:
    """Return the command that prints a line with the values of secrets.

    None for arguments that a line cannot hold.
    """
    values = [f'"{argument}"' for argument in line.arguments if isinstance(argument, Secret)]
    words = []

    for argument in line.arguments:
        if isinstance(argument, Secret):
            # In quotes of iproute2: the value may hold blanks.
            words.append('"%s"')
            continue

        try:
            word = quote_batch_line([argument])
        except NotBatchable:
            return None
        words.append(word.replace("\\", "\\\\").replace("%", "%%"))

    text = " ".join(words)
    return f"printf {shlex.quote(text)} {' '.join(values)}"


def _settings(command: Command, before: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the variables of a command as assignments before the line, and the words of ``before``
    that pass the variables on.

    sudo resets the environment: `env` sets variables anew, except secrets, which every user could
    read in the arguments of `env`.
    """
    variables = command.variables
    secrets = {name: text for name, text in variables.items() if isinstance(text, Secret)}
    others = {name: text for name, text in variables.items() if name not in secrets}

    # Secrets first: a variable before a secret may have the secret's name.
    secret_assignments = _assignments(secrets)
    assignments = _assignments(others)
    if before[:1] != ("sudo",) or not variables:
        return (*secret_assignments, *assignments), before

    words = list(before)
    if secrets:
        words.append(f"--preserve-env={','.join(secrets)}")
    if assignments:
        words += ["env", *assignments]
    return secret_assignments, tuple(words)


def _assignments(variables: Mapping[str, str]) -> tuple[str, ...]:
    """Return variables as words of a shell."""
    return tuple(f"{name}={quote(text)}" for name, text in variables.items())


def _limit(command: Command, result: Result | None) -> tuple[str, ...]:
    """Return the words that end a command after the time limit; () unless the command timed out.

    The session kills at once; a script is more patient, so that timeout(1) has its usual status.
    """
    if command.timeout is None or not has_timed_out(command, result):
        return ()
    return ("timeout", "-k", str(GRACE_SECONDS), format_limit(command.timeout))


def has_timed_out(command: Command, result: Result | None) -> bool:
    """Return whether the time limit of a command has ended the command."""
    return result is not None and result.timed_out and command.timeout is not None


def never_ends(command: Command, result: Result | None) -> bool:
    """Return whether a script would wait for a command for ever, such as `ip monitor`."""
    return command.runs_until_stopped and not has_timed_out(command, result)


def _background_line(line: str, stdin_writer: str, *, cwd: str | None) -> str:
    """Return a line for the background, behind the command that writes stdin.

    The directory applies only to the last process, which becomes the program.
    """
    if cwd is not None:
        line = f"({_cd(cwd)} && {line})"
    return f"{stdin_writer} | {line}" if stdin_writer else line


def _cd(directory: str) -> str:
    """Return the command that changes into a directory."""
    options = "-- " if directory.startswith("-") else ""
    return f"cd {options}{quote(directory)}"


def join_command(command: Command) -> str:
    """Return the argv of a command as a line of a script."""
    return _join_argv(to_plain_words(command).full_argv)


def _join_argv(argv: tuple[str, ...]) -> str:
    """Return argv as a line of a script."""
    program, *arguments = argv

    # A shell takes a first word with `=` for an assignment.
    words = [quote(program, always="=" in program)]
    words += [quote(argument) for argument in arguments]

    if program in NOT_PROGRAMS:
        words.insert(0, "env")

    return " ".join(words)


def quote(word: str, *, always: bool = False) -> str:
    """Return a word quoted for the shell. Words like keywords are quoted for shellcheck."""
    if isinstance(word, Secret):
        return f'"{word}"'
    if isinstance(word, ShellWord):
        return word.source

    if PLAIN_WORD.fullmatch(word) and word not in BLOCK_KEYWORDS and not always:
        return word

    quoted = shlex.quote(word)
    needs_quotes = always or word.startswith("=") or word in BLOCK_KEYWORDS
    return f"'{word}'" if needs_quotes and quoted == word else quoted
