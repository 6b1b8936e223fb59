"""The lines of a recording as typed structs: a line of another form is damage.

A recording is untrusted input. msgspec checks every type and range while decoding, so that the
readers of a recording meet no surprise. Unknown keys are ignored: a later version of the same
format may add keys.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

from ipwrap.result import RecordedLink, RecordedNetns

__all__ = [
    "CommandLine",
    "CommandsLine",
    "CreatedLine",
    "EndLine",
    "EventLine",
    "FailureLine",
    "NoteLine",
    "ProcessActionLine",
    "ProcessLine",
    "ProcessStartedLine",
    "RenameLine",
    "ResultLine",
    "ResultsLine",
    "SingleLine",
    "SleepLine",
    "SnapshotLine",
    "StateLine",
    "WaitLine",
    "describe_mismatch",
]

# Exit statuses are 0 to 255; a program ended by signal N has -N (see `subprocess`).
Status = Annotated[int, Meta(ge=-255, le=255)]
Number = Annotated[int, Meta(ge=0, le=2**53)]

# JSON has no infinity, but numbers that become one in arithmetic: the year 33658 is late enough.
LATEST = 1e12
Time = Annotated[float, Meta(ge=0, le=LATEST)]
Seconds = Annotated[float, Meta(ge=0, le=LATEST)]
Timeout = Annotated[float, Meta(gt=0, le=LATEST)]

# The name of a shell variable: it is written into scripts without quotes.
VariableName = Annotated[str, Meta(pattern=r"\A[A-Za-z_][A-Za-z0-9_]*\Z")]

# The name of a background process: a variable of a script, so neither upper case nor a keyword.
ProcessName = Annotated[str, Meta(pattern=r"\A[a-z][a-z0-9_]{0,31}\Z")]

# The name of a signal, without SIG: RTMIN+3 as well.
SignalName = Annotated[str, Meta(pattern=r"\A[A-Z][A-Z0-9+-]{0,15}\Z")]
PositiveNumber = Annotated[int, Meta(gt=0, le=2**53)]

Objects = list[dict[str, Any]]
StateLine = dict[str, dict[str, Objects]]


class NoteLine(Struct, tag_field="event", tag="note"):
    """Prose."""

    text: str


class CreatedLine(Struct):
    """An object that a command creates, for other tools: ipwrap does not rely on the line."""

    noun: str
    name: str
    netns: str | None
    on: tuple[str, ...]
    identity: dict[str, str] = {}


class RenameLine(Struct):
    """A link that a command renames or moves."""

    link: str
    name: str
    netns: str | None


class CommandLine(Struct, tag_field="event", tag="command"):
    """A command before it runs."""

    n: Number
    argv: tuple[str, ...]
    netns: str | None
    changes: bool
    batch: bool = False
    stdin: str | None = None
    timeout: Timeout | None = None
    env: dict[VariableName, str] | None = None
    cwd: str | None = None
    secrets: tuple[VariableName, ...] = ()
    prints: VariableName | None = None
    makes: tuple[CreatedLine, ...] = ()
    drops: tuple[tuple[str, str | None, str], ...] = ()
    becomes: RenameLine | None = None
    at: str | None = None


class ResultLine(Struct, tag_field="event", tag="result"):
    """The result of the command with the same number."""

    n: Number
    status: Status
    stdout: str
    stderr: str
    started: Time
    seconds: Seconds
    timed_out: bool = False
    left_running: bool = False
    text: str | None = None
    links: tuple[RecordedLink, ...] | None = None
    namespaces: tuple[RecordedNetns, ...] | None = None
    devices: tuple[RecordedLink, ...] | None = None


class CommandsLine(Struct, tag_field="event", tag="commands"):
    """Like commands before they run. A row has a command's arguments that are null in ``argv``."""

    n: Number
    argv: tuple[str | None, ...]
    rows: tuple[tuple[str, ...], ...]
    netns: str | None
    at: str | None = None


class FailureLine(Struct):
    """A failure among like commands, by the command's number."""

    n: Number
    status: Status
    stderr: str


class ResultsLine(Struct, tag_field="event", tag="results"):
    """The results of the like commands from a number on: the first ``count`` have a result."""

    n: Number
    count: Number
    started: Time
    seconds: Seconds
    failures: tuple[FailureLine, ...] = ()


class ProcessLine(Struct, tag_field="event", tag="process"):
    """A background process before it starts."""

    n: Number
    name: ProcessName
    argv: tuple[str, ...]
    netns: str | None
    stdin: str | None = None
    secrets: tuple[VariableName, ...] = ()
    env: dict[VariableName, str] | None = None
    cwd: str | None = None
    ready: dict[str, Any] | None = None
    ready_timeout: Timeout | None = None
    log: str | None = None
    at: str | None = None


class ProcessStartedLine(Struct, tag_field="event", tag="process-started"):
    """A background process has started, and is ready."""

    n: Number
    pid: PositiveNumber
    seconds: Seconds = 0.0


class ProcessActionLine(Struct, tag_field="event", tag="process-action"):
    """An action of the script on a background process."""

    n: Number
    action: Literal["signal", "stop", "wait"]
    signal: SignalName | None = None
    seconds: Seconds | None = None
    timed_out: bool = False
    at: str | None = None


class WaitLine(Struct, tag_field="event", tag="wait"):
    """A wait of the script."""

    until: dict[str, Any]
    netns: str | None
    timeout: Timeout
    seconds: Seconds
    satisfied: bool
    seen: str = ""
    at: str | None = None


class SleepLine(Struct, tag_field="event", tag="sleep"):
    """A pause of the script."""

    seconds: Seconds
    at: str | None = None


class SnapshotLine(Struct, tag_field="event", tag="snapshot"):
    """The state of all namespaces."""

    state: StateLine
    asked: bool = False


class EndLine(Struct, tag_field="event", tag="end"):
    """The end of a session, and the state reached."""

    error: str | None
    state: StateLine | None
    failed: Number | None = None
    running: tuple[Number, ...] = ()


SingleLine = (
    NoteLine
    | CommandLine
    | ProcessLine
    | ProcessStartedLine
    | ProcessActionLine
    | WaitLine
    | SleepLine
    | ResultLine
    | SnapshotLine
    | EndLine
)
EventLine = SingleLine | CommandsLine | ResultsLine


def describe_mismatch(error: msgspec.ValidationError, within: str = "$") -> str:
    """Return the key of a wrong value, and the expected type: ``$.status: expected int, got str``.

    ``within`` is the path of the checked value in its line.
    """
    reason, _, path = str(error).partition(" - at `")
    reason = reason.replace("`", "")
    reason = reason[:1].lower() + reason[1:]

    key = path.removesuffix("`").removeprefix("$")
    return f"{within}{key}: {reason}"
