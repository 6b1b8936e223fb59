"""A recording as a shell script that builds the same state, and deletes it again.

The script needs only sh and iproute2.
"""

import re
import shlex
from collections.abc import Iterator, Mapping

from attrs import define, field

from ipwrap.cmdline.plain_words import to_plain_words
from ipwrap.command import IPROUTE2, Command, quote_batch_line
from ipwrap.errors import NotBatchable
from ipwrap.export.comments import comment_lines, first_line, one_line
from ipwrap.export.exporter import Exporter
from ipwrap.export.seconds import GRACE_SECONDS, format_limit
from ipwrap.export.shell_marks import Mark, Marks, SysctlMark
from ipwrap.export.shell_pids import ShellWord
from ipwrap.export.shell_processes import BACKGROUND_STEPS, BackgroundStep, ProcessLines
from ipwrap.export.shell_state import state_functions
from ipwrap.export.shellcheck import ScriptLines
from ipwrap.export.spooled import SpooledText
from ipwrap.objects import object_type
from ipwrap.places.etc_netns import LAYER_ON_ETC, names_etc_netns
from ipwrap.places.sandbox import HOLDER, UNSHARE
from ipwrap.recording import CommandEvent, Note, ProcessEvent, RecordingView, Step
from ipwrap.result import Result
from ipwrap.secrets.secret import Secret
from ipwrap.secrets.secret_line import SecretLine
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
#   sh {name} down        take away what `up` made here, in reverse, and nothing else
#   sh {name} state       print the path of the file where `up` notes what it made
#   sh {name} --sandbox   build it in a throw-away place, without root, and leave a shell there
#   sh {name} --sandbox -- COMMAND...   the same, and run a command there instead
{disable}set -eu
LC_ALL=C
PATH=$PATH:/usr/sbin:/sbin
export LC_ALL PATH
"""

TAIL = """
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
    build >&2 </dev/null
{end_trap}    if [ "$#" = 0 ]; then set -- "${{SHELL:-/bin/sh}}"; fi
    "$@"
}}

usage() {{
    echo "usage: sh $0 [up | down | state | --sandbox [-- COMMAND...]]" >&2
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
    up) build </dev/null ;;
    down) take_away ;;
    state)
        locate
        echo "$state"
        ;;
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
COUNTED_FUNCTIONS = frozenset({"send", "sleep", "stop", "wait", "wait_for", "wait_within"})

PLAIN_WORD = re.compile(r"[A-Za-z0-9_@%+:,./-]+")  # a shell expands nothing in such a word
BLOCK_KEYWORDS = frozenset({"do", "done", "esac", "fi", "then"})  # shellcheck SC1010, unless quoted


@Exporter
def shell(recording: RecordingView, *, reads: bool = False, name: str = "SCRIPT") -> Iterator[str]:
    """Yield a script that repeats the changes of a recording, and deletes their results on `down`.

    Notes become comments. Read-only commands are left out unless ``reads`` is True. A failure is
    tolerated if the session went on after the same failure.
    """
    name = shlex.quote(" ".join(one_line(name).split()))
    holder_lines = HOLDER.strip().splitlines()[1:4]

    # The directive in the head depends on all lines below it.
    notes = ScriptLines()
    with SpooledText() as body:
        up = _Up(recording, reads=reads)
        body.write(notes.survey(up.lines()))
        for _ in notes.survey(up.down_lines()):
            pass

        yield HEAD.format(version=__version__, name=name, disable=notes.directive)
        yield "\nup() {\n"
        yield from body

    yield "}\n\ndown() {\n"
    yield from up.down_lines()
    yield "}\n"
    yield state_functions(
        notes.checksum.hexdigest()[:12],
        count=up.count,
        programs=up.programs,
        secrets=up.secrets,
        has_rescues=bool(up.marks.foreign_netns),
        has_lists=up.has_lists,
        has_sysctls=up.has_sysctls,
        has_shown=up.marks.has_shown,
        functions=up.processes.functions,
    )
    if up.names_etc_netns:
        holder_lines += LAYER_ON_ETC.splitlines()
    holder = "\n".join(f"    {line}" for line in holder_lines)
    end_trap = "    trap end_processes EXIT\n" if up.processes.functions.processes else ""
    yield TAIL.format(unshare=" ".join(UNSHARE), inside=holder, end_trap=end_trap)


