"""The facts of a recording that a Python script needs before its first line.

Whether a namespace gets a variable, for example, depends on the commands that follow. Therefore a
recording is read twice: for these facts, and for the lines.
"""

from collections import Counter

from attrs import define, field

from ipwrap.command import Command
from ipwrap.export.outcomes import fatal_command
from ipwrap.export.pids import ProcessPids
from ipwrap.export.python.process_blocks import ProcessUse, choose_blocks
from ipwrap.export.python.steps import (
    CommandStep,
    ProcessStep,
    ScriptStep,
    names_unknown_pid,
    read_steps,
)
from ipwrap.recording import (
    CommandEvent,
    Note,
    ProcessAction,
    ProcessEvent,
    ProcessStarted,
    RecordingView,
    WaitEvent,
)
from ipwrap.recording.captures import RecordedCapture

__all__ = ["Facts", "survey"]

# How words begin that name a namespace: `-n`, `-netns`, `--netns`, and `exec`, which iproute2
# abbreviates down to `e`.
NETNS_PREFIXES = ("-n", "--n", "e")
MANY_USES = 2  # so often, or more often, a namespace is a variable


def survey(recording: RecordingView, *, reads: bool, exact: bool) -> "Facts":
    """Return the facts of a recording. Most commands need not be parsed for these."""
    facts = Facts(fatal=fatal_command(recording))
    steps = read_steps(recording, reads=reads, exact=exact, must_parse=facts.must_parse)
    for position, step in steps:
        facts.note(step, position)

    choose_blocks(facts.processes.values())
    return facts


@define
class Facts:
    """The facts of a first reading, on which the lines of a command depend.

    - ``netns_uses``: the number of steps in each namespace; further ones of many are not counted
    - ``last_secret_uses``: the number of the last command that uses a secret, by the secret's name
    - ``processes``: the background processes, by number
    - ``fatal``: the number of the command whose failure ended the session
    - ``last_command``: the number of the last command
    - ``last_position``: the position of the last step; the end of a `with` block is no step, as an
      error ends the block as well

    The last two are None if a note follows: no error of a step has ended such a session.
    """

    netns_uses: Counter[str] = field(factory=Counter)
    last_secret_uses: dict[str, int] = field(factory=dict)
    processes: dict[int, ProcessUse] = field(factory=dict)
    fatal: int | None = None
    last_command: int | None = None
    last_position: int | None = None
    _pids: ProcessPids = field(factory=ProcessPids)

    def has_many_uses(self, netns: str) -> bool:
        """Return whether several steps use a namespace."""
        return self.netns_uses[netns] >= MANY_USES

    def must_parse(self, command: Command) -> bool:
        """Return whether the uses of namespaces cannot be counted without parsing a command.

        A command may be the lookup of a verb, and may name its namespace as an argument, such as
        `ip -n red` and `ip netns exec red`.
        """
        if command.netns is not None:
            return not self.has_many_uses(command.netns)
        return any(word.startswith(NETNS_PREFIXES) for word in command.argv)

    def note(self, step: ScriptStep, position: int) -> None:
        """Note a step at a position of the recording."""
        is_stop = isinstance(step, ProcessAction) and step.action == "stop"
        if not is_stop and not isinstance(step, ProcessStarted):
            self.last_position = None if isinstance(step, Note) else position

        match step:
            case Note():
                self.last_command = None
            case CommandStep():
                self._note_command(step)
            case WaitEvent():
                self._note_netns(step.netns)
            case ProcessStep():
                self._note_process(step, position)
            case ProcessStarted():
                self._pids.note(step)
                self.processes[step.number].has_started = True
            case ProcessAction():
                self.processes[step.number].note_action(step, position)

    def _note_command(self, step: CommandStep) -> None:
        """Note a command."""
        self._pids.note(step.event)
        if not names_unknown_pid(step, self._pids, fatal=self.fatal):
            self._note_uses(step.event, step.netns)

        self.last_command = step.event.number
        self._note_secrets(step.event)

    def _note_process(self, step: ProcessStep, position: int) -> None:
        """Note the start of a background process."""
        event = step.event
        self._note_uses(event, event.command.netns)
        self._pids.note(event)
        self.processes[event.number] = ProcessUse(
            event,
            position,
            has_started=step.has_started_for_certain,
            capture=RecordedCapture.of(event),
        )
        self._note_secrets(event)

    def _note_uses(self, event: CommandEvent | ProcessEvent, netns: str | None) -> None:
        """Note the namespace of a command, and the processes in its arguments.

        Raises `NotExportable` for the pid of an unknown process.
        """
        self._note_netns(netns)
        for process in self._pids.find(event):
            self.processes[process.number].uses += 1

    def _note_netns(self, netns: str | None) -> None:
        """Note the use of a namespace."""
        if netns is not None:
            self.netns_uses[netns] += 1

    def _note_secrets(self, event: CommandEvent | ProcessEvent) -> None:
        """Note the secrets that a command uses."""
        for secret in event.command.secrets:
            self.last_secret_uses[secret.name] = event.number
