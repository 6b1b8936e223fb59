"""`ipwrap show`: list the commands of a recording, or show the state that the session reached."""

import click

from ipwrap.cli.examples import examples
from ipwrap.cli.output import echo
from ipwrap.cli.parameters import RECORDING
from ipwrap.cli.parse import terminal_width
from ipwrap.cli.progress import load
from ipwrap.errors import OutputError, RecordingError

__all__ = ["show"]


@click.command(epilog=examples("ipwrap show lab.jsonl", "ipwrap show --state lab.jsonl"))
@click.option(
    "--state",
    is_flag=True,
    help="Show the final state instead: a table of links, and a tree.",
)
@click.argument("recording", type=RECORDING)
def show(recording: str, state: bool) -> None:
    """List the commands of RECORDING: number, namespace, command line, status, milliseconds.

    Background processes, waits and pauses are listed as well.
    """
    from ipwrap.views import table
    from ipwrap.views.topology import format_tree

    loaded = load(recording)
    if not state:
        for lines in table.iter_command_table(loaded):
            echo(lines, nl=False)
        return

    if loaded.end is None or loaded.end.state is None:
        raise RecordingError(
            "holds no end state: the session changed nothing, or was cut short", recording
        )

    try:
        tables = table.format_state_table(loaded.end.state, width=terminal_width())
    except OutputError as error:
        raise RecordingError(f"damaged: the end state is {error}", recording) from error

    echo(f"{tables}\n\n{format_tree(loaded.end.state)}")
