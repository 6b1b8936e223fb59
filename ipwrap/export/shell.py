"""A recording as a shell script that builds the same, and takes it away again. It needs only sh and iproute2."""

import re
import shlex
from collections.abc import Iterable, Iterator
from tempfile import SpooledTemporaryFile
from typing import IO

from attrs import define, field

from ipwrap.command import Command
from ipwrap.export.exporter import Exporter
from ipwrap.places.sandbox import HOLDER, UNSHARE
from ipwrap.recording import CommandEvent, Note, Pair, RecordingView
from ipwrap.result import Result
from ipwrap.secrets.secret import Secret
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
    if [ "$(id -u)" = 0 ]; then user=; fi
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

# What the shell has under the name of a program, or this script: there `env` finds the program.
OWN = frozenset(
    {
        *("up", "undo", "down", "sandbox", "inside", "usage"),
        *(
            ".",
            ":",
            "[",
            "alias",
            "bg",
            "bind",
            "break",
            "builtin",
            "caller",
            "case",
            "cd",
            "command",
            "compgen",
        ),
        *(
            "complete",
            "compopt",
            "continue",
            "coproc",
            "declare",
            "dirs",
            "disown",
            "do",
            "done",
            "echo",
            "elif",
        ),
        *(
            "else",
            "enable",
            "esac",
            "eval",
            "exec",
            "exit",
            "export",
            "fc",
            "fg",
            "fi",
            "for",
            "function",
            "getopts",
        ),
        *(
            "hash",
            "help",
            "history",
            "if",
            "in",
            "jobs",
            "kill",
            "let",
            "local",
            "logout",
            "mapfile",
            "popd",
        ),
        *(
            "printf",
            "pushd",
            "pwd",
            "read",
            "readarray",
            "readonly",
            "return",
            "select",
            "set",
            "shift",
            "shopt",
        ),
        *(
            "source",
            "suspend",
            "then",
            "time",
            "times",
            "trap",
            "type",
            "typeset",
            "ulimit",
            "umask",
            "unalias",
        ),
        *("unset", "until", "wait", "while", "{", "}", "!", "[[", "]]"),
    }
)

PLAIN = re.compile(r"[A-Za-z0-9_@%+:,./-]+")  # of such a word a shell makes nothing else
ENDS = frozenset({"do", "done", "esac", "fi", "then"})  # as a plain word: SC1010

# What shellcheck takes for slips and is meant here: words are quoted as they were, so that none is expanded.
UNESCAPED = {
    "SC2016": "$`",
    "SC1003": "\\",
    "SC2028": "\\",
    "SC1110": "“”‘’",
    "SC1111": "“”",
    "SC1112": "‘’",
}
MARKS = re.compile(f"[{re.escape(''.join(UNESCAPED.values()))}]")


@Exporter
def shell(recording: RecordingView, *, reads: bool = False, name: str = "SCRIPT") -> Iterator[str]:
    """Yield the script of a recording: notes as comments, every change that ran, and how to undo them.

    Without ``reads``, what only looked is left out. A failure that the session went on after is tolerated here as well;
    the one that ended it is not.
    """
    undoing = Teardown.of(recording)
    name = shlex.quote(" ".join(_printable(name).split()))
    holder = "\n".join(f"    {line}" for line in HOLDER.strip().splitlines()[1:4])
    with _SpoolFile() as body:  # the head depends on all that comes after it
        body.write(_body(recording, undoing.follow(recording.pairs()), reads))
        undone = [f"    undo {_joined(command)}\n" for command in undoing.commands] or ["    :\n"]
        yield HEAD.format(
            version=__version__, name=name, disable=_disable(body.marks.union(*map(_marks, undone)))
        )
        yield "\nup() {\n"
        yield from body
    yield f"}}\n{DOWN}"
    yield from map(shell_delete_line, undone)
    yield TAIL.format(unshare=" ".join(UNSHARE), inside=holder)


@define
class _SpoolFile:
    """Lines put aside, on disk if they are many, and the characters in them that shellcheck may take for slips."""

    marks: set[str] = field(factory=set)
    _file: IO[str] = field(init=False)

    def __enter__(self) -> "_SpoolFile":
        self._file = SpooledTemporaryFile(
            2**20, "w+", encoding="utf-8", errors="surrogatepass", newline=""
        )
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def write(self, lines: Iterable[str]) -> None:
        """Put lines aside."""
        with temporary_files():
            for line in lines:
                self.marks.update(_marks(line))
                self._file.write(line)

    def __iter__(self) -> Iterator[str]:
        self._file.seek(0)
        return iter(lambda: self._file.read(2**16), "")


