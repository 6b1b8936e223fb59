"""`Replay`: the report of a replay."""

from attrs import define, field

from ipwrap.recording import RecordingView
from ipwrap.session import Session
from ipwrap.state import Machine
from ipwrap.system.counts import count_of

__all__ = ["Replay"]


@define
class Replay:
    """The report of a replay: statuses, reads and states that differ from the recording.

    ``processes`` and ``waits`` count the started background processes, and the waits.
    """

    commands: int = 0
    reads: int = 0
    differences: list[str] = field(factory=list)
    state_compared: bool = False
    recorded: Machine = Machine()
    replayed: Machine = Machine()
    processes: int = 0
    waits: int = 0

    @classmethod
    def begin(cls, recording: RecordingView, session: Session) -> "Replay":
        """Return an empty report with the recorded and the present machine.

        The session reads the sysctls and packet filters that the recording has.
        """
        for state in (recording.initial_state, recording.end.state if recording.end else None):
            session.watch_state(state or {})

        return cls(
            recorded=Machine.of(recording.header),
            replayed=Machine.of(session.recording.header),
        )

    @property
    def machines(self) -> str | None:
        """The recorded and the present releases of iproute2 and the kernel; None where they match.

        The text adds how their output is compared.
        """
        if self.recorded.prints_as(self.replayed):
            return None
        return (
            f"recorded with iproute2 {self.recorded}, replayed with {self.replayed}: "
            "keys that only one of them prints are taken for their defaults, or not compared"
        )

    @property
    def is_same(self) -> bool:
        """Whether the replay matches the recording."""
        return not self.differences

    @property
    def _steps(self) -> str:
        """The numbers of the steps: ``3 commands``."""
        commands = count_of(self.commands, "command")
        if not self.processes and not self.waits:
            return commands

        processes = count_of(self.processes, "background process", plural="background processes")
        return f"{commands}, {processes} and {count_of(self.waits, 'wait')}"

    def __str__(self) -> str:
        state = "the end state"
        if not self.state_compared:
            state = "no end state (the recording holds none)"

        compared = f"compared: their status, {count_of(self.reads, 'read')}, {state}"
        report = [f"{self._steps} run again; {compared}"]
        if self.machines is not None:
            report.append(self.machines)

        report += self.differences
        report.append("no difference" if self.is_same else f"{len(self.differences)} differ")
        return "\n".join(report)
