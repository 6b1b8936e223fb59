"""The variables of a Python script: namespaces, background processes and secrets."""

import builtins
import itertools
import keyword
import re

from attrs import define, field

from ipwrap.export.pids import PidOf
from ipwrap.export.python.formatter import literal
from ipwrap.recording import ProcessEvent

__all__ = ["Variables"]

# Names that a variable of the script must not take.
RESERVED_NAMES = frozenset(
    {"contextlib", "main", "session", "until", *keyword.kwlist, *keyword.softkwlist, *dir(builtins)}
)
NOT_IDENTIFIER = re.compile(r"[^a-z0-9]+")


@define
class Variables:
    """The variables of a script so far.

    - ``namespaces``: by the name of the namespace
    - ``processes``: by the number of the process
    """

    namespaces: dict[str, str] = field(factory=dict)
    processes: dict[int, str] = field(factory=dict)
    _pids: dict[int, str] = field(factory=dict)
    _taken: set[str] = field(factory=lambda: set(RESERVED_NAMES))

    def add_namespace(self, netns: str) -> str:
        """Return a new variable for a namespace."""
        self.namespaces[netns] = self.add(netns)
        return self.namespaces[netns]

    def add_process(self, event: ProcessEvent, *, is_capture: bool) -> str:
        """Return a new variable for a background process, or for the capture it is."""
        variable = self.add(event.name)
        self.processes[event.number] = variable
        self._pids[event.number] = f"{variable}.process.pid" if is_capture else f"{variable}.pid"
        return variable

    def add(self, name: str) -> str:
        """Return a new variable that resembles a name."""
        stem = NOT_IDENTIFIER.sub("_", name.lower()).strip("_")
        if not stem or stem[0].isdigit():
            stem = f"ns_{stem}".rstrip("_")

        variable = stem
        for number in itertools.count(2):
            if variable not in self._taken:
                break
            variable = f"{stem}_{number}"

        self._taken.add(variable)
        return variable

    def namespace(self, netns: str | None) -> str:
        """Return the expression for the verbs of a namespace; None is the host namespace."""
        if netns is None:
            return "session"

        return self.namespaces.get(netns) or f"session.netns({literal(netns).flat})"

    def pid(self, process: PidOf) -> str | None:
        """Return the expression for the pid of a process; None for a process without a variable."""
        return self._pids.get(process.number)
