"""`ipwrap show`: list the commands of a recording, or show the state that the session reached."""

from typing import TYPE_CHECKING

import click

from ipwrap.cli.draw import final_state
from ipwrap.cli.examples import examples
from ipwrap.cli.output import echo
from ipwrap.cli.parameters import RECORDING
from ipwrap.cli.parse import terminal_width
from ipwrap.cli.progress import load
from ipwrap.errors import OutputError, RecordingError

if TYPE_CHECKING:
    from ipwrap.state import State
    from ipwrap.views.topology.peers import Evidence

__all__ = ["show"]


@click.command(epilog=examples("ipwrap show lab.jsonl", "ipwrap show --state lab.jsonl"))
@click.option(
    "--state",
    is_flag=True,
    help="Show the final state instead: a table of links, and a tree.",
)
@click.option("--all", "full", is_flag=True, help="List more than 8 like namespaces one by one.")
@click.argument("recording", type=RECORDING)
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
    evidence = recorded_evidence(loaded)
    width = terminal_width()
    try:
        shown_state = end_state if full else _without_repetitions(end_state, evidence)
        tables = table.format_state_table(shown_state, width=width)
        tree = format_tree(
            end_state,
            first=first_label(loaded.header.place),
            evidence=evidence,
            full=full,
            width=width,
        )
    except OutputError as error:
        raise RecordingError(f"damaged: the end state is {error}", recording) from error

    echo(f"{tables}\n\n{tree}")


def _without_repetitions(state: "State", evidence: "Evidence") -> "State":
    """Return the state without repeated like namespaces; a message has their number."""
    from ipwrap.views.topology.folding import fold, without_repetitions
    from ipwrap.views.topology.read import read_topology

    shown = without_repetitions(state, fold(read_topology(state, evidence)))
    left_out = len(state) - len(shown)
    if left_out:
        echo(f"left out of the table: {left_out} namespaces that are like others (--all)", err=True)
    return shown
