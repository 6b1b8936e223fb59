"""What counts of traffic control."""

from collections.abc import Iterator
from typing import Any

from ipwrap.recording.mentioned import GENERATED, MentionedWords
from ipwrap.state.comparison.base import Comparisons, Item, Json, comparable_fields

__all__ = ["COMPARISONS"]


def _traffic(data: Json, named: MentionedWords) -> Iterator[Item]:
    """A qdisc, class or filter counts with its options, and without what it has counted."""
    counted = (
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
    out = comparable_fields(data, named, *counted)
    out |= {part: _handle(out[part], named) for part in ("handle", "parent") if part in out}
    if "seed" not in named and isinstance(out.get("options"), dict):
        out["options"] = {key: each for key, each in out["options"].items() if key != "seed"}
    key = tuple(
        str(out.get(part, "")) for part in ("dev", "parent", "kind", "class", "handle", "pref")
    )
    yield key, out


def _handle(handle: Any, named: MentionedWords) -> Any:
    """Return the handle of a qdisc or of its class; one from 8000: on that was not named is the kernel's choice."""
    major = str(handle).partition(":")[0]
    chosen = len(major) == 4 and major[0] in "89abcdef" and f"{major}:" not in named
    return GENERATED if chosen else handle


COMPARISONS: Comparisons = {
    "tc class": _traffic,
    "tc filter": _traffic,
    "tc qdisc": _traffic,
}
