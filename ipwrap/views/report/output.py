"""What a command has printed, as a report shows it: text, or the table of its JSON."""

import re

from ipwrap.errors import IpwrapError
from ipwrap.models.nouns import find_noun, parse
from ipwrap.result import Result
from ipwrap.views.table import object_table

__all__ = ["MAX_OUTPUT", "visible_output"]

# Of `ip -c`, `grep --color` and others: SGR (select graphic rendition), and EL (erase in line).
COLOUR = re.compile(r"\x1b\[[0-9;:]*[mK]")

TABLE_WIDTH = 110  # columns: what matters less is left out of a table
MAX_OUTPUT = 100_000  # characters of an output that a page shows


def visible_output(result: Result) -> tuple[str, int]:
    """Return what a command has printed, without colours, and the number of characters cut off.

    A generated secret is left out. The JSON of a read without a recorded text is a table.
    """
    parts = (_stdout(result), result.stderr)
    output = "\n".join(part.strip("\n") for part in parts if part.strip())
    cut = max(0, len(output) - MAX_OUTPUT)
    return COLOUR.sub("", output[:MAX_OUTPUT]), cut


def _stdout(result: Result) -> str:
    """Return stdout as a person reads it."""
    if result.command.output_secret:
        return ""
    if result.text is not None:
        return result.text
    return _table(result) or result.stdout


def _table(result: Result) -> str:
    """Return the objects of a read as a table; nothing where the output is not theirs."""
    is_json = "-j" in result.command.flags and result.stdout.lstrip().startswith("[{")
    if not is_json or len(result.stdout) > MAX_OUTPUT:
        return ""

    # The file may hold anything: what is no such object is shown as it came.
    try:
        noun = find_noun(" ".join(result.command.argv))
        return object_table(noun, parse(noun, result.stdout), width=TABLE_WIDTH).text
    except (IpwrapError, KeyError):
        return ""
