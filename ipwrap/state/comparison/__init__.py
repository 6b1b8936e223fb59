"""What counts when two states are compared, and what the kernel chooses for itself.

One rule decides: *what a command named is compared; what the kernel chose is not*. Left out are interface indexes,
counters, timers, and what a carrier brings with it a moment later (operstate, link-local addresses, learned entries). A
MAC address that no command named becomes a token, and so do the addresses made of it.
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


def comparable_items(noun: str, objects: Iterable[Json], named: MentionedWords) -> Iterator[Item]:
    """Yield what counts of a noun's objects, each with what tells it from the others."""
    return (
        item
        for each in rules.without_default_rules(noun, objects)
        for item in COMPARISONS[noun](each, named)
    )
