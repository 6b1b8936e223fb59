"""`SnapshotDiff`: the differences between two snapshots."""

from collections.abc import Iterator, Sequence
from typing import overload

from attrs import frozen

from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state.diff import Difference, changed, compare
from ipwrap.state.snapshot_file import SnapshotData

__all__ = ["SnapshotDiff", "compare_snapshots"]


@frozen
class SnapshotDiff(Sequence[Difference]):
    """The differences from one snapshot to another, in order of namespace and object.

    False without a difference; its text is a line for each.
    """

    differences: tuple[Difference, ...] = ()

    @overload
    def __getitem__(self, index: int) -> Difference: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[Difference, ...]: ...

    def __getitem__(self, index: int | slice) -> Difference | tuple[Difference, ...]:
        return self.differences[index]

    def __iter__(self) -> Iterator[Difference]:
        return iter(self.differences)

    def __len__(self) -> int:
        return len(self.differences)

    def __str__(self) -> str:
        return "\n".join(map(str, self.differences))


def compare_snapshots(left: SnapshotData, right: SnapshotData) -> SnapshotDiff:
    """Return the differences from one snapshot to another."""
    named = MentionedWords()
    differences = compare(
        changed(None, left.state, named=named),
        changed(None, right.state, named=named),
        machines=(left.machine, right.machine),
    )
    return SnapshotDiff(tuple(differences))
