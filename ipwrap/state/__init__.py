"""Snapshots of every namespace of a place, and their comparison."""

from typing import TYPE_CHECKING

from ipwrap.system.lazy import lazy_attributes, public_names

if TYPE_CHECKING:
    from ipwrap.state.diff import Difference as Difference
    from ipwrap.state.diff import changed as changed
    from ipwrap.state.diff import compare as compare
    from ipwrap.state.diff import compare_changes as compare_changes
    from ipwrap.state.diff import compare_objects as compare_objects
    from ipwrap.state.diff import keep_covered_by_all as keep_covered_by_all
    from ipwrap.state.machine import Machine as Machine
    from ipwrap.state.snapshot import State as State
    from ipwrap.state.snapshot import take_snapshot as take_snapshot
    from ipwrap.state.snapshot_diff import SnapshotDiff as SnapshotDiff
    from ipwrap.state.typed_snapshot import NamespaceSnapshot as NamespaceSnapshot
    from ipwrap.state.typed_snapshot import Snapshot as Snapshot

MODULES = {
    "diff": (
        "Difference",
        "changed",
        "compare",
        "compare_changes",
        "compare_objects",
        "keep_covered_by_all",
    ),
    "machine": ("Machine",),
    "snapshot": (
        "State",
        "take_snapshot",
    ),
    "snapshot_diff": ("SnapshotDiff",),
    "typed_snapshot": (
        "NamespaceSnapshot",
        "Snapshot",
    ),
}

__all__ = public_names(MODULES)

if not TYPE_CHECKING:  # a type checker would take it that every name exists
    __getattr__, __dir__ = lazy_attributes(__name__, MODULES)
