"""The lines of `ip route` and `ip nexthop`, and of their monitors.

print_route() in ip/iproute.c, __print_nexthop_entry() in ip/ipnexthop.c.
"""

from collections.abc import Callable
from typing import Any

from ipwrap.models.nexthop import Nexthop
from ipwrap.models.route import Route
from ipwrap.models.text.encap import read_encap
from ipwrap.models.text.grammar import (
    HOP_FLAGS,
    TYPES,
    Data,
    LineGrammar,
    ParsedLine,
    Unread,
    WordReader,
    Words,
    number_or_word,
    parse_line,
    parse_members,
    seconds,
)

__all__ = ["NEXTHOP", "ROUTE", "nexthop", "read_nexthop", "read_route", "route"]

# family_name() in lib/utils.c: printed before a gateway of another family than the route's
FAMILIES = frozenset({"inet", "inet6", "mpls", "bridge", "link"})

COUNT_METRICS = (
    "mtu",
    "window",
    "ssthresh",
    "cwnd",
    "advmss",
    "reordering",
    "hoplimit",
    "initcwnd",
    "initrwnd",
    "quickack",
    "fastopen_no_cookie",
)
TIME_METRICS = ("rtt", "rttvar", "rto_min")
# print_rtax_features() in ip/iproute.c
FEATURES = frozenset({"ecn", "tcp_usec_ts"})
RESILIENT_OPTIONS = ("buckets", "idle_timer", "unbalanced_timer", "unbalanced_time")


def _read_via(words: Words, data: Data) -> None:
    """Read a gateway, with its family if the route has another one."""
    word = words.popleft()
    if word in FAMILIES and words:
        data["via"] = {"family": str(word), "host": str(words.popleft())}
    else:
        data["gateway"] = str(word)


def _read_new_destination(words: Words, data: Data) -> None:
    """Read what MPLS makes of the labels: `as to 200/300`."""
    if words[0] == "to" and len(words) > 1:
        words.popleft()
    data["to"] = str(words.popleft())


def _read_gateway(words: Words, data: Data) -> None:
    """Read a gateway. A next hop has no field for the family of one."""
    if words[0] in FAMILIES:
        raise ValueError("no address")
    data["gateway"] = str(words.popleft())


def _metric_reader(name: str, convert: Callable[[str], Any]) -> WordReader:
    """Return a parser of a metric. `lock` is dropped: the JSON of a route has no key for it."""

    def read_metric(words: Words, data: Data) -> None:
        if words[0] == "lock":
            words.popleft()

        value = convert(words[0])
        words.popleft()

        # print_rta_metrics() prints a list of a single object.
        (metrics,) = data.setdefault("metrics", [{}])
        metrics[name] = value

    return read_metric


def _read_realms(words: Words, data: Data) -> None:
    """Read the realms `[SOURCE/]DESTINATION`."""
    first, slash, second = str(words.popleft()).partition("/")
    if slash:
        data["flow"] = {"from": first, "to": second}
    else:
        data["flow"] = {"to": first}


def _parse_milliseconds(word: str) -> int | float:
    """Parse a time such as `300ms` or `1.5s` into milliseconds, the unit of JSON."""
    if word.endswith("ms"):
        return int(word[:-2])
    if not word.endswith("s"):
        raise ValueError("no unit")  # of old releases: another one than today
    return 1000 * float(word[:-1])


def _resilient_reader(name: str) -> WordReader:
    """Return a parser of a number of a resilient group."""

    def read_resilient(words: Words, data: Data) -> None:
        number = float(words[0])
        is_integer = number == int(number)

        options = data.setdefault("resilient_args", {})
        options[name] = int(number) if is_integer else number
        words.popleft()

    return read_resilient


def _parse_group(word: str) -> list[Data]:
    """Parse the members of a group: `10/11,20`, where 20 is a weight."""
    return [_parse_member(member) for member in word.split("/")]


def _parse_member(word: str) -> Data:
    """Parse a member of a group: `10`, or `10,20` with its weight."""
    number, _, weight = word.partition(",")
    return {"id": int(number), "weight": int(weight)} if weight else {"id": int(number)}


def _read_features(words: Words, data: Data) -> None:
    """Read the features of a route: each is a key of its own in JSON."""
    (metrics,) = data.setdefault("metrics", [{}])
    while words and words[0] in FEATURES:
        metrics[str(words.popleft())] = True


