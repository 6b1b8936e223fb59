"""The comparison of rules."""

from collections.abc import Iterable, Iterator

from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state.comparison.base import Comparisons, Item, Json, comparable_fields

__all__ = ["COMPARISONS", "without_default_rules"]

INET6 = " inet6"

# Rules of every new namespace: fib_default_rules_init() in net/ipv4/fib_rules.c. IPv6 has the
# first two: fib6_rules_net_init() in net/ipv6/fib6_rules.c.
DEFAULT_RULES = frozenset({(0, "local"), (32766, "main"), (32767, "default")})

IDENTITY_KEYS = (
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


def without_default_rules(noun: str, objects: Iterable[Json]) -> Iterable[Json]:
    """Return objects without the rules of a new namespace, unless a default rule is missing.

    Objects other than rules are returned unchanged.
    """
    if not noun.startswith("rule"):
        return objects

    rules = list(objects)
    added_rules = [rule for rule in rules if not _is_default(rule)]

    default_count = len(DEFAULT_RULES)
    if noun.endswith(INET6):
        default_count -= 1

    is_complete = len(rules) - len(added_rules) == default_count
    return added_rules if is_complete else rules


def _is_default(rule: Json) -> bool:
    """Return whether a rule has the priority and table of a default rule."""
    return (rule.get("priority"), rule.get("table")) in DEFAULT_RULES


def _rule(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare a rule with every field, except the existence of named links."""
    # `iif_detached` and `oif_detached` follow from the links: fib_rules_event() in
    # net/core/fib_rules.c.
    fields = comparable_fields(data, named, "iif_detached", "oif_detached")

    present_keys = [key for key in IDENTITY_KEYS if key in data]
    identity = tuple(f"{key} {data[key]}" for key in present_keys)
    yield identity, fields


COMPARISONS: Comparisons = {
    "rule": _rule,
    "rule inet6": _rule,
}
