"""`SnapshotDiff`: the differences between two snapshots."""

from collections.abc import Iterator, Sequence
from typing import overload

from attrs import frozen

from ipwrap.state.across import in_model_shape, without_vlans
from ipwrap.state.chosen import chosen_words
from ipwrap.state.diff import Difference, changed, compare, keep_covered_by_all
from ipwrap.state.difference_words import describe
from ipwrap.state.implied import NETNS, without_implied
from ipwrap.state.snapshot import State
from ipwrap.state.snapshot_file import SnapshotData
from ipwrap.state.strict import compare_strictly
from ipwrap.sysctl.defaults import default_value

__all__ = ["SnapshotDiff", "compare_snapshots"]

SYSCTL = "sysctl"


@frozen
class SnapshotDiff(Sequence[Difference]):
    """The differences from one snapshot to another, in order of namespace and object.

    False without a difference; its text is a line for each: `+` for an object that came, `-` for
    one that went, `~` for one that changed.
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
        return "\n".join(self.lines)

    @property
    def lines(self) -> list[str]:
        """A line for each difference, in words; control characters are escaped."""
        return [describe(difference) for difference in self.differences]


def compare_snapshots(
    left: SnapshotData, right: SnapshotData, *, strict: bool = False
) -> SnapshotDiff:
    """Return the differences from one snapshot to another; ``strict``: of every value."""
    compared = compare_strictly(left.state, right.state) if strict else _compare(left, right)
    return SnapshotDiff((*_namespace_differences(left.state, right.state), *compared))


def _namespace_differences(left: State, right: State) -> Iterator[Difference]:
    """Yield a difference for each namespace that came or went."""
    for netns in sorted(left.keys() ^ right.keys()):
        is_new = netns in right
        yield Difference("", NETNS, (netns,), None if is_new else {}, {} if is_new else None)


def _compare(left: SnapshotData, right: SnapshotData) -> list[Difference]:
    """Return the differences of the values that commands set, except those that follow."""
    machines = (left.machine, right.machine)
    covered = keep_covered_by_all(left.state, right.state)
    if not left.machine.prints_as(right.machine):
        covered = without_vlans([in_model_shape(state or {}) for state in covered])
    states = tuple(state or {} for state in covered)

    is_same_place = left.origin is not None and left.origin == right.origin
    named = chosen_words(*states, is_same_place=is_same_place)
    differences = compare(
        changed(None, _with_defaults(states[0], states[1]), named=named),
        changed(None, _with_defaults(states[1], states[0]), named=named),
        machines=machines,
    )
    return without_implied(differences, (states[0], states[1]))


def _with_defaults(state: State, other: State) -> State:
    """Return a state with the sysctls that another state lists, by default values."""
    completed: State = {}
    for netns, nouns in state.items():
        values = {data["key"]: data["value"] for data in nouns.get(SYSCTL, ())}
        other_keys = [data["key"] for data in other.get(netns, {}).get(SYSCTL, ())]
        added = [
            {"key": key, "value": default_value(key, values)}
            for key in other_keys
            if key not in values
        ]
        completed[netns] = {**nouns, SYSCTL: [*nouns.get(SYSCTL, ()), *added]}
    return completed
