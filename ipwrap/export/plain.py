"""A recording as a flat list of commands, as a person would type them."""

from collections.abc import Iterator

from ipwrap.export.exporter import Exporter
from ipwrap.export.outcomes import fatal_command, tolerating_suffix
from ipwrap.export.shell_line import script_line
from ipwrap.export.shell_processes import BACKGROUND_STEPS, ProcessLines
from ipwrap.export.shell_up import comment, secrets_needed
from ipwrap.export.shellcheck import ScriptLines
from ipwrap.export.spooled import SpooledText
from ipwrap.recording import CommandEvent, Note, RecordingView

__all__ = ["plain"]


@Exporter
def plain(recording: RecordingView, *, reads: bool = False, sudo: bool = False) -> Iterator[str]:
    """Yield the changes, and with ``reads`` the read-only commands, one per line.

    With ``sudo``, each line begins with `sudo`, and background processes raise `InvalidArgument`.
    Raises `NotExportable` for the pid of a process that the session did not start.
    """
    prefix = ("sudo",) if sudo else ()
    processes = ProcessLines(recording, script_line, fatal_command(recording), sudo)

    # The functions that the lines need stand above them.
    notes = ScriptLines()
    with SpooledText() as body:
        body.write(notes.survey(_lines(recording, processes, reads=reads, prefix=prefix)))

        yield f"#!/bin/sh\n{notes.directive}set -eu\n"
        yield from secrets_needed(recording)
        yield processes.functions.preamble
        yield from body


def _lines(
    recording: RecordingView, processes: ProcessLines, *, reads: bool, prefix: tuple[str, ...]
) -> Iterator[str]:
    """Yield the lines of the commands, notes and processes."""
    begins_paragraph = False
    for event, result in recording.pairs():
        if isinstance(event, Note):
            lines = "".join(f"{line}\n" for line in comment(event))
            yield lines if begins_paragraph else f"\n{lines}"
            begins_paragraph = not lines
            continue

        if isinstance(event, BACKGROUND_STEPS):
            begins_paragraph = False
            yield from processes.script_lines((event, result))
        if not isinstance(event, CommandEvent):
            continue
        if reads or event.command.changes or event.command.output_secret:
            begins_paragraph = False
            event, omission = processes.command_event(event, result)
            if omission is not None:
                yield f"{omission}\n"
                continue
            line = script_line(event.command, result, before=prefix)
            yield f"{line}{tolerating_suffix(event, result, fatal=processes.last)}\n"
