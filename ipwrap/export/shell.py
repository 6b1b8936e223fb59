"""A recording as a shell script that builds the same state, and deletes it again.

It needs only sh and iproute2.
"""

import re
import shlex
from collections.abc import Iterable, Iterator
from tempfile import SpooledTemporaryFile
from typing import IO

from attrs import define, field

from ipwrap.command import Command, quote_batch_line
from ipwrap.errors import NotBatchable
from ipwrap.export.comments import comment_lines, first_line, one_line
from ipwrap.export.exporter import Exporter
from ipwrap.places.sandbox import HOLDER, UNSHARE
from ipwrap.recording import CommandEvent, Note, Pair, RecordingView
from ipwrap.result import Result
from ipwrap.secrets.secret import Secret
from ipwrap.secrets.secret_line import SecretLine
from ipwrap.system.temporary import temporary_files
from ipwrap.teardown.ledger import Teardown, shell_delete_line
from ipwrap.version import __version__

__all__ = [
    "comment",
    "ended_by",
    "is_tolerated",
    "result_comment",
    "script_line",
    "secrets_needed",
    "shell",
]

HEAD = """\
#!/bin/sh
# Written by ipwrap {version}. It needs sh and iproute2, and util-linux for --sandbox.
#
#   sh {name}             build it, here
#   sh {name} down        take away what it built, in reverse
#   sh {name} --sandbox   build it in a throw-away place, without root, and leave a shell there
#   sh {name} --sandbox -- COMMAND...   the same, and run a command there instead
{disable}set -eu
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH
"""

DOWN = """
undo() {
    "$@" || failed=1
}

down() {
    failed=0
"""

TAIL = """\
    return "$failed"
}}

sandbox() {{
    if [ ! -r "$0" ]; then
        echo "--sandbox needs the script as a file: sh FILE --sandbox" >&2
        exit 2
    fi
    user=--map-root-user
    # Root without CAP_SYS_ADMIN, as in a container, needs a user namespace as others do.
    if [ "$(id -u)" = 0 ] && unshare --mount true 2>/dev/null; then user=; fi
    exec unshare $user {unshare} sh "$0" --inside "$@"
}}

inside() {{
{inside}
    up >&2 </dev/null
    if [ "$#" = 0 ]; then set -- "${{SHELL:-/bin/sh}}"; fi
    "$@"
}}

usage() {{
    echo "usage: sh $0 [up | down | --sandbox [-- COMMAND...]]" >&2
    exit 2
}}

task=${{1:-up}}
if [ "$#" -gt 0 ]; then shift; fi
if [ "$task" = --sandbox ] && [ "${{1:-}}" = -- ]; then
    shift
elif [ "$#" -gt 0 ] && [ "$task" != --inside ]; then
    usage
fi
case $task in
    up) up </dev/null ;;
    down) down ;;
    --sandbox) sandbox "$@" ;;
    --inside) inside "$@" ;;
    *) usage ;;
esac
"""

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
SCRIPT_FUNCTIONS = "up undo down sandbox inside usage"
NOT_PROGRAMS = frozenset(f"{SCRIPT_FUNCTIONS} {SHELL_WORDS}".split())

PLAIN_WORD = re.compile(r"[A-Za-z0-9_@%+:,./-]+")  # a shell expands nothing in such a word
BLOCK_KEYWORDS = frozenset({"do", "done", "esac", "fi", "then"})  # shellcheck SC1010, unless quoted

# Characters that shellcheck reports in single quotes. Quoting is intended: no argument is to be
# expanded.
REPORTED_CHARACTERS = {
    "SC2016": "$`",
    "SC1003": "\\",
    "SC2028": "\\",
    "SC1110": "“”‘’",
    "SC1111": "“”",
    "SC1112": "‘’",
}
REPORTED = re.compile(f"[{re.escape(''.join(REPORTED_CHARACTERS.values()))}]")


@Exporter
def shell(recording: RecordingView, *, reads: bool = False, name: str = "SCRIPT") -> Iterator[str]:
    """Yield a script that repeats the changes of a recording, and deletes their results on `down`.

    Notes become comments. Read-only commands are left out unless ``reads`` is True. A failure is
    tolerated if the session went on after the same failure.
    """
    teardown = Teardown.of(recording)
    name = shlex.quote(" ".join(one_line(name).split()))
    holder_lines = HOLDER.strip().splitlines()[1:4]
    holder = "\n".join(f"    {line}" for line in holder_lines)

    # The directive in the head depends on all lines below it.
    with _SpooledLines() as body:
        body.write(_body(recording, teardown.follow(recording.pairs()), reads=reads))

        down_lines = [f"    undo {_join(command)}\n" for command in teardown.commands]
        if not down_lines:
            down_lines = ["    :\n"]

        reported = set(body.reported)
        for line in down_lines:
            reported.update(_reported_characters(line))

        yield HEAD.format(version=__version__, name=name, disable=_shellcheck_directive(reported))
        yield "\nup() {\n"
        yield from body

    yield f"}}\n{DOWN}"
    yield from map(shell_delete_line, down_lines)
    yield TAIL.format(unshare=" ".join(UNSHARE), inside=holder)


@define
class _SpooledLines:
    """Lines that are written first and read later, on disk if there are many.

    ``reported`` collects the characters in them that shellcheck would report.
    """

    reported: set[str] = field(factory=set)
    _file: IO[str] = field(init=False)

    def __enter__(self) -> "_SpooledLines":
        self._file = SpooledTemporaryFile(
            max_size=2**20,
            mode="w+",
            encoding="utf-8",
            errors="surrogatepass",
            newline="",
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, lines: Iterable[str]) -> None:
        """Append lines."""
        with temporary_files():
            for line in lines:
                self.reported.update(_reported_characters(line))
                self._file.write(line)

    def __iter__(self) -> Iterator[str]:
        self._file.seek(0)
        return iter(lambda: self._file.read(2**16), "")


