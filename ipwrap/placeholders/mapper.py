"""`PlaceholderMapper`: a session's events on their way into its recording, and back."""

from collections.abc import Callable, Iterable
from typing import Any, Protocol

from attrs import evolve

from ipwrap.command import Command, CreatedObject, LinkRename
from ipwrap.errors import UnknownOption
from ipwrap.jsonio import reader
from ipwrap.placeholders.macs import Macs
from ipwrap.placeholders.names import Names
from ipwrap.placeholders.numbers import Ifindexes, Pids
from ipwrap.placeholders.table import Change, PlaceholderTable
from ipwrap.placeholders.times import times
from ipwrap.recording import CommandEvent, End, Event, ResultEvent, Snapshot, State
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.result import Result
from ipwrap.secrets.secret import Secret

__all__ = ["EVERY", "PlaceholderMapper"]

EVERY = ("mac", "ifindex", "pid", "time")
NAME = "name:"


class Rule(Protocol):
    """One sort of values: where they stand in words and in text, and their stand-ins."""

    table: PlaceholderTable

    def words(self, command: Command, change: Change) -> tuple[str, ...]:
        """Return a command's words with such values changed."""

    def text(self, text: str, command: Command | None, change: Change) -> str:
        """Return a text with such values changed; ``command`` is what said it."""


class PlaceholderMapper:
    """The stand-ins of one recording. ``names`` are those of `EVERY`, and ``name:`` with a regular expression.

    It is called with the events of a session, in order, and returns them as they are recorded. A playback asks for
    the other way, too: what a script gave by itself is found again in what it is told.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        self.named = MentionedWords()
        self.rules = [self._rule(name) for name in self.names if name != "time"]
        self.time = "time" in self.names

    def __call__(self, event: Event) -> Event:
        """Return an event as it is recorded."""
        match event:
            case CommandEvent(n, command, at):
                return CommandEvent(n, self.command(command), at)
            case ResultEvent(n, result):
                return ResultEvent(n, self._result(result))
            case Snapshot(state, asked):
                return Snapshot(self._state(state), asked)
            case End(error, failed, state):
                return End(error and self.text(error), failed, state and self._state(state))
        return event

    def command(self, command: Command) -> Command:
        """Return a command as it is recorded: an address that was seen before it was named keeps its stand-in."""
        for rule in self.rules:
            seen_first = isinstance(rule, Macs)
            command = self._changed(
                command, rule, rule.table.is_masked if seen_first else rule.table.mask
            )
        self.named.add(command)
        return command

    def text(self, text: str, command: Command | None = None) -> str:
        """Return what a command said as it is recorded."""
        for rule in self.rules:
            text = rule.text(text, command, rule.table.mask)
        return times(text) if self.time else text

    def to_machine(self, command: Command) -> Command:
        """Return a recorded command as this machine takes it."""
        for rule in self.rules:
            command = self._changed(command, rule, rule.table.unmask)
        return command

    def to_script(self, text: str, command: Command | None = None) -> str:
        """Return what was recorded of a command as the script that asked has to see it, by the names it has given."""
        for rule in self.rules:
            if isinstance(rule, (Pids, Names)):
                text = rule.text(text, command, rule.table.reserve)
        return text

    def state_to_script(self, state: State) -> State:
        """Return a recorded state as the script has to see it."""
        return _in_text(state, self.to_script)

    def _rule(self, name: str) -> Rule:
        """Return the rule of a name."""
        if name.startswith(NAME):
            return Names(name.removeprefix(NAME), self.named)
        rules: dict[str, Callable[[], Rule]] = {
            "mac": lambda: Macs(self.named),
            "ifindex": Ifindexes,
            "pid": Pids,
        }
        if name not in rules:
            raise UnknownOption(
                f"normalise: {name!r} is not one of {', '.join(EVERY)}, name:EXPRESSION"
            )
        return rules[name]()

    def _changed(self, command: Command, rule: Rule, change: Change) -> Command:
        """Return a command changed by one rule, with the words that take away what it makes; secrets are kept."""
        words = zip(command.argv, rule.words(command, change), strict=True)
        argv = tuple(old if isinstance(old, Secret) else new for old, new in words)

        def one(text: str) -> str:
            return text if isinstance(text, Secret) else rule.text(text, None, change)

        if isinstance(rule, Names):
            command = _renamed(command, one)
        elif command.stdin is not None and isinstance(rule, Macs):
            command = evolve(command, stdin=one(command.stdin))
        return command if argv == command.argv else evolve(command, argv=argv)

    def _result(self, result: Result) -> Result:
        """Return a result as it is recorded."""
        asked = result.command
        result = evolve(
            result,
            command=self.command(asked),
            stdout=self.text(result.stdout, asked),
            stderr=self.text(result.stderr, asked),
            text=result.text and self.text(result.text, asked),
        )
        return evolve(result, started=0.0, seconds=0.0) if self.time else result

    def _state(self, state: State) -> State:
        """Return a state as it is recorded."""
        return _in_text(state, self.text)


def _in_text(state: State, change: Callable[[str], str]) -> State:
    """Return a state changed as a text: so the same rules hold."""
    changed: dict[str, Any] = reader.decode(change(reader.encode(state)))
    return changed


def _renamed(command: Command, one: Change) -> Command:
    """Return a command with another name wherever it holds one; the words themselves are changed elsewhere."""
    becomes = command.renames
    return evolve(
        command,
        netns=command.netns and one(command.netns),
        stdin=None if command.stdin is None else one(command.stdin),
        creates=tuple(_remade(made, one) for made in command.creates),
        deletes=tuple(
            (noun, netns and one(netns), one(name)) for noun, netns, name in command.deletes
        ),
        renames=becomes
        and LinkRename(one(becomes.link), one(becomes.name), becomes.netns and one(becomes.netns)),
    )


def _remade(made: CreatedObject, one: Change) -> CreatedObject:
    """Return a made thing by its other name."""
    undo = tuple(map(one, made.delete_argv))
    return CreatedObject(
        made.noun,
        one(made.name),
        undo,
        made.netns and one(made.netns),
        tuple(map(one, made.depends_on)),
    )
