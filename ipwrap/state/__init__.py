"""The state of every namespace of a place: taken, and compared."""

from ipwrap.named import Named
from ipwrap.state.diff import Difference, changed, common, compare, compare_objects
from ipwrap.state.snapshot import State, take

__all__ = ["Difference", "Named", "State", "changed", "common", "compare", "compare_objects", "take"]
