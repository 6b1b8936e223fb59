"""`PlaceholderMapper`: maps kernel-assigned values of events to placeholders, and back."""

from collections.abc import Iterable
from typing import Any, Protocol

from attrs import evolve

from ipwrap.command import Command, CreatedObject, LinkRename
from ipwrap.conditions import Condition, condition_from_json
from ipwrap.errors import UnknownOption
from ipwrap.jsonio import reader
from ipwrap.placeholders.macs import MacRule
from ipwrap.placeholders.names import NameRule
from ipwrap.placeholders.numbers import IfindexRule, PidRule
from ipwrap.placeholders.table import PlaceholderTable, Replace
from ipwrap.placeholders.times import mask_times
from ipwrap.recording import (
    CommandEvent,
    End,
    Event,
    ProcessEvent,
    ProcessStarted,
    ResultEvent,
    Snapshot,
    State,
    WaitEvent,
)
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.result import Result
from ipwrap.secrets.secret import Secret

__all__ = ["EVERY", "PlaceholderMapper"]

EVERY = ("mac", "ifindex", "pid", "time")
NAME_PREFIX = "name:"


class Rule(Protocol):
    """The positions of a kind of value in arguments and in text, and the placeholders."""

    table: PlaceholderTable

    def replace_arguments(self, command: Command, replace: Replace) -> tuple[str, ...]:
        """Return a command's arguments with the values replaced."""

    def replace_in_text(
        self, text: str, replace: Replace, *, command: Command | None = None
    ) -> str:
        """Return a text with the values replaced; ``command`` printed the text."""


class PlaceholderMapper:
    """The placeholders of one recording.

    ``names`` are those of `EVERY`, and ``name:`` with a regular expression.

    Called with the events of a session, in order, the mapper returns the events to record. A
    playback uses the opposite direction as well: a value that the script chose itself is restored
    in the recorded output.
    """

    def __init__(self, names: Iterable[str]) -> None:
        self.names = tuple(names)
        self.mentioned = MentionedWords()
        self.rules = [self._create_rule(name) for name in self.names if name != "time"]
        self.masks_times = "time" in self.names

    def __call__(self, event: Event) -> Event:
        """Return the event to record."""
        match event:
            case CommandEvent(number, command, call_site):
                return CommandEvent(number, self.mask_command(command), call_site)
            case ResultEvent(number, result):
                return ResultEvent(number, self._mask_result(result))
            case Snapshot(state, asked):
                return Snapshot(self._mask_state(state), asked)
            case End(error, failed, state):
                masked_error = error and self.mask_text(error)
                return End(masked_error, failed, state and self._mask_state(state))
        return self._mask_process_step(event)

    def _mask_process_step(self, event: Event) -> Event:
        """Return the event to record of a process or a wait; others unchanged."""
        match event:
            case ProcessEvent():
                command = self.mask_command(event.command)
                ready = event.ready and self.mask_wait(event.ready, command.netns)[0]
                log = event.log and self._mask_names(event.log)
                return evolve(event, command=command, ready=ready, log=log)
            case ProcessStarted(number, pid, seconds):
                return ProcessStarted(number, self.mask_pid(pid), self._mask_seconds(seconds))
            case WaitEvent():
                condition, netns = self.mask_wait(event.condition, event.netns)
                return evolve(
                    event,
                    condition=condition,
                    netns=netns,
                    seconds=self._mask_seconds(event.seconds),
                    seen=self.mask_text(event.seen),
                )
        return event

    def mask_pid(self, pid: int) -> int:
        """Return the pid of a background process to record, and note that it is one."""
        for rule in self.rules:
            if isinstance(rule, PidRule):
                rule.processes.add(str(pid))
                pid = int(rule.table.mask(str(pid)))
        return pid

    def pid_to_script(self, pid: int) -> int:
        """Return the recorded pid of a background process as the script knows it."""
        for rule in self.rules:
            if isinstance(rule, PidRule):
                script_pid = rule.table.unmask_or_reserve(str(pid))
                rule.processes.add(script_pid)
                pid = int(script_pid)
        return pid

    def mask_wait(self, condition: Condition, netns: str | None) -> tuple[Condition, str | None]:
        """Return the condition and the namespace of a wait to record."""
        for rule in self.rules:
            if isinstance(rule, NameRule):
                netns = netns and rule.replace_in_text(netns, rule.table.mask)
                condition = _replace_in_condition(condition, rule, replace=rule.table.mask)
            elif isinstance(rule, MacRule):
                # An address in a condition is the script's choice, as in a command.
                condition = _replace_in_condition(condition, rule, replace=rule.table.mask_known)
        return condition, netns

    def wait_to_machine(
        self, condition: Condition, netns: str | None
    ) -> tuple[Condition, str | None]:
        """Return a recorded condition and its namespace with the values of this machine."""
        for rule in self.rules:
            if isinstance(rule, NameRule):
                netns = netns and rule.replace_in_text(netns, rule.table.unmask)
            if isinstance(rule, (MacRule, NameRule)):
                condition = _replace_in_condition(condition, rule, replace=rule.table.unmask)
        return condition, netns

    def _mask_names(self, text: str) -> str:
        """Return a text with the placeholders of generated names."""
        for rule in self.rules:
            if isinstance(rule, NameRule):
                text = rule.replace_in_text(text, rule.table.mask)
        return text

    def _mask_seconds(self, seconds: float) -> float:
        """Return a duration to record."""
        return 0.0 if self.masks_times else seconds

    def mask_command(self, command: Command) -> Command:
        """Return a command to record, and note its arguments as mentioned."""
        for rule in self.rules:
            # A MAC address that was read before a command mentions it has a placeholder already;
            # a new one in a command is the user's choice, and is kept.
            is_mac = isinstance(rule, MacRule)
            replace = rule.table.mask_known if is_mac else rule.table.mask
            command = _replace_in_command(command, rule, replace=replace)

        self.mentioned.add(command)
        return command

    def mask_text(self, text: str, command: Command | None = None) -> str:
        """Return the output of a command to record."""
        for rule in self.rules:
            text = rule.replace_in_text(text, rule.table.mask, command=command)
        return mask_times(text) if self.masks_times else text

    def to_machine(self, command: Command) -> Command:
        """Return a recorded command with the values of this machine."""
        for rule in self.rules:
            command = _replace_in_command(command, rule, replace=rule.table.unmask)
        return command

    def to_script(self, text: str, command: Command | None = None) -> str:
        """Return the recorded output of a command with the names and process ids of the script."""
        for rule in self.rules:
            if isinstance(rule, (PidRule, NameRule)):
                text = rule.replace_in_text(text, rule.table.unmask_or_reserve, command=command)
        return text

    def state_to_script(self, state: State) -> State:
        """Return a recorded state with the names and process ids of the script."""
        return _replace_in_state(state, self.to_script)

    def _create_rule(self, name: str) -> Rule:
        """Return the rule of a name. Raises `UnknownOption`."""
        if name.startswith(NAME_PREFIX):
            return NameRule(name.removeprefix(NAME_PREFIX), self.mentioned)

        match name:
            case "mac":
                return MacRule(self.mentioned)
            case "ifindex":
                return IfindexRule()
            case "pid":
                return PidRule()
        raise UnknownOption(
            f"normalise: {name!r} is not one of {', '.join(EVERY)}, name:EXPRESSION"
        )

    def _mask_result(self, result: Result) -> Result:
        """Return a result to record."""
        command = result.command
        masked = evolve(
            result,
            command=self.mask_command(command),
            stdout=self.mask_text(result.stdout, command),
            stderr=self.mask_text(result.stderr, command),
            text=result.text and self.mask_text(result.text, command),
            # The numbers that identify a link belong to this machine: see `Journal`.
            links=None,
            namespaces=None,
        )

        if self.masks_times:
            return evolve(masked, started=0.0, seconds=0.0)
        return masked

    def _mask_state(self, state: State) -> State:
        """Return a state to record."""
        return _replace_in_state(state, self.mask_text)


