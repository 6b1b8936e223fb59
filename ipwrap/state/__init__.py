"""The state of every namespace of a place: taken, and compared."""

from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state.diff import (
    Difference,
    changed,
    compare,
    compare_changes,
    compare_objects,
    keep_covered_by_all,
)
from ipwrap.state.machine import Machine
from ipwrap.state.snapshot import State, take_snapshot

__all__ = [
    "Difference",
    "Machine",
    "MentionedWords",
    "State",
    "changed",
    "compare",
    "compare_changes",
    "compare_objects",
    "keep_covered_by_all",
    "take_snapshot",
]
