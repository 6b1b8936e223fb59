"""A recording as a script against this library, which gives the same recording when it is run.

Verbs are typed where a table knows their words; what no table knows is run as it was. Loops are not invented.
"""

import builtins
import keyword
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from attrs import define, field

from ipwrap.cmdline.reader import Call, Exec, read_command, runs_until_stopped
from ipwrap.command import Command
from ipwrap.export import Exporter
from ipwrap.export.python.formatter import WIDTH, CallNode, Node, lines, literal
from ipwrap.export.python.source_writer import SourceWriter
from ipwrap.export.shell import result_comment
from ipwrap.recording import CommandEvent, Note, RecordingView
from ipwrap.result import Result
from ipwrap.version import __version__

__all__ = ["python"]

HEAD = '''\
#!/usr/bin/env python3
"""Written by ipwrap {version} from a recording: it runs the same again.

`ipwrap run FILE` does so in a throw-away sandbox, with --host on this host; `python3 FILE` in a sandbox.
"""

'''

TAIL = """

if __name__ == "__main__":
    with Session(sandbox=True) as session:
        main(session)
"""

OWN = frozenset(
    {"contextlib", "main", "session", *keyword.kwlist, *keyword.softkwlist, *dir(builtins)}
)
IDENTIFIER = re.compile(r"[^a-z0-9]+")
INDENT = 4


@define
class Step:
    """One command of the recording: what it is in Python, and what came of it."""

    asked: CommandEvent
    result: Result | None
    found: Call | Exec | None

    @property
    def command(self) -> Command:
        """The command as it was recorded."""
        return self.asked.command

    @property
    def netns(self) -> str | None:
        """The namespace whose verbs run it."""
        return None if self.found is None else self.found.netns

    @property
    def failed(self) -> bool:
        """Whether it ended otherwise than well."""
        return self.result is not None and not self.result.ok

    @property
    def missing(self) -> bool:
        """Whether there was no such program."""
        said = "" if self.result is None or self.result.status != 127 else self.result.stderr
        return said.startswith(f"{self.command.argv[0]}: no such program")


@Exporter
def python(
    recording: RecordingView, *, reads: bool = True, exact: bool | None = None
) -> Iterator[str]:
    """Yield a script with ``main(session)``: notes, and every command as a call. Without ``reads``, only changes.

    ``ipwrap run`` runs it. A failure that the session went on after is let pass here as well. Secrets come from the
    environment, unless the session has made them. What goes on until it is ended, as `ip monitor` does, is a comment.

    With ``exact`` a verb is used where it gives the very words that were recorded, and not only what means the same.
    So it is where it is not said, of a session's own recording; one of what others ran has no lines of a worker.
    """
    own = any(
        isinstance(event, CommandEvent) and event.command.batch for event, _ in recording.pairs()
    )
    script = _ScriptWriter(
        recording, list(_steps(recording, reads, own if exact is None else exact))
    )
    body = "\n".join(script.body()).lstrip("\n")
    text = f'    """Run what was recorded."""\n{body}'.rstrip("\n")
    head = f"{HEAD.format(version=__version__)}{script.imports()}"
    yield f"{head}\n\n\ndef main(session: Session) -> None:\n{text}\n{TAIL}"


def _steps(recording: RecordingView, reads: bool, exact: bool) -> Iterator[Note | Step]:
    """Yield the notes and the commands that the script has, without those that a verb asks by itself."""
    found: list[Note | Step] = []
    for event, result in recording.pairs():
        if isinstance(event, Note):
            found.append(event)
        elif isinstance(event, CommandEvent):
            step = Step(event, result, read_command(event.command, result, exact=exact))
            _drop_asked(found, step)
            found.append(step)
    yield from (
        each for each in found if reads or not isinstance(each, Step) or _needed(each.command)
    )


def _needed(command: Command) -> bool:
    """Tell whether a script that only changes needs a command."""
    return command.changes or command.output_secret is not None


def _drop_asked(found: list[Note | Step], step: Step) -> None:
    """Take away the commands right before one by which its verb looks whether a link bears a name."""
    asks = step.found.lookups if isinstance(step.found, Call) else ()
    before = [each.command for each in found[len(found) - len(asks) :] if isinstance(each, Step)]
    if asks and before == list(asks):
        del found[len(found) - len(asks) :]


