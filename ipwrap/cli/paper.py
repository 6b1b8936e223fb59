"""`ipwrap export` and `ipwrap show`: recordings on paper."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ipwrap.cli.out import TEXT, unwritable, write
from ipwrap.cli.progress import Progress, load
from ipwrap.errors import OutputError, RecordingError
from ipwrap.export.formats import FORMATS
from ipwrap.models import NOUNS, read

if TYPE_CHECKING:
    from ipwrap.recording import Recording, RecordingView
    from ipwrap.result import Result

__all__ = ["export", "show"]

FILE = click.Path(exists=True, dir_okay=False)
TRANSCRIPTS = frozenset({"asciicast", "console", "markdown"})


def only_for(formats: str, *names: str, **attributes: Any) -> Callable[..., Any]:
    """Return an option that some formats have; it says so in its help."""
    return click.option(*names, help=f"{attributes.pop('help')} ({formats})", **attributes)


@click.command()
@click.option(
    "--format", "format_", type=click.Choice(sorted(FORMATS)), default="sh", show_default=True
)
@click.option(
    "-o",
    "--output",
    type=click.Path(),
    default="-",
    help="Write to this file; for batch, to this folder.",
)
@only_for(
    "sh, plain, python",
    "--reads/--no-reads",
    default=None,
    help="Include what only looks; python does.",
)
@only_for("sh", "--style", type=click.Choice(("full", "plain")), help="`plain` is --format plain.")
@only_for("plain", "--sudo", is_flag=True, default=None, help="Put sudo before each command.")
@only_for(
    "transcripts",
    "--rerun",
    is_flag=True,
    help="Run it again in a sandbox, for what a person would see.",
)
@only_for(
    "asciicast",
    "--cast-version",
    "version",
    type=click.IntRange(2, 3),
    help="The version of the format.",
)
@only_for("asciicast", "--speed", type=float, help="Play so many times as fast.")
@only_for("asciicast", "--idle-limit", type=float, help="Wait so many seconds at most.")
@click.argument("file", type=FILE)
def export(
    file: str, format_: str, output: str, style: str | None, rerun: bool, **options: Any
) -> None:
    """Write the recording FILE as a script or as a transcript."""
    from ipwrap.export import batch_files
    from ipwrap.recording import RecordingView

    format_ = "plain" if style == "plain" and format_ == "sh" else format_
    said: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
    progress = Progress(file)
    recording: RecordingView = load(file, progress)
    progress.shown = output != "-" or not sys.stdout.isatty()
    if format_ in TRANSCRIPTS:
        said["output"] = _as_table
        recording = _again(recording) if rerun else recording
    elif format_ == "sh":
        said["name"] = "SCRIPT" if output == "-" else Path(output).name
    if format_ == "batch" and (output.endswith(("/", os.sep)) or Path(output).is_dir()):
        _write_files(batch_files(recording), Path(output))
        return
    try:
        pieces = FORMATS[format_].iter_text(recording, **said)
    except TypeError as error:
        raise click.UsageError(
            f"--format {format_}: an option that it does not have: {error}"
        ) from error
    write(pieces, output)


def _as_table(result: "Result") -> str | None:
    """Return the table of what a read gave as JSON; None for what is none."""
    from ipwrap.replay import noun_of
    from ipwrap.views import table

    noun = noun_of(result)
    try:
        return (
            None
            if noun is None
            else f"{table.noun_table(noun, read(NOUNS[noun], result.stdout))}\n"
        )
    except OutputError:
        return None


def _again(recording: "RecordingView") -> "Recording":
    """Return the recording of a run in a sandbox that keeps what a person would see."""
    from ipwrap.places import Sandbox
    from ipwrap.replay import replay
    from ipwrap.session import Session

    click.echo("ipwrap: run again in a sandbox; what is shown is what it said there", err=True)
    with Session(Sandbox(), transcript=True) as session:
        found = replay(recording, session, check=False)
    for difference in found.differences:
        click.echo(f"ipwrap: {difference}", err=True)
    return session.recording


def _write_files(files: dict[str, str], folder: Path) -> None:
    """Write files into a folder."""
    with unwritable(str(folder)):
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name).write_text(text, **TEXT)
    click.echo(f"ipwrap: {len(files)} files in {folder}: sh {folder / 'run.sh'}", err=True)


@click.command()
@click.option(
    "--state",
    is_flag=True,
    help="Show the state that it reached instead: a table of links, and a tree.",
)
@click.argument("recording", type=FILE)
def show(recording: str, state: bool) -> None:
    """List the commands of RECORDING: number, where, line, status, milliseconds."""
    from ipwrap.views import table
    from ipwrap.views.topology import tree

    loaded = load(recording)
    if not state:
        click.echo(table.commands(loaded))
        return
    if loaded.end is None or loaded.end.state is None:
        raise RecordingError(
            "holds no end state: the session changed nothing, or was cut short", recording
        )
    click.echo(f"{table.state(loaded.end.state)}\n\n{tree(loaded.end.state)}")
