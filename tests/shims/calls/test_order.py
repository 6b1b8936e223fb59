"""The order of calls is read from what the shims have written."""

from pathlib import Path

from ipwrap.shims.calls.order import ORDER, Moment, add_end, complete_order, read_order
from tests.shims.order import parse_order


def test_lines_are_moments() -> None:
    """Starts, ends and signals are read; a killed program is one that SIGKILL was sent to."""
    assert [
        Moment("start", 1, pid=20),
        Moment("signal", 1, signal="TERM"),
        Moment("signal", 2, signal="KILL"),
        Moment("end", 1),
    ] == parse_order("+ 1 20; s 1 TERM; x 2; - 1")


def test_torn_and_strange_lines_are_omitted() -> None:
    """A line that a crash has cut, or that no shim has written, is no moment."""
    assert [Moment("end", 3)] == parse_order("+ 1; + a 20; nonsense; - 3; s 1")


def test_no_order_without_a_shim(tmp_path: Path) -> None:
    """A folder in which nothing was called has no order."""
    assert [] == read_order(tmp_path)


def test_end_is_added(tmp_path: Path) -> None:
    """The end of a killed shim is appended."""
    (tmp_path / ORDER).write_text("+ 1 20\n")
    add_end(tmp_path, 1)

    assert [Moment("start", 1, pid=20), Moment("end", 1)] == read_order(tmp_path)


def test_order_is_completed() -> None:
    """A call without a line comes before the next one with a line, else it is the last; the lines
    of an unknown call are left out.
    """
    moments = parse_order("+ 2 21; + 3 22; - 2; - 1")

    started, ended, untold = Moment("start", 2, pid=21), Moment("end", 2), Moment("start", 1)

    assert [untold, started, ended] == list(complete_order(moments, [1, 2]))
    assert [started, ended, untold] == list(complete_order(moments, [2, 1]))