def _reported_characters(line: str) -> list[str]:
    """Return the characters of a line that shellcheck would report; none in a comment."""
    if line.lstrip().startswith("#"):
        return []

    return REPORTED.findall(line)


def _shellcheck_directive(reported: set[str]) -> str:
    """Return the directive that disables the reports on these characters; empty without any."""
    codes = []
    for code, characters in REPORTED_CHARACTERS.items():
        if not reported.isdisjoint(characters):
            codes.append(code)

    return f"# shellcheck disable={','.join(sorted(codes))}\n" if codes else ""


def secrets_needed(recording: RecordingView) -> Iterator[str]:
    """Yield the lines that demand the secrets which the script cannot generate itself."""
    for name in sorted(recording.required_secrets):
        yield f': "${{{name}:?is a secret of the session, and has to be set}}"\n'


def _body(recording: RecordingView, pairs: Iterable[Pair], *, reads: bool) -> Iterator[str]:
    """Yield the lines of `up`: a note begins a paragraph."""
    demands = [f"    {line}" for line in secrets_needed(recording)]
    yield from demands

    last = ended_by(recording)
    has_lines = has_commands = bool(demands)
    in_paragraph = False

    for event, result in pairs:
        if isinstance(event, Note):
            in_paragraph = False

        for line in _lines(event, result, reads=reads, last=last):
            begins_paragraph = has_lines and not in_paragraph
            yield f"\n{line}\n" if begins_paragraph else f"{line}\n"

            has_lines = in_paragraph = True
            has_commands = has_commands or isinstance(event, CommandEvent)

    if not has_commands:
        yield "    :\n"  # a function of sh cannot be empty


def _lines(
    event: Note | CommandEvent, result: Result | None, *, reads: bool, last: int | None
) -> Iterator[str]:
    """Yield the lines of one event."""
    if isinstance(event, Note):
        for line in comment(event):
            yield f"    {line}".rstrip()
        return

    command_line = script_line(event.command, result)
    if event.command.output_secret is not None:
        yield f"    {command_line}"
        return

    if not reads and not event.command.changes:
        return

    if result is None:
        yield "    # the session was cut short while this ran:"
    elif not result.ok:
        yield f"    # in the session: status {result.status}{result_comment(result)}"

    yield f"    {command_line}{is_tolerated(event, result, last=last)}"


def script_line(
    command: Command, result: Result | None = None, *, before: tuple[str, ...] = ()
) -> str:
    """Return a command as a line of a script: stdin comes through a pipe, a generated secret goes
    into a variable.

    Secret arguments of iproute2 come through a pipe as well: `printf` is a builtin of the shell,
    and every user can read the arguments of a program. ``before`` precedes the command, such as
    `sudo`. A monitor becomes a no-op, because it does not end by itself.
    """
    stdin_writer = "" if command.stdin is None else f"printf '%s' {_quote(command.stdin)}"
    argv = command.full_argv

    secret_line = SecretLine.of(command)
    line_writer = None if secret_line is None else _line_writer(secret_line)
    if secret_line is not None and line_writer is not None:
        stdin_writer, argv = line_writer, secret_line.argv

    line = " ".join((*before, _join_argv(argv)))

    if command.runs_until_stopped:
        return f": {line}  # it goes on until it is ended"

    if result is not None and result.timed_out and command.timeout is not None:
        line = f"timeout {command.timeout:g} {line}"

    if stdin_writer:
        line = f"{stdin_writer} | {line}"

    if command.output_secret is None:
        return line

    return f"{command.output_secret}=${{{command.output_secret}:-$({line})}}"


def _line_writer(line: SecretLine) -> str | None:
    """Return the command that prints a line with the values of its secrets.

    None for arguments that no line can hold.
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


def _join(command: Command) -> str:
    """Return the argv of a command as a line of a script."""
    return _join_argv(command.full_argv)


def _join_argv(argv: tuple[str, ...]) -> str:
    """Return argv as a line of a script."""
    program, *arguments = argv

    # A shell takes a first word with `=` for an assignment.
    words = [_quote(program, always="=" in program)]
    words += [_quote(argument) for argument in arguments]

    if program in NOT_PROGRAMS:
        words.insert(0, "env")

    return " ".join(words)


def _quote(word: str, *, always: bool = False) -> str:
    """Return a word that the shell expands to itself, and that shellcheck does not take for a
    keyword.
    """
    if isinstance(word, Secret):
        return f'"{word}"'

    if PLAIN_WORD.fullmatch(word) and word not in BLOCK_KEYWORDS and not always:
        return word

    quoted = shlex.quote(word)
    needs_quotes = always or word.startswith("=") or word in BLOCK_KEYWORDS
    return f"'{word}'" if needs_quotes and quoted == word else quoted


def comment(note: Note) -> Iterator[str]:
    """Yield a note as lines of comment, and never as directives for shellcheck."""
    yield from comment_lines(note.text)


def ended_by(recording: RecordingView) -> int | None:
    """Return the number of the command whose failure ended the session, if one did."""
    return recording.end.failed if recording.end else None


def is_tolerated(event: CommandEvent, result: Result | None, *, last: int | None) -> str:
    """Return the suffix that tolerates a failure.

    Empty for the failure that ended the session, number ``last``.
    """
    has_failed = result is not None and not result.ok
    return " || true" if has_failed and event.number != last else ""


def result_comment(result: Result) -> str:
    """Return the first line of a failed command's stderr."""
    line = first_line(result.stderr)
    return f", {line}" if line else ""
