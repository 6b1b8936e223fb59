"""The call of each step of a Python script: a verb, `exec`, `spawn`, or the command itself."""

from typing import Any

from attrs import define, evolve

from ipwrap.background_process import GRACE
from ipwrap.cmdline.program_effects import may_change
from ipwrap.cmdline.reader import Call, Exec
from ipwrap.command import Command
from ipwrap.export.python.formatter import Node
from ipwrap.export.python.pid_expressions import PidExpressions
from ipwrap.export.python.source_writer import SourceWriter
from ipwrap.export.python.steps import CommandStep
from ipwrap.export.python.variables import Variables
from ipwrap.recording import CommandEvent, ProcessAction, ProcessEvent, WaitEvent
from ipwrap.recording.captures import RecordedCapture
from ipwrap.secrets.secret import Secret
from ipwrap.sysctl.calls import SysctlCall, read_sysctl_call

__all__ = ["CallWriter"]

DEFAULT_WAIT = 10.0  # seconds, of `wait_for` and `spawn`
DEFAULT_CAPTURE_NAME = "capture"
RUN_EVERYWHERE = ("ip", "-all", "netns", "exec")


@define
class CallWriter:
    """Writes the calls that run the steps of a recording."""

    source: SourceWriter
    variables: Variables
    pids: PidExpressions

    def of_command(self, step: CommandStep, *, ended_session: bool) -> Node:
        """Return the call that runs a command.

        A program's failure is no error, unless ``ended_session``.
        """
        if isinstance(step.call, Call):
            return self._verb(step.call, step.event)
        if step.generates_secret:
            return self._generate_secret(step)

        check: dict[str, Any] = {}
        if step.failed and not ended_session and not step.program_missing:
            check = {"check": False}

        command = step.command
        has_secrets = any(isinstance(argument, Secret) for argument in command.argv)
        if command.output_secret or (step.call is None and has_secrets):
            # A line cannot hold a secret: the command itself is run.
            raw_command = evolve(command, creates=(), deletes=(), renames=None, batch=False)
            return self.source.call("session.run", (raw_command,), kwargs=check)
        if isinstance(step.call, Exec):
            return self._program(step, step.call.argv, check=check)
        if _runs_everywhere(command):
            return self._exec_all(command, check=check)

        return self._line(step.event, check=check)

    def _verb(self, call: Call, event: CommandEvent) -> Node:
        """Return the call of a verb."""
        args, kwargs = self.pids.arguments(call, event)
        namespace = self.variables.namespace(call.netns)
        function = ".".join((namespace, *call.path, call.verb.name))
        return self.source.call(function, args, kwargs=kwargs)

    def _generate_secret(self, step: CommandStep) -> Node:
        """Return the call that runs a command for the secret on its output."""
        command = step.command
        function = f"{self.variables.namespace(step.netns)}.secret"
        arguments = (command.output_secret, *command.argv)
        return self.source.call(function, arguments, kwargs=_given_options(command, "stdin"))

    def _program(self, step: CommandStep, argv: tuple[str, ...], *, check: dict[str, Any]) -> Node:
        """Return the call that runs a program: `exec`, or a verb of `sysctl`."""
        namespace = self.variables.namespace(step.netns)

        sysctl = _sysctl_call(step, argv)
        if sysctl is not None:
            function = f"{namespace}.sysctl.{sysctl.verb}"
            return self.source.call(function, sysctl.arguments, kwargs={})

        options = self._settings(step.event)
        if not step.command.changes:
            options = {"changes": False, **options}

        # Without the `ip netns exec NAME` in front.
        arguments = self.pids.argv(step.event)[-len(argv) :]
        return self.source.call(f"{namespace}.exec", arguments, kwargs={**check, **options})

    def _exec_all(self, command: Command, *, check: dict[str, Any]) -> Node:
        """Return the call that runs a program in every namespace."""
        program = command.argv[len(RUN_EVERYWHERE) :]
        options = {} if command.changes else {"changes": False}
        options |= _given_options(command, "timeout")
        return self.source.call("session.ip.netns.exec_all", program, kwargs={**check, **options})

    def _line(self, event: CommandEvent, *, check: dict[str, Any]) -> Node:
        """Return the call that runs a command of iproute2 without a verb, as a line."""
        command = event.command
        options = self._settings(event)
        if command.changes != may_change(command.argv):
            options = {"changes": command.changes, **options}

        function = f"{self.variables.namespace(command.netns)}.run"
        return self.source.call(function, (self.pids.line(event),), kwargs={**check, **options})

    def _settings(self, event: CommandEvent) -> dict[str, Any]:
        """Return the given settings of a command as options of `exec` and `run`."""
        command = event.command
        options = _given_options(command, "stdin", "timeout")
        return options | self.pids.env(event) | _given_options(command, "cwd")

    def spawn(self, event: ProcessEvent) -> Node:
        """Return the call that starts a background process."""
        command = event.command
        options: dict[str, Any] = {}
        if event.ready is not None:
            options["ready"] = event.ready
            if event.ready_timeout not in (None, DEFAULT_WAIT):
                options["ready_timeout"] = event.ready_timeout

        options |= self.pids.env(event) | _given_options(command, "cwd", "stdin")
        if event.log is not None:
            options["log"] = event.log

        default_name = command.argv[0].rpartition("/")[2]
        if event.name != default_name:
            options["name"] = event.name

        function = f"{self.variables.namespace(command.netns)}.spawn"
        return self.source.call(function, self.pids.argv(event), kwargs=options)

    def capture(self, capture: RecordedCapture) -> Node:
        """Return the call that starts a capture."""
        options = capture.options
        kwargs: dict[str, Any] = {"filter": options.filter, "count": options.count}
        kwargs = {name: value for name, value in kwargs.items() if value is not None}
        if capture.event.name != DEFAULT_CAPTURE_NAME:
            kwargs["name"] = capture.event.name

        function = f"{self.variables.namespace(capture.event.command.netns)}.capture"
        return self.source.call(function, (options.dev, options.path), kwargs=kwargs)

    def action(self, variable: str, action: ProcessAction) -> Node:
        """Return the call of a process's method."""
        if action.action == "signal":
            return self.source.call(f"{variable}.send_signal", (action.signal,))

        name, default = ("grace", GRACE) if action.action == "stop" else ("timeout", None)
        options = {} if action.seconds in (None, default) else {name: action.seconds}
        return self.source.call(f"{variable}.{action.action}", (), kwargs=options)

    def wait(self, step: WaitEvent) -> Node:
        """Return the call that waits for a condition."""
        options = {} if step.timeout == DEFAULT_WAIT else {"timeout": step.timeout}
        function = f"{self.variables.namespace(step.netns)}.wait_for"
        return self.source.call(function, (step.condition,), kwargs=options)


def _given_options(command: Command, *names: str) -> dict[str, Any]:
    """Return the attributes of a command that are given, as options of `exec`."""
    values = {name: getattr(command, name) for name in names}
    return {name: value for name, value in values.items() if value is not None}


def _sysctl_call(step: CommandStep, argv: tuple[str, ...]) -> SysctlCall | None:
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


def _runs_everywhere(command: Command) -> bool:
    """Return whether a command is `ip -all netns exec PROGRAM …` in the form of the verb."""
    has_settings = bool(_given_options(command, "stdin", "env", "cwd")) or command.secrets
    return command.argv[:4] == RUN_EVERYWHERE and command.netns is None and not has_settings
