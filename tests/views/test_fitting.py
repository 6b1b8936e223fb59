"""Tables that fit a terminal: wrapped cells, columns left out by their rank."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipwrap.views.fitting import fit_columns, text_width, wrap_cell
from ipwrap.views.table import ObjectRows

ROWS = (
    ("a", "limit 1000 delay 100ms 10ms loss random 1%", "12", "x" * 30),
    ("b", "", "7", ""),
)
TABLE = ObjectRows(("dev", "options", "packets", "alias"), ROWS)

WORDS = st.lists(st.text("ab字,", min_size=1, max_size=9), max_size=6).map(" ".join)


@pytest.mark.parametrize(
    ("width", "text", "left_out"),
    [
        (None, 2, ()),
        (85, 3, ()),
        (60, 3, ("alias",)),
        (40, 4, ("alias",)),
        (30, 3, ("packets", "alias")),
        (20, 2, ("options", "packets", "alias")),
    ],
)
def test_long_cells_wrap_before_columns_are_left_out(
    width: int | None, text: int, left_out: tuple[str, ...]
) -> None:
    """A column keeps a readable width; the last ones are left out where that does not fit."""
    fitted = TABLE.fit(width)

    assert left_out == fitted.left_out
    assert width is None or max(map(len, fitted.text.splitlines())) <= width
    assert text <= len(fitted.text.splitlines())


def test_columns_that_must_stay_become_narrow() -> None:
    """The columns that stay in any case are as narrow as their words, and not cut."""
    table = ObjectRows(TABLE.headers, ROWS, least=3)

    assert table.fit(24).text.splitlines() == [
        "dev  options     packets",
        "a    limit 1000  12",
        "     delay",
        "     100ms 10ms",
        "     loss",
        "     random 1%",
        "b                7",
    ]


@pytest.mark.parametrize(
    ("cell", "width", "expected"),
    [
        ("weight 3 onlink", 15, "weight 3 onlink"),
        ("weight 3 onlink", 9, "weight 3\nonlink"),
        ("PVID,Egress Untagged", 12, "PVID,Egress\nUntagged"),
        ("2001:db8::a,2001:db8::b", 12, "2001:db8::a,\n2001:db8::b"),
        ("a-word-that-is-too-long x", 5, "a-word-that-is-too-long\nx"),
        ("字字 字字", 5, "字字\n字字"),
        ("", 5, ""),
    ],
)
def test_cells_break_behind_blanks_and_commas(cell: str, width: int, expected: str) -> None:
    """A word is never cut; wide characters count twice."""
    assert expected == wrap_cell(cell, width)


@given(cell=WORDS, width=st.integers(1, 30))
def test_wrapping_loses_nothing(cell: str, width: int) -> None:
    """All words stay, in order; a line that is too wide is a single word."""
    wrapped = wrap_cell(cell, width)

    assert re.sub(r"[ \n]", "", cell) == re.sub(r"[ \n]", "", wrapped)
    for line in wrapped.split("\n"):
        assert text_width(line) <= width or not re.search("[ ,].", line.rstrip(" ,"))


@given(
    rows=st.lists(st.tuples(WORDS, WORDS, WORDS), min_size=1, max_size=4),
    width=st.integers(20, 200),
    least=st.integers(1, 3),
)
def test_the_table_is_as_wide_as_the_terminal_at_most(
    rows: list[tuple[str, str, str]], width: int, least: int
) -> None:
    """More than the columns that stay in any case are kept only if they fit."""
    fitted = fit_columns(rows, width=width, least=least)

    assert least <= fitted.count <= 3
    widths = [
        max(map(text_width, "\n".join(cells).split("\n")))
        for cells in zip(*fitted.rows, strict=True)
    ]
    assert fitted.count == least or sum(widths) + 2 * (fitted.count - 1) <= width
