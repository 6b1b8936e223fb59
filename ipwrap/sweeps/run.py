"""`RunTask`, `RunReply` and `Run`: one run of a lab, as it is asked for, as it ended, as a row."""

from collections.abc import Mapping
from typing import Any, Literal

from attrs import field, frozen

from ipwrap.jsonio.reader import encode
from ipwrap.sweeps.lab_source import LabSource

__all__ = ["COLUMNS", "Run", "RunReply", "RunStatus", "RunTask", "Value", "run_key"]

Value = str | int | float | bool | None
RunStatus = Literal["ok", "failed"]

# The columns of a row besides the parameters and the measurements.
COLUMNS = ("repeat", "status", "seconds", "error", "recording")
MEASURED_PREFIX = "measured_"


def run_key(parameters: Mapping[str, Value], repeat: int) -> str:
    """Return what identifies a run of a lab: its parameters, in any order, and the repeat."""
    return encode([dict(sorted(parameters.items())), repeat])


@frozen(kw_only=True)
class RunTask:
    """A run that a worker is asked for.

    - ``record``: the file to record to; None without one
    - ``returns_recording``: record to a file of the worker's machine, and return its content
    - ``timeout``: seconds after which the run is ended, and has failed; None is no limit
    - ``losses``: how often the run was lost with its worker
    """

    source: LabSource
    parameters: Mapping[str, Value]
    repeat: int
    record: str | None = None
    returns_recording: bool = False
    timeout: float | None = None
    losses: int = 0

    @property
    def key(self) -> str:
        """What identifies the run."""
        return run_key(self.parameters, self.repeat)


@frozen(kw_only=True)
class RunReply:
    """How a run ended, as a worker returns it. ``recording`` is the content of the file."""

    status: RunStatus
    seconds: float
    error: str | None = None
    measurements: Mapping[str, Any] = field(factory=dict)
    recording: bytes | None = field(default=None, repr=False)


@frozen(kw_only=True)
class Run:
    """A run that has ended: a row of the results.

    - ``parameters``: the values that the lab was called with
    - ``repeat``: which of the runs with these parameters, from 1 on
    - ``status``: "ok" or "failed"
    - ``seconds``: how long it took, with the sandbox
    - ``error``: what failed, or None
    - ``recording``: the path of the recording, or None if there is none
    - ``measurements``: what the lab has returned, by name; what is no dict is named "value"
    """

    parameters: Mapping[str, Value]
    repeat: int
    status: RunStatus
    seconds: float
    error: str | None = None
    recording: str | None = None
    measurements: Mapping[str, Any] = field(factory=dict)

    @property
    def key(self) -> str:
        """What identifies the run."""
        return run_key(self.parameters, self.repeat)

    @property
    def ok(self) -> bool:
        """Whether the lab has returned, instead of raising an error."""
        return self.status == "ok"

    def row(self) -> dict[str, Any]:
        """Return the run as one row: the parameters, the columns of every run, the measurements.

        A measurement with the name of another column is called measured_NAME.
        """
        row: dict[str, Any] = dict(self.parameters)
        row |= {name: getattr(self, name) for name in COLUMNS}
        taken = set(row)

        for name, value in self.measurements.items():
            row[f"{MEASURED_PREFIX}{name}" if name in taken else name] = value
        return row
