"""The lines of a recording as typed structs: anything else in a file is damage.

A recording is untrusted input. msgspec checks every type and range while it decodes, so that the
readers of a recording meet no surprise. Unknown keys are ignored: a later version of the same
format may add keys.
"""

from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from ipwrap.result import RecordedLink, RecordedNetns

__all__ = [
    "CommandLine",
    "CreatedLine",
    "EndLine",
    "EventLine",
    "NoteLine",
    "RenameLine",
    "ResultLine",
    "SnapshotLine",
    "StateLine",
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

Objects = list[dict[str, Any]]
StateLine = dict[str, dict[str, Objects]]


class NoteLine(Struct, tag_field="event", tag="note"):
    """Prose."""

    text: str


class CreatedLine(Struct):
    """An object that a command creates, for other tools to read: ipwrap does not rely on it."""

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


class SnapshotLine(Struct, tag_field="event", tag="snapshot"):
    """The state of all namespaces."""

    state: StateLine
    asked: bool = False


class EndLine(Struct, tag_field="event", tag="end"):
    """The end of a session, and the state reached."""

    error: str | None
    state: StateLine | None
    failed: Number | None = None


EventLine = NoteLine | CommandLine | ResultLine | SnapshotLine | EndLine


def describe_mismatch(error: msgspec.ValidationError, within: str = "$") -> str:
    """Return the key of a wrong value, and the expected type: ``$.status: expected int, got str``.

    ``within`` is the path of the checked value in its line.
    """
    reason, _, path = str(error).partition(" - at `")
    reason = reason.replace("`", "")
    reason = reason[:1].lower() + reason[1:]

    key = path.removesuffix("`").removeprefix("$")
    return f"{within}{key}: {reason}"
