"""Events as lines of a recording's file."""

from collections.abc import Mapping
from typing import Any

from attrs import asdict

from ipwrap.command import Command, CreatedObject
from ipwrap.jsonio import reader
from ipwrap.recording.events import CommandEvent, End, Event, Header, Note, ResultEvent, Snapshot
from ipwrap.result import Result

__all__ = ["event_json", "header_json", "line"]


def line(data: Mapping[str, Any]) -> bytes:
    """Return an object as a line of the file."""
    return reader.encode_bytes(data) + b"\n"


def header_json(header: Header) -> dict[str, Any]:
    """Return the first line's object."""
    data = {"event": "recording", **asdict(header)}
    if not header.normalised:
        del data["normalised"]
    return data


def event_json(event: Event) -> dict[str, Any]:
    """Return an event's object."""
    match event:
        case CommandEvent(n, command, at):
            return {"event": "command", "n": n, **command_json(command), "at": at}
        case ResultEvent(n, result):
            return {"event": "result", "n": n, **result_json(result)}
        case Note(text):
            return {"event": "note", "text": text}
        case Snapshot(state, asked):
            return {"event": "snapshot", "state": state, **({"asked": True} if asked else {})}
        case End(error, failed, state):
            return {"event": "end", "error": error, "failed": failed, "state": state}


def command_json(command: Command) -> dict[str, Any]:
    """Return a command's object; what is not said is left out."""
    data: dict[str, Any] = {
        "argv": command.argv,
        "netns": command.netns,
        "changes": command.changes,
    }
    if command.batch:
        data["batch"] = True
    if command.stdin is not None:
        data["stdin"] = command.stdin
    if command.timeout is not None:
        data["timeout"] = command.timeout
    if command.secrets or command.output_secret is not None:
        data |= _secrets_json(command)
    if command.creates:
        data["makes"] = [created_object_json(made) for made in command.creates]
    if command.deletes:
        data["drops"] = command.deletes
    if command.renames:
        data["becomes"] = asdict(command.renames)
    return data


def _secrets_json(command: Command) -> dict[str, Any]:
    """Return what a command's object holds of secrets: their names, where they stand and which of them it prints."""
    data: dict[str, Any] = {"argv": [*map("".join, command.argv)]}
    if command.stdin is not None:
        data["stdin"] = "".join(command.stdin)
    if command.secrets:
        data["secrets"] = sorted({each.name for each in command.secrets})
    return data if command.output_secret is None else {**data, "prints": command.output_secret}


def created_object_json(made: CreatedObject) -> dict[str, Any]:
    """Return a made thing's object."""
    return {
        "noun": made.noun,
        "name": made.name,
        "undo": made.delete_argv,
        "netns": made.netns,
        "on": made.depends_on,
    }


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
