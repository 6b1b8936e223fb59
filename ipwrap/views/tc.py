"""Table rows of the output of `tc`."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import ip_address
from typing import Any

from ipwrap.errors import IpwrapError
from ipwrap.models.filter_options import FlowerOptions, U32Options
from ipwrap.qdiscs import QDISCS
from ipwrap.views.cells import Columns, format_counts, format_rate

__all__ = ["COLUMNS", "FOLDS", "KEPT", "attach_point", "format_action"]

FILTER = (
    *("kind", "dev", "parent", "protocol", "pref", "chain", "handle", "match", "flowid"),
    "actions",
)
IPV4_ADDRESSES = {12: "src", 16: "dst"}  # by their offset
HEX = re.compile("[0-9a-f]{1,8}", re.ASCII)
ATTACH_POINTS = ("root", "ingress", "egress")


def _qdisc_row(qdisc: Any) -> Sequence[Any]:
    """Return the row of a qdisc, with the options that differ from the kernel's defaults."""
    parent = "root" if qdisc.root else qdisc.parent
    return (
        qdisc.kind,
        qdisc.handle,
        qdisc.dev,
        parent,
        _format_options(qdisc),
        qdisc.packets,
        qdisc.drops,
        qdisc.backlog,
    )


def _format_options(qdisc: Any) -> str | tuple[str, ...]:
    """Return the options of a qdisc as words of the command line, with units.

    A kind without a table has the keys and values of the JSON instead, in iproute2's own units.
    """
    if qdisc.kind not in QDISCS:
        return tuple(format_counts(qdisc.options or {}))

    try:
        return " ".join(qdisc.typed.without_defaults().to_args())
    except (IpwrapError, TypeError):  # malformed: a table shows what there is
        return tuple(format_counts(qdisc.options or {}))


def _class_row(class_: Any) -> Sequence[Any]:
    """Return the row of a class of a qdisc."""
    parent = "root" if class_.root else class_.parent
    packets = class_.stats.packets if class_.stats else None
    return (
        class_.class_,
        class_.handle,
        class_.dev,
        parent,
        class_.prio,
        format_rate(class_.rate),
        format_rate(class_.ceil),
        packets,
    )


def _fold_filters(filters: Iterable[Any]) -> list[Any]:
    """Return the filters without those that only announce another one: tfilter_dump() of Linux.

    The kernel lists each priority of a kind first, without options, and u32's hash tables.
    """
    filters = list(filters)
    with_options = {_identity(filter_) for filter_ in filters if _has_rule(filter_)}
    return [
        filter_
        for filter_ in filters
        if _has_rule(filter_) or _identity(filter_) not in with_options
    ]


def _has_rule(filter_: Any) -> bool:
    """Return whether a filter has options of its own."""
    return bool(filter_.options) and "ht_divisor" not in filter_.options


def _identity(filter_: Any) -> tuple[Any, ...]:
    """Return what a filter and its announcement have in common."""
    place = (filter_.dev, filter_.block, attach_point(filter_))
    return (*place, filter_.protocol, filter_.pref, filter_.kind, filter_.chain)


def _filter_row(filter_: Any) -> Sequence[Any]:
    """Return the row of a filter: what it matches, where it sends, and its actions."""
    options = filter_.options or {}
    actions = tuple(format_action(action) for action in filter_.actions)
    return (
        filter_.kind,
        filter_.dev,
        attach_point(filter_),
        filter_.protocol,
        filter_.pref,
        filter_.chain,
        options.get("fh") or options.get("handle"),
        _format_match(filter_),
        options.get("flowid") or options.get("classid"),
        actions,
    )


def _format_match(filter_: Any) -> str | None:
    """Return what a filter matches; None for all packets."""
    options = filter_.options or {}
    typed = filter_.typed
    if isinstance(typed, U32Options):
        return ", ".join(_format_u32(match) for match in typed.matches) or None
    if isinstance(typed, FlowerOptions):
        return " ".join(_key_words(options.get("keys") or {})) or None

    mark = options.get("fw")
    if isinstance(mark, dict):
        return f"mark {mark.get('mark')}/{mark.get('mask')}"
    return None


def _key_words(keys: Mapping[str, Any]) -> Iterator[str]:
    """Yield the keys of flower with their values, as words."""
    for key, value in keys.items():
        if value is None or value is True:
            yield key
        elif isinstance(value, dict):
            yield f"{key} {'-'.join(str(part) for part in value.values())}"
        else:
            yield f"{key} {value}"


def _format_u32(match: Any) -> str:
    """Return a match of u32: an address of IPv4 by name, other bits by their place.

    The offsets are those of the header of IPv4, which u32_print_opt() in tc/f_u32.c prints so with
    `-p`.
    """
    name = IPV4_ADDRESSES.get(match.off) if not match.offmask else None
    if name is None or not (_is_hex(match.value) and _is_hex(match.mask)):
        return f"{match.value}/{match.mask} at {match.offmask or ''}{match.off}"

    address = ip_address(int(match.value, 16))
    length = f"{int(match.mask, 16):032b}".rstrip("0").count("1")
    return f"{name} {address}/{length}"


def _is_hex(text: Any) -> bool:
    """Return whether a text is a number of 32 bits in hexadecimal."""
    return isinstance(text, str) and HEX.fullmatch(text) is not None


def attach_point(filter_: Any) -> str | None:
    """Return the attach point of a filter: a name, or the number of a qdisc or class."""
    # print_filter() in tc/tc_filter.c prints a named attach point as a key with the value true.
    for name in ATTACH_POINTS:
        if getattr(filter_, name):
            return name

    parent: str | None = filter_.parent
    return parent


def format_action(action: Any) -> str:
    """Return the kind of an action, what it does, and its verdicts."""
    verdicts = "/".join(verdict.type or "" for verdict in action.verdicts)
    if action.mirred_action is None:
        return f"{action.kind} {verdicts}".strip()

    target = action.to_dev or f"block {action.to_blockid}"
    words = (action.kind, action.direction, action.mirred_action, target)
    return " ".join(word for word in words if word)


COLUMNS: dict[str, Columns] = {
    "tc class": (
        ("class", "handle", "dev", "parent", "prio", "rate", "ceil", "packets"),
        _class_row,
    ),
    "tc filter": (FILTER, _filter_row),
    "tc qdisc": (
        ("kind", "handle", "dev", "parent", "options", "packets", "drops", "backlog"),
        _qdisc_row,
    ),
}

# The objects that are left out, since they only announce another one.
FOLDS = {"tc filter": _fold_filters}

KEPT = {"tc filter": len(FILTER)}
