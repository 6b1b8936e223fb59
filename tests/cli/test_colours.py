"""Lines in colours, where they are wanted."""

import sys

import pytest

from ipwrap.cli.colours import print_coloured, wants_colours


@pytest.mark.parametrize(
    ("choice", "is_terminal", "variables", "expected"),
    [
        ("always", False, {"NO_COLOR": "1"}, True),
        ("never", True, {}, False),
        ("auto", True, {}, True),
        ("auto", False, {}, False),
        ("auto", True, {"NO_COLOR": "1"}, False),
        ("auto", True, {"TERM": "dumb"}, False),
    ],
)
def test_colours_are_for_terminals_that_want_them(
    choice: str,
    is_terminal: bool,
    variables: dict[str, str],
    expected: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The choice comes first; then NO_COLOR and the type of the terminal."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: is_terminal)

    assert expected == wants_colours(choice)


def test_a_line_cannot_control_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Control characters of a line are escaped, and its colour is the only one."""
    print_coloured([("+ a\x1b[31m", "green"), ("plain", None)], colour="always")

    assert "\x1b[32m+ a\\x1b[31m\x1b[0m\nplain\n" == capsys.readouterr().out
