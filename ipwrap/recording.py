"""The recording: every command of a session and what it gave back, as JSON Lines.

Line 1 is the header: the format's version, ipwrap's, iproute2's and the kernel's, the place, the time, what was
normalised. Then come events, one a line::

    {"event":"note","text":…}                                  prose
    {"event":"command","n":1,"argv":[…],"netns":…,"changes":…} written, for a change, before it runs
    {"event":"result","n":1,"status":0,"stdout":…,"stderr":…}  written after
    {"event":"snapshot","state":{…}}                           the state before the first change
    {"event":"snapshot","state":{…},"asked":true}              the state when the script asked for it
    {"event":"end","error":…,"state":{…}}                      the state reached

The file is appended to line by line, so it can be read after any crash: a torn last line is accepted and said. A
damaged line before it, and a version that this program does not know, is refused with the path and the line.
"""

import os
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any, Self

from attrs import asdict, define, evolve, field, fields_dict, frozen

from ipwrap import jsontext
from ipwrap.command import Becomes, Command, Made
from ipwrap.errors import OutputError, RecordingError
from ipwrap.owner import Owner
from ipwrap.result import Result
from ipwrap.secret import Secret
from ipwrap.version import __version__

__all__ = ["FORMAT", "Answered", "Asked", "End", "Event", "Header", "Note", "Recording", "Snapshot"]

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
    owner: Owner | None = None
    normalised: tuple[str, ...] = ()


@frozen
class Note:
    """Prose: a comment in a script, a paragraph in a transcript."""

    text: str


@frozen
class Asked:
    """A command, as it was asked for."""

    n: int
    command: Command
    at: str | None = None


@frozen
class Answered:
    """What the command of that number gave back."""

    n: int
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


Event = Note | Asked | Answered | Snapshot | End


@define
class Recording:
    """A header and events, in memory and, where a path is given, in a file that grows with them.

    ``torn`` says which line a crash cut short. ``ending`` gives the `End` event that a copy saved in mid-session has.
    ``normalise`` gives each event as it is to be kept (see `ipwrap.standins`).
    """

    header: Header = field(factory=Header)
    events: list[Event] = field(factory=list)
    path: str | None = None
    torn: str | None = None
    ending: Callable[[], End] | None = field(default=None, repr=False, eq=False)
    normalise: Callable[[Event], Event] | None = field(default=None, repr=False, eq=False)
    _file: IO[bytes] | None = field(default=None, repr=False, eq=False)
    _waiting: list[bytes] = field(factory=list, repr=False, eq=False)
    _lock: threading.Lock = field(factory=threading.Lock, repr=False, eq=False)

    @classmethod
    def start(cls, header: Header, path: str | os.PathLike[str] | None = None) -> Self:
        """Return a new recording; with a path, its file is made (or emptied) and holds the header."""
        recording = cls(header)
        if path is not None:
            recording.keep(path)
        return recording

    def keep(self, path: str | os.PathLike[str]) -> None:
        """Write it to a file from now on, what it holds already included. Raises `RecordingError`."""
        self.path = os.fspath(path)
        try:
            self._file = open(self.path, "wb", opener=_for_the_owner)  # noqa: SIM115 - closed by close()
        except OSError as error:
            raise RecordingError(f"cannot be written: {error.strerror}", self.path) from error
        self._waiting += [_line(header_json(self.header)), *(_line(event_json(event)) for event in self.events)]
        self.flush()

    def append(self, event: Event, *, at_once: bool = True) -> None:
        """Add an event, in memory and in the file: when this returns, the line has left the process.

        With ``at_once=False`` it leaves with the next one, or with `flush`.
        """
        with self._lock:
            if self.normalise is not None:
                event = self.normalise(event)
            self.events.append(event)
            if self._file is None:
                return
            self._waiting.append(_line(event_json(event)))
        if at_once:
            self.flush()

    def flush(self) -> None:
        """Write the lines that have waited for each other."""
        with self._lock:
            if self._file is not None and self._waiting:
                lines, self._waiting = self._waiting, []
                self._file.write(b"".join(lines))
                self._file.flush()

    def close(self) -> None:
        """Close the file. Calling it again does nothing."""
        if self._file is not None:
            self.flush()
            self._file.close()
            self._file = None

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write all of it to a file; in mid-session the copy ends with the state reached by now."""
        events = list(self.events)
        if self.ending is not None and not any(isinstance(event, End) for event in events):
            end = self.ending()
            events.append(end if self.normalise is None else self.normalise(end))
        lines = [header_json(self.header), *(event_json(event) for event in events)]
        target = Path(path)
        try:
            with open(target, "wb", opener=_for_the_owner) as file:
                file.writelines(_line(line) for line in lines)
        except OSError as error:
            raise RecordingError(f"cannot be written: {error.strerror}", str(target)) from error
        return target

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Self:
        """Read a recording. Raises `RecordingError`, with path and line, for what is not one."""
        name = os.fspath(path)
        try:
            data = Path(path).read_bytes()
        except OSError as error:
            raise RecordingError(f"cannot be read: {error.strerror}", name) from error
        lines = data.splitlines(keepends=True)
        if not lines:
            raise RecordingError("is empty; a recording starts with a header", name)
        recording = cls(_header(lines[0], name), path=name)
        for number, line in enumerate(lines[1:], start=2):
            try:
                recording.events.append(_event(line, name, number))
            except RecordingError:
                if number < len(lines) or line.endswith(b"\n"):
                    raise
                recording.torn = f"{name}:{number}: the last line is torn; the rest was read"
        _in_order(recording.events, name)
        return recording

    @property
    def results(self) -> list[Result]:
        """What the commands gave back, in the order in which they were asked for. One that never ended is missing."""
        by_number = {event.n: event.result for event in self.events if isinstance(event, Answered)}
        return [by_number[asked.n] for asked in self.commands if asked.n in by_number]

    @property
    def commands(self) -> list[Asked]:
        """The commands as they were asked for."""
        return [event for event in self.events if isinstance(event, Asked)]

    @property
    def end(self) -> End | None:
        """How it ended; None when it was cut short."""
        return next((event for event in reversed(self.events) if isinstance(event, End)), None)

    @property
    def before(self) -> State | None:
        """The state before the first change."""
        taken = (event for event in self.events if isinstance(event, Snapshot) and not event.asked)
        return next((event.state for event in taken), None)

    def pairs(self) -> Iterator[tuple[Event, Result | None]]:
        """Yield notes and commands in order, each command with its result (None if it never ended)."""
        by_number = {event.n: event.result for event in self.events if isinstance(event, Answered)}
        for event in self.events:
            if isinstance(event, Note):
                yield event, None
            elif isinstance(event, Asked):
                yield event, by_number.get(event.n)


def _for_the_owner(path: str, flags: int) -> int:
    """Open a file; a new one nobody but its owner can read: a recording may hold what was meant for nobody else."""
    return os.open(path, flags, 0o600)


def _line(data: Mapping[str, Any]) -> bytes:
    """Return an object as a line of the file."""
    return jsontext.encode_bytes(data) + b"\n"


def header_json(header: Header) -> dict[str, Any]:
    """Return the first line's object."""
    data = {"event": "recording", **asdict(header)}
    if not header.normalised:
        del data["normalised"]
    return data


