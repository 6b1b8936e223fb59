"""Patterns of the objects possibly modified by a command: named objects and dependents.

A pattern consists of a noun, a namespace and identity keys (see `ipwrap.undo.state_objects`).
"""

from collections.abc import Iterable

from attrs import field, frozen

from ipwrap.objects import creatable_types
from ipwrap.objects.base import Arguments, IdentityKeys, ObjectType
from ipwrap.undo.link_data import LinkLocation
from ipwrap.undo.state_objects import StateObject, identity_keys

__all__ = [
    "ADDRESS_NOUNS",
    "Pattern",
    "call_pattern",
    "dependent_patterns",
    "link_dependents",
    "patterns_on_link",
]

ADDRESS_NOUNS = frozenset({"address", "route"})


@frozen
class Pattern:
    """The objects of a noun in one namespace with a common value for every key."""

    noun: str
    netns: str
    keys: IdentityKeys = field(factory=dict)

    @property
    def key(self) -> object:
        """The keys in order, with noun and namespace: equal for equal patterns."""
        return (self.noun, self.netns, *sorted(self.keys.items(), key=str))

    def matches(self, candidate: StateObject) -> bool:
        """Return whether an object matches; the noun "rule" includes "rule inet6"."""
        if not candidate.noun.startswith(self.noun) or candidate.netns != self.netns:
            return False

        values_by_key = identity_keys(candidate.noun, candidate.data)
        return all(
            not wanted_values.isdisjoint(values_by_key.get(key, ()))
            for key, wanted_values in self.keys.items()
        )


def patterns_on_link(location: LinkLocation, nouns: Iterable[str]) -> list[Pattern]:
    """Return patterns of a link's objects, one pattern for every noun."""
    netns, name = location
    return [Pattern(noun, netns, {"dev": frozenset({name})}) for noun in nouns]


def call_pattern(
    kind: ObjectType, netns: str, *, verb: str, arguments: Arguments, dev: str | None
) -> Pattern:
    """Return the pattern of the objects named by a call; ``dev`` is the name of their link."""
    keys = {key: frozenset(values) for key, values in kind.keys_of_call(verb, arguments).items()}
    if dev is not None:
        keys["dev"] = frozenset({dev})
    return Pattern(kind.shown_as[0], netns, keys)


def dependent_patterns(kind: ObjectType, named: Pattern, *, arguments: Arguments) -> list[Pattern]:
    """Return patterns of the objects that the kernel deletes along with named objects."""
    dependents = kind.dependents(named.keys, arguments)
    return [Pattern(noun, named.netns, keys) for noun, keys in dependents]


def link_dependents() -> frozenset[str]:
    """Return the nouns of the objects that the kernel deletes along with their link."""
    nouns: set[str] = set()
    for noun, kind in creatable_types().items():
        if kind.goes_with_link:
            nouns.add(noun)
    return frozenset(nouns)
