"""Encode the header and the events of a recording as JSON lines."""

import operator
from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from ipwrap.command import Command, CreatedObject
from ipwrap.jsonio import reader
from ipwrap.recording.events import (
    BulkEvent,
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
from ipwrap.result import Result
from ipwrap.system.facts import as_dict

__all__ = ["encode_event", "encode_line", "event_json", "header_json"]

Json = dict[str, Any]

SETTINGS = ("stdin", "timeout", "env", "cwd")
NO_SETTINGS = (None, None, None, None)
get_settings = operator.attrgetter(*SETTINGS)


def encode_line(data: Mapping[str, Any]) -> bytes:
    """Return an object as a line of the file."""
    return reader.encode_bytes(data) + b"\n"


def header_json(header: Header) -> Json:
    """Return the object of the first line."""
    data = {"event": "recording", **as_dict(header)}

    if not header.normalised:
        del data["normalised"]
    return data


_encoder = msgspec.json.Encoder()


# Results that nearly every command has, formatted without a mapping: a third of the time.
RESULT_LINE = (
    b'{"event":"result","n":%d,"status":%d,"stdout":%b,"stderr":%b,"started":%.6f,"seconds":%.6f}\n'
)
MAX_PLAIN_SECONDS = 1e12  # a larger number, or one that is none, is not formatted by `%f`
# The result of nearly every change of a batch block: a success without output, and without a time.
UNTIMED_SUCCESS = (
    b'{"event":"result","n":%d,"status":0,"stdout":"","stderr":"","started":0.0,"seconds":0.0}\n'
)
get_outcome = operator.attrgetter(
    "status",
    "stdout",
    "stderr",
    "started",
    "seconds",
    "timed_out",
    "left_running",
    "text",
    "links",
    "namespaces",
    "devices",
)
OUTCOME_OF_SUCCESS = (0, "", "", 0.0, 0.0, False, False, None, None, None, None)


def encode_event(event: Event | BulkEvent) -> bytes:
    """Return an event as a line of the file."""
    if type(event) is ResultEvent and _is_untimed_success(event.result):
        return UNTIMED_SUCCESS % event.number

    # msgspec encodes no subclass of str, nor the lone surrogates of undecodable bytes. Nearly no
    # command has such text, and the search for it takes as long as the encoding.
    try:
        if type(event) is ResultEvent and _is_plain(event.result):
            return _encode_plain_result(event)
        if type(event) is CommandEvent and event.command.output_secret is None:
            data = {"event": "command", "n": event.number, **_plain_command_json(event.command)}
            data["at"] = event.call_site
            return _encoder.encode(data) + b"\n"
    except (TypeError, UnicodeEncodeError):
        pass

    return encode_line(event_json(event))


def _is_untimed_success(result: Result) -> bool:
    """Return whether a result is that of nearly every change of a batch block."""
    # Any other result has a time: the comparison of all keys is for those without.
    return not result.started and get_outcome(result) == OUTCOME_OF_SUCCESS


def _is_plain(result: Result) -> bool:
    """Return whether a result has the keys of every result only."""
    if result.timed_out or result.left_running or result.text is not None:
        return False
    if result.links is not None or result.namespaces is not None or result.devices is not None:
        return False
    # A placeholder is the time 0, which is written in its usual form.
    return 0 < result.started < MAX_PLAIN_SECONDS and 0 < result.seconds < MAX_PLAIN_SECONDS


def _encode_plain_result(event: ResultEvent) -> bytes:
    """Return a result with the keys of every result only as a line of the file."""
    result = event.result
    return RESULT_LINE % (
        event.number,
        result.status,
        _encoder.encode(result.stdout),
        _encoder.encode(result.stderr),
        result.started,
        result.seconds,
    )


def event_json(event: Event | BulkEvent) -> Json:
    """Return the object of an event."""
    return EVENT_ENCODERS[type(event)](event)


def _command_event_json(event: CommandEvent) -> Json:
    """Return the object of a command."""
    command = command_json(event.command)
    return {"event": "command", "n": event.number, **command, "at": event.call_site}


def _result_event_json(event: ResultEvent) -> Json:
    """Return the object of a result."""
    return {"event": "result", "n": event.number, **result_json(event.result)}


def _commands_event_json(event: CommandsEvent) -> Json:
    """Return the object of like commands."""
    return {
        "event": "commands",
        "n": event.number,
        "argv": event.argv,
        "rows": event.rows,
        "netns": event.netns,
        "at": event.call_site,
    }


def _results_event_json(event: ResultsEvent) -> Json:
    """Return the object of the results of like commands."""
    first = event.commands.number
    return {
        "event": "results",
        "n": first,
        "count": event.count,
        "started": round(event.started, 6),
        "seconds": round(event.seconds, 6),
        "failures": [
            {"n": first + position, "status": status, "stderr": stderr}
            for position, (status, stderr) in event.failures.items()
        ],
    }


def _note_json(event: Note) -> Json:
    """Return the object of a note."""
    return {"event": "note", "text": event.text}


def _snapshot_json(event: Snapshot) -> Json:
    """Return the object of a state."""
    data: Json = {"event": "snapshot", "state": event.state}
    if event.asked:
        data["asked"] = True
    return data


def _end_json(event: End) -> Json:
    """Return the object of the end."""
    data: Json = {"event": "end", "error": event.error, "failed": event.failed}
    data["state"] = event.state
    if event.running:
        data["running"] = event.running
    return data


def _process_json(event: ProcessEvent) -> Json:
    """Return the object of a background process."""
    command = command_json(event.command)
    del command["changes"]
    data = {"event": "process", "n": event.number, "name": event.name, **command}

    if event.ready is not None:
        data["ready"] = event.ready.to_json()
        data["ready_timeout"] = event.ready_timeout
    if event.log is not None:
        data["log"] = event.log

    data["at"] = event.call_site
    return data


def _process_action_json(event: ProcessAction) -> Json:
    """Return the object of an action on a process."""
    data: Json = {"event": "process-action", "n": event.number, "action": event.action}

    if event.signal is not None:
        data["signal"] = event.signal
    if event.seconds is not None:
        data["seconds"] = event.seconds
    if event.timed_out:
        data["timed_out"] = True

    data["at"] = event.call_site
    return data


def _process_started_json(event: ProcessStarted) -> Json:
    """Return the object of the start of a process."""
    seconds = round(event.seconds, 6)
    return {"event": "process-started", "n": event.number, "pid": event.pid, "seconds": seconds}


def _sleep_json(event: Sleep) -> Json:
    """Return the object of a pause."""
    return {"event": "sleep", "seconds": event.seconds, "at": event.call_site}


def _wait_json(event: WaitEvent) -> Json:
    """Return the object of a wait."""
    return {
        "event": "wait",
        "until": event.condition.to_json(),
        "netns": event.netns,
        "timeout": event.timeout,
        "seconds": round(event.seconds, 6),
        "satisfied": event.satisfied,
        "seen": event.seen,
        "at": event.call_site,
    }


def command_json(command: Command) -> Json:
    """Return the object of a command. Attributes with their default value are left out.

    The keys are defined by format 1, and differ from the names of some attributes.
    """
    has_secrets = command.secrets or command.output_secret is not None
    secrets = _secrets_json(command) if has_secrets else None
    return _plain_command_json(command, secrets)


def _plain_command_json(command: Command, secrets: Json | None = None) -> Json:
    """Return the object of a command.

    ``secrets`` are the keys that replace keys with secret values.
    """
    data: Json = {
        "argv": command.argv,
        "netns": command.netns,
        "changes": command.changes,
    }

    if command.batch:
        data["batch"] = True
    # Nearly every command has none of them: one comparison instead of four.
    settings = get_settings(command)
    if settings != NO_SETTINGS:
        named_settings = zip(SETTINGS, settings, strict=True)
        data |= {name: value for name, value in named_settings if value is not None}

    if secrets:
        data |= secrets
    if command.creates:
        data["makes"] = [created_object_json(created) for created in command.creates]
    if command.deletes:
        data["drops"] = command.deletes
    if command.renames:
        data["becomes"] = as_dict(command.renames)

    return data


def _secrets_json(command: Command) -> Json:
    """Return the keys of a command with secrets: argv and stdin with names, and the names."""
    # msgspec encodes no subclass of str: "".join() makes plain text, with the name of a secret.
    data: Json = {"argv": ["".join(argument) for argument in command.argv]}

    if command.stdin is not None:
        data["stdin"] = "".join(command.stdin)
    if command.env is not None:
        data["env"] = {name: "".join(value) for name, value in command.env.items()}

    if command.secrets:
        data["secrets"] = sorted({secret.name for secret in command.secrets})
    if command.output_secret is not None:
        data["prints"] = command.output_secret

    return data


def created_object_json(created: CreatedObject) -> Json:
    """Return the object of a `CreatedObject`."""
    return {
        "noun": created.noun,
        "name": created.name,
        "identity": created.identity,
        "netns": created.netns,
        "on": created.depends_on,
    }


def result_json(result: Result) -> Json:
    """Return the object of a result."""
    data: Json = {
        "status": result.status,
        "stdout": result.stdout,
        "stderr": result.stderr,
        "started": round(result.started, 6),
        "seconds": round(result.seconds, 6),
    }

    if result.timed_out:
        data["timed_out"] = True
    if result.left_running:
        data["left_running"] = True
    if result.text is not None:
        data["text"] = result.text
    if result.links is not None:
        data["links"] = [as_dict(link) for link in result.links]
    if result.namespaces is not None:
        data["namespaces"] = [as_dict(namespace) for namespace in result.namespaces]
    if result.devices is not None:
        data["devices"] = [as_dict(link) for link in result.devices]

    return data


EVENT_ENCODERS: dict[type, Callable[[Any], Json]] = {
    CommandEvent: _command_event_json,
    CommandsEvent: _commands_event_json,
    End: _end_json,
    Note: _note_json,
    ProcessAction: _process_action_json,
    ProcessEvent: _process_json,
    ProcessStarted: _process_started_json,
    ResultEvent: _result_event_json,
    ResultsEvent: _results_event_json,
    Sleep: _sleep_json,
    Snapshot: _snapshot_json,
    WaitEvent: _wait_json,
}
