"""Docstrings and tables become Markdown."""

from scripts.reference.markdown import code, docstring, first_paragraph, table


def documented() -> None:
    """Do a thing.

    ::

        ip do [thing]

    Options, from `ThingOptions`::

        speed=int, colour=str

    Options:

      speed  int
      colour str

    The value ``x`` is a number, as in::

        do(1)
    """


def test_docstring_has_blocks_and_literals() -> None:
    """A block behind `::` is fenced, a literal has single backquotes, options have a table."""
    assert docstring(documented) == (
        "Do a thing.\n\n```text\nip do [thing]\n```\n\nThe value `x` is a number, as in:\n\n"
        "```text\ndo(1)\n```"
    )
    assert "Do a thing." == first_paragraph(documented)


def test_empty_columns_are_left_out() -> None:
    """A column without a cell is no column; the first one stays."""
    rows = [("a", "", "1"), ("b", "", "")]

    assert "| name | value |\n|---|---|\n| a | 1 |\n| b |  |" == table(
        ("name", "unit", "value"), rows
    )


def test_code_in_a_cell_is_escaped() -> None:
    """A bar would end the cell."""
    assert "`a \\| b`" == code("a | b")
    assert "" == code("")
