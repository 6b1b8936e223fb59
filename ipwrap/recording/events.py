"""The contents of a recording: a header, and events."""

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

# Raised only for changes that older programs would misread: they refuse a higher number.
FORMAT = 1

State = dict[str, Any]


@frozen(kw_only=True)
class Header:
    """Line 1: the format, the releases of the programs, the place and the time."""

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
    """A command of the script, before it runs."""

    number: int
    command: Command
    call_site: str | None = None


@frozen
class ResultEvent:
    """The result of the command of that number."""

    number: int
    result: Result


@frozen
class Snapshot:
    """The state of all namespaces before the first change; ``asked``: at the script's request.

    A later one that nobody asked for is a part of the state before, with what a program may change
    that is about to run: see `ipwrap.recording.state_parts`.
    """

    state: State
    asked: bool = False


@frozen
class End:
    """The error that ended the session, the number of its command, and the state reached.

    The state is None where nothing changed or where reading failed.
    """

    error: str | None = None
    failed: int | None = None
    state: State | None = None


Event = Note | CommandEvent | ResultEvent | Snapshot | End
Pair = tuple[Note | CommandEvent, Result | None]


class RecordingView(Protocol):
    """The part of a recording that exporters read, in memory or on disk."""

    @property
    def header(self) -> Header:
        """The releases of the programs, the place and the time."""

    @property
    def initial_state(self) -> State | None:
        """The state before the first change."""

    @property
    def end(self) -> End | None:
        """The end event; None for a recording that was cut short."""

    @property
    def required_secrets(self) -> frozenset[str]:
        """The names of the secrets from outside, without those that the session created."""

    def pairs(self) -> Iterator[Pair]:
        """Yield notes and commands in order; a command with its result (None if it never ended)."""
