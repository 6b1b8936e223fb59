"""The bench of large labs at a tiny size: its table, and never its times."""

import sys

import pytest

from scripts.bench import lab_nodes
from scripts.bench.lab_nodes import format_row, main
from tests.labs import open_sandbox


def test_the_lab_is_built_by_each_way(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each way has a row; a way whose tool is missing is told."""
    with open_sandbox():  # skips where there is none
        pass
    monkeypatch.setattr(sys, "argv", ["lab_nodes", "2"])
    monkeypatch.setattr(lab_nodes, "missing_mininet", lambda: "it is not installed")

    main()

    out = capsys.readouterr().out
    assert "2 nodes on a switch" in out
    assert "ipwrap's Lab" in out
    assert "ip -batch files" in out
    assert "no Mininet: it is not installed" in out


def test_a_row_is_told_in_seconds_and_mebibytes() -> None:
    """What a way has not is a dash."""
    assert ("a", "1.50", "0.25", "12") == format_row(("a", 1.5, 0.25, 12.4))
    assert ("b", "2.00", "-", "-") == format_row(("b", 2.0, None, None))
