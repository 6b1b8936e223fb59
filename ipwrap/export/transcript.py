"""A recording as a person would have seen it: prose, what was typed, and what it said."""

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
    """One command: the line as typed, what it wrote, and when. ``status`` is None for one that never ended."""

    line: str
    output: str
    status: int | None
    started: float
    seconds: float


def transcript(
    recording: RecordingView, *, reads: bool = True, output: Output | None = None
) -> Iterator[Note | Step]:
    """Yield the notes and the commands in order.

    A read is shown as a person types it, without ``-j`` and ``-d``, with the text that was recorded for it. Where there
    is none, ``output`` may make one of its JSON, such as a table; else the JSON is shown as it came.
    """
    for event, result in recording.pairs():
        if isinstance(event, Note):
            yield event
        elif isinstance(event, CommandEvent) and (reads or event.command.changes):
            yield _step(event, result, output)


def _step(asked: CommandEvent, result: Result | None, output: Output | None) -> Step:
    """Return one command as it was seen."""
    command = asked.command.without_json_flags
    line = "\n> ".join(
        map(escape_controls, _as_typed(command).split("\n"))
    )  # as a shell asks for the rest of a word
    if result is None:
        return Step(line, "", None, 0.0, 0.0)
    return Step(
        line, _visible_output(result, output), result.status, result.started, result.seconds
    )


def _as_typed(command: Command) -> str:
    """Return a command as a person types it; a secret that it prints goes into a variable."""
    line = command.line
    if isinstance(command.stdin, Secret):
        line = f'echo "{command.stdin}" | {line}'
    elif command.stdin is not None:
        line = f"{line}  # with stdin"
    return line if command.output_secret is None else f"{command.output_secret}=$({line})"


def _visible_output(result: Result, output: Output | None) -> str:
    """Return what a command wrote, as a terminal shows it: escapes made visible, whole lines."""
    out = result.stdout if result.text is None else result.text
    out = "" if result.command.output_secret else out
    if result.text is None and output is not None and (made := output(result)) is not None:
        out = made
    lines = [
        escape_controls(line, keep="\t")
        for text in (out, result.stderr)
        for line in text.splitlines()
    ]
    return "".join(f"{line.rstrip()}\n" for line in lines)


def prose(note: Note) -> str:
    """Return a note's text, with nothing in it that could disturb a terminal."""
    return escape_controls(note.text.replace("\r\n", "\n").strip("\n"), keep="\n\t")
