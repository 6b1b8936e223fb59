"""The functions `up` and `down` of a shell script: what builds, and what takes away."""

from collections.abc import Iterator

from attrs import define, field

from ipwrap.command import IPROUTE2, Command
from ipwrap.export.comments import comment_lines
from ipwrap.export.outcomes import fatal_command, result_comment, tolerating_suffix
from ipwrap.export.shell_line import has_timed_out, join_command, never_ends, quote, script_line
from ipwrap.export.shell_marks import Mark, Marks, SysctlMark
from ipwrap.export.shell_processes import BACKGROUND_STEPS, BackgroundStep, ProcessLines
from ipwrap.objects import object_type
from ipwrap.places.etc_netns import names_etc_netns
from ipwrap.recording import CommandEvent, Note, ProcessEvent, RecordingView, Step
from ipwrap.result import Result
from ipwrap.teardown.ledger import Teardown, shell_delete_line

__all__ = ["UpFunction", "comment", "secrets_needed"]

COUNTED_FUNCTIONS = frozenset({"send", "sleep", "stop", "wait", "wait_for", "wait_within"})


@define
class UpFunction:
    """The lines of `up` and `down`, and the facts that the rest of the script depends on.

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
        last = fatal_command(self.recording)
        self.processes = ProcessLines(self.recording, script_line, last)

    @property
    def secrets(self) -> set[str]:
        """The names of the secrets in the script."""
        return {*self.recording.required_secrets, *self._output_secrets}

    def lines(self) -> Iterator[str]:
        """Yield the lines: a note begins a paragraph."""
        demands = [f"    {line}" for line in secrets_needed(self.recording)]
        yield from demands

        last = fatal_command(self.recording)
        has_lines = has_commands = bool(demands)
        in_paragraph = False

        for event, result in self.marks.teardown.follow(self.recording.pairs()):
            if isinstance(event, Note):
                in_paragraph = False

            for line in self._step_lines(event, result, last=last):
                begins_paragraph = has_lines and not in_paragraph
                yield f"\n{line}\n" if begins_paragraph else f"{line}\n"

                has_lines = in_paragraph = True
                has_commands = has_commands or not isinstance(event, Note)

        if not has_commands:
            yield "    :\n"  # a function of sh cannot be empty
        for mark in self.marks.lost():
            yield f"    gone {mark.number}\n"

    def _step_lines(self, event: Step, result: Result | None, *, last: int | None) -> Iterator[str]:
        """Yield the lines of one event."""
        if isinstance(event, Note):
            for line in comment(event):
                yield f"    {line}".rstrip()
        elif isinstance(event, BACKGROUND_STEPS):
            yield from self._background_lines(event, result)
        elif event.command.output_secret is not None:
            self._output_secrets.add(event.command.output_secret)
            line = _counted_line(event.command, result)
            yield from self._count_command(event.command, line)
            yield f"    {line}"
        elif self.reads or event.command.changes:
            yield from self._command_lines(event, result, last=last)

    def _background_lines(self, event: BackgroundStep, result: Result | None) -> Iterator[str]:
        """Yield the lines of a process, a wait or a pause, and count the commands."""
        for line in self.processes.lines((event, result)):
            function, *_ = line.split(" ", 1)
            if isinstance(event, ProcessEvent) and line.endswith("=$!"):
                self.count += 1
                yield f"    step {quote(event.command.argv[0])}"
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

        yield from _outcome_comment(result)
        line = _counted_line(event.command, result)
        if not never_ends(event.command, result):
            yield from self._count_command(event.command, line)

        begun, ended = self.marks.follow(event, result)
        lists = self._lists(event.command, begun)
        for list_line in dict.fromkeys(lists.values()):
            yield f"    before {list_line}"

        tolerated = tolerating_suffix(event, result, fatal=last)
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
                lines[mark.number] = join_command(list_command)

        self.has_lists = self.has_lists or bool(lines)
        return lines

    def _add_down_line(self, mark: Mark) -> None:
        """Add the line of `down` that deletes an object, if the script created the object."""
        delete_line = shell_delete_line(join_command(mark.command))
        condition, undo_line = f"ours {_mark_words(mark)}", f"undo {mark.number} {delete_line}"

        if object_type(mark.created.noun).is_namespace:
            self.processes.functions.namespaces = True
            name = mark.created.name
            line = f"{condition} && vacate {quote(name)} && {undo_line}"
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

    def _count_command(self, command: Command, line: str) -> Iterator[str]:
        """Count a command. Yield a counting line, unless the command is a plain iproute2 call."""
        self.count += 1
        self.names_etc_netns = self.names_etc_netns or names_etc_netns(command.argv)
        program, *_ = line.split(" ", 1)

        if program in IPROUTE2:
            self.programs.add(program)
        else:
            yield f"    step {quote(command.argv[0])}"


def secrets_needed(recording: RecordingView) -> Iterator[str]:
    """Yield the lines that demand secrets, except secrets that the script generates itself."""
    for name in sorted(recording.required_secrets):
        yield f': "${{{name}:?is a secret of the session, and has to be set}}"\n'


def comment(note: Note) -> Iterator[str]:
    """Yield a note as lines of comment, and never as directives for shellcheck."""
    yield from comment_lines(note.text)


def _counted_line(command: Command, result: Result | None) -> str:
    """Return a command as a line of the script.

    A function of the script stands for `ip`, and not every shell hands variables on to a function.
    """
    is_function = command.full_argv[0] in IPROUTE2
    if command.env is None or not is_function or has_timed_out(command, result):
        return script_line(command, result)
    return script_line(command, result, before=("command",))


def _outcome_comment(result: Result | None) -> Iterator[str]:
    """Yield a comment about a command that did not succeed in the session."""
    if result is None:
        yield "    # the session was cut short while this ran:"
    elif not result.ok:
        yield f"    # in the session: status {result.status}{result_comment(result)}"


def _mark_words(mark: Mark) -> str:
    """Return the number of a mark, and the words for the place to read the identity from."""
    words = [str(mark.number), *map(quote, mark.anchor)]
    return " ".join(words)


def _sysctl_words(sysctl: SysctlMark) -> str:
    """Return the key of a sysctl, and the words that name the namespace."""
    netns = () if sysctl.netns is None else ("netns", sysctl.netns)
    return " ".join(map(quote, (sysctl.key, *netns)))
