"""`ipwrap show`: list the commands of a recording, or show the state that the session reached."""

import click

from ipwrap.cli.draw import final_state
from ipwrap.cli.output import echo
from ipwrap.cli.parse import terminal_width
from ipwrap.cli.progress import load
from ipwrap.errors import OutputError, RecordingError

__all__ = ["show"]


@click.command()
@click.option(
    "--state",
    is_flag=True,
    help="Show the final state instead: a table of links, and a tree.",
)
@click.option("--all", "full", is_flag=True, help="List more than 8 like namespaces one by one.")
@click.argument("recording", type=click.Path(exists=True, dir_okay=False))
def show(recording: str, state: bool, full: bool) -> None:
    """List the commands of RECORDING: number, namespace, command line, status, milliseconds.

    Background processes, waits and pauses are listed as well.
    """
    from ipwrap.views import table
    from ipwrap.views.topology.evidence import recorded_evidence
    from ipwrap.views.topology.tree import first_label, format_tree

    loaded = load(recording)
    if not state:
        for lines in table.iter_command_table(loaded):
            echo(lines, nl=False)
        return

    end_state = final_state(loaded, recording)
    width = terminal_width()
    try:
        tables = table.format_state_table(end_state, width=width)
        tree = format_tree(
            end_state,
            first=first_label(loaded.header.place),
            evidence=recorded_evidence(loaded),
            full=full,
            width=width,
        )
    except OutputError as error:
        raise RecordingError(f"damaged: the end state is {error}", recording) from error

    echo(f"{tables}\n\n{tree}")
