"""`BackgroundWork`: the background processes, waits and monitors of a session.

The modules for processes, waits and monitors are imported at the first use.
"""

from collections.abc import Callable

from attrs import define, field

from ipwrap.command import Command
from ipwrap.secrets.store import SecretStore
from ipwrap.sessions.journal import Journal
from ipwrap.sessions.monitors import OpenMonitors
from ipwrap.sessions.processes import OpenProcesses
from ipwrap.sessions.recorded_waits import RecordedWaits

__all__ = ["BackgroundWork"]


@define(eq=False)
class BackgroundWork:
    """The background activity of a session. ``clock`` is in seconds since the epoch."""

    journal: Journal
    secret_store: SecretStore
    clock: Callable[[], float]
    processes: OpenProcesses = field(init=False)
    waits: RecordedWaits = field(init=False)
    monitors: OpenMonitors = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.processes = OpenProcesses(self.journal, self.secret_store, self.clock)
        self.journal.running_numbers = self.processes.running_numbers
        self.waits = RecordedWaits(self.journal, self.processes)
        self.monitors = OpenMonitors(self.journal, self.secret_store.redact)

    def end_deleted(self, command: Command) -> None:
        """End monitors and processes in the namespaces that a command deletes.

        A monitor or process inside would keep a deleted namespace alive.
        """
        self.monitors.close_deleted(command)
        self.waits.end_deleted(command)
        self.processes.stop_deleted(command)
