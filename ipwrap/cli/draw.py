"""`ipwrap draw`: a picture of a recording's final state, or of this host."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ipwrap.cli.examples import examples
from ipwrap.cli.lab_option import lab_option, open_lab_place
from ipwrap.cli.output import write, write_bytes
from ipwrap.cli.parameters import RECORDING
from ipwrap.cli.progress import load
from ipwrap.cli.suggestions import SuggestingChoice
from ipwrap.errors import OutputError, RecordingError

if TYPE_CHECKING:
    from ipwrap.places import Place
    from ipwrap.recording import RecordingView
    from ipwrap.state import State
    from ipwrap.views.drawing.drawing import Drawing
    from ipwrap.views.drawing.svg import Theme

__all__ = ["draw", "draw_recording", "final_state"]

# As in `ipwrap.views.drawing.drawing`, which `ipwrap draw --help` has no use for.
FORMATS = ("mermaid", "dot", "svg", "png")
THEMES = ("auto", "light", "dark")

# The format of a file, where none is given.
SUFFIXES = {
    ".dot": "dot",
    ".gv": "dot",
    ".mermaid": "mermaid",
    ".mmd": "mermaid",
    ".png": "png",
    ".svg": "svg",
}


@click.command(
    epilog=examples(
        "ipwrap draw lab.jsonl -o lab.mmd",
        "ipwrap draw lab.jsonl --format dot",
        "ipwrap draw --live",
    )
)
@click.option(
    "--format",
    "format_",
    type=SuggestingChoice(FORMATS),
    help="By default that of the output's name, such as lab.svg; else mermaid.",
)
@click.option(
    "-o", "--output", type=click.Path(), default="-", help="Write to this file, not to stdout."
)
@click.option("--live", is_flag=True, help="Draw the network of this host, or of this sandbox.")
@click.option("--all", "full", is_flag=True, help="Draw more than 8 like namespaces one by one.")
@click.option(
    "--theme",
    type=SuggestingChoice(THEMES),
    default="auto",
    show_default=True,
    help="Colours of svg and png; auto is both for svg, and light for png.",
)
@lab_option
@click.argument("recording", required=False, type=RECORDING)
def draw(
    recording: str | None,
    *,
    format_: str | None,
    output: str,
    live: bool,
    lab: str | None,
    full: bool,
    theme: "Theme",
) -> None:
    """Draw the network of RECORDING at its end, of a running lab, or of this host.

    Namespaces are boxes, bridges are switches, with the cables and tunnels between them. mermaid is
    text for Markdown, dot for graphviz. svg and png need: pip install "ipwrap[draw]".

    \b
    ipwrap draw pods.jsonl                   # mermaid, for a README
    ipwrap draw pods.jsonl -o pods.svg
    ipwrap draw --lab office -o office.svg
    ipwrap draw --live -o network.png
    """
    if (live or lab is not None) == (recording is not None):
        raise click.UsageError("give a RECORDING, --lab, or --live for the network of this host")

    chosen = format_ or SUFFIXES.get(Path(output).suffix.lower(), "mermaid")
    if chosen == "png" and output == "-" and sys.stdout.isatty():
        raise click.UsageError("png is no text for a terminal: give a file, -o network.png")

    if recording is None:
        drawing = _draw_live(chosen, open_lab_place(lab, sudo=False), full=full, theme=theme)
    else:
        drawing = draw_recording(load(recording), chosen, path=recording, full=full, theme=theme)

    if isinstance(drawing.content, bytes):
        write_bytes(drawing.content, output)
    else:
        write([drawing.content], output)


def draw_recording(
    recording: "RecordingView",
    format_: str,
    *,
    path: str,
    full: bool = False,
    theme: "Theme" = "auto",
) -> "Drawing":
    """Return a drawing of the final state of a recording. Raises `RecordingError` without one."""
    from ipwrap.views.drawing.drawing import draw as draw_state
    from ipwrap.views.topology.evidence import recorded_evidence
    from ipwrap.views.topology.tree import first_label

    state = final_state(recording, path)
    try:
        return draw_state(
            state,
            format_,
            first=first_label(recording.header.place),
            evidence=recorded_evidence(recording),
            full=full,
            theme=theme,
        )
    except OutputError as error:
        raise RecordingError(f"damaged: the end state is {error}", path) from error


def final_state(recording: "RecordingView", path: str) -> "State":
    """Return the state at the end of a recording. Raises `RecordingError` without one."""
    if recording.end is None or recording.end.state is None:
        raise RecordingError(
            "holds no end state: the session changed nothing, or was cut short", path
        )
    return recording.end.state


def _draw_live(format_: str, place: "Place", *, full: bool, theme: "Theme") -> "Drawing":
    """Return a drawing of a place: a running lab, this host, or the sandbox whose shell this is."""
    from ipwrap.session import Session

    with Session(place) as session:
        return session.draw(format_, full=full, theme=theme)