@define
class _ScriptWriter:
    """The lines of a script, as they come, and the names that are in use."""

    recording: RecordingView
    steps: list[Note | Step]
    source: SourceWriter = field(factory=SourceWriter)
    inside: dict[str, str] = field(factory=dict)

    def body(self) -> Iterator[str]:
        """Yield the lines of ``main``: a note begins a paragraph."""
        often = Counter(
            each.netns for each in self.steps if isinstance(each, Step) and each.netns is not None
        )
        for each in self.steps:
            if isinstance(each, Note):
                yield from ("", *lines(CallNode("session.note(", (literal(each.text),)), INDENT))
                continue
            if each.netns is not None and each.netns not in self.inside and often[each.netns] > 1:
                self.inside[each.netns] = self._variable(each.netns)
                place = CallNode("session.netns(", (literal(each.netns),))
                yield from lines(place, INDENT, f"{self.inside[each.netns]} = ")
            yield from self._step(each)

    def imports(self) -> str:
        """Return the imports."""
        self.source.name("ipwrap", "Session")
        modules: dict[str, list[str]] = {}
        others: list[str] = []
        for (module, name), known in sorted(self.source.names.items()):
            if module == "contextlib":
                continue
            if known != name:
                others.append(f"from {module} import {name} as {known}")
            else:
                modules.setdefault(module, []).append(name)
        from_them = [
            _import(module, sorted(names, key=_in_order)) for module, names in modules.items()
        ]
        first = "import contextlib\n\n" if ("contextlib", "suppress") in self.source.names else ""
        return first + "\n".join(sorted([*from_them, *others], key=lambda each: each.split()[1]))

    def _step(self, step: Step) -> Iterator[str]:
        """Yield the lines of one command."""
        if runs_until_stopped(step.command):
            yield f"    # left out, as it goes on until it is ended: {step.command.line}"[:WIDTH]
            return
        ended = self._ended_it(step)
        yield from (line[:WIDTH] for line in self._remarks(step))
        node, before = self._expression(step, tolerated=not ended), ""
        error = None if ended else self._raises(step)
        if step.command.output_secret is not None and self._is_used(step):
            before = f"{self._secret(step.command.output_secret)} = "
        if error is None:
            yield from lines(node, INDENT, before)
            return
        self.source.name("contextlib", "suppress")
        yield f"    with contextlib.suppress({self.source.name('ipwrap', error)}):"
        yield from lines(node, 2 * INDENT, before)

    def _remarks(self, step: Step) -> Iterator[str]:
        """Yield what is to be said of a command that did not end well."""
        if step.result is None:
            yield "    # the session was cut short while this ran:"
        elif step.failed:
            yield f"    # in the session: status {step.result.status}{result_comment(step.result)}"

    def _ended_it(self, step: Step) -> bool:
        """Tell whether the session ended by what this command raised."""
        end = self.recording.end
        if end is None or end.error is None:
            return False
        refused = (
            isinstance(step.found, Call)
            and step.found.refuses
            and end.error.startswith("OutputError")
        )
        return end.failed == step.asked.number or (refused and step is self.steps[-1])

    def _raises(self, step: Step) -> str | None:
        """Return the name of the error that a call would raise and the session went on after."""
        if step.missing:
            return "ExecutorError"
        if isinstance(step.found, Call):
            return "CommandError" if step.failed else "OutputError" if step.found.refuses else None
        return "CommandError" if step.failed and self._makes_secret(step) else None

    def _expression(self, step: Step, *, tolerated: bool) -> Node:
        """Return the call that runs a command."""
        if isinstance(step.found, Call):
            head = ".".join((self._place(step.netns), *step.found.path, step.found.verb.name))
            return self.source.call(head, step.found.args, step.found.typed)
        command = step.command
        check: dict[str, Any] = (
            {"check": False} if step.failed and tolerated and not step.missing else {}
        )
        if self._makes_secret(step):
            stdin = {} if command.stdin is None else {"stdin": command.stdin}
            return self.source.call(
                f"{self._place(step.netns)}.secret", (command.output_secret, *command.argv), stdin
            )
        if isinstance(step.found, Exec) and not (
            command.creates or command.deletes or command.renames or command.output_secret
        ):
            given = {"stdin": command.stdin, "timeout": command.timeout}
            said = {name: value for name, value in given.items() if value is not None}
            looks = {} if command.changes else {"changes": False}
            return self.source.call(
                f"{self._place(step.netns)}.exec", step.found.argv, {**check, **looks, **said}
            )
        return self.source.call("session.run", (command,), check)

    def _makes_secret(self, step: Step) -> bool:
        """Tell whether a command makes a secret, in the way in which a session does."""
        command = step.command
        return command.output_secret is not None and not command.changes and command.timeout is None

    def _is_used(self, step: Step) -> bool:
        """Tell whether a later command needs the secret that this one makes."""
        later = self.steps[self.steps.index(step) + 1 :]
        names = {
            secret.name
            for each in later
            if isinstance(each, Step)
            for secret in each.command.secrets
        }
        return self._makes_secret(step) and step.command.output_secret in names

    def _secret(self, name: str) -> str:
        """Return the variable that holds a secret."""
        self.source.secrets[name] = self._variable(name)
        return self.source.secrets[name]

    def _place(self, netns: str | None) -> str:
        """Return what leads to the verbs of a namespace."""
        if netns is None:
            return "session"
        return self.inside.get(netns) or f"session.netns({literal(netns).flat})"

    def _variable(self, name: str) -> str:
        """Return a variable's name that is like another name, and that nothing else has."""
        like = IDENTIFIER.sub("_", name.lower()).strip("_")
        like = like if like and not like[0].isdigit() else f"ns_{like}".rstrip("_")
        taken = {*OWN, *self.inside.values(), *self.source.secrets.values()}
        names = (like, *(f"{like}_{number}" for number in range(2, len(taken) + 3)))
        return next(each for each in names if each not in taken)


def _in_order(name: str) -> tuple[int, str]:
    """Return the key by which imported names are sorted: constants, then classes."""
    return (0 if name.isupper() and len(name) > 1 else 1, name)


def _import(module: str, names: list[str]) -> str:
    """Return an import, over several lines if it has to be."""
    line = f"from {module} import {', '.join(names)}"
    if len(line) <= WIDTH:
        return line
    return "\n".join((f"from {module} import (", *(f"    {name}," for name in names), ")"))