def _mark_words(mark: Mark) -> str:
    """Return the number of a mark, and the words for the place to read the identity from."""
    words = [str(mark.number), *map(_quote, mark.anchor)]
    return " ".join(words)


def _sysctl_words(sysctl: SysctlMark) -> str:
    """Return the key of a sysctl, and the words that name the namespace."""
    netns = () if sysctl.netns is None else ("netns", sysctl.netns)
    return " ".join(map(_quote, (sysctl.key, *netns)))


def secrets_needed(recording: RecordingView) -> Iterator[str]:
    """Yield the lines that demand secrets, except secrets that the script generates itself."""
    for name in sorted(recording.required_secrets):
        yield f': "${{{name}:?is a secret of the session, and has to be set}}"\n'


@define
class _Up:
    """The lines of `up`, and the facts about the lines that the rest of the script depends on.

    - ``count``: the number of commands
    - ``programs``: the programs of iproute2 that the script counts by functions of the same name
    - ``marks``: the objects that `up` creates
    - ``has_lists``: whether `up` compares lists of objects
    - ``has_sysctls``: whether `up` writes sysctls that `down` restores
    - ``names_etc_netns``: whether a command names a file in /etc/netns
    """

    recording: RecordingView
    reads: bool = field(kw_only=True)
    count: int = 0
    programs: set[str] = field(factory=set)
    has_lists: bool = False
    has_sysctls: bool = False
    names_etc_netns: bool = False
    marks: Marks = field(init=False)
    processes: ProcessLines = field(init=False)
    _process_count: int = 0
    _output_secrets: set[str] = field(factory=set)
    # Lines of `down`, oldest first, and those of namespaces with the name. Text is smaller than
    # objects: a script may make, and delete again, ten thousand of them.
    _down: list[str] = field(factory=list)
    _down_netns: list[tuple[str, str]] = field(factory=list)

    def __attrs_post_init__(self) -> None:
        self.marks = Marks(Teardown.of(self.recording))
        last = ended_by(self.recording)
        self.processes = ProcessLines(self.recording, script_line, last)

    @property
    def secrets(self) -> set[str]:
        """The names of the secrets in the script."""
        return {*self.recording.required_secrets, *self._output_secrets}

    def lines(self) -> Iterator[str]:
        """Yield the lines: a note begins a paragraph."""
        demands = [f"    {line}" for line in secrets_needed(self.recording)]
        yield from demands

        last = ended_by(self.recording)
        has_lines = has_commands = bool(demands)
        in_paragraph = False

        for event, result in self.marks.teardown.follow(self.recording.pairs()):
            if isinstance(event, Note):
                in_paragraph = False

            for line in self._lines(event, result, last=last):
                begins_paragraph = has_lines and not in_paragraph
                yield f"\n{line}\n" if begins_paragraph else f"{line}\n"

                has_lines = in_paragraph = True
                has_commands = has_commands or not isinstance(event, Note)

        if not has_commands:
            yield "    :\n"  # a function of sh cannot be empty
        for mark in self.marks.lost():
            yield f"    gone {mark.number}\n"

    def _lines(self, event: Step, result: Result | None, *, last: int | None) -> Iterator[str]:
        """Yield the lines of one event."""
        if isinstance(event, Note):
            for line in comment(event):
                yield f"    {line}".rstrip()
        elif isinstance(event, BACKGROUND_STEPS):
            yield from self._background_lines(event, result)
        elif event.command.output_secret is not None:
            self._output_secrets.add(event.command.output_secret)
            line = _counted_line(event.command, result)
            yield from self._count(event.command, line)
            yield f"    {line}"
        elif self.reads or event.command.changes:
            yield from self._command_lines(event, result, last=last)

    def _background_lines(self, event: BackgroundStep, result: Result | None) -> Iterator[str]:
        """Yield the lines of a process, a wait or a pause, and count the commands."""
        for line in self.processes.lines((event, result)):
            function, *_ = line.split(" ", 1)
            if isinstance(event, ProcessEvent) and line.endswith("=$!"):
                self.count += 1
                yield f"    step {_quote(event.command.argv[0])}"
            elif function in COUNTED_FUNCTIONS:
                self.count += 1
                yield f"    step {function}"

            yield f"    {line}"
            if function == "started":
                self._process_count += 1
                _, pid, *_ = line.split(" ")
                yield f"    kept p{self._process_count} {pid}"
                self._down.append(f"undo_process p{self._process_count}")

    def _command_lines(
        self, event: CommandEvent, result: Result | None, *, last: int | None
    ) -> Iterator[str]:
        """Yield a command, below a comment on a failure, and the marks of the created objects."""
        event, omission = self.processes.command_event(event, result)
        if omission is not None:
            yield f"    : {omission}"  # a command, since a function of sh cannot be empty
            return

        yield from _fate_comment(result)
        line = _counted_line(event.command, result)
        if not _is_left_out(event.command, result):
            yield from self._count(event.command, line)

        begun, ended = self.marks.follow(event, result)
        lists = self._lists(event.command, begun)
        for list_line in dict.fromkeys(lists.values()):
            yield f"    before {list_line}"

        tolerated = is_tolerated(event, result, last=last)
        yield from self._with_sysctls(event.command, f"    {line}{tolerated}")

        for mark in ended:
            yield f"    gone {mark.number}"
        for mark in begun:
            condition = ""
            if mark.number in lists:
                condition = f"same {lists[mark.number]} || "
            yield f"    {condition}made {_mark_words(mark)}"
            self._add_down_line(mark)

    def _lists(self, command: Command, begun: list[Mark]) -> dict[int, str]:
        """Return the lines that list objects, for marks whose objects may exist before the command.

        At most one list is compared.
        """
        lines = {}
        for mark in begun:
            list_command = mark.list_command(command)
            if list_command is not None:
                lines[mark.number] = _join(list_command)

        self.has_lists = self.has_lists or bool(lines)
        return lines

    def _add_down_line(self, mark: Mark) -> None:
        """Add the line of `down` that deletes an object, if the script created the object."""
        delete_line = shell_delete_line(_join(mark.command))
        condition, undo_line = f"ours {_mark_words(mark)}", f"undo {mark.number} {delete_line}"

        if object_type(mark.created.noun).is_namespace:
            self.processes.functions.namespaces = True
            name = mark.created.name
            line = f"{condition} && vacate {_quote(name)} && {undo_line}"
            self._down_netns.append((name, line))
        else:
            self._down.append(f"{condition} && {undo_line}")

    def _with_sysctls(self, command: Command, line: str) -> Iterator[str]:
        """Yield the line of a command, between lines that save the sysctls to be written."""
        sysctls = self.marks.sysctls(command)
        for sysctl in sysctls:
            yield f"    sysctl_{sysctl.number}=$(value {_sysctl_words(sysctl)})"

        yield line

        for sysctl in sysctls:
            self.has_sysctls = True
            number, words = sysctl.number, _sysctl_words(sysctl)
            yield f'    wrote {number} "$sysctl_{number}" {words}'
            self._down.append(f"restore {number} {words}")

    def down_lines(self) -> Iterator[str]:
        """Yield the lines of `down`: newest first, namespaces last.

        The kernel destroys the links of a deleted namespace asynchronously: cleanup_net() in
        net/core/net_namespace.c.
        """
        for line in reversed(self._down):
            yield f"    {line}\n"

        for name, line in reversed(self._down_netns):
            # A link that stood before must have left a namespace that is deleted.
            condition = "rescued && " if name in self.marks.foreign_netns else ""
            yield f"    {condition}{line}\n"

        if not self._down and not self._down_netns:
            yield "    :\n"  # a function of sh cannot be empty

    def _count(self, command: Command, line: str) -> Iterator[str]:
        """Count a command. Yield a counting line, unless the command is a plain iproute2 call."""
        self.count += 1
        self.names_etc_netns = self.names_etc_netns or names_etc_netns(command.argv)
        program, *_ = line.split(" ", 1)

        if program in IPROUTE2:
            self.programs.add(program)
        else:
            yield f"    step {_quote(command.argv[0])}"


