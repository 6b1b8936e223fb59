"""Fit a table to a terminal: long cells go on in further lines, the last columns are left out."""

import re
from collections.abc import Sequence
from itertools import accumulate
from unicodedata import east_asian_width

from attrs import frozen

__all__ = ["GAP", "FittedRows", "fit_columns", "text_width", "wrap_cell"]

GAP = 2  # blanks between two columns
READABLE_WIDTH = 24  # a column does not become narrower for the sake of those behind it

# A word with the blanks or commas behind it: a cell may go on in the next line after each.
PIECE = re.compile(r"[^ ,]*[ ,]+|[^ ,]+")

Rows = Sequence[Sequence[str]]


@frozen
class FittedRows:
    """The rows of a fitted table: the first ``count`` columns, with line breaks in long cells."""

    count: int
    rows: tuple[tuple[str, ...], ...]


def fit_columns(rows: Rows, *, width: int, least: int) -> FittedRows:
    """Fit rows, the headers among them, to the width of a terminal.

    The first ``least`` columns stay, even if they are wider than the terminal.
    """
    columns = list(zip(*rows, strict=True))
    texts = [set(cells) for cells in columns]  # a large table has few different ones
    natural = [max(map(text_width, cells)) for cells in texts]
    narrowest = [max(map(_widest_piece, cells)) for cells in texts]
    readable = [
        max(low, min(high, READABLE_WIDTH)) for low, high in zip(narrowest, natural, strict=True)
    ]

    count = max(_count_fitting(readable, width), min(least, len(columns)))
    is_tight = _total(readable[:count]) > width
    limits = _limit_widths(
        natural[:count], (narrowest if is_tight else readable)[:count], width=width
    )

    fitted = []
    for cells, limit in zip(columns, limits, strict=False):  # without the columns left out
        fitted.append([wrap_cell(cell, limit) for cell in cells])
    return FittedRows(count, tuple(zip(*fitted, strict=True)))


def text_width(cell: str) -> int:
    """Return the columns of a cell on a terminal."""
    if cell.isascii():
        return len(cell)
    return sum(2 if east_asian_width(character) in "FW" else 1 for character in cell)


def wrap_cell(cell: str, width: int) -> str:
    """Return a cell with line breaks behind blanks and commas, for a column of a width.

    A word that is longer has a line of its own, uncut.
    """
    if text_width(cell) <= width:
        return cell

    lines = [""]
    for piece in PIECE.findall(cell):
        if lines[-1] and text_width(lines[-1]) + text_width(piece.rstrip(" ")) > width:
            lines.append("")
        lines[-1] += piece

    return "\n".join(line.rstrip(" ") for line in lines)


def _widest_piece(cell: str) -> int:
    """Return the width of the longest word of a cell."""
    return max((text_width(piece.rstrip(" ")) for piece in PIECE.findall(cell)), default=0)


def _total(widths: Sequence[int]) -> int:
    """Return the width of a table of columns."""
    return sum(widths) + GAP * (len(widths) - 1)


def _count_fitting(widths: Sequence[int], width: int) -> int:
    """Return how many of the first columns fit."""
    ends = accumulate(column + GAP for column in widths)
    return sum(end - GAP <= width for end in ends)


def _limit_widths(natural: Sequence[int], narrowest: Sequence[int], *, width: int) -> list[int]:
    """Return the widths of columns: the widest ones give way, at most to their narrowest width."""
    for limit in range(width, 0, -1):
        limited = [max(low, min(high, limit)) for low, high in zip(narrowest, natural, strict=True)]
        if _total(limited) <= width:
            return limited

    return list(narrowest)
