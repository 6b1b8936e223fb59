"""A recording as a flat list of commands, as a person would type them."""

from ipwrap.export.shell import comment, script_line, secrets_needed, tolerated
from ipwrap.recording import Asked, Note, Recording

__all__ = ["plain"]


def plain(recording: Recording, *, reads: bool = False, sudo: bool = False) -> str:
    """Return the changes (and, with ``reads``, what only looked), one a line; with ``sudo``, `sudo` before each."""
    parts = ["#!/bin/sh\nset -eu\n", *secrets_needed(recording)]
    for event, result in recording.pairs():
        if isinstance(event, Note):
            parts.append("\n" + "".join(f"{line}\n" for line in comment(event)))
        elif isinstance(event, Asked) and (reads or event.command.changes or event.command.prints):
            line = script_line(event.command, result, before=("sudo",) if sudo else ())
            parts.append(f"{line}{tolerated(event, result, recording)}\n")
    return "".join(parts)
