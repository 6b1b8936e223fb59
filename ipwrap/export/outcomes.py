"""How the commands of a recording ended, as scripts tolerate and tell it."""

from ipwrap.export.comments import first_line
from ipwrap.export.shell_line import never_ends
from ipwrap.recording import CommandEvent, RecordingView
from ipwrap.result import Result

__all__ = ["fatal_command", "is_tolerated", "result_comment"]


def fatal_command(recording: RecordingView) -> int | None:
    """Return the number of the command whose failure ended the session, if one did."""
    return recording.end.failed if recording.end else None


def is_tolerated(event: CommandEvent, result: Result | None, *, last: int | None) -> str:
    """Return the suffix that tolerates a failure.

    Empty for the command number ``last``, whose failure ended the session.
    """
    has_failed = result is not None and not result.ok and not never_ends(event.command, result)
    return " || true" if has_failed and event.number != last else ""


def result_comment(result: Result) -> str:
    """Return the first line of a failed command's stderr."""
    line = first_line(result.stderr)
    return f", {line}" if line else ""
