"""A recording as a Python script against this library, which makes the same recording when it runs.

Commands become typed verbs where a table knows all their arguments; other commands run as recorded.
Loops are not reconstructed.
"""

import builtins
import itertools
import keyword
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from attrs import define, field

from ipwrap.cmdline.reader import Call, Exec, read_command, runs_until_stopped
from ipwrap.command import Command
from ipwrap.export.exporter import Exporter
from ipwrap.export.python.formatter import WIDTH, CallNode, Node, lines, literal
from ipwrap.export.python.source_writer import SourceWriter
from ipwrap.export.shell import result_comment
from ipwrap.objects.effects import with_derived_effects
from ipwrap.recording import CommandEvent, Event, Note, RecordingView
from ipwrap.result import Result
from ipwrap.version import __version__

__all__ = ["python"]

HEAD = '''\
#!/usr/bin/env python3
"""Written by ipwrap {version} from a recording: it runs the same again.

`ipwrap run FILE` uses a throw-away sandbox, `ipwrap run --host FILE` this host.
`python3 FILE` uses a sandbox.
"""

'''

TAIL = """

if __name__ == "__main__":
    with Session(sandbox=True) as session:
        main(session)
"""

# Names that a variable of the script must not take.
RESERVED_NAMES = frozenset(
    {"contextlib", "main", "session", *keyword.kwlist, *keyword.softkwlist, *dir(builtins)}
)
NOT_IDENTIFIER = re.compile(r"[^a-z0-9]+")
INDENT = 4


@define
class Step:
    """One command of the recording, with its result, and as a call in Python."""

    event: CommandEvent
    result: Result | None
    call: Call | Exec | None

    @property
    def command(self) -> Command:
        """The recorded command."""
        return self.event.command

    @property
    def netns(self) -> str | None:
        """The namespace whose verbs run the command."""
        return None if self.call is None else self.call.netns

    @property
    def failed(self) -> bool:
        """Whether the exit status was not 0."""
        return self.result is not None and not self.result.ok

    @property
    def program_missing(self) -> bool:
        """Whether the program was not found."""
        if self.result is None or self.result.status != 127:
            return False

        return self.result.stderr.startswith(f"{self.command.argv[0]}: no such program")

    @property
    def generates_secret(self) -> bool:
        """Whether the command prints a secret, as `session.secret` runs it."""
        command = self.command
        has_output_secret = command.output_secret is not None
        return has_output_secret and not command.changes and command.timeout is None


@Exporter
def python(
    recording: RecordingView, *, reads: bool = True, exact: bool | None = None
) -> Iterator[str]:
    """Yield a script with ``main(session)``: notes, and every command as a call.

    Without ``reads``, only changes.

    `ipwrap run` runs the script. A failure that the session went on after is suppressed. Secrets
    come from the environment, unless the session generated them. A command that runs until it is
    stopped, such as `ip monitor`, becomes a comment.

    ``exact`` restricts verbs to those that build the very same argv. That is the default for a
    session's own recording, in which the workers' batch lines show that ipwrap built the commands.
    """
    if exact is None:
        exact = any(_is_batch_line(event) for event, _ in recording.pairs())

    steps = list(_steps(recording, reads=reads, exact=exact))
    script = _ScriptWriter(recording, steps)
    body = "\n".join(script.body()).lstrip("\n")
    text = f'    """Run what was recorded."""\n{body}'.rstrip("\n")
    head = f"{HEAD.format(version=__version__)}{script.imports()}"
    yield f"{head}\n\n\ndef main(session: Session) -> None:\n{text}\n{TAIL}"


def _is_batch_line(event: Event) -> bool:
    """Return whether an event is a command that may run as a line of a worker."""
    return isinstance(event, CommandEvent) and event.command.batch


