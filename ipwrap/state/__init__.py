"""The state of every namespace of a place: taken, and compared."""

from ipwrap.recording.mentioned import Named
from ipwrap.state.diff import Difference, changed, common, compare, compare_changes, compare_objects
from ipwrap.state.machine import Machine
from ipwrap.state.snapshot import State, take

__all__ = [
    "Difference",
    "Machine",
    "Named",
    "State",
    "changed",
    "common",
    "compare",
    "compare_changes",
    "compare_objects",
    "take",
]
