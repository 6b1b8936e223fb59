"""Table rows of routes and rules of `ip`: what selects them, and where they send."""

from collections.abc import Iterator, Sequence
from typing import Any

from ipwrap.models import dump
from ipwrap.views.cells import Columns, format_encap, format_words

__all__ = ["COLUMNS", "KEPT", "PARTS", "SHOWN"]

ROUTE_KEPT = ("dst", "type", "table", "via", "dev", "options")
ROUTE_SHOWN = (
    *ROUTE_KEPT,
    *("metric", "protocol", "scope", "expires", "nhid", "pref", "realms", "iif", "mark", "uid"),
    *("error", "cache"),
)
# What few routes have shares the column `options`, and has one of its own for `--columns`.
ROUTE_OPTIONS = ("from", "src", "tos", "weight", "flags", "encap", "metrics", "prefsrc")
ROUTE = (*ROUTE_SHOWN, *ROUTE_OPTIONS)
# A rule without one of its selectors would look as if it were for all packets: they share a column.
RULE_SHOWN = ("priority", "match", "table", "action", "protocol")
RULE_KEPT = RULE_SHOWN[:-1]
# Words of `ip rule add`: ip-rule(8).
SELECTORS = {
    "src": "from",
    "dst": "to",
    **{
        name: name
        for name in (
            *("iif", "oif", "fwmark", "tos", "dscp", "flowlabel", "ipproto", "sport", "dport"),
            *("uidrange", "tun_id"),
        )
    },
}
RULE = (*RULE_SHOWN, "not", *SELECTORS)

# The type of a route that only the detailed output names; it leads to a gateway or link.
USUAL_TYPE = "unicast"
# The keywords of ip-route(8), where the columns have other names; flags and metrics have their own.
OPTION_KEYWORDS = {"flags": "", "metrics": "", "prefsrc": "src", "src": "from"}
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
    cells = {
        **_way_cells(way),
        **({} if route is None else _route_cells(route)),
    }
    cells["options"] = _format_route_options(cells)
    return [cells.get(name) for name in ROUTE]


def _way_cells(way: Any) -> dict[str, Any]:
    """Return the cells of a way, or of a route with a single one."""
    return {
        "via": _format_gateway(way),
        "dev": way.dev,
        "weight": getattr(way, "weight", None),
        "encap": format_encap(way.encap),
        "flags": way.flags,
        "realms": _format_realms(way.flow),
    }


def _route_cells(route: Any) -> dict[str, Any]:
    """Return the cells of a whole route."""
    return {
        "type": None if route.type == USUAL_TYPE else route.type,
        "dst": route.dst,
        "from": route.from_,
        "tos": route.tos,
        "table": route.table,
        "protocol": route.protocol,
        "scope": route.scope,
        "prefsrc": route.prefsrc,
        "metric": route.metric,
        "metrics": _format_metrics(route.metrics),
        "src": route.src,
        "iif": route.iif,
        "mark": route.mark,
        "uid": route.uid,
        "error": route.error,
        "cache": route.cache,
        "pref": route.pref,
        "nhid": route.nhid,
        "expires": None if route.expires is None else f"{route.expires}s",
    }


def _format_route_options(cells: dict[str, Any]) -> str:
    """Return the cells of `ROUTE_OPTIONS` as words of `ip route add`: `weight 3 onlink`."""
    words = []
    for name in ROUTE_OPTIONS:
        value = cells.get(name)
        if value in (None, (), ""):
            continue

        text = " ".join(map(str, value)) if isinstance(value, tuple) else str(value)
        keyword = OPTION_KEYWORDS.get(name, name)
        words.append(f"{keyword} {text}" if keyword else text)

    return " ".join(words)


def _format_realms(flow: dict[str, str] | None) -> str | None:
    """Return the realms of a route, `from/to`, or the one it leads to: print_rta_flow() in ip."""
    return "/".join(str(realm) for realm in flow.values()) if flow else None


def _format_gateway(way: Any) -> str | None:
    """Return the gateway of a route or way, with its family where that is another one."""
    if way.via:
        return f"{way.via.family} {way.via.host}"

    gateway: str | None = way.gateway
    return gateway


def _format_metrics(metrics: Any) -> tuple[str, ...] | None:
    """Return the metrics of a route: `mtu 1400`."""
    if not metrics:
        return None
    pairs = [pair for part in metrics for pair in dump(part).items()]
    return tuple(" ".join(format_words(key, value)) for key, value in pairs)


def _rule_row(rule: Any) -> Sequence[Any]:
    """Return the row of a rule: all that selects in one cell and in single ones, and its action."""
    selectors = {
        "src": _format_prefix(rule.src, rule.srclen),
        "dst": _format_prefix(rule.dst, rule.dstlen),
        "iif": _format_link(rule.iif, is_detached=rule.iif_detached),
        "oif": _format_link(rule.oif, is_detached=rule.oif_detached),
        "fwmark": _format_masked(rule.fwmark, rule.fwmask),
        "tos": rule.tos,
        "dscp": _format_masked(rule.dscp, rule.dscp_mask),
        "flowlabel": _format_masked(rule.flowlabel, rule.flowlabel_mask),
        "ipproto": rule.ipproto,
        "sport": _format_port(rule, "sport"),
        "dport": _format_port(rule, "dport"),
        "uidrange": _format_range(rule.uid_start, rule.uid_end),
        "tun_id": rule.tun_id,
    }
    given = [f"{SELECTORS[name]} {value}" for name, value in selectors.items() if value is not None]
    negation = "not" if rule.not_ else None

    return (
        rule.priority,
        " ".join(filter(None, (negation, *given))),
        "l3mdev" if rule.l3mdev else rule.table,
        _format_action(rule),
        rule.protocol,
        negation,
        *selectors.values(),
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

# The columns that are shown unless others are chosen; of most objects all.
SHOWN = {"route": ROUTE_SHOWN, "rule": RULE_SHOWN}
