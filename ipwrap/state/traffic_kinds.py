"""The kinds of qdiscs by what may be at them, classes and filters."""

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["CLASSLESS", "FILTERLESS", "has_traffic", "may_have_traffic"]

Json = dict[str, Any]

# Their `Qdisc_class_ops` in net/sched have a `tcf_block`, although their classes are no others.
FILTERED = frozenset({"cake", "fq_codel", "sfb", "sfq"})
# Qdiscs without classes: most of those that are set. Any other may have some.
CLASSLESS = FILTERED | frozenset(
    {
        *("bfifo", "blackhole", "choke", "codel", "fq", "fq_pie", "gred"),
        *("hhf", "pfifo", "pfifo_fast", "pfifo_head_drop", "pie", "plug", "red"),
        *("noqueue", "clsact", "ingress"),
    }
)
# Qdiscs whose classes the kernel makes, and that take no filters; clsact and ingress do.
PASSING = frozenset({"mq", "mqprio", "netem", "skbprio", "taprio", "tbf"})
FILTERLESS = (CLASSLESS - FILTERED - {"clsact", "ingress"}) | PASSING


def may_have_traffic(qdisc: Json) -> bool:
    """Return whether commands may have made classes or filters at a qdisc."""
    return qdisc.get("kind") not in FILTERLESS


def has_traffic(namespaces: Iterable[Mapping[str, list[Json]]]) -> bool:
    """Return whether commands may have made classes or filters in the namespaces of a state."""
    return any(
        may_have_traffic(qdisc) for nouns in namespaces for qdisc in nouns.get("tc qdisc", ())
    )
