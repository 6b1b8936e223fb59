"""A recording as a Python script against this library, which makes the same recording when run.

Commands become typed verbs if a table has all arguments; other commands run as recorded. Loops are
not reconstructed.
"""

import builtins
import itertools
import keyword
import re
import shlex
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from attrs import define, evolve, field

from ipwrap.background_process import GRACE
from ipwrap.cmdline.program_effects import may_change
from ipwrap.cmdline.reader import Call, Exec, read_command, runs_until_stopped
from ipwrap.command import Command
from ipwrap.errors import NotExportable, error_for
from ipwrap.export.comments import one_line
from ipwrap.export.exporter import Exporter
from ipwrap.export.pids import Parts, PidOf, ProcessPids
from ipwrap.export.python.formatter import WIDTH, CallNode, Node, lines, literal
from ipwrap.export.python.process_blocks import ProcessUse, choose_blocks
from ipwrap.export.python.source_writer import Expression, SourceWriter
from ipwrap.export.shell import ended_by, result_comment
from ipwrap.export.spooled import SpooledText
from ipwrap.recording import (
    CommandEvent,
    Event,
    Note,
    ProcessAction,
    ProcessEvent,
    ProcessStarted,
    RecordingView,
    Sleep,
    WaitEvent,
)
from ipwrap.recording.captures import RecordedCapture
from ipwrap.recording.process_failure import StartFailure, could_not_run, start_failure
from ipwrap.result import Result
from ipwrap.secrets.secret import Secret
from ipwrap.sysctl.calls import SysctlCall, read_sysctl_call
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
    {"contextlib", "main", "session", "until", *keyword.kwlist, *keyword.softkwlist, *dir(builtins)}
)
NOT_IDENTIFIER = re.compile(r"[^a-z0-9]+")
INDENT = 4
DOCSTRING = '"""Run what was recorded."""'

NETNS_WORDS = ("-n", "--n", "e")

PID_ARGUMENTS = frozenset({"netns", "pid"})  # the arguments of verbs that may be a pid
DEFAULT_WAIT = 10.0  # seconds, of `wait_for` and `spawn`
DEFAULT_CAPTURE_NAME = "capture"

NETNS_CREATIONS = ("add", "attach")  # verbs that return the namespace
RUN_EVERYWHERE = ("ip", "-all", "netns", "exec")

# The steps that are held back; a verb looks at a few links only.
MAX_LOOKUPS = 16


@define
class Step:
    """A command of the recording: with its result, and as a call in Python."""

    event: CommandEvent
    result: Result | None
    call: Call | Exec | None

    @property
    def command(self) -> Command:
        """The recorded command."""
        return self.event.command

    @property
    def netns(self) -> str | None:
        """The namespace whose methods run the command."""
        return self.command.netns if self.call is None else self.call.netns

    @property
    def error_name(self) -> str:
        """The name of the error that a failed verb raises, by the recorded text on stderr."""
        if not isinstance(self.call, Call) or self.result is None or not self.result.stderr.strip():
            return "CommandError"

        command = self.call.to_commands()[-1]
        return type(error_for(evolve(self.result, command=command))).__name__

    @property
    def failed(self) -> bool:
        """Whether the exit status was not 0."""
        return self.result is not None and not self.result.ok

    @property
    def program_missing(self) -> bool:
        """Whether the program was not found."""
        return self.result is not None and could_not_run(self.result)

    @property
    def generates_secret(self) -> bool:
        """Whether the command prints a secret, as `session.secret` runs it."""
        command = self.command
        has_output_secret = command.output_secret is not None
        has_options = bool(_given_options(command, "timeout", "env", "cwd"))
        return has_output_secret and not command.changes and not has_options


def _is_omitted(step: Step, pids: ProcessPids, *, failed: int | None) -> bool:
    """Return whether a script leaves out a command: a failed command with an unknown pid.

    The command number ``failed``, whose failure ended the session, is kept.
    """
    if not step.failed or step.event.number == failed:
        return False

    try:
        pids.find(step.event)
    except NotExportable:
        return True
    return False


def _is_of_capture(action: ProcessAction) -> bool:
    """Return whether an action is a method of `Capture`: other actions are of its process."""
    return action.action == "wait" or (action.action == "stop" and action.seconds is None)


