"""Lines in colours, on a terminal that wants them."""

import os
import sys
from collections.abc import Iterable

import click

from ipwrap.jsonio.escape import escape_controls

__all__ = [
    "COLOUR_CHOICES",
    "DIFFERENCE_COLOURS",
    "colour_option",
    "print_coloured",
    "wants_colours",
]

COLOUR_CHOICES = ("auto", "always", "never")
# By the sign of a line: what came, went, changed.
DIFFERENCE_COLOURS = {"+": "green", "-": "red", "~": "yellow"}

colour_option = click.option(
    "--color",
    "--colour",
    "colour",
    type=click.Choice(COLOUR_CHOICES),
    default="auto",
    help="Colour the lines; auto: on a terminal, unless NO_COLOR is set.",
)


def wants_colours(choice: str) -> bool:
    """Return whether to colour stdout. For auto: a terminal, unless NO_COLOR (no-color.org) is set.

    A terminal of the type `dumb` has no colours.
    """
    if choice != "auto":
        return choice == "always"
    is_refused = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return sys.stdout.isatty() and not is_refused


def print_coloured(lines: Iterable[tuple[str, str | None]], *, colour: str) -> None:
    """Print lines with a colour or None; control characters in the lines are escaped.

    ``colour`` is one of `COLOUR_CHOICES`.
    """
    is_coloured = wants_colours(colour)
    for line, foreground in lines:
        text = escape_controls(line)
        styled = click.style(text, fg=foreground) if is_coloured and foreground else text
        click.echo(styled, color=is_coloured)