def event_json(event: Event) -> dict[str, Any]:
    """Return an event's object."""
    match event:
        case Asked(n, command, at):
            return {"event": "command", "n": n, **command_json(command), "at": at}
        case Answered(n, result):
            return {"event": "result", "n": n, **result_json(result)}
        case Note(text):
            return {"event": "note", "text": text}
        case Snapshot(state, asked):
            return {"event": "snapshot", "state": state, **({"asked": True} if asked else {})}
        case End(error, failed, state):
            return {"event": "end", "error": error, "failed": failed, "state": state}


def command_json(command: Command) -> dict[str, Any]:
    """Return a command's object; what is not said is left out."""
    data: dict[str, Any] = {"argv": command.argv, "netns": command.netns, "changes": command.changes}
    if command.batch:
        data["batch"] = True
    if command.stdin is not None:
        data["stdin"] = command.stdin
    if command.timeout is not None:
        data["timeout"] = command.timeout
    if command.secrets or command.prints is not None:
        data |= _secrets_json(command)
    if command.makes:
        data["makes"] = [made_json(made) for made in command.makes]
    if command.drops:
        data["drops"] = command.drops
    if command.becomes:
        data["becomes"] = asdict(command.becomes)
    return data


def _secrets_json(command: Command) -> dict[str, Any]:
    """Return what a command's object holds of secrets: their names, where they stand and which of them it prints."""
    data: dict[str, Any] = {"argv": [*map("".join, command.argv)]}
    if command.stdin is not None:
        data["stdin"] = "".join(command.stdin)
    if command.secrets:
        data["secrets"] = sorted({each.name for each in command.secrets})
    return data if command.prints is None else {**data, "prints": command.prints}


def made_json(made: Made) -> dict[str, Any]:
    """Return a made thing's object."""
    return {"noun": made.noun, "name": made.name, "undo": made.undo, "netns": made.netns, "on": made.on}


def result_json(result: Result) -> dict[str, Any]:
    """Return a result's object."""
    data: dict[str, Any] = {
        "status": result.status,
        "stdout": result.stdout,
        "stderr": result.stderr,
        "started": round(result.started, 6),
        "seconds": round(result.seconds, 6),
    }
    if result.timed_out:
        data["timed_out"] = True
    return data if result.text is None else {**data, "text": result.text}


