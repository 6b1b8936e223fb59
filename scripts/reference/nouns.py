"""The table of nouns that `ipwrap parse` reads, with their models."""

from ipwrap.models import NOUNS
from scripts.reference.markdown import code, first_paragraph, table

__all__ = ["parsed_nouns"]


def parsed_nouns() -> str:
    """Return a table of the nouns with their models."""
    rows = [
        (code(noun), code(NOUNS[noun].__name__), first_paragraph(NOUNS[noun]))
        for noun in sorted(NOUNS)
    ]
    return table(("noun", "model", "meaning"), rows)
