"""Decode a recording's lines: the header, and then the events one after another."""

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from typing import IO, Any, TypeVar

import msgspec
from attrs import asdict, define, field

from ipwrap.command import Command, CreatedObject, LinkRename
from ipwrap.conditions import Condition, condition_from_json
from ipwrap.errors import InvalidArgument, OutputError, RecordingError
from ipwrap.jsonio import reader
from ipwrap.jsonio.escape import escape_controls
from ipwrap.options.validation import check_encodable, check_netns_name
from ipwrap.recording.events import (
    FORMAT,
    READABLE_FORMATS,
    CommandEvent,
    CommandsEvent,
    End,
    Event,
    Header,
    Note,
    ProcessAction,
    ProcessEvent,
    ProcessStarted,
    ResultEvent,
    ResultsEvent,
    Sleep,
    Snapshot,
    WaitEvent,
)
from ipwrap.recording.lines import (
    LATEST,
    CommandLine,
    CommandsLine,
    CreatedLine,
    EndLine,
    EventLine,
    NoteLine,
    ProcessActionLine,
    ProcessLine,
    ProcessStartedLine,
    ResultLine,
    ResultsLine,
    SingleLine,
    SleepLine,
    SnapshotLine,
    StateLine,
    WaitLine,
    describe_mismatch,
)
from ipwrap.recording.state_shape import find_state_damage
from ipwrap.result import Result
from ipwrap.secrets.secret import Secret
from ipwrap.system.process_identity import ProcessIdentity
from ipwrap.system.shortage import describe_file_error
from ipwrap.version import __version__

__all__ = ["EventDecoder", "decode_owner", "open_lines"]

Json = dict[str, Any]
Converted = TypeVar("Converted")
PendingCommands = dict[int, CommandEvent | ProcessEvent]  # by their numbers, until their results

OLD_OWNER_KEYS = {"since": "start_ticks"}  # keys of recordings from before 0.1.0

STRUCTS: dict[str, type[EventLine]] = {
    "note": NoteLine,
    "command": CommandLine,
    "commands": CommandsLine,
    "process": ProcessLine,
    "process-started": ProcessStartedLine,
    "process-action": ProcessActionLine,
    "wait": WaitLine,
    "sleep": SleepLine,
    "result": ResultLine,
    "results": ResultsLine,
    "snapshot": SnapshotLine,
    "end": EndLine,
}


@contextlib.contextmanager
def open_lines(path: str | os.PathLike[str]) -> Iterator[IO[bytes]]:
    """Open a recording's file to read it. Raises `RecordingError`, also for a failed read."""
    try:
        with open(path, "rb") as file:
            yield file
    except OSError as error:
        raise RecordingError(
            f"cannot be read: {describe_file_error(error)}", os.fspath(path)
        ) from error


