"""Names of options, for tests that every option of a table has a case."""

from collections.abc import Iterable
from typing import Any

from ipwrap.options.table import options_of

__all__ = ["case_names", "option_names"]


def option_names(table: type) -> set[str]:
    """Return the names of the options that a table declares."""
    return {option.name for option in options_of(table)}


def case_names(*tables: Iterable[tuple[str, Any, str]]) -> set[str]:
    """Return the names of the options in tables of test cases."""
    names: set[str] = set()

    for cases in tables:
        names.update(name for name, *_ in cases)

    return names
