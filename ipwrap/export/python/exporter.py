"""A recording as a Python script against this library, which makes the same recording when it runs.

Commands become typed verbs where a table knows all their arguments; other commands run as recorded.
Loops are not reconstructed.
"""

import builtins
import itertools
import keyword
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from attrs import define, field

from ipwrap.cmdline.reader import Call, Exec, read_command, runs_until_stopped
from ipwrap.command import Command
from ipwrap.export.comments import one_line
from ipwrap.export.exporter import Exporter
from ipwrap.export.python.formatter import WIDTH, CallNode, Node, lines, literal
from ipwrap.export.python.source_writer import SourceWriter
from ipwrap.export.shell import result_comment
from ipwrap.export.spooled import SpooledText
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
DOCSTRING = '"""Run what was recorded."""'

NETNS_WORDS = ("-n", "--n", "e")

# The steps that are held back; a verb looks at a few links only.
MAX_LOOKUPS = 16


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
        has_options = bool(_given_options(command, "timeout", "env", "cwd"))
        return has_output_secret and not command.changes and not has_options


def _given_options(command: Command, *names: str) -> dict[str, Any]:
    """Return the attributes of a command that are given, as options of `exec`."""
    values = {name: getattr(command, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


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

    facts = _survey(recording, reads=reads, exact=exact)
    script = _ScriptWriter(recording, facts)
    steps = _steps(recording, reads=reads, exact=exact)

    # The imports in the head are known behind the last command.
    with SpooledText() as body:
        body.write(_below_docstring(script.body(steps)))

        yield f"{HEAD.format(version=__version__)}{script.imports()}"
        yield f"\n\n\ndef main(session: Session) -> None:\n    {DOCSTRING}"
        yield from body

    yield f"\n{TAIL}"


def _below_docstring(body_lines: Iterable[str]) -> Iterator[str]:
    """Yield the lines of a function, each behind a line end, without empty lines at the top."""
    is_first = True

    for line in body_lines:
        if line or not is_first:
            is_first = False
            yield f"\n{line}"


def _is_batch_line(event: Event) -> bool:
    """Return whether an event is a command that may run as a line of a worker."""
    return isinstance(event, CommandEvent) and event.command.batch


@define
class _Facts:
    """The facts of a first reading that the lines of a command depend on.

    - ``uses``: the number of commands for each namespace; counted up to 2
    - ``last_uses``: the number of the last command that uses a secret, by the secret's name
    - ``last``: the number of the last command, None behind a note
    """

    uses: Counter[str] = field(factory=Counter)
    last_uses: dict[str, int] = field(factory=dict)
    last: int | None = None

    def needs_call(self, command: Command) -> bool:
        """Return whether the namespace of a command is not known to be used twice."""
        if command.netns is not None:
            return self.uses[command.netns] < 2
        # A command may name its namespace itself: `ip -n red`, `ip netns exec red`, or shorter.
        return any(word.startswith(NETNS_WORDS) for word in command.argv)


def _survey(recording: RecordingView, *, reads: bool, exact: bool) -> _Facts:
    """Return the facts of a first reading. Most commands need not be parsed for these."""
    facts = _Facts()

    for step in _steps(recording, reads=reads, exact=exact, needs_call=facts.needs_call):
        if isinstance(step, Note):
            facts.last = None
            continue

        facts.last = step.event.number
        if step.netns is not None:
            facts.uses[step.netns] += 1
        for secret in step.command.secrets:
            facts.last_uses[secret.name] = step.event.number

    return facts


def _steps(
    recording: RecordingView,
    *,
    reads: bool,
    exact: bool,
    needs_call: Callable[[Command], bool] | None = None,
) -> Iterator[Note | Step]:
    """Yield the notes and commands of the script, without the lookups that a verb runs by
    itself.

    A command for which ``needs_call`` is false is not parsed.
    """
    # A verb's lookups come right before the verb: the latest steps are held back.
    held: list[Note | Step] = []

    for event, result in recording.pairs():
        if isinstance(event, Note):
            held.append(event)
        elif isinstance(event, CommandEvent):
            call = None
            if needs_call is None or needs_call(event.command):
                call = read_command(event.command, result, exact=exact)

            step = Step(event, result, call)
            _drop_lookups(held, step)
            held.append(step)

        if len(held) > MAX_LOOKUPS:
            yield from _shown(held[:1], reads=reads)
            del held[0]

    yield from _shown(held, reads=reads)


def _shown(steps: Iterable[Note | Step], *, reads: bool) -> Iterator[Note | Step]:
    """Yield the steps that a script has."""
    for step in steps:
        if reads or isinstance(step, Note) or _is_needed(step.command):
            yield step


def _is_needed(command: Command) -> bool:
    """Return whether a script without read-only commands needs the command."""
    return command.changes or command.output_secret is not None


def _drop_lookups(steps: list[Note | Step], step: Step) -> None:
    """Remove the commands right before a verb by which it looks whether a link exists."""
    lookups = step.call.lookups if isinstance(step.call, Call) else ()
    if not lookups:
        return

    # Earlier steps have left already.
    assert len(lookups) <= MAX_LOOKUPS, "a verb looks at a few links only"
    first = len(steps) - len(lookups)
    commands = [before.command for before in steps[first:] if isinstance(before, Step)]
    if commands == list(lookups):
        del steps[first:]


@define
class _ScriptWriter:
    """The lines of a script in order, and the names that are in use."""

    recording: RecordingView
    facts: _Facts
    source: SourceWriter = field(factory=SourceWriter)
    namespace_variables: dict[str, str] = field(factory=dict)
    taken_names: set[str] = field(factory=lambda: set(RESERVED_NAMES))

    def body(self, steps: Iterable[Note | Step]) -> Iterator[str]:
        """Yield the lines of ``main``: a note begins a paragraph."""
        uses = self.facts.uses

        for step in steps:
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
            line = one_line(step.command.line)
            remark = f"    # left out, as it goes on until it is ended: {line}"
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
        is_last = step.event.number == self.facts.last
        return refuses and end.error.startswith("OutputError") and is_last

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

        options = _given_options(command, "stdin")
        if step.generates_secret:
            arguments = (command.output_secret, *command.argv)
            return self.source.call(f"{namespace}.secret", arguments, kwargs=options)

        check: dict[str, Any] = {}
        if step.failed and tolerated and not step.program_missing:
            check = {"check": False}

        has_effects = command.creates or command.deletes or command.renames
        if not isinstance(step.call, Exec) or has_effects or command.output_secret:
            return self.source.call("session.run", (command,), kwargs=check)

        options |= _given_options(command, "timeout", "env", "cwd")
        if not command.changes:
            options = {"changes": False, **options}

        return self.source.call(f"{namespace}.exec", step.call.argv, kwargs={**check, **options})

    def _secret_is_used(self, step: Step) -> bool:
        """Return whether a later command uses the secret that this one generates."""
        if not step.generates_secret:
            return False

        last_use = self.facts.last_uses.get(step.command.output_secret or "")
        return last_use is not None and last_use > step.event.number

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

        variable = stem
        for number in itertools.count(2):
            if variable not in self.taken_names:
                break
            variable = f"{stem}_{number}"

        self.taken_names.add(variable)
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