def _replace_in_condition(condition: Condition, rule: Rule, *, replace: Replace) -> Condition:
    """Return a condition with the values of a rule replaced in its JSON text."""
    text = reader.encode(condition.to_json())
    replaced = rule.replace_in_text(text, replace)
    return condition if replaced == text else condition_from_json(reader.decode(replaced))


def _replace_in_state(state: State, replace: Replace) -> State:
    """Return a state with the values replaced in its JSON text, by the rules for output."""
    replaced: dict[str, Any] = reader.decode(replace(reader.encode(state)))
    return replaced


def _replace_in_command(command: Command, rule: Rule, *, replace: Replace) -> Command:
    """Return a command with the values of one rule replaced; secrets are kept."""
    replaced_arguments = rule.replace_arguments(command, replace)
    argv = tuple(map(_keep_secret, command.argv, replaced_arguments))

    def replace_text(text: str) -> str:
        replaced = rule.replace_in_text(text, replace)
        return _keep_secret(text, replaced)

    if isinstance(rule, NameRule):
        command = _replace_names(command, replace_text)
    elif isinstance(rule, MacRule):
        command = _replace_input(command, replace_text)

    # Most commands have no such value, and need no copy.
    if argv == command.argv:
        return command
    return evolve(command, argv=argv)


def _replace_input(command: Command, replace: Replace) -> Command:
    """Return a command with the values replaced in its stdin and in its environment."""
    if command.stdin is None and command.env is None:
        return command

    stdin = None if command.stdin is None else replace(command.stdin)
    env = {name: replace(value) for name, value in (command.env or {}).items()}
    return evolve(command, stdin=stdin, env=env)


def _keep_secret(text: str, replaced: str) -> str:
    """Return the replaced text, or the text itself if it is a `Secret`."""
    return text if isinstance(text, Secret) else replaced


def _replace_names(command: Command, replace: Replace) -> Command:
    """Return a command with the names replaced in every attribute but the arguments."""

    def replace_optional(text: str | None) -> str | None:
        return text and replace(text)

    # In the order of the attributes: new names are numbered in order of appearance.
    netns = replace_optional(command.netns)
    command = _replace_input(command, replace)
    cwd = replace_optional(command.cwd)
    creates = tuple(_rename_created(created, replace) for created in command.creates)

    deletes = []
    for noun, noun_netns, name in command.deletes:
        deletes.append((noun, replace_optional(noun_netns), replace(name)))

    renames = command.renames
    if renames is not None:
        renames = LinkRename(
            replace(renames.link), replace(renames.name), replace_optional(renames.netns)
        )

    return evolve(
        command, netns=netns, cwd=cwd, creates=creates, deletes=tuple(deletes), renames=renames
    )


def _rename_created(created: CreatedObject, replace: Replace) -> CreatedObject:
    """Return a `CreatedObject` with the names replaced."""
    # The first position decides the number of a new name: see _replace_names().
    identity = {field: replace(value) for field, value in created.identity.items()}

    return CreatedObject(
        created.noun,
        replace(created.name),
        identity,
        created.netns and replace(created.netns),
        tuple(map(replace, created.depends_on)),
    )
