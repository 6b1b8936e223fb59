"""`EachNamespace`: the read verbs of many namespaces: ``session.each("pod*").ip.link.show()``.

A verb is called twice: first for the command, which runs in every namespace, then for each
namespace, with the command's result there. Therefore every read verb works, however it converts the
reply. `ipwrap.sessions.each_types` has the types.
"""

import fnmatch
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn, Protocol, cast

from attrs import evolve, frozen

from ipwrap.bridge import BridgeProgram
from ipwrap.command import Command
from ipwrap.errors import InvalidArgument
from ipwrap.ip import Ip
from ipwrap.options.validation import check_netns_name
from ipwrap.result import Result
from ipwrap.sessions.recorded_reads import RecordedRead
from ipwrap.state.snapshot import natural_key
from ipwrap.tc import TcProgram
from ipwrap.verbs.runner import Runner

if TYPE_CHECKING:
    from ipwrap.sessions.each_types import EachBridge, EachIp, EachTc

__all__ = ["EachNamespace"]

# Calls a verb by a runner in a namespace.
Verb = Callable[[Runner, str], Any]


class EachSession(Runner, Protocol):
    """The part of a session that reads of many namespaces need."""

    def read_in_each(self, commands: Sequence[Command]) -> list[RecordedRead]:
        """Run and record reads at once, and return each, failed or not."""


@frozen
class EachNamespace:
    """The read verbs of the named namespaces that match a pattern, or of a list of namespaces.

    A verb returns a dict: the return value for each namespace, by name, in the order of the names
    (pod2 before pod10) or of the list. Up to a dozen processes run at once. Raises the
    `CommandError` of the first namespace whose command fails, after all commands have run and are
    recorded.
    """

    _session: EachSession
    _names: str | tuple[str, ...]

    def __repr__(self) -> str:
        return f"<EachNamespace {self._names!r} of {self._session!r}>"

    @classmethod
    def of(cls, session: EachSession, names: str | Iterable[str]) -> "EachNamespace":
        """Return the verbs for a pattern, or for names. Raises `InvalidArgument`."""
        if isinstance(names, str):
            return cls(session, names)
        return cls(session, tuple(check_netns_name(name) for name in names))

    @property
    def ip(self) -> "EachIp":
        """`ip -n NAME …` in each namespace."""
        return cast("EachIp", EachCommands(self, (Ip,)))

    @property
    def bridge(self) -> "EachBridge":
        """`bridge -n NAME …` in each namespace."""
        return cast("EachBridge", EachCommands(self, (BridgeProgram,)))

    @property
    def tc(self) -> "EachTc":
        """`tc -n NAME …` in each namespace."""
        return cast("EachTc", EachCommands(self, (TcProgram,)))

    def call(self, verb: Verb) -> dict[str, Any]:
        """Return the return values of a verb, by name of the namespace."""
        names = self._matching_names()
        if not names:
            return {}

        first_command = _collect_command(verb, names[0])
        commands = [evolve(first_command, netns=name) for name in names]
        reads = self._session.read_in_each(commands)

        return {
            name: verb(PreparedRunner(self._session, read), name)
            for name, read in zip(names, reads, strict=True)
        }

    def _matching_names(self) -> list[str]:
        """Return the names; those of a pattern are read now."""
        if not isinstance(self._names, str):
            return list(dict.fromkeys(self._names))

        namespaces = Ip(self._session).netns.list()
        names = [str(namespace.name) for namespace in namespaces]
        return sorted(fnmatch.filter(names, self._names), key=natural_key)


@frozen
class EachCommands:
    """The commands of a program, or of an object such as `ip link`, in each namespace.

    ``path`` is the class of the program, and the following attributes: ``(Ip, "link")``.
    """

    _namespaces: EachNamespace
    _path: tuple[Any, ...]

    def __repr__(self) -> str:
        program, *attributes = self._path
        return f"<{'.'.join((program.__name__, *attributes))} of {self._namespaces!r}>"

    def __getattr__(self, name: str) -> Any:
        """Return the commands of an object, or a verb. Raises `AttributeError`."""
        if name.startswith("_"):
            raise AttributeError(name)

        # Only to see what has the name: no command runs.
        attribute = getattr(self._resolve(CommandCollector(), ""), name)
        if not callable(attribute):
            return EachCommands(self._namespaces, (*self._path, name))

        def call_in_each(*arguments: Any, **options: Any) -> dict[str, Any]:
            """Return the return values of the verb, by name of the namespace."""

            def verb(runner: Runner, netns: str) -> Any:
                return getattr(self._resolve(runner, netns), name)(*arguments, **options)

            return self._namespaces.call(verb)

        return call_in_each

    def _resolve(self, runner: Runner, netns: str) -> Any:
        """Return the commands in one namespace."""
        program, *attributes = self._path
        commands = program(runner, netns)
        for attribute in attributes:
            commands = getattr(commands, attribute)
        return commands


class CommandCollected(BaseException):
    """The command of a verb, instead of a result. No `Exception`, which a verb might catch."""

    def __init__(self, command: Command) -> None:
        super().__init__()
        self.command = command


class CommandCollector:
    """A runner that runs nothing, and raises the first command."""

    def run(self, command: Command, *, check: bool = True) -> NoReturn:  # noqa: ARG002
        """Raise the command as `CommandCollected`."""
        raise CommandCollected(command)


def _collect_command(verb: Verb, netns: str) -> Command:
    """Return the first command of a verb. Raises `InvalidArgument` for a verb with changes."""
    try:
        verb(CommandCollector(), netns)
    except CommandCollected as collected:
        command = collected.command
    else:
        raise InvalidArgument("each: this verb runs no command that could be run in each namespace")

    if command.changes:
        raise InvalidArgument(
            f"{command.line}: each() reads only; make changes in a loop, in a session.batch() block"
        )
    return command


@frozen
class PreparedRunner:
    """A runner with a prepared result of a command; other commands run in the session."""

    _session: EachSession
    _read: RecordedRead

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Return the result. Raises `CommandError` for a failed command if ``check``."""
        if command != self._read.command:
            return self._session.run(command, check=check)
        return self._read.checked() if check else self._read.result