@define
class EventDecoder:
    """Decodes the lines of a file. Only commands without results are kept in memory.

    - ``name``: the file's name in errors
    - ``truncated_line``: the warning about a last line cut short by a crash
    - ``is_from_file``: False for lines written by this process, whose effects of commands are
      trusted
    - ``line_count``: the number of decoded lines
    """

    name: str
    truncated_line: str | None = None
    is_from_file: bool = True
    line_count: int = 0
    _pending: PendingCommands = field(factory=dict, repr=False)
    _pending_bulk: dict[int, CommandsEvent] = field(factory=dict, repr=False)
    _processes: set[int] = field(factory=set, repr=False)
    _process_names: set[str] = field(factory=set, repr=False)

    def decode_header(self, line: bytes) -> Header:
        """Return the header of the first line. Raises `RecordingError`."""
        if not line:
            raise RecordingError("is empty; a recording starts with a header", self.name)
        return _decode_header(line, self.name)

    def decode_events(
        self, lines: Iterable[bytes], *, skip: tuple[bytes, ...] = ()
    ) -> Iterator[Event]:
        """Yield the events of the lines behind the header; results contain the commands.

        Like commands on a single line, and their results, are yielded one by one. Lines with a
        prefix in ``skip`` are left out. Raises `RecordingError`.
        """
        for number, line in enumerate(lines, start=2):
            self.line_count += 1
            if line.startswith(skip):
                continue

            try:
                events = self._decode_line(line, number)
            except RecordingError:
                # Only the last line of a file can lack its newline: the writer crashed.
                if line.endswith(b"\n"):
                    raise
                self.truncated_line = (
                    f"{self.name}:{number}: the last line is torn; the rest was read"
                )
            else:
                yield from events

    def _decode_line(self, line: bytes, number: int) -> Iterable[Event]:
        """Return the event of a line, or the events of a line in bulk. Raises `RecordingError`."""
        try:
            struct = self._decode_struct(line, number)
            if isinstance(struct, CommandsLine):
                return self._to_command_events(struct)
            if isinstance(struct, ResultsLine):
                return self._to_result_events(struct)
            return (self._to_event(struct),)
        except Damage as damage:
            raise RecordingError(f"damaged: {damage}", self.name, line=number) from damage

    def _decode_struct(self, line: bytes, number: int) -> EventLine:
        """Return the struct of a line. Raises `Damage` or `RecordingError`."""
        # Deep nesting would exhaust the stack of whoever walks through the values later on.
        if reader.is_shallow(line):
            try:
                decoded: EventLine = _decoder.decode(line)
            except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
                pass  # text that only the lenient reader accepts, or damage to be described
            else:
                return decoded

        data = _decode_object(line, self.name, number=number)
        kind = data.get("event")
        struct = STRUCTS.get(kind) if isinstance(kind, str) else None
        if struct is None:
            raise Damage(f"there is no event {_quote(kind)}")

        try:
            return _convert(data, struct)
        except msgspec.ValidationError as error:
            raise Damage(f"the {kind} event is not whole: {describe_mismatch(error)}") from error

    def _to_event(self, line: SingleLine) -> Event:
        """Return the event of a struct. Raises `Damage`."""
        match line:
            case ResultLine():
                return self._to_result_event(line)
            case CommandLine():
                return self._to_command_event(line)
            case NoteLine():
                return Note(line.text)
            case SnapshotLine():
                return Snapshot(_check_state(line.state, "snapshot"), line.asked)
            case EndLine():
                state = line.state and _check_state(line.state, "end")
                return End(line.error, line.failed, state, line.running)
        return self._to_process_step(line)

    def _to_process_step(
        self,
        line: ProcessLine | ProcessStartedLine | ProcessActionLine | WaitLine | SleepLine,
    ) -> Event:
        """Return the event of a struct that is about processes and time. Raises `Damage`."""
        match line:
            case ProcessLine():
                return self._to_process_event(line)
            case ProcessStartedLine():
                return ProcessStarted(self._known_process(line.n), line.pid, line.seconds)
            case ProcessActionLine():
                return ProcessAction(
                    self._known_process(line.n),
                    line.action,
                    line.signal,
                    line.seconds,
                    line.at,
                    timed_out=line.timed_out,
                )
            case WaitLine():
                return _to_wait_event(line)
            case SleepLine():
                return Sleep(line.seconds, line.at)

    def _to_command_event(self, line: CommandLine) -> CommandEvent:
        """Return a command event, and keep the event until its result."""
        try:
            command = _to_command(line, is_from_file=self.is_from_file)
        except InvalidArgument as error:
            raise Damage(f"the command event is not whole: {error!r}") from error

        asked = CommandEvent(line.n, command, line.at)
        self._add_pending(asked)
        return asked

    def _to_command_events(self, line: CommandsLine) -> Iterable[Event]:
        """Return like commands one by one, and keep each until its result. Raises `Damage`."""
        bulk = CommandsEvent(line.n, line.argv, line.rows, line.netns, line.at)
        size = line.argv.count(None)
        if any(len(row) != size for row in line.rows):
            raise Damage(f"the commands event is not whole: not every row has {size} arguments")

        try:
            events = list(bulk.expand())
        except InvalidArgument as error:
            raise Damage(f"the commands event is not whole: {error!r}") from error

        self._check_new(range(line.n, line.n + len(events)))
        self._pending_bulk[line.n] = bulk
        return events

    def _to_result_events(self, line: ResultsLine) -> Iterable[Event]:
        """Return the results of like commands one by one. Raises `Damage`."""
        bulk = self._pending_bulk.pop(line.n, None)
        if bulk is None:
            raise Damage(f"results of the commands {line.n}, which are not there or have some")
        if line.count > len(bulk.rows):
            raise Damage(f"{line.count} results of {len(bulk.rows)} commands")

        failures = {}
        for failure in line.failures:
            position = failure.n - line.n
            if not 0 <= position < line.count:
                raise Damage(f"a failure of command {failure.n}, which has no result")
            failures[position] = (failure.status, failure.stderr)

        return ResultsEvent(bulk, line.count, failures, line.started, line.seconds).expand()

    def _add_pending(self, event: CommandEvent | ProcessEvent) -> None:
        """Keep an event until its result. Raises `Damage`."""
        self._check_new(range(event.number, event.number + 1))
        self._pending[event.number] = event

    def _check_new(self, numbers: range) -> None:
        """Raise `Damage` for the number of a pending command.

        The result of two pending commands with the same number would be ambiguous.
        """
        pending = [number for number in self._pending if number in numbers]
        for bulk in self._pending_bulk.values():
            last = bulk.number + len(bulk.rows) - 1
            if bulk.number < numbers.stop and last >= numbers.start:
                pending.append(max(bulk.number, numbers.start))

        if pending:
            raise Damage(f"a second command {pending[0]}, before the result of the first")

    def _to_process_event(self, line: ProcessLine) -> ProcessEvent:
        """Return a process event, and keep the event until its result."""
        try:
            argv, stdin, env = _with_secrets(line)
            command = Command(
                argv,
                line.netns,
                stdin=stdin,
                env=env,
                cwd=line.cwd,
                from_file=self.is_from_file,
            )
            log = None if line.log is None else check_encodable(line.log, "log")
        except InvalidArgument as error:
            raise Damage(f"the process event is not whole: {error!r}") from error

        if line.name in self._process_names:
            raise Damage(f"a second process {line.name}")

        ready = None if line.ready is None else _to_condition(line.ready, "$.ready")
        event = ProcessEvent(line.n, command, line.name, ready, line.ready_timeout, log, line.at)
        self._add_pending(event)
        self._processes.add(line.n)
        self._process_names.add(line.name)
        return event

    def _known_process(self, number: int) -> int:
        """Return the number of a process. Raises `Damage` for a number that no process has."""
        if number not in self._processes:
            raise Damage(f"there is no process {number}")
        return number

    def _to_result_event(self, line: ResultLine) -> ResultEvent:
        """Return a result event with the pending command of its number."""
        asked = self._pending.pop(line.n, None)
        if asked is None:
            raise Damage(f"a result of command {line.n}, which is not there or has one already")

        result = Result(
            asked.command,
            line.status,
            line.stdout,
            line.stderr,
            line.started,
            line.seconds,
            asked.call_site,
            line.timed_out,
            line.text,
            left_running=line.left_running,
            links=line.links,
            namespaces=line.namespaces,
            devices=line.devices,
        )
        return ResultEvent(line.n, result)


