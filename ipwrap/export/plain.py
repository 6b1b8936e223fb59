"""A recording as a flat list of commands, as a person would type them."""

from collections.abc import Iterator

from ipwrap.export.exporter import Exporter
from ipwrap.export.shell import comment, ended_by, is_tolerated, script_line, secrets_needed
from ipwrap.recording import Note, RecordingView

__all__ = ["plain"]


@Exporter
def plain(recording: RecordingView, *, reads: bool = False, sudo: bool = False) -> Iterator[str]:
    """Yield the changes (and, with ``reads``, what only looked), one a line; with ``sudo``, `sudo` before each."""
    yield "#!/bin/sh\nset -eu\n"
    yield from secrets_needed(recording)
    last = ended_by(recording)
    for event, result in recording.pairs():
        if isinstance(event, Note):
            yield "\n" + "".join(f"{line}\n" for line in comment(event))
        elif reads or event.command.changes or event.command.output_secret:
            line = script_line(event.command, result, before=("sudo",) if sudo else ())
            yield f"{line}{is_tolerated(event, result, last)}\n"
