"""What a recording holds: a header, and events."""

from collections.abc import Iterator
from typing import Any, Protocol

from attrs import frozen

from ipwrap.command import Command
from ipwrap.result import Result
from ipwrap.system.process_identity import ProcessIdentity
from ipwrap.version import __version__

__all__ = [
    "FORMAT",
    "CommandEvent",
    "End",
    "Event",
    "Header",
    "Note",
    "Pair",
    "RecordingView",
    "ResultEvent",
    "Snapshot",
    "State",
]

FORMAT = 1

State = dict[str, Any]


@frozen(kw_only=True)
class Header:
    """Line 1: which format, which programs, where and when."""

    format: int = FORMAT
    ipwrap: str = __version__
    iproute2: str | None = None
    kernel: str | None = None
    place: str | None = None
    started: float = 0.0
    owner: ProcessIdentity | None = None
    normalised: tuple[str, ...] = ()


@frozen
class Note:
    """Prose: a comment in a script, a paragraph in a transcript."""

    text: str


@frozen
class CommandEvent:
    """A command, as it was asked for."""

    number: int
    command: Command
    call_site: str | None = None


@frozen
class ResultEvent:
    """What the command of that number gave back."""

    number: int
    result: Result


@frozen
class Snapshot:
    """The state of all namespaces before the first change; or, ``asked``, when the script asked for it."""

    state: State
    asked: bool = False


@frozen
class End:
    """How the session ended, and the state it reached (None where it changed nothing or could not be read)."""

    error: str | None = None
    failed: int | None = None
    state: State | None = None


Event = Note | CommandEvent | ResultEvent | Snapshot | End
Pair = tuple[Note | CommandEvent, Result | None]


class RecordingView(Protocol):
    """What an exporter needs of a recording, be it in memory or on disk."""

    @property
    def header(self) -> Header:
        """Which programs, where and when."""

    @property
    def initial_state(self) -> State | None:
        """The state before the first change."""

    @property
    def end(self) -> End | None:
        """How it ended; None when it was cut short."""

    @property
    def required_secrets(self) -> frozenset[str]:
        """The names of the secrets that it was given, and did not make itself."""

    def pairs(self) -> Iterator[Pair]:
        """Yield notes and commands in order, each command with its result (None if it never ended)."""
