"""The contents of a recording: a header, and events."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any, Literal, Protocol

import msgspec

from ipwrap.command import Command
from ipwrap.result import Result
from ipwrap.system.counts import count_of
from ipwrap.system.facts import fact
from ipwrap.system.host_identity import HostIdentity
from ipwrap.system.process_identity import ProcessIdentity
from ipwrap.version import __version__

if TYPE_CHECKING:
    from ipwrap.conditions.base import Condition

__all__ = [
    "FORMAT",
    "READABLE_FORMATS",
    "BulkEvent",
    "CommandEvent",
    "CommandsEvent",
    "End",
    "Event",
    "Header",
    "Note",
    "Pair",
    "ProcessAction",
    "ProcessEvent",
    "ProcessStarted",
    "RecordingView",
    "ResultEvent",
    "ResultsEvent",
    "Sleep",
    "Snapshot",
    "State",
    "Step",
    "WaitEvent",
]

# Raised only for changes that older programs would misread: they refuse a higher number. Format 2
# has background processes, waits and sleeps besides.
FORMAT = 2
READABLE_FORMATS = (1, 2)

State = dict[str, Any]


@fact(kw_only=True)
class Header:
    """Line 1: the format, the releases of the programs, the place and the time.

    ``host`` is the machine of the place; None for this machine.
    """

    format: int = FORMAT
    ipwrap: str = __version__
    iproute2: str | None = None
    kernel: str | None = None
    place: str | None = None
    started: float = 0.0
    owner: ProcessIdentity | None = None
    normalised: tuple[str, ...] = ()
    host: HostIdentity | None = None


@fact
class Note:
    """Prose: a comment in a script, a paragraph in a transcript. Without text: an empty line."""

    text: str


@fact
class CommandEvent:
    """A command of the script, before it runs."""

    number: int
    command: Command
    call_site: str | None = None


@fact
class ResultEvent:
    """The result of the command of that number."""

    number: int
    result: Result


@fact
class CommandsEvent:
    """Like commands of a single call, before they run: changes of `ip`, `bridge` or `tc`.

    The commands differ in the arguments that are None in ``argv``; each of ``rows`` has these
    arguments for a command. ``number`` is the number of the first command; the numbers of the
    others follow.
    """

    number: int
    argv: tuple[str | None, ...]
    rows: Sequence[Sequence[str]]
    netns: str | None = None
    call_site: str | None = None

    @property
    def event_count(self) -> int:
        """The number of single events."""
        return len(self.rows)

    def expand(self) -> Iterator[CommandEvent]:
        """Yield the single commands, for the readers of a recording.

        The created objects are derived from the arguments, as for a file: see
        `ipwrap.objects.effects`.
        """
        for position in range(len(self.rows)):
            yield CommandEvent(self.number + position, self.command(position), self.call_site)

    def command(self, position: int) -> Command:
        """Return a command by its position."""
        values = iter(self.rows[position])
        argv = tuple(next(values) if argument is None else argument for argument in self.argv)
        return Command(argv, self.netns, batch=True, from_file=True)


@fact
class ResultsEvent:
    """The results of like commands; commands not among ``failures`` have succeeded.

    ``failures`` has the exit status and the stderr by position. The first ``count`` commands have a
    result: after a crash or Ctrl-C the remaining commands may or may not have run.
    """

    commands: CommandsEvent
    count: int
    failures: Mapping[int, tuple[int, str]] = msgspec.field(default_factory=dict)
    started: float = 0.0
    seconds: float = 0.0

    @property
    def event_count(self) -> int:
        """The number of single events."""
        return self.count

    def expand(self) -> Iterator[ResultEvent]:
        """Yield the results of the single commands."""
        for asked in islice(self.commands.expand(), self.count):
            position = asked.number - self.commands.number
            status, stderr = self.failures.get(position, (0, ""))
            result = Result(
                asked.command,
                status,
                stderr=stderr,
                started=self.started,
                seconds=self.seconds / self.count,
                call_site=asked.call_site,
            )
            yield ResultEvent(asked.number, result)


@fact
class ProcessEvent:
    """A background process before its start. The result has the same number.

    - ``name``: unique in the session, and a valid name for a variable of a script
    - ``ready``: the condition that the script waited for after the start
    - ``ready_timeout``: in seconds
    - ``log``: the file for stdout and stderr; None keeps the output with the session
    """

    number: int
    command: Command
    name: str
    ready: "Condition | None" = None
    ready_timeout: float | None = None
    log: str | None = None
    call_site: str | None = None


@fact
class ProcessStarted:
    """A background process has started, and is ready if the script waited for readiness.

    ``pid`` is the process's number inside the place.
    """

    number: int
    pid: int
    seconds: float = 0.0


@fact
class ProcessAction:
    """An action of the script on a background process.

    - "signal": the script sent ``signal``, a name such as "HUP"
    - "stop": the script ended the process and its children: SIGTERM, and SIGKILL after ``seconds``
    - "wait": the script waited for the end of the process, for at most ``seconds`` (None: for
      ever); ``timed_out`` if the process still ran afterwards
    """

    number: int
    action: Literal["signal", "stop", "wait"]
    signal: str | None = None
    seconds: float | None = None
    call_site: str | None = None
    timed_out: bool = False


@fact
class WaitEvent:
    """A wait of the script, recorded at the end of the wait, which is the right place for a replay.

    - ``timeout``: the limit, in seconds
    - ``seconds``: the duration of the wait
    - ``satisfied``: False if the wait timed out
    - ``seen``: the last observation, in a few words
    """

    condition: "Condition"
    netns: str | None
    timeout: float
    seconds: float = 0.0
    satisfied: bool = True
    seen: str = ""
    call_site: str | None = None


@fact
class Sleep:
    """A pause of the script, in seconds."""

    seconds: float
    call_site: str | None = None


@fact
class Snapshot:
    """The state of all namespaces before the first change; ``asked``: at the script's request.

    A later snapshot without ``asked`` is a part of the state before, with the objects that the next
    program may change: see `ipwrap.recording.state_parts`.
    """

    state: State
    asked: bool = False

    def __repr__(self) -> str:
        # A state has thousands of lines.
        names = ", ".join(name or "(host)" for name in self.state)
        return f"<Snapshot of {count_of(len(self.state), 'namespace')}: {names[:60]}>"


@fact
class End:
    """The error that ended the session, the number of its command, and the state reached.

    The state is None without a change, or if reading failed. ``running`` holds the numbers of the
    background processes that the session ended.
    """

    error: str | None = None
    failed: int | None = None
    state: State | None = None
    running: tuple[int, ...] = ()


# What the script did, in order. The results of commands and processes come with them in a `Pair`.
Step = Note | CommandEvent | ProcessEvent | ProcessStarted | ProcessAction | WaitEvent | Sleep
Event = Step | ResultEvent | Snapshot | End

# Written as one event, and read as the single ones.
BulkEvent = CommandsEvent | ResultsEvent
Pair = tuple[Step, Result | None]


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
        """The names of the secrets from outside, without secrets created by the session."""

    def pairs(self) -> Iterator[Pair]:
        """Yield the steps of the script in order.

        A command or process comes with the result, None without an end.
        """

    def overlapped_pairs(self) -> Iterator[Pair]:
        """Yield the steps as `pairs` does; a program beside other commands as a process.

        See `ipwrap.recording.overlap`.
        """
