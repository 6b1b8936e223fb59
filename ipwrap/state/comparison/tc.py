"""The comparison of traffic control objects."""

from collections.abc import Iterator
from typing import Any

from ipwrap.recording.mentioned import GENERATED, MentionedWords
from ipwrap.state.comparison.base import Comparisons, Item, Json, comparable_fields

__all__ = ["COMPARISONS"]

COUNTERS = (
    "bytes",
    "packets",
    "drops",
    "overlimits",
    "requeues",
    "backlog",
    "qlen",
    "lended",
    "borrowed",
    "giants",
)

IDENTITY_KEYS = ("dev", "parent", "kind", "class", "handle", "pref")


def _traffic(data: Json, named: MentionedWords) -> Iterator[Item]:
    """Compare a qdisc, class or filter with the options, without counters."""
    fields = comparable_fields(data, named, *COUNTERS)
    for key in ("handle", "parent"):
        if key in fields:
            fields[key] = _mask_handle(fields[key], named)

    # netem draws a random seed if the command names none: netem_change() in
    # net/sched/sch_netem.c.
    options = fields.get("options")
    if "seed" not in named and isinstance(options, dict):
        fields["options"] = dict(options)
        fields["options"].pop("seed", None)

    identity = tuple(str(fields.get(key, "")) for key in IDENTITY_KEYS)
    yield identity, fields


def _mask_handle(handle: Any, named: MentionedWords) -> Any:
    """Return the handle of a qdisc or class, or a placeholder for a kernel-assigned handle."""
    # The kernel chooses from 8001: to ffff: (qdisc_alloc_handle() in net/sched/sch_api.c).
    major = str(handle).partition(":")[0]
    is_from_kernel_range = len(major) == 4 and major[0] in "89abcdef"
    if is_from_kernel_range and f"{major}:" not in named:
        return GENERATED

    return handle


COMPARISONS: Comparisons = {
    "tc class": _traffic,
    "tc filter": _traffic,
    "tc qdisc": _traffic,
}
