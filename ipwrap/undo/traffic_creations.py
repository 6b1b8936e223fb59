"""`TrafficCreation`: the commands that create qdiscs, classes or filters, by what they refer to."""

from attrs import define, field

from ipwrap.undo.patterns import Pattern

__all__ = ["TrafficCreation"]


@define
class TrafficCreation:
    """The creating commands of `tc` that refer to the same objects.

    ``options`` are, for each command, the words behind the kind of a filter.
    """

    pattern: Pattern
    options: list[frozenset[str]] = field(factory=list)

    @property
    def is_unnumbered(self) -> bool:
        """Whether they create filters whose preference the kernel chooses."""
        return self.pattern.noun == "tc filter" and "pref" not in self.pattern.keys

    @property
    def link(self) -> object:
        """The namespace and the link of the objects."""
        return self.pattern.netns, self.pattern.keys.get("dev")
