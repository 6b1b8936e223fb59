"""Tables of a real state, as they look in terminals of 80 and 140 columns.

The states in `tables/` are of iproute2 7.3 on a kernel with all kinds. After a change of a table,
run `python -m tests.views.test_captured_tables` and look at the differences.
"""

from pathlib import Path

import pytest

from ipwrap.models import parse
from ipwrap.views.table import object_table

FOLDER = Path(__file__).parent / "tables"
STATES = sorted(FOLDER.glob("*.json"))
WIDTHS = (80, 140)


def draw(state: Path) -> str:
    """Return the tables of a state at each width, with the columns that were left out."""
    noun = state.stem.removesuffix(".s").replace("_", " ")
    models = parse(noun, state.read_text(encoding="utf-8"))

    lines = []
    for width in WIDTHS:
        table = object_table(noun, models, width=width)
        left_out = f" (left out: {', '.join(table.left_out)})" if table.left_out else ""
        lines += [f"# {noun}, {width} columns{left_out}", table.text, ""]
    return "\n".join(lines)


def text_of(state: Path) -> Path:
    """Return the file with the tables of a state."""
    return state.with_suffix(".txt")


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.stem)
def test_table_of_a_real_state(state: Path) -> None:
    """The table is as it was looked at, and no line is wider than the terminal."""
    tables = draw(state)

    assert text_of(state).read_text(encoding="utf-8") == tables
    for width, text in zip(WIDTHS, tables.split("# ")[1:], strict=True):
        assert max(map(len, text.splitlines()[1:])) <= width


if __name__ == "__main__":
    for captured_state in STATES:
        text_of(captured_state).write_text(draw(captured_state), encoding="utf-8")
