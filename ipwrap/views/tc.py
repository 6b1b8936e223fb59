"""Table rows of the output of `tc`."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from ipwrap.errors import IpwrapError, OutputError
from ipwrap.models.filter_options import FlowerOptions, U32Options
from ipwrap.qdiscs import QDISCS
from ipwrap.views.cells import Columns, format_counts, format_rate

__all__ = ["COLUMNS", "FOLDS", "KEPT", "attach_point", "format_action"]

QDISC = (
    *("kind", "handle", "dev", "parent", "options", "packets", "drops", "overlimits", "backlog"),
    "requeues",
)
CLASS = (
    *("class", "handle", "dev", "parent", "leaf", "prio", "rate", "ceil", "options", "packets"),
    *("drops", "overlimits", "backlog"),
)
FILTER_KEPT = (
    *("kind", "dev", "parent", "protocol", "pref", "chain", "match"),
    *("flowid", "actions"),
)
FILTER = (*FILTER_KEPT, "handle", "packets", "bytes")
# The name and the lowest bit of a field, by its offset and mask: parse_ip() and parse_ip6() in
# tc/f_u32.c. The ports are those behind a header without options.
FIELDS = {
    "ip": {
        (0, 0x0F000000): ("ihl", 24),
        (0, 0x00FF0000): ("dsfield", 16),
        (8, 0x00FF0000): ("protocol", 16),
        (20, 0x0000FFFF): ("dport", 0),
        (20, 0xFFFF0000): ("sport", 16),
    },
    "ipv6": {
        (4, 0x0000FF00): ("protocol", 8),
        (40, 0x0000FFFF): ("dport", 0),
        (40, 0xFFFF0000): ("sport", 16),
    },
}
# The address that a word belongs to, and the word's lowest bit in it, by the offset.
ADDRESS_WORDS = {
    "ip": {12: ("src", 0), 16: ("dst", 0)},
    "ipv6": {
        offset + 12 - shift // 8: (name, shift)
        for name, offset in (("src", 8), ("dst", 24))
        for shift in (0, 32, 64, 96)
    },
}
ADDRESS_CLASSES: dict[str, type[IPv4Address] | type[IPv6Address]] = {
    "ip": IPv4Address,
    "ipv6": IPv6Address,
}
HEX = re.compile("[0-9a-f]{1,8}", re.ASCII)
NONE = (None,) * 4  # the counters of a class without `-s`
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
        qdisc.overlimits,
        _format_backlog(qdisc),
        qdisc.requeues,
    )


def _format_backlog(stats: Any) -> str | None:
    """Return what waits, as bytes and packets: `1514b 1p`, as print_tcstats2_attr() of tc does."""
    return None if stats.backlog is None else f"{stats.backlog}b {stats.qlen or 0}p"


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
    stats = class_.stats
    return (
        class_.class_,
        class_.handle,
        class_.dev,
        parent,
        class_.leaf,
        class_.prio,
        format_rate(class_.rate),
        format_rate(class_.ceil),
        tuple(format_counts(class_.extra)),  # of a kind other than htb
        *(
            (stats.packets, stats.drops, stats.overlimits, _format_backlog(stats))
            if stats
            else NONE
        ),
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
    try:
        match: Any = _format_match(filter_)
        actions = tuple(format_action(action) for action in filter_.actions)
    except OutputError:  # malformed: a table shows what there is
        match, actions = tuple(format_counts(options)), ()

    return (
        filter_.kind,
        filter_.dev,
        attach_point(filter_),
        filter_.protocol,
        filter_.pref,
        filter_.chain or None,
        match,
        options.get("flowid") or options.get("classid"),
        actions,
        options.get("fh") or options.get("handle"),
        filter_.packets,
        filter_.bytes,
    )


def _format_match(filter_: Any) -> str | None:
    """Return what a filter matches; None for all packets."""
    options = filter_.options or {}
    typed = filter_.typed
    if isinstance(typed, U32Options):
        return ", ".join(_format_u32(typed.matches, filter_.protocol)) or None
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


def _format_u32(matches: Iterable[Any], protocol: str | None) -> list[str]:
    """Return the matches of u32: the fields of a header by their names, other bits by their place.

    So does print_ipv4() in tc/f_u32.c, with `-p`. The words of an address are put together.
    """
    fields = FIELDS.get(protocol or "", {})
    address_words = ADDRESS_WORDS.get(protocol or "", {})
    addresses: dict[str, tuple[int, int]] = {}
    texts = []

    for match in matches:
        raw = f"{match.value}/{match.mask} at {match.offmask or ''}{match.off}"
        if match.offmask or not (_is_hex(match.value) and _is_hex(match.mask)):
            texts.append(raw)
            continue

        bits, mask = int(match.value, 16), int(match.mask, 16)
        if match.off in address_words:
            name, shift = address_words[match.off]
            address, netmask = addresses.get(name, (0, 0))
            addresses[name] = (address | bits << shift, netmask | mask << shift)
        elif (match.off, mask) in fields:
            name, shift = fields[match.off, mask]
            texts.append(f"{name} {(bits & mask) >> shift}")
        else:
            texts.append(raw)

    address_class = ADDRESS_CLASSES.get(protocol or "", IPv4Address)
    prefixes = []
    for name, (address, netmask) in addresses.items():
        prefixes.append(f"{name} {_format_netmask(address_class(address), netmask)}")
    return [*prefixes, *texts]


def _format_netmask(address: IPv4Address | IPv6Address, mask: int) -> str:
    """Return an address with the length of its prefix, or with a mask that has gaps."""
    ones = f"{mask:0{address.max_prefixlen}b}".rstrip("0")
    length = type(address)(mask) if "0" in ones else len(ones)
    return f"{address}/{length}"


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
    """Return the kind of an action, what it does, and its verdicts: `vlan push id 7 pipe`."""
    if action.mirred_action is not None:
        target = action.to_dev or f"block {action.to_blockid}"
        words = (action.kind, action.direction, action.mirred_action, target)
        return " ".join(word for word in words if word)

    verdicts = "/".join(_format_verdict(verdict) for verdict in action.verdicts)
    options = [_without_key(word) for word in format_counts(action.extra)]
    return " ".join(filter(None, (action.kind, *options, verdicts, _format_chance(action.prob))))


def _format_verdict(verdict: Any) -> str:
    """Return a verdict, with the chain that it goes to, or how many actions it skips."""
    chain = None if verdict.chain is None else f"chain {verdict.chain}"
    words = (verdict.type, chain, verdict.jump)
    return " ".join(str(word) for word in words if word is not None)


def _format_chance(chance: Any) -> str | None:
    """Return the second verdict of gact, for some packets: `random determ pass 5`."""
    if chance is None or chance.random_type in (None, "none"):
        return None

    verdict = None if chance.control_action is None else _format_verdict(chance.control_action)
    value = None if chance.val is None else str(chance.val)
    return " ".join(filter(None, ("random", chance.random_type, verdict, value)))


def _without_key(word: str) -> str:
    """Return an option without its key where the value alone says it: `vlan_action push`."""
    key, _, value = word.partition(" ")
    return value if key == "mode" or key.endswith("_action") else word


COLUMNS: dict[str, Columns] = {
    "tc class": (CLASS, _class_row),
    "tc filter": (FILTER, _filter_row),
    "tc qdisc": (QDISC, _qdisc_row),
}

# The objects that are left out, since they only announce another one.
FOLDS = {"tc filter": _fold_filters}

KEPT = {"tc filter": len(FILTER_KEPT)}
