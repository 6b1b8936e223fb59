"""The rules of packet filters: nftables, and the legacy tables of iptables.

Programs outside iproute2 make them: a snapshot shows them for comparisons, and nothing deletes or
restores them.
"""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from ipwrap.objects.base import Json, ObjectType
from ipwrap.objects.comparison import Item
from ipwrap.recording.mentioned import MentionedWords

__all__ = ["IptablesRule", "NftObject"]

# What the kernel counts, numbers and times: libnftables-json(5).
KERNEL_KEYS = frozenset({"handle", "index", "expires", "used", "last"})
COUNTED_KEYS = frozenset({"packets", "bytes"})
NAMES = ("family", "table", "chain", "name")


class NftObject(ObjectType):
    """An object of nftables: a table, a chain, a rule, a set, …, as `nft -j list ruleset` lists."""

    noun = "nft"
    path = ("nft",)

    listings = ("nft",)

    def compared_objects(self, noun: str, objects: Iterable[Json]) -> Iterable[Json]:
        """Yield the objects; a rule is shown with the rule before it, since their order counts."""
        previous: dict[tuple[str, ...], str] = {}

        for data in objects:
            rule = data.get("rule")
            if not isinstance(rule, dict):
                yield data
                continue

            chain = _names(rule)
            text = _to_text(rule.get("expr"))
            yield {"rule": {**rule, "expr": text, "after": previous.get(chain)}}
            previous[chain] = text

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare an object without counters, handles and times."""
        for kind, fields in data.items():
            if not isinstance(fields, dict):
                continue

            if kind == "rule":
                identity = (kind, *_names(fields), str(fields.get("expr")))
                yield identity, {"after": fields.get("after"), "comment": fields.get("comment")}
            else:
                identity = (kind, *_names(fields))
                compared = _without_counters(fields)
                yield identity, {key: compared[key] for key in compared if key not in NAMES}


class IptablesRule(ObjectType):
    """A line of `iptables-legacy-save` or `ip6tables-legacy-save`: a rule, or a chain."""

    noun = "iptables"
    path = ("iptables",)

    listings = ("iptables", "ip6tables")

    def compared_objects(self, noun: str, objects: Iterable[Json]) -> Iterable[Json]:
        """Yield the lines; a rule is shown with the line before it, since their order counts."""
        previous: dict[str, str | None] = {}
        for data in objects:
            table, line = str(data.get("table")), str(data.get("line"))
            yield {"table": table, "line": line, "after": previous.get(table)}
            previous[table] = line

    def comparable_items(self, noun: str, data: Json, *, named: MentionedWords) -> Iterator[Item]:
        """Compare a line of a table."""
        yield (data["table"], data["line"]), {"after": data["after"]}


def _names(fields: Json) -> tuple[str, ...]:
    """Return the names that identify an object of nftables, or the chain of a rule."""
    return tuple(str(fields[name]) for name in NAMES if name in fields)


def _to_text(value: Any) -> str:
    """Return the expressions of a rule as text, without counters."""
    return json.dumps(_without_counters(value), sort_keys=True, ensure_ascii=False)


def _without_counters(value: Any) -> Any:
    """Return JSON of nftables without what the kernel counts and numbers."""
    if isinstance(value, list):
        return [_without_counters(member) for member in value]
    if not isinstance(value, dict):
        return value

    kept = {}
    for key, member in value.items():
        if key in KERNEL_KEYS or key in COUNTED_KEYS:
            continue
        kept[key] = _without_counters(member)
    return kept
