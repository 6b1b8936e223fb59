"""What counts of rules."""

from collections.abc import Iterable, Iterator

from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state.comparison.base import Comparisons, Item, Json, comparable_fields

__all__ = ["COMPARISONS", "without_default_rules"]

INET6 = " inet6"
DEFAULT_RULES = frozenset(
    {(0, "local"), (32766, "main"), (32767, "default")}
)  # of IPv6 the first two


def without_default_rules(noun: str, objects: Iterable[Json]) -> Iterable[Json]:
    """Return a noun's objects without the rules that every namespace begins with, if all of them are there."""
    if not noun.startswith("rule"):
        return objects
    found = list(objects)
    others = [
        each for each in found if (each.get("priority"), each.get("table")) not in DEFAULT_RULES
    ]
    return (
        others if len(found) - len(others) == len(DEFAULT_RULES) - noun.endswith(INET6) else found
    )


def _rule(data: Json, named: MentionedWords) -> Iterator[Item]:
    """A rule counts with all that it says; whether links bear its names now is told by the links."""
    words = (
        "priority",
        "src",
        "srclen",
        "dst",
        "dstlen",
        "iif",
        "oif",
        "fwmark",
        "table",
        "action",
        "goto",
    )
    identity = tuple(f"{word} {data[word]}" for word in words if word in data)
    yield identity, comparable_fields(data, named, "iif_detached", "oif_detached")


COMPARISONS: Comparisons = {
    "rule": _rule,
    "rule inet6": _rule,
}
