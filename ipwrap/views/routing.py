"""Table rows of routes and rules of `ip`: what selects them, and where they send."""

from collections.abc import Iterator, Sequence
from typing import Any

from ipwrap.models import dump
from ipwrap.views.cells import Columns

__all__ = ["COLUMNS", "KEPT", "PARTS"]

ROUTE_KEPT = ("type", "dst", "from", "tos", "via", "dev", "weight", "flags", "encap")
ROUTE = (
    *ROUTE_KEPT,
    *("metric", "table", "prefsrc", "protocol", "scope", "metrics", "expires", "nhid", "pref"),
)
# A rule without one of its selectors would look as if it were for all packets.
RULE_KEPT = (
    *("priority", "not", "src", "dst", "iif", "oif", "fwmark", "tos", "dscp", "flowlabel"),
    *("ipproto", "sport", "dport", "uidrange", "tun_id", "table", "action"),
)
RULE = (*RULE_KEPT, "protocol")

# The columns of a route that a way has of its own.
OF_WAY = frozenset({"via", "dev", "weight", "encap", "flags"})
# As words of `ip rule add`: ip-rule(8).
ACTION_WORDS = {
    "nat_gateway": "nat",
    "suppress_prefixlen": "suppress_prefixlength",
    "suppress_ifgroup": "suppress_ifgroup",
}
HEX_PORT_MASK = "0xffff"


def _route_parts(route: Any) -> Iterator[tuple[Any, Any]]:
    """Yield a route with each of its ways, and None for each way but the first: a row each."""
    ways = route.nexthops or ()
    if not ways:
        yield route, route
        return

    for position, way in enumerate(ways):
        yield None if position else route, way


def _route_row(part: tuple[Any, Any]) -> Sequence[Any]:
    """Return the row of a way, with what the whole route has if it is the first one."""
    route, way = part
    of_way = {
        "via": _format_gateway(way),
        "dev": way.dev,
        "weight": getattr(way, "weight", None),
        "encap": _format_encap(way.encap),
        "flags": way.flags,
    }
    if route is None:
        return [of_way.get(name) for name in ROUTE]

    of_route = {
        "type": route.type,
        "dst": route.dst,
        "from": route.from_,
        "tos": route.tos,
        "table": route.table,
        "protocol": route.protocol,
        "scope": route.scope,
        "prefsrc": route.prefsrc,
        "metric": route.metric,
        "metrics": _format_metrics(route.metrics),
        "pref": route.pref,
        "nhid": route.nhid,
        "expires": None if route.expires is None else f"{route.expires}s",
    }
    return [of_way[name] if name in OF_WAY else of_route[name] for name in ROUTE]


def _format_gateway(way: Any) -> str | None:
    """Return the gateway of a route or way, with its family where that is another one."""
    if way.via:
        return f"{way.via.family} {way.via.host}"

    gateway: str | None = way.gateway
    return gateway


def _format_encap(encap: Any) -> str | None:
    """Return an encapsulation: its type, and its keys with their values."""
    if encap is None or isinstance(encap, str):
        return encap

    data = dump(encap)
    kind = data.pop("encap_type", "")
    words = [word for key, value in data.items() for word in _words(key, value)]
    return " ".join((kind, *words)).strip()


def _words(key: str, value: Any) -> tuple[str, ...]:
    """Return a key with its value as words; a flag has no value."""
    if value is None or value is True:
        return (key,)
    if isinstance(value, (list, tuple)):
        return (key, ",".join(str(element) for element in value))
    return (key, str(value))


def _format_metrics(metrics: Any) -> tuple[str, ...] | None:
    """Return the metrics of a route: `mtu 1400`."""
    if not metrics:
        return None
    pairs = [pair for part in metrics for pair in dump(part).items()]
    return tuple(" ".join(_words(key, value)) for key, value in pairs)


def _rule_row(rule: Any) -> Sequence[Any]:
    """Return the row of a rule: all that selects, and its action."""
    return (
        rule.priority,
        "not" if rule.not_ else None,
        _format_prefix(rule.src, rule.srclen),
        _format_prefix(rule.dst, rule.dstlen),
        _format_link(rule.iif, is_detached=rule.iif_detached),
        _format_link(rule.oif, is_detached=rule.oif_detached),
        _format_masked(rule.fwmark, rule.fwmask),
        rule.tos,
        _format_masked(rule.dscp, rule.dscp_mask),
        _format_masked(rule.flowlabel, rule.flowlabel_mask),
        rule.ipproto,
        _format_port(rule, "sport"),
        _format_port(rule, "dport"),
        _format_range(rule.uid_start, rule.uid_end),
        rule.tun_id,
        "l3mdev" if rule.l3mdev else rule.table,
        _format_action(rule),
        rule.protocol,
    )


def _format_action(rule: Any) -> str | None:
    """Return the action of a rule; None for the mere lookup in its table."""
    words = [_format_target(rule)]
    for name, word in ACTION_WORDS.items():
        value = getattr(rule, name)
        if value is not None:
            words.append(f"{word} {value}")

    if rule.masquerade:
        words.append("masquerade")
    if rule.flow_to is not None:
        realms = rule.flow_to if rule.flow_from is None else f"{rule.flow_from}/{rule.flow_to}"
        words.append(f"realms {realms}")
    return " ".join(word for word in words if word) or None


def _format_target(rule: Any) -> str:
    """Return where a rule jumps, or what it does with a packet; empty for a lookup."""
    if rule.goto is not None:
        return f"goto {rule.goto} (unresolved)" if rule.unresolved else f"goto {rule.goto}"
    if rule.action:
        return str(rule.action)
    # `nop` has the value null in JSON: print_rule() in ip/iprule.c.
    return "nop" if rule.nop else ""


def _format_prefix(address: str | None, length: int | None) -> str | None:
    """Return an address with the length of its prefix, or alone."""
    return address if length is None else f"{address}/{length}"


def _format_link(name: str | None, *, is_detached: bool | None) -> str | None:
    """Return the name of a link, and whether no link has the name at present."""
    return f"{name} (detached)" if name is not None and is_detached else name


def _format_masked(value: str | None, mask: str | None) -> str | None:
    """Return a value with its mask, or alone."""
    return value if mask is None else f"{value}/{mask}"


def _format_port(rule: Any, name: str) -> str | None:
    """Return a port with its mask, or a range of ports."""
    port = getattr(rule, name)
    if port is None:
        return _format_range(getattr(rule, f"{name}_start"), getattr(rule, f"{name}_end"))

    mask = getattr(rule, f"{name}_mask")
    return f"{port}" if mask in (None, HEX_PORT_MASK) else f"{port}/{mask}"


def _format_range(start: int | None, end: int | None) -> str | None:
    """Return a range of numbers."""
    return None if start is None else f"{start}-{end}"


COLUMNS: dict[str, Columns] = {"route": (ROUTE, _route_row), "rule": (RULE, _rule_row)}

PARTS = {"route": _route_parts}

KEPT = {"route": len(ROUTE_KEPT), "rule": len(RULE_KEPT)}
