"""The statements of a Python script: the calls in order, their variables, blocks and comments."""

from collections.abc import Iterable, Iterator

from attrs import define, field

from ipwrap.cmdline.reader import Call, runs_until_stopped
from ipwrap.export.comments import one_line
from ipwrap.export.outcomes import result_comment
from ipwrap.export.python.calls import CallWriter
from ipwrap.export.python.formatter import WIDTH, CallNode, Node, lines, literal
from ipwrap.export.python.pid_expressions import PidExpressions
from ipwrap.export.python.process_blocks import ProcessUse
from ipwrap.export.python.source_writer import SourceWriter
from ipwrap.export.python.steps import (
    CommandStep,
    PlacedStep,
    ProcessStep,
    ScriptStep,
    TimedStep,
    names_unknown_pid,
)
from ipwrap.export.python.survey import Facts
from ipwrap.export.python.variables import Variables
from ipwrap.recording import (
    End,
    Note,
    ProcessAction,
    ProcessStarted,
    Sleep,
    WaitEvent,
)

__all__ = ["ScriptWriter"]

INDENT = 4
NETNS_CREATIONS = ("add", "attach")  # verbs that return the namespace


@define
class ScriptWriter:
    """Writes the body of `main`.

    - ``end``: the end of the recording; None for a session that was cut short
    - ``open_blocks``: the processes whose `with` blocks are open
    - ``at_block_start``: whether the last line is the head of a block
    - ``follows_blank``: whether the last line is empty
    """

    facts: Facts
    end: End | None
    source: SourceWriter = field(factory=SourceWriter)
    variables: Variables = field(factory=Variables)
    open_blocks: list[ProcessUse] = field(factory=list)
    at_block_start: bool = False
    follows_blank: bool = False
    _pids: PidExpressions = field(init=False)
    _calls: CallWriter = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._pids = PidExpressions(self.variables)
        self._calls = CallWriter(self.source, self.variables, self._pids)

    def body(self, steps: Iterable[PlacedStep]) -> Iterator[str]:
        """Yield the lines of ``main``: a note begins a paragraph."""
        for position, step in steps:
            if isinstance(step, Note):
                yield from self._note(step)
                continue

            yield from self._namespace_assignment(_netns_of(step))
            if isinstance(step, CommandStep):
                self._pids.pids.note(step.event)
                yield from self._command(step)
            elif isinstance(step, ProcessStep):
                self._pids.pids.note(step.event)
                yield from self._process(step, position)
            elif isinstance(step, ProcessStarted):
                self._pids.pids.note(step)
            else:
                yield from self._timed_step(step, position)

        # A block is chosen for its end; only a file that is changed meanwhile lacks it.
        if self.at_block_start:
            yield self._line("pass")

    def _note(self, note: Note) -> Iterator[str]:
        """Yield a note behind an empty line; the empty line alone for an empty note."""
        if not self.at_block_start and not self.follows_blank:
            yield ""
        self.follows_blank = not note.text
        if note.text:
            yield from self._statement(CallNode("session.note(", (literal(note.text),)))

    def _namespace_assignment(self, netns: str | None) -> Iterator[str]:
        """Yield the line that assigns a namespace to a variable, if the namespace is used again."""
        if netns is None or not self._needs_variable(netns):
            return

        variable = self.variables.add_namespace(netns)
        namespace = CallNode("session.netns(", (literal(netns),))
        yield from self._statement(namespace, before=f"{variable} = ")

    def _needs_variable(self, netns: str) -> bool:
        """Return whether several steps use a namespace that has no variable yet."""
        return self.facts.has_many_uses(netns) and netns not in self.variables.namespaces

    # Commands

    def _command(self, step: CommandStep) -> Iterator[str]:
        """Yield the lines of one command."""
        if runs_until_stopped(step.command):
            line = one_line(step.command.line)
            yield self._comment(f"left out, as it goes on until it is ended: {line}")
            return

        if step.result is None:
            yield self._comment("the session was cut short while this ran:")
        elif step.failed:
            reason = result_comment(step.result)
            yield self._comment(f"in the session: status {step.result.status}{reason}")

        if names_unknown_pid(step, self._pids.pids, fatal=self.facts.fatal):
            yield self._comment(f"left out, for its pid: {one_line(step.command.line)}")
            return

        ended_session = self._command_ended_session(step)
        call = self._calls.of_command(step, ended_session=ended_session)

        variable = self._variable_of(step)
        assignment = "" if variable is None else f"{variable} = "

        error = None if ended_session else _raised_error(step)
        yield from self._statement(call, before=assignment, suppressed=error)

    def _command_ended_session(self, step: CommandStep) -> bool:
        """Return whether the session ended with the error of this command."""
        if self.end is None or self.end.error is None:
            return False

        if self.facts.fatal == step.event.number:
            return True

        # The command succeeded, and the verb could not read the output.
        refuses = isinstance(step.call, Call) and step.call.refuses
        is_last = step.event.number == self.facts.last_command
        return refuses and self.end.error.startswith("OutputError") and is_last

    def _variable_of(self, step: CommandStep) -> str | None:
        """Return a new variable for the value of a command; None if no later command uses it."""
        secret = step.command.output_secret
        if secret is not None and self._secret_is_used(step, secret):
            self.source.secrets[secret] = self.variables.add(secret)
            return self.source.secrets[secret]

        netns = _created_netns(step)
        if netns is None or not self._needs_variable(netns):
            return None
        return self.variables.add_namespace(netns)

    def _secret_is_used(self, step: CommandStep, secret: str) -> bool:
        """Return whether a later command uses the secret generated by a step."""
        if not step.generates_secret:
            return False

        last_use = self.facts.last_secret_uses.get(secret)
        return last_use is not None and last_use > step.event.number

    # Background processes and waits

    def _process(self, step: ProcessStep, position: int) -> Iterator[str]:
        """Yield the lines that start a process: an assignment, or the head of a `with` block."""
        use = self.facts.processes[step.event.number]
        if use.capture is None:
            call = self._calls.spawn(step.event)
        else:
            call = self._calls.capture(use.capture)

        if not use.has_started:
            yield from self._failed_start(step, position, call=call)
            return

        is_named = use.uses > 0 or (use.stop is not None and not use.is_block)
        variable = None
        if is_named:
            is_capture = use.capture is not None
            variable = self.variables.add_process(step.event, is_capture=is_capture)

        if use.is_block:
            target = f" as {variable}:" if variable else ":"
            yield from self._statement(call, before="with ", after=target)
            self.open_blocks.append(use)
            self.at_block_start = True
        else:
            yield from self._statement(call, before=f"{variable} = " if variable else "")

    def _failed_start(self, step: ProcessStep, position: int, *, call: Node) -> Iterator[str]:
        """Yield the lines of a process that did not become ready."""
        if step.result is None:
            yield self._comment("the session was cut short while this started:")
        elif step.failure == "ProcessEnded":
            reason = result_comment(step.result)
            yield self._comment(f"in the session it ended: status {step.result.status}{reason}")

        yield from self._statement(call, suppressed=self._survived(step.failure, position))

    def _timed_step(self, step: TimedStep, position: int) -> Iterator[str]:
        """Yield the lines of a wait, a pause, or an action on a process."""
        match step:
            case Sleep():
                yield from self._statement(self.source.call("session.sleep", (step.seconds,)))
            case WaitEvent():
                error = None if step.satisfied else "WaitTimeout"
                call = self._calls.wait(step)
                yield from self._statement(call, suppressed=self._survived(error, position))
            case ProcessAction():
                yield from self._action(step, position)

    def _action(self, action: ProcessAction, position: int) -> Iterator[str]:
        """Yield the lines of an action on a process, which may end the `with` block."""
        use = self.facts.processes[action.number]
        if use.is_block and use.stop == position:
            if self.at_block_start:
                yield self._line("pass")
            self.at_block_start = False
            self.open_blocks.pop()
            return

        variable = self.variables.processes.get(action.number)
        if variable is None:  # it never started
            return

        if use.capture is not None and not _is_of_capture(action):
            variable = f"{variable}.process"
        error = "CommandTimeout" if action.timed_out else None
        call = self._calls.action(variable, action)
        yield from self._statement(call, suppressed=self._survived(error, position))

    def _survived(self, error: str | None, position: int) -> str | None:
        """Return the name of an error that the step at a position raised; None if it ended the
        session.
        """
        if error is None or self.end is None or self.end.error is None:
            return error

        is_last = self.facts.last_position == position
        return None if is_last and self.end.error.startswith(f"{error}:") else error

    # Lines

    def _statement(
        self, call: Node, *, before: str = "", after: str = "", suppressed: str | None = None
    ) -> Iterator[str]:
        """Yield the lines of a statement, with the name of the error to suppress."""
        self.at_block_start = self.follows_blank = False
        if suppressed is None:
            yield from lines(call, self._indent, before=before, after=after)
            return

        self.source.name("contextlib", "suppress")
        error = self.source.name("ipwrap", suppressed)
        yield self._line(f"with contextlib.suppress({error}):")
        yield from lines(call, self._indent + INDENT, before=before, after=after)

    def _comment(self, text: str) -> str:
        """Return a line of comment, cut behind a word where it is too long."""
        line = self._line(f"# {text}")
        if len(line) <= WIDTH:
            return line
        return f"{line[: WIDTH - 1].rsplit(' ', 1)[0]} …"[:WIDTH]

    def _line(self, text: str) -> str:
        """Return an indented line."""
        return f"{' ' * self._indent}{text}"

    @property
    def _indent(self) -> int:
        """The columns in front of a line."""
        return INDENT * (1 + len(self.open_blocks))


def _netns_of(step: ScriptStep) -> str | None:
    """Return the namespace whose methods a step calls."""
    if isinstance(step, ProcessStep):
        return step.event.command.netns
    return step.netns if isinstance(step, (CommandStep, WaitEvent)) else None


def _raised_error(step: CommandStep) -> str | None:
    """Return the name of the error that the call of a command raises; None for no error."""
    if step.program_missing:
        return "ExecutorError"

    if isinstance(step.call, Call):
        if step.failed:
            return step.error_name
        return "OutputError" if step.call.refuses else None

    return "CommandError" if step.failed and step.generates_secret else None


def _created_netns(step: CommandStep) -> str | None:
    """Return the namespace created and returned by a verb of `ip netns`; None for other verbs."""
    if not isinstance(step.call, Call) or step.failed or step.result is None:
        return None

    is_creation = step.call.path == ("ip", "netns") and step.call.verb.name in NETNS_CREATIONS
    return step.call.arguments["name"] if is_creation else None


def _is_of_capture(action: ProcessAction) -> bool:
    """Return whether an action is a method of `Capture`: other actions are of its process."""
    return action.action == "wait" or (action.action == "stop" and action.seconds is None)
