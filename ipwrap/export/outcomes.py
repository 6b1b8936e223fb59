"""How the commands of a recording ended: failures are tolerated by scripts, and explained."""

from ipwrap.export.comments import first_line
from ipwrap.export.shell_line import never_ends
from ipwrap.recording import CommandEvent, RecordingView
from ipwrap.result import Result

__all__ = ["fatal_command", "result_comment", "tolerating_suffix"]


def fatal_command(recording: RecordingView) -> int | None:
    """Return the number of the command whose failure ended the session, if one did."""
    return recording.end.failed if recording.end else None


def tolerating_suffix(event: CommandEvent, result: Result | None, *, fatal: int | None) -> str:
    """Return the end of a line that tolerates the failure of the session; empty for a success.

    Empty as well for the command number ``fatal``, whose failure ended the session.
    """
    has_failed = result is not None and not result.ok and not never_ends(event.command, result)
    return " || true" if has_failed and event.number != fatal else ""


def result_comment(result: Result) -> str:
    """Return the first line of a failed command's stderr, behind a comma."""
    line = first_line(result.stderr)
    return f", {line}" if line else ""
