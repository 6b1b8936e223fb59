"""The comparable part of objects: identity and fields, without values that the kernel assigned.

The rule: *names and values from commands are compared; kernel-assigned values are not*. Left out
are interface indexes, counters, timers, and the delayed effects of a carrier (operstate, link-local
addresses, learned entries). A MAC address that no command named becomes a placeholder, as do the
addresses derived from the MAC address.
"""

from collections.abc import Iterable, Iterator

from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state.comparison import addresses, bridge, links, routes, rules, tc
from ipwrap.state.comparison.base import Comparisons, Item, Json

__all__ = ["COMPARISONS", "Item", "comparable_items"]

COMPARISONS: Comparisons = (
    links.COMPARISONS
    | addresses.COMPARISONS
    | routes.COMPARISONS
    | rules.COMPARISONS
    | bridge.COMPARISONS
    | tc.COMPARISONS
)


def comparable_items(
    noun: str, objects: Iterable[Json], *, named: MentionedWords
) -> Iterator[Item]:
    """Yield the identity and the comparable fields of the items in objects of a name."""
    compare_object = COMPARISONS[noun]
    for json_object in rules.without_default_rules(noun, objects):
        yield from compare_object(json_object, named)
