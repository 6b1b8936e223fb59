"""The lines of `ip monitor route` and `ip monitor nexthop`.

print_route() in ip/iproute.c, __print_nexthop_entry() in ip/ipnexthop.c.

The words of an ``encap`` look like the words of the route itself. They are left unread, up to the
gateway or the device.
"""

from collections.abc import Callable
from typing import Any

from ipwrap.models.monitor_text.grammar import (
    HOP_FLAGS,
    TYPES,
    Data,
    LineGrammar,
    ParsedLine,
    Words,
    number_or_word,
    seconds,
    words_of,
)
from ipwrap.models.nexthop import Member, Nexthop, Resilient
from ipwrap.models.route import Metrics, NextHop, Route, Via

__all__ = ["nexthop", "route"]

WordReader = Callable[[Words, Data], None]

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
RESILIENT_OPTIONS = ("buckets", "idle_timer", "unbalanced_timer", "unbalanced_time")


def _read_via(words: Words, data: Data) -> None:
    """Read a gateway, with its family if the route has another one."""
    word = words.popleft()
    if word in FAMILIES and words:
        data["via"] = Via(family=word, host=words.popleft())
    else:
        data["gateway"] = word


def _metric_reader(name: str, convert: Callable[[str], Any]) -> WordReader:
    """Return a parser of a metric. `lock` is dropped: the JSON of a route has no key for it."""

    def read_metric(words: Words, data: Data) -> None:
        if words[0] == "lock":
            words.popleft()

        value = convert(words[0])
        words.popleft()

        metrics = data.setdefault("metrics", {})
        metrics[name] = value

    return read_metric


def _read_realms(words: Words, data: Data) -> None:
    """Read the realms `[SOURCE/]DESTINATION`."""
    first, slash, second = words.popleft().partition("/")
    if slash:
        data["flow"] = {"from": first, "to": second}
    else:
        data["flow"] = {"to": first}


def _parse_milliseconds(word: str) -> int | float:
    """Parse a time such as `300ms` or `1.5s` into milliseconds, the unit of JSON."""
    if word.endswith("ms"):
        return int(word[:-2])
    return 1000 * float(word.removesuffix("s"))


def _resilient_reader(name: str) -> WordReader:
    """Return a parser of a number of a resilient group."""

    def read_resilient(words: Words, data: Data) -> None:
        number = float(words[0])
        is_integer = number == int(number)

        options = data.setdefault("resilient_args", {})
        options[name] = int(number) if is_integer else number
        words.popleft()

    return read_resilient


def _parse_group(word: str) -> tuple[Member, ...]:
    """Parse the members of a group: `10/11,20`, where 20 is a weight."""
    return tuple(_parse_member(member) for member in word.split("/"))


def _parse_member(word: str) -> Member:
    """Parse a member of a group: `10`, or `10,20` with its weight."""
    number, _, weight = word.partition(",")
    return Member(id=int(number), weight=int(weight) if weight else None)


HOP = LineGrammar(
    NextHop,
    {
        "dev": ("dev", str),
        "weight": ("weight", int),
        "as": ("to", str),
    },
    collected={"flags": HOP_FLAGS},
    special={
        "via": _read_via,
        "realm": _read_realms,
        "realms": _read_realms,
    },
)

ROUTE = LineGrammar(
    Route,
    {
        "from": ("from_", str),
        "nhid": ("nhid", int),
        "as": ("to", str),
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
        "pref": ("pref", str),
        "ttl-propogate": ("ttl_propagate", "enabled".__eq__),
    },
    collected={"flags": HOP_FLAGS},
    special={
        "via": _read_via,
        "realm": _read_realms,
        "realms": _read_realms,
        "congctl": _metric_reader("congestion", str),
        **{name: _metric_reader(name, int) for name in COUNT_METRICS},
        **{name: _metric_reader(name, _parse_milliseconds) for name in TIME_METRICS},
    },
)

NEXTHOP = LineGrammar(
    Nexthop,
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
    {"via": _read_via, **{name: _resilient_reader(name) for name in RESILIENT_OPTIONS}},
)


def route(text: str) -> ParsedLine:
    """Parse a line of a route; every next hop of several begins with `nexthop`."""
    route_words, *hops_words = _split_hops(words_of(text))
    data: Data = {}

    if route_words and route_words[0] in TYPES:
        data["type"] = route_words.popleft()
    if route_words:
        data["dst"] = route_words.popleft()

    unread = _take_encap(route_words)
    unread += ROUTE.read(route_words, data)
    if "metrics" in data:
        metrics = Metrics(**data["metrics"])
        data["metrics"] = (metrics,)

    hops = []
    for hop_words in hops_words:
        unread += _take_encap(hop_words)
        parsed = HOP.fill(hop_words, {})
        hops.append(parsed.model)
        unread += parsed.unread

    data["nexthops"] = tuple(hops) or None
    return ParsedLine(Route(**data), tuple(unread))


def nexthop(text: str) -> ParsedLine:
    """Parse a line of a next hop."""
    words = words_of(text)
    data: Data = {}
    unread = _take_encap(words)
    unread += NEXTHOP.read(words, data)

    # A next hop has no field for a gateway of another family.
    via = data.pop("via", None)
    if via is not None:
        unread += ["via", via.family, via.host]

    if "resilient_args" in data:
        data["resilient_args"] = Resilient(**data["resilient_args"])
    return ParsedLine(Nexthop(**data), tuple(unread))


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


def _take_encap(words: Words) -> list[str]:
    """Remove the words of an encapsulation, and return them."""
    before = []
    while words and words[0] != "encap":
        before.append(words.popleft())

    encap = []
    while words and words[0] not in ("via", "dev"):
        encap.append(words.popleft())

    words.extendleft(reversed(before))
    return encap
