"""`ipwrap export` and `ipwrap show`: recordings on paper."""

from typing import IO

import click

from ipwrap.errors import RecordingError
from ipwrap.export import FORMATS
from ipwrap.recording import Recording
from ipwrap.views import table
from ipwrap.views.topology import tree

__all__ = ["export", "show"]

FILE = click.Path(exists=True, dir_okay=False)


def load(path: str) -> Recording:
    """Return a recording, and say on stderr if a crash has torn its last line."""
    recording = Recording.load(path)
    if recording.torn:
        click.echo(f"ipwrap: {recording.torn}", err=True)
    return recording


@click.command()
@click.option("--format", "format_", type=click.Choice(sorted(FORMATS)), default="sh", show_default=True)
@click.option("--reads", is_flag=True, help="Include the commands that only look.")
@click.option("-o", "--output", type=click.File("w", errors="surrogateescape"), default="-", help="Write to this file.")
@click.argument("file", type=FILE)
def export(file: str, format_: str, reads: bool, output: IO[str]) -> None:
    """Write the recording FILE as a shell script."""
    name = str(getattr(output, "name", "-"))
    script = "SCRIPT" if name in ("-", "<stdout>") else name.rpartition("/")[2]
    output.write(FORMATS[format_](load(file), reads=reads, name=script))


@click.command()
@click.option("--state", is_flag=True, help="Show the state that it reached instead: a table of links, and a tree.")
@click.argument("recording", type=FILE)
def show(recording: str, state: bool) -> None:
    """List the commands of RECORDING: number, where, line, status, milliseconds."""
    loaded = load(recording)
    if not state:
        click.echo(table.commands(loaded))
        return
    if loaded.end is None or loaded.end.state is None:
        raise RecordingError("holds no end state: the session changed nothing, or was cut short", recording)
    click.echo(f"{table.state(loaded.end.state)}\n\n{tree(loaded.end.state)}")