def _read_cache(words: Words, data: Data) -> None:
    """Read the flags of a cached route: `cache <local,src-direct>`, or `cache` alone."""
    flags = data.setdefault("cache", [])
    if words and words[0].startswith("<"):
        flags += parse_members(words.popleft())


def _read_nh_info(words: Words, data: Data) -> None:
    """Read what `-d` tells of the next hop of a route, to the end of its line."""
    nexthop_words: Words = Words()
    while words and not words[0].starts_line:
        nexthop_words.append(words.popleft())
    info, unread = read_nexthop(nexthop_words)
    info.setdefault("flags", [])
    data["nh_info"] = info | ({"unread": [str(word) for word in unread]} if unread else {})


HOP = LineGrammar(
    {
        "dev": ("dev", str),
        "weight": ("weight", int),
    },
    collected={"flags": HOP_FLAGS},
    special={
        "as": _read_new_destination,
        "via": _read_via,
        "encap": read_encap,
        "realm": _read_realms,
        "realms": _read_realms,
    },
)

ROUTE = LineGrammar(
    {
        "from": ("from", str),
        "nhid": ("nhid", int),
        "tos": ("tos", str),
        "dev": ("dev", str),
        "table": ("table", str),
        "proto": ("protocol", str),
        "scope": ("scope", str),
        "src": ("prefsrc", str),
        "metric": ("metric", int),
        "mark": ("mark", number_or_word),
        "uid": ("uid", int),
        "expires": ("expires", seconds),
        "error": ("error", int),
        "iif": ("iif", str),
        "users": ("users", int),
        "used": ("used", int),
        "age": ("age", seconds),
        "ipid": ("ipid", str),
        "ts": ("ts", str),
        "tsage": ("tsage", seconds),
        "pref": ("pref", str),
        "ttl-propogate": ("ttl-propogate", "enabled".__eq__),
    },
    collected={"flags": HOP_FLAGS},
    special={
        "as": _read_new_destination,
        "via": _read_via,
        "encap": read_encap,
        "nh_info": _read_nh_info,
        "cache": _read_cache,
        "features": _read_features,
        "realm": _read_realms,
        "realms": _read_realms,
        "congctl": _metric_reader("congestion", str),
        **{name: _metric_reader(name, int) for name in COUNT_METRICS},
        **{name: _metric_reader(name, _parse_milliseconds) for name in TIME_METRICS},
    },
)

NEXTHOP = LineGrammar(
    {
        "id": ("id", int),
        "group": ("group", _parse_group),
        "type": ("type", str),
        "dev": ("dev", str),
        "scope": ("scope", str),
        "proto": ("protocol", str),
    },
    frozenset({"blackhole", "fdb"}),
    {"flags": HOP_FLAGS},
    {
        "via": _read_gateway,
        "encap": read_encap,
        **{name: _resilient_reader(name) for name in RESILIENT_OPTIONS},
    },
)


def route(text: str) -> ParsedLine:
    """Parse a line of a route; every next hop of several begins with `nexthop`."""
    return parse_line(Route, read_route, text=text)


def read_route(words: Words) -> tuple[Data, Unread]:
    """Read the words of a route: its JSON, and the unknown words."""
    route_words, *hops_words = _split_hops(words)
    data: Data = {}

    if route_words and route_words[0] in TYPES:
        data["type"] = str(route_words.popleft())
    if route_words:
        data["dst"] = str(route_words.popleft())

    unread = ROUTE.read(route_words, data)

    hops = []
    for hop_words in hops_words:
        hop: Data = {}
        unread += HOP.read(hop_words, hop)
        hops.append(hop)
    if hops:
        data["nexthops"] = hops
    return data, unread


def nexthop(text: str) -> ParsedLine:
    """Parse a line of a next hop."""
    return parse_line(Nexthop, read_nexthop, text=text)


def read_nexthop(words: Words) -> tuple[Data, Unread]:
    """Read the words of a next hop: its JSON, and the unknown words."""
    data: Data = {}
    return data, NEXTHOP.read(words, data)


def _split_hops(words: Words) -> list[Words]:
    """Split the words of a route from the words of each next hop."""
    parts = [Words()]

    for word in words:
        part = parts[-1]
        # After `dev` or `iif`, `nexthop` is the name of a link.
        is_link_name = bool(part) and part[-1] in ("dev", "iif")

        if word == "nexthop" and part and not is_link_name:
            parts.append(Words())
        else:
            part.append(word)

    return parts