class Damage(Exception):
    """A line that is no event of a recording; the message has the reason."""


_decoder = msgspec.json.Decoder(EventLine)


def _convert(data: Any, cls: type[Converted]) -> Converted:
    """Return an object as a struct. Raises `msgspec.ValidationError`."""
    try:
        return msgspec.convert(data, cls)
    except UnicodeEncodeError:
        # A lone surrogate (an undecodable byte) in place of a number or a name: msgspec describes
        # the damage only without it.
        # The owner of a header is a class already, and may stand beside it.
        text = json.dumps(data, ensure_ascii=False, default=asdict).encode(errors="replace")
        return msgspec.json.decode(text, type=cls)


def _decode_object(line: bytes, name: str, *, number: int) -> Json:
    """Return the object of a line. Raises `RecordingError`."""
    try:
        data = reader.decode(line.decode("utf-8"), repair=False)
    except (OutputError, UnicodeDecodeError) as error:
        raise RecordingError(f"damaged: {error}", name, line=number) from error

    if not isinstance(data, dict):
        raise RecordingError(f"damaged: {str(data)[:60]!r} is no event", name, line=number)
    return data


def _quote(value: object) -> str:
    """Return any value as a short text without control characters."""
    return escape_controls(repr(value))[:60]


def _decode_header(line: bytes, name: str) -> Header:
    """Return the header. Raises `RecordingError` for the format of a newer version."""
    if not line.startswith(b"{"):
        raise RecordingError(
            f"is not a recording of ipwrap: it begins with {_quote(line.decode(errors='replace'))}",
            name,
            line=1,
        )
    data = _decode_object(line, name, number=1)

    if data.pop("event", None) != "recording" or "format" not in data:
        raise RecordingError("is not a recording of ipwrap: the header is missing", name, line=1)
    if data["format"] not in READABLE_FORMATS or isinstance(data["format"], bool):
        raise RecordingError(
            f"has format {_quote(data['format'])}, and this ipwrap ({__version__}) reads formats "
            f"up to {FORMAT}; use a newer ipwrap",
            name,
            line=1,
        )

    if data.get("owner") is not None:
        data["owner"] = decode_owner(data["owner"], name)

    # msgspec reads the classes themselves: a new field of the header needs no line here.
    try:
        header = _convert(data, Header)
    except msgspec.ValidationError as error:
        damage = f"damaged: the header is not whole: {describe_mismatch(error)}"
        raise RecordingError(damage, name, line=1) from error

    if not 0 <= header.started <= LATEST:
        damage = f"damaged: the header is not whole: $.started: {header.started!r} is no time"
        raise RecordingError(damage, name, line=1)
    return header


