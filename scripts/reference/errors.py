"""The page of errors: the tree of the classes, and what each means."""

import inspect
import textwrap

from ipwrap import errors
from scripts.reference.markdown import code, first_paragraph, table

__all__ = ["error_classes", "error_tree"]


def error_tree() -> str:
    """Return the tree of the docstring of `ipwrap.errors`."""
    text = inspect.getdoc(errors) or ""
    tree = text.partition("::\n\n")[2].partition("\n\n")[0]
    return f"```text\n{textwrap.dedent(tree)}\n```"


def error_classes() -> str:
    """Return a table of the exceptions and their meanings."""
    rows = []

    for name in errors.__all__:
        member = getattr(errors, name)
        if inspect.isclass(member) and issubclass(member, Exception):
            rows.append((code(name), first_paragraph(member)))

    return table(("class", "raised when"), rows)
