"""The pids of background processes in commands, as expressions of a Python script.

A command that names the pid 101 of a server becomes `session.exec("kill", str(httpd.pid))`. A pid
stays a number if its process has no variable, as in a session that was cut short.
"""

import shlex
from typing import Any

from attrs import define, field

from ipwrap.cmdline.reader import Call
from ipwrap.export.pids import Parts, ProcessPids
from ipwrap.export.python.formatter import literal
from ipwrap.export.python.source_writer import Expression
from ipwrap.export.python.variables import Variables
from ipwrap.recording import CommandEvent, ProcessEvent

__all__ = ["PidExpressions"]

PID_ARGUMENTS = frozenset({"netns", "pid"})  # the keywords of verbs whose value may be a pid


@define
class PidExpressions:
    """Writes the pids in commands as expressions. ``pids`` has to note every step, in order."""

    variables: Variables
    pids: ProcessPids = field(factory=ProcessPids)

    def argv(self, event: CommandEvent | ProcessEvent) -> tuple[Any, ...]:
        """Return the arguments of a command."""
        words = self.pids.find(event)
        arguments: list[Any] = list(event.command.argv)
        for position, parts in words.arguments.items():
            arguments[position] = self._word(parts)
        return tuple(arguments)

    def env(self, event: CommandEvent | ProcessEvent) -> dict[str, Any]:
        """Return the environment of a command as an option; no option if none is set."""
        if event.command.env is None:
            return {}

        words = self.pids.find(event)
        env: dict[str, Any] = dict(event.command.env)
        for name, parts in words.variables.items():
            env[name] = self._word(parts)
        return {"env": env}

    def line(self, event: CommandEvent) -> Any:
        """Return a command as the text of a line; an f-string if the line names pids."""
        templates = {}
        for position, parts in self.pids.find(event).arguments.items():
            template = self._template(parts)
            if template is not None:
                templates[position] = template
        if not templates:
            return shlex.join(event.command.argv)

        words = []
        for position, argument in enumerate(event.command.argv):
            words.append(templates.get(position) or _escape_braces(shlex.quote(argument)))
        return Expression(f"f{literal(' '.join(words)).flat}")

    def arguments(self, call: Call, event: CommandEvent) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Return the positional and the keyword arguments of a verb."""
        expressions: dict[str, str] = {}
        for process in self.pids.find(event):
            expression = self.variables.pid(process)
            if expression is not None:
                expressions[process.pid] = expression

        def replace(value: Any) -> Any:
            expression = expressions.get(str(value))
            if expression is None or isinstance(value, bool):
                return value
            return Expression(expression if isinstance(value, int) else f"str({expression})")

        args, kwargs = call.args, dict(call.typed)
        if expressions:
            args = tuple(map(replace, args))
            for name in PID_ARGUMENTS & kwargs.keys():
                kwargs[name] = replace(kwargs[name])
        return args, kwargs

    def _word(self, parts: Parts) -> Any:
        """Return a word with pids: an expression, or text if a process has no variable."""
        template = self._template(parts)
        if template is None:
            return "".join(part if isinstance(part, str) else part.pid for part in parts)
        if len(parts) == 1 and template.startswith("{"):
            return Expression(f"str({template[1:-1]})")

        return Expression(f"f{literal(template).flat}")

    def _template(self, parts: Parts) -> str | None:
        """Return a word with pids as text of an f-string; None if a process has no variable."""
        texts: list[str] = []
        for part in parts:
            if isinstance(part, str):
                texts.append(_escape_braces(part))
                continue

            expression = self.variables.pid(part)
            if expression is None:
                return None
            texts.append(f"{{{expression}}}")

        return "".join(texts)


def _escape_braces(text: str) -> str:
    """Return a text for an f-string."""
    return text.replace("{", "{{").replace("}", "}}")