def _fate_comment(result: Result | None) -> Iterator[str]:
    """Yield a comment about a command that did not succeed in the session."""
    if result is None:
        yield "    # the session was cut short while this ran:"
    elif not result.ok:
        yield f"    # in the session: status {result.status}{result_comment(result)}"


def _counted_line(command: Command, result: Result | None) -> str:
    """Return a command as a line of the script.

    A function of the script stands for `ip`, and not every shell hands variables on to a function.
    """
    is_function = command.full_argv[0] in IPROUTE2
    if command.env is None or not is_function or _has_timed_out(command, result):
        return script_line(command, result)
    return script_line(command, result, before=("command",))


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
    stdin_writer = "" if command.stdin is None else f"printf '%s' {_quote(command.stdin)}"
    argv = command.full_argv

    secret_line = SecretLine.of(command)
    line_writer = None if secret_line is None else _line_writer(secret_line)
    if secret_line is not None and line_writer is not None:
        stdin_writer, argv = line_writer, secret_line.argv

    assignments, before = _settings(command, before)
    line = " ".join((*before, *_limit(command, result), _join_argv(argv)))

    if _is_left_out(command, result) and not in_background:
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


def _has_timed_out(command: Command, result: Result | None) -> bool:
    """Return whether the time limit of a command has ended the command."""
    return result is not None and result.timed_out and command.timeout is not None