def _object(line: bytes, name: str, number: int) -> dict[str, Any]:
    """Return one line's object."""
    try:
        data = jsontext.decode(line.decode("utf-8"), mend=False)
    except (OutputError, UnicodeDecodeError) as error:
        raise RecordingError(f"damaged: {error}", name, number) from error
    if not isinstance(data, dict):
        raise RecordingError(f"damaged: {str(data)[:60]!r} is no event", name, number)
    return data


def _header(line: bytes, name: str) -> Header:
    """Return the header, if it is one of a version that this program reads."""
    data = _object(line, name, 1)
    if data.pop("event", None) != "recording" or "format" not in data:
        raise RecordingError("is not a recording of ipwrap: the header is missing", name, 1)
    if data["format"] != FORMAT:
        raise RecordingError(
            f"has format {data['format']}, and this ipwrap ({__version__}) reads {FORMAT}; use a newer ipwrap", name, 1
        )
    known = {key: data[key] for key in data if key in fields_dict(Header)}
    if known.get("owner") is not None:
        known["owner"] = _owner(known["owner"], name)
    if "normalised" in known:
        known["normalised"] = tuple(known["normalised"])
    return Header(**known)


def _owner(data: Any, name: str) -> Owner:
    """Return who wrote the recording."""
    try:
        return Owner(**data)
    except TypeError as error:
        raise RecordingError(f"damaged: the header's owner is not whole: {error}", name, 1) from error


def _event(line: bytes, name: str, number: int) -> Event:
    """Return the event that a line holds."""
    data = _object(line, name, number)
    kind = data.pop("event", None)
    read = READERS.get(kind) if isinstance(kind, str) else None
    if read is None:
        raise RecordingError(f"damaged: there is no event {kind!r}", name, number)
    try:
        return read(data)
    except (KeyError, TypeError, ValueError) as error:
        raise RecordingError(f"damaged: the {kind} event is not whole: {error!r}", name, number) from error


def _number(data: dict[str, Any]) -> int:
    """Return a command's number."""
    if not isinstance(data["n"], int):
        raise ValueError(f"n: {data['n']!r} is no number")
    return data["n"]


def _asked(data: dict[str, Any]) -> Asked:
    """Return a command event."""
    return Asked(_number(data), command_from_json(data), data.get("at"))


def command_from_json(data: dict[str, Any]) -> Command:
    """Return a command from its object."""
    becomes = data.get("becomes")
    secrets = {f"${name}": Secret(None, name) for name in data.get("secrets", ())}
    stdin = data.get("stdin")
    return Command(
        [secrets.get(word, word) for word in data["argv"]] if secrets else data["argv"],
        data["netns"],
        stdin=secrets.get(stdin or "", stdin),
        changes=data["changes"],
        batch=data.get("batch", False),
        timeout=data.get("timeout"),
        prints=data.get("prints"),
        makes=tuple(_made(each) for each in data.get("makes", ())),
        drops=tuple((noun, netns, thing) for noun, netns, thing in data.get("drops", ())),
        becomes=Becomes(**becomes) if becomes else None,
    )


def _made(data: dict[str, Any]) -> Made:
    """Return a made thing from its object."""
    return Made(data["noun"], data["name"], tuple(data["undo"]), data["netns"], tuple(data["on"]))


NOTHING = Command(("true",))  # stands in until a result is given the command of its number


def _answered(data: dict[str, Any]) -> Answered:
    """Return a result event; which command it belongs to is filled in when all are read."""
    values = {key: data[key] for key in ("status", "stdout", "stderr", "started", "seconds")}
    rest = {key: data[key] for key in ("timed_out", "text") if key in data}
    return Answered(_number(data), Result(NOTHING, **values, **rest))


READERS: dict[Any, Callable[[dict[str, Any]], Event]] = {
    "note": lambda data: Note(data["text"]),
    "command": _asked,
    "result": _answered,
    "snapshot": lambda data: Snapshot(data["state"], data.get("asked", False)),
    "end": lambda data: End(data["error"], data.get("failed"), data["state"]),
}


def _in_order(events: list[Event], name: str) -> None:
    """Give each result its command; refuse a result of a command that was never asked for."""
    asked = {event.n: event for event in events if isinstance(event, Asked)}
    for position, event in enumerate(events):
        if not isinstance(event, Answered):
            continue
        if event.n not in asked:
            raise RecordingError(f"damaged: a result of command {event.n}, which is not there", name, position + 2)
        question = asked[event.n]
        events[position] = Answered(event.n, evolve(event.result, command=question.command, at=question.at))
