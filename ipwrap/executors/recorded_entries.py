"""What a playback answers from: the steps of a recording, in the order of the requests."""

from attrs import define, field, frozen

from ipwrap.command import Command
from ipwrap.conditions import Condition
from ipwrap.recording import (
    CommandEvent,
    End,
    ProcessAction,
    ProcessEvent,
    ProcessStarted,
    Recording,
    ResultEvent,
    Sleep,
    Snapshot,
    WaitEvent,
)
from ipwrap.recording.process_failure import start_failure
from ipwrap.result import Result

__all__ = [
    "ActionRequest",
    "Entry",
    "RecordedAction",
    "RecordedProcess",
    "Request",
    "SleepRequest",
    "Spawn",
    "WaitRequest",
    "format_request",
    "netns_of",
    "read_entries",
    "request_of",
]

STATE_CALL = "session.state()"


@frozen
class Spawn:
    """The request to start a background process."""

    command: Command


@frozen
class WaitRequest:
    """The request to wait for a condition; its limit in seconds may be another one."""

    condition: Condition
    netns: str | None


@frozen
class ActionRequest:
    """An action of a script on a process; ``number`` is the process's number in the recording."""

    number: int
    name: str
    netns: str | None
    action: str
    signal: str | None


@frozen
class SleepRequest:
    """The request to pause for some seconds."""

    seconds: float


@define(eq=False)
class RecordedProcess:
    """A recorded background process.

    ``end`` is the number of entries before the end of the process was noticed; None for a process
    that the session ended.
    """

    event: ProcessEvent
    started: ProcessStarted | None = None
    result: Result | None = None
    end: int | None = None

    @property
    def number(self) -> int:
        """The number of the process in the recording."""
        return self.event.number

    @property
    def request(self) -> Spawn:
        """The request that the process answers."""
        return Spawn(self.event.command)

    @property
    def timed_out(self) -> bool:
        """Whether the time to become ready was up, where the process did not become ready."""
        if self.event.ready is None:
            return False
        return start_failure(self.event, self.result) in (None, "WaitTimeout")


@frozen
class RecordedAction:
    """What the script did to a recorded process."""

    event: ProcessAction
    process: ProcessEvent

    @property
    def request(self) -> ActionRequest:
        """The request that the action answers."""
        event, process = self.event, self.process
        netns = process.command.netns
        return ActionRequest(event.number, process.name, netns, event.action, event.signal)


Entry = Result | Snapshot | RecordedProcess | RecordedAction | WaitEvent | Sleep
Request = Command | type[Snapshot] | Spawn | ActionRequest | WaitRequest | SleepRequest


@define
class _Reader:
    """Collects the entries of a recording."""

    results: dict[int, Result]
    entries: list[Entry] = field(factory=list)
    processes: dict[int, RecordedProcess] = field(factory=dict)

    def add(self, event: object) -> None:
        """Add an event."""
        match event:
            case CommandEvent() if event.number in self.results:
                self.entries.append(self.results[event.number])
            case Snapshot() if event.asked:
                self.entries.append(event)
            case WaitEvent() | Sleep():
                self.entries.append(event)
            case _:
                self._add_process_event(event)

    def _add_process_event(self, event: object) -> None:
        """Add an event of a process."""
        match event:
            case ProcessEvent():
                process = RecordedProcess(event, result=self.results.get(event.number))
                self.processes[event.number] = process
                self.entries.append(process)
            case ProcessStarted() if event.number in self.processes:
                self.processes[event.number].started = event
            case ProcessAction() if event.number in self.processes:
                process_event = self.processes[event.number].event
                self.entries.append(RecordedAction(event, process_event))
            case ResultEvent() if event.number in self.processes:
                self.processes[event.number].end = len(self.entries)

    def forget_ends_by_session(self, end: End | None) -> None:
        """Let the processes that the session itself ended run until the session's end.

        A session ends its processes at its own end, and processes that are not ready in time.
        """
        running_at_end = () if end is None else end.running

        for number, process in self.processes.items():
            was_too_slow = process.started is None and process.timed_out
            if number in running_at_end or was_too_slow:
                process.end = None


def read_entries(recording: Recording) -> list[Entry]:
    """Return the entries of a recording, in the order of the requests."""
    results: dict[int, Result] = {}
    for event in recording.events:
        if isinstance(event, ResultEvent):
            results[event.number] = event.result

    reader = _Reader(results)
    for event in recording.events:
        reader.add(event)

    reader.forget_ends_by_session(recording.end)
    return reader.entries


def request_of(entry: Entry) -> Request:
    """Return the request that an entry answers."""
    match entry:
        case Result():
            return entry.command
        case Snapshot():
            return Snapshot
        case WaitEvent():
            return WaitRequest(entry.condition, entry.netns)
        case Sleep():
            return SleepRequest(entry.seconds)
        case RecordedProcess() | RecordedAction():
            return entry.request


def netns_of(request: Request) -> str | type | None:
    """Return the namespace of a request; a class for one that belongs to no namespace."""
    match request:
        case Command() | ActionRequest() | WaitRequest():
            return request.netns
        case Spawn():
            return request.command.netns
        case SleepRequest():
            return SleepRequest
    return Snapshot


def format_request(request: Request) -> str:
    """Return a request as a call or command line."""
    match request:
        case Command():
            return request.line
        case Spawn():
            return f"{request.command.line} &"
        case WaitRequest():
            place = "session" if request.netns is None else f"session.netns({request.netns!r})"
            return f"{place}.wait_for({request.condition.source()})"
        case SleepRequest():
            return f"session.sleep({request.seconds:g})"
        case ActionRequest(action="signal"):
            return f"{request.name}.send_signal({request.signal!r})"
        case ActionRequest():
            return f"{request.name}.{request.action}()"
    return STATE_CALL