def _limit(command: Command, result: Result | None) -> tuple[str, ...]:
    """Return the words that end a command after the time limit; () unless the command timed out.

    The session kills at once; a script is more patient, so that timeout(1) has its usual status.
    """
    if command.timeout is None or not _has_timed_out(command, result):
        return ()
    return ("timeout", "-k", str(GRACE_SECONDS), format_limit(command.timeout))


def _is_left_out(command: Command, result: Result | None) -> bool:
    """Return whether a script would wait for a command for ever, such as `ip monitor`."""
    return command.runs_until_stopped and not _has_timed_out(command, result)


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
    return f"cd {options}{_quote(directory)}"


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
    return tuple(f"{name}={_quote(text)}" for name, text in variables.items())


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


def _join(command: Command) -> str:
    """Return the argv of a command as a line of a script."""
    return _join_argv(to_plain_words(command).full_argv)


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


def comment(note: Note) -> Iterator[str]:
    """Yield a note as lines of comment, and never as directives for shellcheck."""
    yield from comment_lines(note.text)


def ended_by(recording: RecordingView) -> int | None:
    """Return the number of the command whose failure ended the session, if one did."""
    return recording.end.failed if recording.end else None


def is_tolerated(event: CommandEvent, result: Result | None, *, last: int | None) -> str:
    """Return the suffix that tolerates a failure.

    Empty for the command number ``last``, whose failure ended the session.
    """
    has_failed = result is not None and not result.ok and not _is_left_out(event.command, result)
    return " || true" if has_failed and event.number != last else ""


def result_comment(result: Result) -> str:
    """Return the first line of a failed command's stderr."""
    line = first_line(result.stderr)
    return f", {line}" if line else ""