def _steps(recording: RecordingView, *, reads: bool, exact: bool) -> Iterator[Note | Step]:
    """Yield the notes and commands of the script, without the lookups that a verb runs by
    itself.
    """
    steps: list[Note | Step] = []

    for event, result in recording.pairs():
        if isinstance(event, Note):
            steps.append(event)
        elif isinstance(event, CommandEvent):
            step = Step(event, result, read_command(event.command, result, exact=exact))
            _drop_lookups(steps, step)
            steps.append(step)

    for step_or_note in steps:
        if reads or isinstance(step_or_note, Note) or _is_needed(step_or_note.command):
            yield step_or_note


def _is_needed(command: Command) -> bool:
    """Return whether a script without read-only commands needs the command."""
    return command.changes or command.output_secret is not None


def _drop_lookups(steps: list[Note | Step], step: Step) -> None:
    """Remove the commands right before a verb by which it looks whether a link exists."""
    lookups = step.call.lookups if isinstance(step.call, Call) else ()
    if not lookups:
        return

    first = len(steps) - len(lookups)
    commands = [before.command for before in steps[first:] if isinstance(before, Step)]
    if commands == list(lookups):
        del steps[first:]


@define
class _ScriptWriter:
    """The lines of a script in order, and the names that are in use."""

    recording: RecordingView
    steps: list[Note | Step]
    source: SourceWriter = field(factory=SourceWriter)
    namespace_variables: dict[str, str] = field(factory=dict)

    def body(self) -> Iterator[str]:
        """Yield the lines of ``main``: a note begins a paragraph."""
        steps = [step for step in self.steps if isinstance(step, Step)]
        uses = Counter(step.netns for step in steps if step.netns is not None)

        for step in self.steps:
            if isinstance(step, Note):
                yield ""
                yield from lines(CallNode("session.note(", (literal(step.text),)), INDENT)
                continue

            netns = step.netns
            if netns is not None and uses[netns] > 1 and netns not in self.namespace_variables:
                variable = self._new_variable(netns)
                self.namespace_variables[netns] = variable
                namespace = CallNode("session.netns(", (literal(netns),))
                yield from lines(namespace, INDENT, before=f"{variable} = ")

            yield from self._step(step)

    def imports(self) -> str:
        """Return the import statements."""
        self.source.name("ipwrap", "Session")

        modules: dict[str, list[str]] = {}
        statements: list[str] = []
        for (module, name), alias in sorted(self.source.names.items()):
            if module == "contextlib":
                continue
            if alias != name:
                statements.append(f"from {module} import {name} as {alias}")
            else:
                modules.setdefault(module, []).append(name)

        for module, names in modules.items():
            statements.append(_import_statement(module, sorted(names, key=_import_order)))

        statements.sort(key=lambda statement: statement.split()[1])  # by module
        uses_contextlib = ("contextlib", "suppress") in self.source.names
        first = "import contextlib\n\n" if uses_contextlib else ""
        return first + "\n".join(statements)

    def _step(self, step: Step) -> Iterator[str]:
        """Yield the lines of one command."""
        if runs_until_stopped(step.command):
            remark = f"    # left out, as it goes on until it is ended: {step.command.line}"
            yield remark[:WIDTH]
            return

        for remark in self._remarks(step):
            yield remark[:WIDTH]

        ended_session = self._ended_session(step)
        call = self._call(step, tolerated=not ended_session)

        assignment = ""
        if step.command.output_secret is not None and self._secret_is_used(step):
            assignment = f"{self._secret_variable(step.command.output_secret)} = "

        error = None if ended_session else self._suppressed_error(step)
        if error is None:
            yield from lines(call, INDENT, before=assignment)
            return

        self.source.name("contextlib", "suppress")
        yield f"    with contextlib.suppress({self.source.name('ipwrap', error)}):"
        yield from lines(call, 2 * INDENT, before=assignment)

    def _remarks(self, step: Step) -> Iterator[str]:
        """Yield a comment on a command that failed, or that never ended."""
        if step.result is None:
            yield "    # the session was cut short while this ran:"
        elif step.failed:
            yield f"    # in the session: status {step.result.status}{result_comment(step.result)}"

    def _ended_session(self, step: Step) -> bool:
        """Return whether the session ended with the error of this command."""
        end = self.recording.end
        if end is None or end.error is None:
            return False

        if end.failed == step.event.number:
            return True

        refuses = isinstance(step.call, Call) and step.call.refuses
        return refuses and end.error.startswith("OutputError") and step is self.steps[-1]

    def _suppressed_error(self, step: Step) -> str | None:
        """Return the name of the error that the call raises, and that the session went on after."""
        if step.program_missing:
            return "ExecutorError"

        if isinstance(step.call, Call):
            if step.failed:
                return "CommandError"
            return "OutputError" if step.call.refuses else None

        return "CommandError" if step.failed and step.generates_secret else None

    def _call(self, step: Step, *, tolerated: bool) -> Node:
        """Return the call that runs a command."""
        namespace = self._namespace(step.netns)
        command = with_derived_effects(step.command)

        if isinstance(step.call, Call):
            function = ".".join((namespace, *step.call.path, step.call.verb.name))
            return self.source.call(function, step.call.args, kwargs=step.call.typed)

        options: dict[str, Any] = {}
        if command.stdin is not None:
            options["stdin"] = command.stdin

        if step.generates_secret:
            arguments = (command.output_secret, *command.argv)
            return self.source.call(f"{namespace}.secret", arguments, kwargs=options)

        check: dict[str, Any] = {}
        if step.failed and tolerated and not step.program_missing:
            check = {"check": False}

        has_effects = command.creates or command.deletes or command.renames
        if not isinstance(step.call, Exec) or has_effects or command.output_secret:
            return self.source.call("session.run", (command,), kwargs=check)

        if command.timeout is not None:
            options["timeout"] = command.timeout
        if not command.changes:
            options = {"changes": False, **options}

        return self.source.call(f"{namespace}.exec", step.call.argv, kwargs={**check, **options})

    def _secret_is_used(self, step: Step) -> bool:
        """Return whether a later command uses the secret that this one generates."""
        if not step.generates_secret:
            return False

        for later in self.steps[self.steps.index(step) + 1 :]:
            if not isinstance(later, Step):
                continue
            if step.command.output_secret in {secret.name for secret in later.command.secrets}:
                return True

        return False

    def _secret_variable(self, name: str) -> str:
        """Return a new variable for a secret."""
        self.source.secrets[name] = self._new_variable(name)
        return self.source.secrets[name]

    def _namespace(self, netns: str | None) -> str:
        """Return the expression for the verbs of a namespace."""
        if netns is None:
            return "session"

        return self.namespace_variables.get(netns) or f"session.netns({literal(netns).flat})"

    def _new_variable(self, name: str) -> str:
        """Return an unused variable name that resembles a name."""
        stem = NOT_IDENTIFIER.sub("_", name.lower()).strip("_")
        if not stem or stem[0].isdigit():
            stem = f"ns_{stem}".rstrip("_")

        taken = {
            *RESERVED_NAMES,
            *self.namespace_variables.values(),
            *self.source.secrets.values(),
        }
        variable = stem
        for number in itertools.count(2):
            if variable not in taken:
                break
            variable = f"{stem}_{number}"

        return variable


def _import_order(name: str) -> tuple[int, str]:
    """Return the key that sorts imported names: constants before classes."""
    is_constant = name.isupper() and len(name) > 1
    return (0 if is_constant else 1, name)


def _import_statement(module: str, names: list[str]) -> str:
    """Return an import statement, on several lines if it does not fit on one."""
    statement = f"from {module} import {', '.join(names)}"
    if len(statement) <= WIDTH:
        return statement

    name_lines = [f"    {name}," for name in names]
    return "\n".join((f"from {module} import (", *name_lines, ")"))