def _given_options(command: Command, *names: str) -> dict[str, Any]:
    """Return the attributes of a command that are given, as options of `exec`."""
    values = {name: getattr(command, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


@define
class ProcessStep:
    """A background process of the recording, and the error raised by the start."""

    event: ProcessEvent
    result: Result | None

    @property
    def failure(self) -> StartFailure | None:
        """The error of a process that did not become ready."""
        return start_failure(self.event, self.result)

    @property
    def has_started_for_certain(self) -> bool:
        """Whether the process has started.

        A program beside other commands, as in a thread, has started even without a ready event.
        """
        return self.event.ready is None and self.result is not None and self.failure is None


TimedStep = ProcessAction | WaitEvent | Sleep
Entry = Note | Step | ProcessStep | ProcessStarted | TimedStep


@Exporter
def python(
    recording: RecordingView, *, reads: bool = True, exact: bool | None = None
) -> Iterator[str]:
    """Yield a script with ``main(session)``: notes, and every command as a call.

    Without ``reads``, only changes.

    `ipwrap run` runs the script. Failures are suppressed if the session went on. Secrets come from
    the environment, unless the session generated the secret. A command that runs until stopped,
    such as `ip monitor`, becomes a comment.

    A background process becomes a `with` block if all processes started after it are stopped
    before it. Raises `NotExportable` for a command that names the pid of an unknown process.

    ``exact`` restricts verbs to calls with the very same argv. ``exact`` is the default for a
    session's own recording, whose batch lines of workers show that ipwrap built the commands.
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
    """The facts of a first reading, on which the lines of a command depend.

    - ``uses``: the number of commands for each namespace; counted up to 2
    - ``last_uses``: the number of the last command that uses a secret, by the secret's name
    - ``last``: the number of the last command, None behind a note
    - ``processes``: the background processes, by number
    - ``last_position``: the position of the last step, None behind a note; the end of a `with`
      block by an error is no step
    - ``failed``: the number of the command whose failure ended the session
    """

    uses: Counter[str] = field(factory=Counter)
    last_uses: dict[str, int] = field(factory=dict)
    last: int | None = None
    processes: dict[int, ProcessUse] = field(factory=dict)
    last_position: int | None = None
    failed: int | None = None
    _pids: ProcessPids = field(factory=ProcessPids)

    def needs_call(self, command: Command) -> bool:
        """Return whether the namespace of a command is not known to be used twice."""
        if command.netns is not None:
            return self.uses[command.netns] < 2
        # A command may name its namespace itself: `ip -n red`, `ip netns exec red`, or shorter.
        return any(word.startswith(NETNS_WORDS) for word in command.argv)

    def note(self, step: Entry, position: int) -> None:
        """Note a step."""
        is_stop = isinstance(step, ProcessAction) and step.action == "stop"
        if not is_stop and not isinstance(step, ProcessStarted):
            self.last_position = None if isinstance(step, Note) else position

        match step:
            case Note():
                self.last = None
            case Step():
                self._pids.note(step.event)
                if not _is_omitted(step, self._pids, failed=self.failed):
                    self._note_command(step.event, step.netns)
                self.last = step.event.number
                for secret in step.command.secrets:
                    self.last_uses[secret.name] = step.event.number
            case WaitEvent():
                self._note_netns(step.netns)
            case _:
                self._note_process_step(step, position)

    def _note_process_step(self, step: Entry, position: int) -> None:
        """Note a step of a background process."""
        match step:
            case ProcessStep(event=event):
                self._note_command(event, event.command.netns)
                self._pids.note(event)
                use = ProcessUse(
                    event,
                    position,
                    has_started=step.has_started_for_certain,
                    capture=RecordedCapture.of(event),
                )
                self.processes[event.number] = use
                for secret in event.command.secrets:
                    self.last_uses[secret.name] = event.number
            case ProcessStarted():
                self._pids.note(step)
                self.processes[step.number].has_started = True
            case ProcessAction():
                self.processes[step.number].note_action(step, position)

    def _note_command(self, event: CommandEvent | ProcessEvent, netns: str | None) -> None:
        """Note the namespace of a command, and the processes in its arguments.

        Raises `NotExportable` for the pid of an unknown process.
        """
        self._note_netns(netns)
        for process in self._pids.find(event):
            self.processes[process.number].uses += 1

    def _note_netns(self, netns: str | None) -> None:
        """Note the use of a namespace."""
        if netns is not None:
            self.uses[netns] += 1


def _survey(recording: RecordingView, *, reads: bool, exact: bool) -> _Facts:
    """Return the facts of a first reading. Most commands need not be parsed for these."""
    facts = _Facts(failed=ended_by(recording))
    steps = _steps(recording, reads=reads, exact=exact, needs_call=facts.needs_call)
    for position, step in steps:
        facts.note(step, position)

    choose_blocks(facts.processes.values())
    return facts


def _steps(
    recording: RecordingView,
    *,
    reads: bool,
    exact: bool,
    needs_call: Callable[[Command], bool] | None = None,
) -> Iterator[tuple[int, Entry]]:
    """Yield the steps of the script, without lookups: a verb runs its lookups by itself.

    A command for which ``needs_call`` is false is not parsed, and its lookups stay. Every step
    comes with its position in the recording, which does not depend on that.
    """
    # A verb's lookups come right before the verb: the latest steps are held back.
    held: list[tuple[int, Entry]] = []
    captures: dict[int, RecordedCapture] = {}

    for position, (event, result) in enumerate(recording.pairs()):
        if isinstance(event, CommandEvent):
            call = None
            if needs_call is None or needs_call(event.command):
                call = read_command(event.command, result, exact=exact)

            step = Step(event, result, call)
            _drop_lookups(held, step)
            held.append((position, step))
        elif isinstance(event, ProcessEvent):
            held.append((position, ProcessStep(event, result)))
            capture = RecordedCapture.of(event)
            if capture is not None:
                captures[event.number] = capture
        else:
            held.append((position, event))
            if isinstance(event, ProcessAction) and event.number in captures:
                _join_capture_end(held, captures[event.number])

        if len(held) > MAX_LOOKUPS:
            yield from _shown(held[:1], reads=reads)
            del held[0]

    yield from _shown(held, reads=reads)


def _join_capture_end(steps: list[tuple[int, Entry]], capture: RecordedCapture) -> None:
    """Replace the last steps of a capture by a single step: the stop of the capture."""
    count = capture.count_end_steps([step for _, step in steps])
    if count:
        position, _ = steps[-1]
        steps[-count:] = [(position, ProcessAction(capture.event.number, "stop"))]


def _shown(steps: Iterable[tuple[int, Entry]], *, reads: bool) -> Iterator[tuple[int, Entry]]:
    """Yield the steps of the script: without ``reads``, only the needed commands."""
    for position, step in steps:
        if reads or not isinstance(step, Step) or _is_needed(step.command):
            yield position, step


def _is_needed(command: Command) -> bool:
    """Return whether a script without read-only commands needs the command."""
    return command.changes or command.output_secret is not None


def _drop_lookups(steps: list[tuple[int, Entry]], step: Step) -> None:
    """Remove the commands right before a verb with which the verb looks up links."""
    lookups = step.call.lookups if isinstance(step.call, Call) else ()
    if not lookups:
        return

    # Earlier steps have left already.
    assert len(lookups) <= MAX_LOOKUPS, "a verb looks at a few links only"
    first = len(steps) - len(lookups)
    commands = [before.command for _, before in steps[first:] if isinstance(before, Step)]
    if commands == list(lookups):
        del steps[first:]


@define
class _ScriptWriter:
    """The lines of a script in order, and the names that are in use.

    ``open_blocks`` are the processes whose `with` blocks are open; ``at_block_start`` is true
    behind the head of a block.
    """

    recording: RecordingView
    facts: _Facts
    source: SourceWriter = field(factory=SourceWriter)
    namespace_variables: dict[str, str] = field(factory=dict)
    process_variables: dict[int, str] = field(factory=dict)
    taken_names: set[str] = field(factory=lambda: set(RESERVED_NAMES))
    open_blocks: list[ProcessUse] = field(factory=list)
    at_block_start: bool = False
    is_behind_blank: bool = False
    _pids: ProcessPids = field(factory=ProcessPids)

    @property
    def indent(self) -> int:
        """The columns in front of a line."""
        return INDENT * (1 + len(self.open_blocks))

    def body(self, steps: Iterable[tuple[int, Entry]]) -> Iterator[str]:
        """Yield the lines of ``main``: a note begins a paragraph."""
        for position, step in steps:
            if isinstance(step, Note):
                yield from self._note(step)
                continue

            yield from self._namespace_assignment(_netns_of(step))
            if isinstance(step, Step):
                self._pids.note(step.event)
                yield from self._step(step)
            elif isinstance(step, ProcessStep):
                self._pids.note(step.event)
                yield from self._process(step, position)
            elif isinstance(step, ProcessStarted):
                self._pids.note(step)
            else:
                yield from self._timed_step(step, position)

        # A block is chosen for its end; only a file that is changed meanwhile lacks it.
        if self.at_block_start:
            yield f"{' ' * self.indent}pass"

    def _note(self, note: Note) -> Iterator[str]:
        """Yield a note behind an empty line; the empty line alone for an empty note."""
        if not self.at_block_start and not self.is_behind_blank:
            yield ""
        self.is_behind_blank = not note.text
        if note.text:
            yield from self._statement(CallNode("session.note(", (literal(note.text),)))

    def _namespace_assignment(self, netns: str | None) -> Iterator[str]:
        """Yield the line that assigns a namespace to a variable, if the namespace is used again."""
        if netns is None or not self._needs_variable(netns):
            return

        variable = self._namespace_variable(netns)
        namespace = CallNode("session.netns(", (literal(netns),))
        yield from self._statement(namespace, before=f"{variable} = ")

    def _needs_variable(self, netns: str) -> bool:
        """Return whether a namespace is used more than once, and has no variable yet."""
        return self.facts.uses[netns] > 1 and netns not in self.namespace_variables

    def _namespace_variable(self, netns: str) -> str:
        """Return a new variable for a namespace."""
        self.namespace_variables[netns] = self._new_variable(netns)
        return self.namespace_variables[netns]

    def _statement(
        self, call: Node, *, before: str = "", after: str = "", suppressed: str | None = None
    ) -> Iterator[str]:
        """Yield the lines of a statement, with the name of the error to suppress."""
        self.at_block_start = self.is_behind_blank = False
        if suppressed is None:
            yield from lines(call, self.indent, before=before, after=after)
            return

        self.source.name("contextlib", "suppress")
        error = self.source.name("ipwrap", suppressed)
        yield f"{' ' * self.indent}with contextlib.suppress({error}):"
        yield from lines(call, self.indent + INDENT, before=before, after=after)

    def _remark(self, text: str) -> str:
        """Return a line of comment, cut behind a word where it is too long."""
        line = f"{' ' * self.indent}# {text}"
        if len(line) <= WIDTH:
            return line
        return f"{line[: WIDTH - 1].rsplit(' ', 1)[0]} …"[:WIDTH]

    def _process(self, step: ProcessStep, position: int) -> Iterator[str]:
        """Yield the line that starts a process: an assignment, or the head of a `with` block."""
        use = self.facts.processes[step.event.number]
        call = self._spawn(step.event) if use.capture is None else self._capture(use.capture)

        failure = None if use.has_started else step.failure
        if failure is not None or not use.has_started:
            result = step.result
            if result is None:
                yield self._remark("the session was cut short while this started:")
            elif failure == "ProcessEnded":
                comment = result_comment(result)
                yield self._remark(f"in the session it ended: status {result.status}{comment}")
            is_last = self._ended_by(failure, position)
            yield from self._statement(call, suppressed=None if is_last else failure)
            return

        is_named = use.uses > 0 or (use.stop is not None and not use.is_block)
        variable = self._process_variable(step.event) if is_named else None
        if use.is_block:
            target = f" as {variable}:" if variable else ":"
            yield from self._statement(call, before="with ", after=target)
            self.open_blocks.append(use)
            self.at_block_start = True
            self.is_behind_blank = False
        else:
            yield from self._statement(call, before=f"{variable} = " if variable else "")

    def _process_variable(self, event: ProcessEvent) -> str:
        """Return a new variable for a process."""
        self.process_variables[event.number] = self._new_variable(event.name)
        return self.process_variables[event.number]

    def _pid(self, process: PidOf) -> str | None:
        """Return the expression for the pid of a process; None for one without a variable."""
        variable = self.process_variables.get(process.number)
        if variable is None:
            return None
        is_capture = self.facts.processes[process.number].capture is not None
        return f"{variable}.process.pid" if is_capture else f"{variable}.pid"

    def _spawn(self, event: ProcessEvent) -> CallNode:
        """Return the call that starts a process."""
        command = event.command
        options: dict[str, Any] = {}
        if event.ready is not None:
            options["ready"] = event.ready
            if event.ready_timeout not in (None, DEFAULT_WAIT):
                options["ready_timeout"] = event.ready_timeout

        argv, settings = self._with_pids(event)
        options |= settings | _given_options(command, "cwd", "stdin")
        if event.log is not None:
            options["log"] = event.log
        # The name that the session would choose by itself.
        if event.name != command.argv[0].rpartition("/")[2]:
            options["name"] = event.name

        function = f"{self._namespace(command.netns)}.spawn"
        return self.source.call(function, argv, kwargs=options)

    def _capture(self, capture: RecordedCapture) -> CallNode:
        """Return the call that starts a capture."""
        options = capture.options
        kwargs: dict[str, Any] = {"filter": options.filter, "count": options.count}
        kwargs = {name: value for name, value in kwargs.items() if value is not None}
        if capture.event.name != DEFAULT_CAPTURE_NAME:
            kwargs["name"] = capture.event.name

        function = f"{self._namespace(capture.event.command.netns)}.capture"
        return self.source.call(function, (options.dev, options.path), kwargs=kwargs)

    def _timed_step(self, step: TimedStep, position: int) -> Iterator[str]:
        """Yield the lines of a wait, a pause, or an action on a process."""
        match step:
            case Sleep():
                yield from self._statement(self.source.call("session.sleep", (step.seconds,)))
            case WaitEvent():
                yield from self._wait(step, position)
            case ProcessAction():
                yield from self._action(step, position)

    def _wait(self, step: WaitEvent, position: int) -> Iterator[str]:
        """Yield the lines of a wait."""
        options = {} if step.timeout == DEFAULT_WAIT else {"timeout": step.timeout}
        function = f"{self._namespace(step.netns)}.wait_for"
        call = self.source.call(function, (step.condition,), kwargs=options)

        error = None if step.satisfied else "WaitTimeout"
        if self._ended_by(error, position):
            error = None
        yield from self._statement(call, suppressed=error)

    def _action(self, action: ProcessAction, position: int) -> Iterator[str]:
        """Yield the lines of an action on a process, which may end the `with` block."""
        use = self.facts.processes[action.number]
        if use.is_block and use.stop == position:
            if self.at_block_start:
                yield f"{' ' * self.indent}pass"
            self.at_block_start = False
            self.open_blocks.pop()
            return

        variable = self.process_variables.get(action.number)
        if variable is None:  # it never started
            return

        error = "CommandTimeout" if action.timed_out else None
        if self._ended_by(error, position):
            error = None
        if use.capture is not None and not _is_of_capture(action):
            variable = f"{variable}.process"
        yield from self._statement(self._action_call(variable, action), suppressed=error)

    def _action_call(self, variable: str, action: ProcessAction) -> Node:
        """Return the call by which something is done to a process."""
        if action.action == "signal":
            return self.source.call(f"{variable}.send_signal", (action.signal,))

        name, default = ("grace", GRACE) if action.action == "stop" else ("timeout", None)
        options = {} if action.seconds in (None, default) else {name: action.seconds}
        return self.source.call(f"{variable}.{action.action}", (), kwargs=options)

    def _ended_by(self, error: str | None, position: int) -> bool:
        """Return whether the session ended with an error that the step at a position raised."""
        end = self.recording.end
        if error is None or end is None or end.error is None:
            return False
        return end.error.startswith(f"{error}:") and self.facts.last_position == position

    def _with_pids(
        self, event: CommandEvent | ProcessEvent
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the arguments of a command, and the environment, if set, as an option.

        Pids of processes become expressions.
        """
        pids = self._pids.find(event)
        arguments: list[Any] = list(event.command.argv)
        for position, parts in pids.arguments.items():
            arguments[position] = self._pid_expression(parts)
        if event.command.env is None:
            return tuple(arguments), {}

        env: dict[str, Any] = dict(event.command.env)
        for name, parts in pids.variables.items():
            env[name] = self._pid_expression(parts)
        return tuple(arguments), {"env": env}

    def _pid_expression(self, parts: Parts) -> Any:
        """Return a word with pids as an expression; as text if a process has no variable."""
        template = self._pid_template(parts)
        if template is None:  # the session was cut short, and the process has no variable
            return "".join(part if isinstance(part, str) else part.pid for part in parts)
        if len(parts) == 1 and template.startswith("{"):
            return Expression(f"str({template[1:-1]})")

        return Expression(f"f{literal(template).flat}")

    def _pid_template(self, parts: Parts) -> str | None:
        """Return a word with pids as text of an f-string; None if a process has no variable."""
        texts: list[str] = []
        for part in parts:
            if isinstance(part, str):
                texts.append(_escape_braces(part))
                continue

            pid = self._pid(part)
            if pid is None:
                return None
            texts.append(f"{{{pid}}}")

        return "".join(texts)

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
            yield self._remark(f"left out, as it goes on until it is ended: {line}")
            return

        for remark in self._remarks(step):
            yield self._remark(remark)
        if _is_omitted(step, self._pids, failed=self.facts.failed):
            yield self._remark(f"left out, for its pid: {one_line(step.command.line)}")
            return

        ended_session = self._ended_session(step)
        call = self._call(step, tolerated=not ended_session)

        variable = self._variable_of(step)
        assignment = "" if variable is None else f"{variable} = "

        error = None if ended_session else self._suppressed_error(step)
        yield from self._statement(call, before=assignment, suppressed=error)

    def _variable_of(self, step: Step) -> str | None:
        """Return a new variable for the value of a command; None if no later command uses it."""
        if step.command.output_secret is not None and self._secret_is_used(step):
            return self._secret_variable(step.command.output_secret)

        netns = _created_netns(step)
        if netns is None or not self._needs_variable(netns):
            return None
        return self._namespace_variable(netns)

    def _remarks(self, step: Step) -> Iterator[str]:
        """Yield a comment on a failed or unfinished command."""
        if step.result is None:
            yield "the session was cut short while this ran:"
        elif step.failed:
            yield f"in the session: status {step.result.status}{result_comment(step.result)}"

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
        """Return the name of the error to suppress: the call raises it, and the session went on."""
        if step.program_missing:
            return "ExecutorError"

        if isinstance(step.call, Call):
            if step.failed:
                return step.error_name
            return "OutputError" if step.call.refuses else None

        return "CommandError" if step.failed and step.generates_secret else None

    def _call(self, step: Step, *, tolerated: bool) -> Node:
        """Return the call that runs a command."""
        namespace = self._namespace(step.netns)
        command = step.command

        if isinstance(step.call, Call):
            return self._verb_call(step.call, step.event)

        options = _given_options(command, "stdin")
        if step.generates_secret:
            arguments = (command.output_secret, *command.argv)
            return self.source.call(f"{namespace}.secret", arguments, kwargs=options)

        check: dict[str, Any] = {}
        if step.failed and tolerated and not step.program_missing:
            check = {"check": False}

        has_secrets = any(isinstance(argument, Secret) for argument in command.argv)
        if command.output_secret or (step.call is None and has_secrets):
            raw_command = evolve(command, creates=(), deletes=(), renames=None, batch=False)
            return self.source.call("session.run", (raw_command,), kwargs=check)
        if isinstance(step.call, Exec):
            return self._program_call(step, step.call.argv, options=options, check=check)
        if _runs_everywhere(command):
            return self._exec_all_call(command, check=check)

        return self._line_call(step, options=options, check=check)

    def _exec_all_call(self, command: Command, *, check: dict[str, Any]) -> Node:
        """Return the call that runs a program in every namespace."""
        program = command.argv[len(RUN_EVERYWHERE) :]
        options = {} if command.changes else {"changes": False}
        options |= _given_options(command, "timeout")
        return self.source.call("session.ip.netns.exec_all", program, kwargs={**check, **options})

    def _line_call(self, step: Step, *, options: dict[str, Any], check: dict[str, Any]) -> Node:
        """Return the call that runs a command of iproute2 without a verb, as a line."""
        command = step.command
        _, settings = self._with_pids(step.event)
        options |= _given_options(command, "timeout") | settings | _given_options(command, "cwd")
        if command.changes != may_change(command.argv):
            options = {"changes": command.changes, **options}

        function = f"{self._namespace(command.netns)}.run"
        return self.source.call(function, (self._line(step.event),), kwargs={**check, **options})

    def _line(self, event: CommandEvent) -> Any:
        """Return a command as the text of a line; an f-string if it names pids of processes."""
        argv = event.command.argv
        templates = {}
        for position, parts in self._pids.find(event).arguments.items():
            template = self._pid_template(parts)
            if template is not None:
                templates[position] = template
        if not templates:
            return shlex.join(argv)

        words = []
        for position, argument in enumerate(argv):
            words.append(templates.get(position) or _escape_braces(shlex.quote(argument)))
        return Expression(f"f{literal(' '.join(words)).flat}")

    def _program_call(
        self, step: Step, argv: tuple[str, ...], *, options: dict[str, Any], check: dict[str, Any]
    ) -> Node:
        """Return the call that runs a program: `exec`, or a verb of `sysctl`."""
        namespace = self._namespace(step.netns)
        command = step.command

        sysctl = _sysctl_call(step, argv)
        if sysctl is not None:
            function = f"{namespace}.sysctl.{sysctl.verb}"
            return self.source.call(function, sysctl.arguments, kwargs={})

        arguments, settings = self._with_pids(step.event)
        options |= _given_options(command, "timeout") | settings | _given_options(command, "cwd")
        if not command.changes:
            options = {"changes": False, **options}

        return self.source.call(
            f"{namespace}.exec", arguments[-len(argv) :], kwargs={**check, **options}
        )

    def _verb_call(self, call: Call, event: CommandEvent) -> Node:
        """Return the call of a verb. A pid as an argument becomes the pid of the process."""
        pids: dict[str, str] = {}
        for process in self._pids.find(event):
            pid = self._pid(process)
            if pid is not None:
                pids[process.pid] = pid

        def replace(value: Any) -> Any:
            pid = pids.get(str(value))
            if pid is None or isinstance(value, bool):
                return value
            return Expression(pid if isinstance(value, int) else f"str({pid})")

        args, kwargs = call.args, dict(call.typed)
        if pids:
            args = tuple(map(replace, args))
            for name in PID_ARGUMENTS & kwargs.keys():
                kwargs[name] = replace(kwargs[name])

        function = ".".join((self._namespace(call.netns), *call.path, call.verb.name))
        return self.source.call(function, args, kwargs=kwargs)

    def _secret_is_used(self, step: Step) -> bool:
        """Return whether a later command uses the secret generated by a step."""
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


def _runs_everywhere(command: Command) -> bool:
    """Return whether a command is `ip -all netns exec PROGRAM …` in the form of the verb."""
    has_settings = bool(_given_options(command, "stdin", "env", "cwd")) or command.secrets
    return command.argv[:4] == RUN_EVERYWHERE and command.netns is None and not has_settings


def _escape_braces(text: str) -> str:
    """Return a text for an f-string."""
    return text.replace("{", "{{").replace("}", "}}")


def _sysctl_call(step: Step, argv: tuple[str, ...]) -> SysctlCall | None:
    """Return the verb of `sysctl` for a step's successful program; None without a verb."""
    command, result = step.command, step.result
    has_options = _given_options(command, "timeout", "stdin", "env", "cwd")
    if step.failed or has_options:
        return None

    call = read_sysctl_call(argv)
    if call is None or command.changes != (call.verb == "set"):
        return None

    # The verb refuses a folder of keys, and a key that prints nothing.
    has_value = result is None or len(result.stdout.splitlines()) == 1
    return call if call.verb == "set" or has_value else None


def _created_netns(step: Step) -> str | None:
    """Return the namespace created and returned by a verb of `ip netns`; None for other verbs."""
    if not isinstance(step.call, Call) or step.failed or step.result is None:
        return None

    is_creation = step.call.path == ("ip", "netns") and step.call.verb.name in NETNS_CREATIONS
    return step.call.arguments["name"] if is_creation else None


def _netns_of(step: Entry) -> str | None:
    """Return the namespace whose methods a step calls."""
    if isinstance(step, ProcessStep):
        return step.event.command.netns
    return step.netns if isinstance(step, (Step, WaitEvent)) else None


def _import_order(name: str) -> tuple[int, str]:
    """Return the key that sorts imported names: constants before classes."""
    is_constant = name.isupper() and len(name) > 1
    return (0 if is_constant else 1, name)


def _import_statement(module: str, names: list[str]) -> str:
    """Return an import statement, on several lines if too long for a line."""
    statement = f"from {module} import {', '.join(names)}"
    if len(statement) <= WIDTH:
        return statement

    name_lines = [f"    {name}," for name in names]
    return "\n".join((f"from {module} import (", *name_lines, ")"))
