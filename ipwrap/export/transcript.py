"""A recording as a person would have seen it: prose, typed commands and their output."""

from collections.abc import Callable, Iterator

from attrs import frozen

from ipwrap.command import Command
from ipwrap.jsonio.escape import escape_controls
from ipwrap.recording import CommandEvent, Note, RecordingView
from ipwrap.result import Result
from ipwrap.secrets.secret import Secret

__all__ = ["Output", "Step", "prose", "transcript"]

Output = Callable[[Result], str | None]


@frozen
class Step:
    """One command: the typed line, its output, and times in seconds.

    ``status`` is None if the command never ended.
    """

    line: str
    output: str
    status: int | None
    started: float
    seconds: float


def transcript(
    recording: RecordingView, *, reads: bool = True, output: Output | None = None
) -> Iterator[Note | Step]:
    """Yield notes and commands in order.

    A read-only command is shown as a person types it, without ``-j`` and ``-d``, with its recorded
    text output. Without such text, ``output`` may render the JSON, for example as a table; else the
    JSON itself is shown.
    """
    for event, result in recording.pairs():
        if isinstance(event, Note):
            yield event
        elif isinstance(event, CommandEvent) and (reads or event.command.changes):
            yield _step(event, result, output=output)


def _step(event: CommandEvent, result: Result | None, *, output: Output | None) -> Step:
    """Return one command as a person saw it."""
    typed_lines = _typed_line(event.command.without_json_flags).split("\n")

    # A shell prompts with `> ` for the rest of an argument that has line breaks.
    line = "\n> ".join(escape_controls(typed_line) for typed_line in typed_lines)

    if result is None:
        return Step(line, output="", status=None, started=0.0, seconds=0.0)

    return Step(
        line,
        output=_visible_output(result, output),
        status=result.status,
        started=result.started,
        seconds=result.seconds,
    )


def _typed_line(command: Command) -> str:
    """Return a command as a person types it; a generated secret goes into a variable."""
    line = command.line

    if isinstance(command.stdin, Secret):
        line = f'echo "{command.stdin}" | {line}'
    elif command.stdin is not None:
        line = f"{line}  # with stdin"

    if command.output_secret is None:
        return line

    # `$((` would begin an expression.
    text = f" {line} " if line.startswith("(") else line
    return f"{command.output_secret}=$({text})"


def _visible_output(result: Result, output: Output | None) -> str:
    """Return stdout and stderr as a terminal shows them, with control characters escaped, in whole
    lines.
    """
    stdout = _visible_stdout(result, output)

    lines = (*stdout.splitlines(), *result.stderr.splitlines())
    escaped_lines = [escape_controls(line, keep="\t").rstrip() for line in lines]
    return "".join(f"{line}\n" for line in escaped_lines)


def _visible_stdout(result: Result, output: Output | None) -> str:
    """Return the recorded text output.

    Without one, the JSON as ``output`` renders it, or as it is.
    """
    if result.text is not None:
        return "" if result.command.output_secret else result.text

    rendered = None if output is None else output(result)
    if rendered is not None:
        return rendered

    return "" if result.command.output_secret else result.stdout


def prose(note: Note) -> str:
    """Return a note's text, without control characters that could disturb a terminal."""
    return escape_controls(note.text.replace("\r\n", "\n").strip("\n"), keep="\n\t")
