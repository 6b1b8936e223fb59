"""Names that come and go between two looks are told once, and others not at all."""

import pytest

from ipwrap.sessions.seen_names import SeenNames

SEEN = "seen "


def find_unseen(*steps: str) -> list[list[str]]:
    """Return what is told after each text of events, between looks that see some names."""
    told = []
    names = SeenNames()
    for step in steps:
        if step.startswith(SEEN):
            names.note_seen(step.removeprefix(SEEN).split())
        else:
            told.append(names.find_unseen(step.split(", ")))
    return told


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        (["add a, delete a"], [["a"]]),
        (["add a, add b, delete b, delete a, add a, delete a"], [["b", "a", "a"]]),
        (["add a", "delete a"], [[], ["a"]]),
        (["add a", "seen a", "delete a"], [[], []]),
        (["seen a", "add a, delete a"], [[]]),
        # Seen from the start: the line of its making never comes.
        (["seen a", "delete a, add a, delete a"], [["a"]]),
        (["seen a", "delete a", "add a", "seen a", "delete a"], [[], [], []]),
        # Deleted before its lines have come, and made again.
        (["seen a", "add a, delete a, add a", "seen a", "delete a"], [[], []]),
        (["delete a", "anything else", "add a"], [[], [], []]),
    ],
)
def test_names_that_nobody_saw_are_told(steps: list[str], told: list[list[str]]) -> None:
    """A look may come before the line of a name, and see it first."""
    assert told == find_unseen(*steps)