def decode_owner(data: Any, name: str) -> ProcessIdentity:
    """Return the identity of the recording process. Raises `RecordingError`."""
    renamed = data
    if isinstance(data, dict):
        renamed = {OLD_OWNER_KEYS.get(key, key): value for key, value in data.items()}

    try:
        return _convert(renamed, ProcessIdentity)
    except msgspec.ValidationError as error:
        mismatch = describe_mismatch(error, "$.owner")
        damage = f"damaged: the header's owner is not whole: {mismatch}"
        raise RecordingError(damage, name, line=1) from error


def _to_command(line: CommandLine, *, is_from_file: bool) -> Command:
    """Return the command of a struct. Raises `InvalidArgument`."""
    argv, stdin, env = _with_secrets(line)

    # Most commands create, delete and rename nothing.
    if not (line.makes or line.drops or line.becomes or line.prints):
        return Command(
            argv,
            line.netns,
            stdin=stdin,
            changes=line.changes,
            batch=line.batch,
            timeout=line.timeout,
            env=env,
            cwd=line.cwd,
            from_file=is_from_file,
        )

    return Command(
        argv,
        line.netns,
        stdin=stdin,
        changes=line.changes,
        batch=line.batch,
        timeout=line.timeout,
        env=env,
        cwd=line.cwd,
        output_secret=line.prints and Secret(None, line.prints).name,
        creates=tuple(map(_to_created_object, line.makes)),
        deletes=tuple((noun, _check_netns(netns), name) for noun, netns, name in line.drops),
        renames=_to_rename(line),
        from_file=is_from_file,
    )


def _with_secrets(
    line: CommandLine | ProcessLine,
) -> tuple[tuple[str, ...], str | None, dict[str, str] | None]:
    """Return arguments, stdin and variables with secrets in place of their names: `$WG_KEY`."""
    if not line.secrets:
        return line.argv, line.stdin, line.env

    secrets = {f"${name}": Secret(None, name) for name in line.secrets}
    argv = tuple(secrets.get(argument, argument) for argument in line.argv)
    env = line.env
    if env is not None:
        env = {name: secrets.get(value, value) for name, value in env.items()}

    return argv, secrets.get(line.stdin or "", line.stdin), env


def _to_wait_event(line: WaitLine) -> WaitEvent:
    """Return a wait event. Raises `Damage`."""
    try:
        netns = _check_netns(line.netns)
        seen = check_encodable(line.seen, "seen")
    except InvalidArgument as error:
        raise Damage(f"the wait event is not whole: {error!r}") from error

    condition = _to_condition(line.until, "$.until")
    return WaitEvent(condition, netns, line.timeout, line.seconds, line.satisfied, seen, line.at)


def _to_condition(data: Json, within: str) -> Condition:
    """Return the condition of an event. Raises `Damage`."""
    try:
        return condition_from_json(data)
    except msgspec.ValidationError as error:
        raise Damage(f"no condition: {describe_mismatch(error, within)}") from error
    except (InvalidArgument, UnicodeEncodeError) as error:
        raise Damage(f"no condition: {escape_controls(str(error))}") from error


def _to_created_object(line: CreatedLine) -> CreatedObject:
    """Return the `CreatedObject` of a struct. Raises `InvalidArgument`.

    A recording of an earlier version has the deletion in place of the identity.
    """
    check_encodable(line.name, "makes")
    for value in line.identity.values():
        check_encodable(value, "makes")
    return CreatedObject(line.noun, line.name, line.identity, _check_netns(line.netns), line.on)


def _check_netns(netns: str | None) -> str | None:
    """Return the name of a namespace. Raises `InvalidArgument`."""
    return None if netns is None else check_netns_name(netns)


def _to_rename(line: CommandLine) -> LinkRename | None:
    """Return the renaming of a struct."""
    if line.becomes is None:
        return None

    rename = line.becomes
    for name in (rename.link, rename.name):
        check_encodable(name, "becomes")
    return LinkRename(rename.link, rename.name, _check_netns(rename.netns))


def _check_state(state: StateLine, kind: str) -> StateLine:
    """Return a state. Raises `Damage` for another shape than its readers rely on."""
    damage = find_state_damage(state)
    if damage is not None:
        raise Damage(f"the {kind} event is not whole: {damage}")
    return state
