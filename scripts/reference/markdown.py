"""Markdown: tables, and docstrings as text."""

import inspect
import re
import textwrap
from collections.abc import Iterable, Sequence

__all__ = ["code", "docstring", "first_paragraph", "table"]

LITERAL = re.compile(r"``([^`]+)``")
OPTION_LIST = re.compile(r"Options(?:, from [`\w]+)?:|Read from JSON only:")
BLOCK_MARK = re.compile(r"(?:^|(?<=\S)):: *$")


def code(text: object) -> str:
    """Return a text as code in a cell of a table; an empty text for nothing."""
    escaped = str(text).replace("|", "\\|")
    return f"`{escaped}`" if escaped else ""


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table without the columns that are empty in all rows."""
    rows = [tuple(row) for row in rows]
    used = [
        number for number in range(len(header)) if number == 0 or any(row[number] for row in rows)
    ]

    lines = [_row(header, used), "|" + "---|" * len(used)]
    lines += [_row(row, used) for row in rows]

    return "\n".join(lines)


def _row(cells: Sequence[str], used: Iterable[int]) -> str:
    """Return the used cells as a line."""
    return "| " + " | ".join(cells[number] for number in used) + " |"


def docstring(documented: object) -> str:
    """Return a docstring as Markdown: literals, and the blocks behind `::`.

    A list of options is left out: their table stands below.
    """
    blocks: list[str] = []
    last = ""  # the paragraph that does not begin with a blank

    for paragraph in (inspect.getdoc(documented) or "").split("\n\n"):
        if not paragraph.startswith(" "):
            last = paragraph
            blocks.append(_prose(paragraph))
        elif BLOCK_MARK.search(last):
            blocks.append(f"```text\n{textwrap.dedent(paragraph)}\n```")
        else:
            blocks.append(_prose(paragraph))

        if OPTION_LIST.match(last):
            blocks.pop()

    return "\n\n".join(block for block in blocks if block)


def _prose(paragraph: str) -> str:
    """Return a paragraph as Markdown, with a single colon in place of `::`."""
    text = BLOCK_MARK.sub("", paragraph)
    text = f"{text}:" if text and text != paragraph else text

    return LITERAL.sub(r"`\1`", text)


def first_paragraph(documented: object) -> str:
    """Return the first paragraph of a docstring, in one line."""
    text = (inspect.getdoc(documented) or "").partition("\n\n")[0]
    return LITERAL.sub(r"`\1`", " ".join(text.split()))
