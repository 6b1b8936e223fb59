"""Encode the header and the events of a recording as JSON lines."""

from collections.abc import Mapping
from typing import Any

import msgspec
from attrs import asdict

from ipwrap.command import Command, CreatedObject
from ipwrap.jsonio import reader
from ipwrap.recording.events import CommandEvent, End, Event, Header, Note, ResultEvent, Snapshot
from ipwrap.result import Result

__all__ = ["encode_event", "encode_line", "event_json", "header_json"]

Json = dict[str, Any]


def encode_line(data: Mapping[str, Any]) -> bytes:
    """Return an object as a line of the file."""
    return reader.encode_bytes(data) + b"\n"


def header_json(header: Header) -> Json:
    """Return the object of the first line."""
    data = {"event": "recording", **asdict(header)}

    if not header.normalised:
        del data["normalised"]
    return data


_encoder = msgspec.json.Encoder()


def encode_event(event: Event) -> bytes:
    """Return an event as a line of the file."""
    if type(event) is not CommandEvent or event.command.output_secret is not None:
        return encode_line(event_json(event))

    # Nearly no command has a secret, and the search for one takes as long as the encoding: msgspec
    # encodes no subclass of str, nor the lone surrogates of undecodable bytes.
    data = {"event": "command", "n": event.number, **_plain_command_json(event.command)}
    data["at"] = event.call_site
    try:
        return _encoder.encode(data) + b"\n"
    except (TypeError, UnicodeEncodeError):
        return encode_line(event_json(event))


def event_json(event: Event) -> Json:
    """Return the object of an event."""
    match event:
        case ResultEvent(number, result):
            return {"event": "result", "n": number, **result_json(result)}
        case CommandEvent(number, command, call_site):
            return {"event": "command", "n": number, **command_json(command), "at": call_site}
        case Note(text):
            return {"event": "note", "text": text}
        case Snapshot(state, asked):
            data: Json = {"event": "snapshot", "state": state}
            if asked:
                data["asked"] = True
            return data
        case End(error, failed, state):
            return {"event": "end", "error": error, "failed": failed, "state": state}


def command_json(command: Command) -> Json:
    """Return the object of a command. Attributes with their default value are left out.

    The keys are those of format 1, which differ from the names of some attributes.
    """
    has_secrets = command.secrets or command.output_secret is not None
    secrets = _secrets_json(command) if has_secrets else None
    return _plain_command_json(command, secrets)


def _plain_command_json(command: Command, secrets: Json | None = None) -> Json:
    """Return the object of a command.

    ``secrets`` are the keys that replace those with secrets.
    """
    data: Json = {
        "argv": command.argv,
        "netns": command.netns,
        "changes": command.changes,
    }

    if command.batch:
        data["batch"] = True
    for name in ("stdin", "timeout", "env", "cwd"):
        value = getattr(command, name)
        if value is not None:
            data[name] = value

    if secrets:
        data |= secrets
    if command.creates:
        data["makes"] = [created_object_json(created) for created in command.creates]
    if command.deletes:
        data["drops"] = command.deletes
    if command.renames:
        data["becomes"] = asdict(command.renames)

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
        data["links"] = [asdict(link) for link in result.links]
    if result.namespaces is not None:
        data["namespaces"] = [asdict(namespace) for namespace in result.namespaces]

    return data