def _marks(line: str) -> list[str]:
    """Return the characters of a line, if it is no comment, that shellcheck may take for slips."""
    return [] if line.lstrip().startswith("#") else MARKS.findall(line)


def _disable(marks: set[str]) -> str:
    """Return the directive for what shellcheck would take for slips, if there is anything."""
    codes = sorted(
        code for code, characters in UNESCAPED.items() if not marks.isdisjoint(characters)
    )
    return f"# shellcheck disable={','.join(codes)}\n" if codes else ""


def secrets_needed(recording: RecordingView) -> Iterator[str]:
    """Yield the lines that ask for the secrets which a script cannot make."""
    for name in sorted(recording.required_secrets):
        yield f': "${{{name}:?is a secret of the session, and has to be set}}"\n'


def _body(recording: RecordingView, pairs: Iterable[Pair], reads: bool) -> Iterator[str]:
    """Yield the lines that build: a note begins a paragraph."""
    needed = [f"    {line}" for line in secrets_needed(recording)]
    yield from needed
    last = ended_by(recording)
    begun = runs = bool(needed)
    within = False
    for event, result in pairs:
        within = within and not isinstance(event, Note)
        for line in _lines(event, result, reads, last):
            yield f"{line}\n" if within or not begun else f"\n{line}\n"
            begun = within = True
            runs = runs or isinstance(event, CommandEvent)
    if not runs:
        yield "    :\n"


def _lines(
    event: Note | CommandEvent, result: Result | None, reads: bool, last: int | None
) -> Iterator[str]:
    """Yield the lines of one event."""
    if isinstance(event, Note):
        yield from (f"    {line}".rstrip() for line in comment(event))
    elif event.command.output_secret is not None:
        yield f"    {script_line(event.command, result)}"
    elif reads or event.command.changes:
        if result is None:
            yield "    # the session was cut short while this ran:"
        elif not result.ok:
            yield f"    # in the session: status {result.status}{result_comment(result)}"
        yield f"    {script_line(event.command, result)}{is_tolerated(event, result, last)}"


def script_line(
    command: Command, result: Result | None = None, *, before: tuple[str, ...] = ()
) -> str:
    """Return a command as a line of a script: what it is given on stdin comes by a pipe, a secret goes to a variable.

    ``before`` stands before the command, as `sudo` does. What a monitor told of, a script cannot wait for.
    """
    line = " ".join((*before, _joined(command)))
    if command.runs_until_stopped:
        return f": {line}  # it goes on until it is ended"
    if result is not None and result.timed_out and command.timeout is not None:
        line = f"timeout {command.timeout:g} {line}"
    if command.stdin is not None:
        line = f"printf '%s' {_quoted(command.stdin)} | {line}"
    return (
        line
        if command.output_secret is None
        else f"{command.output_secret}=${{{command.output_secret}:-$({line})}}"
    )


def _joined(command: Command) -> str:
    """Return the words as they are written in a script."""
    program, *rest = command.full_argv
    own = ("env",) if program in OWN else ()
    return " ".join((*own, _quoted(program, always="=" in program), *map(_quoted, rest)))


def _quoted(word: str, *, always: bool = False) -> str:
    """Return a word that the shell expands to itself, and that shellcheck takes for nothing else."""
    if isinstance(word, Secret):
        return f'"{word}"'
    if PLAIN.fullmatch(word) and word not in ENDS and not always:
        return word
    quoted = shlex.quote(word)
    taken_for_more = always or word.startswith("=") or word in ENDS
    return f"'{word}'" if taken_for_more and quoted == word else quoted


def comment(note: Note) -> Iterator[str]:
    """Yield a note as lines of comment, and never as directives to shellcheck."""
    for line in _printable(note.text).splitlines():
        yield (f"## {line}" if line.lstrip().startswith("shellcheck") else f"# {line}").rstrip()


def ended_by(recording: RecordingView) -> int | None:
    """Return the number of the command whose failure ended the session, if one did."""
    return recording.end.failed if recording.end else None


def is_tolerated(event: CommandEvent, result: Result | None, last: int | None) -> str:
    """Return what lets a failure pass, if the session went on after it, that is, if it is not the last one."""
    return " || true" if result is not None and not result.ok and event.number != last else ""


def result_comment(result: Result) -> str:
    """Return the first line that a failed command said."""
    lines = _printable(result.stderr.strip()).splitlines()
    return f", {lines[0]}" if lines else ""


def _printable(text: str) -> str:
    """Return the text without what would end a comment or hide in it."""
    return "".join(
        each if each.isprintable() or each in "\n\t" else " " for each in text.replace("\r\n", "\n")
    )
