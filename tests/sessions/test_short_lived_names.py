"""Namespaces that come and go between two polls are told of, and no others."""

import pytest

from ipwrap.sessions.short_lived_names import ShortLivedNames

FOUND = "found "  # by a poll; any other step is the lines of the monitor


def read_steps(*steps: str) -> list[list[str]]:
    """Return what is told after each text of lines; `known` was there from the start."""
    told = []
    names = ShortLivedNames({"known"})
    for step in steps:
        if step.startswith(FOUND):
            names.note_found(step.removeprefix(FOUND).split())
        else:
            told.append(names.read(step.split(", ")))
    return told


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        (["add a, delete a"], [["a"]]),
        (["add a, add b, delete b, delete a, add a, delete a"], [["b", "a", "a"]]),
        (["add a", "delete a"], [[], ["a"]]),
        # Found after the line, or before.
        (["add a", "found a", "delete a"], [[], []]),
        (["found a", "add a, delete a"], [[]]),
        # Found, deleted and found again before any line has come.
        (["found a", "found a", "add a, delete a, add a", "delete a"], [[], []]),
        (["found a", "add a, delete a, add a, delete a"], [["a"]]),
        # Of the start: deleted, and made again.
        (["delete known"], [[]]),
        (["delete known, add known, delete known"], [["known"]]),
        (["found known", "delete known, add known", "delete known"], [[], []]),
        # Made while the watch began.
        (["add known", "delete known"], [[], []]),
        (["delete a", "anything else", "add a"], [[], [], []]),
    ],
)
def test_names_that_no_poll_has_found_are_told(steps: list[str], told: list[list[str]]) -> None:
    """Each time that they came and went."""
    assert told == read_steps(*steps)
