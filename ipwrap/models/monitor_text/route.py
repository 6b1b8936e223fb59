"""Lines of `ip monitor route` and `nexthop`: print_route() in ip/iproute.c, __print_nexthop_entry() in ip/ipnexthop.c.

A route with an ``encap`` has other words in the middle, some of them like its own: they are left unread, up to the
gateway or the device.
"""

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

FAMILIES = frozenset(
    {"inet", "inet6", "mpls", "bridge", "link"}
)  # before a gateway of another family
COUNTS = (
    *(
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
    ),
    "fastopen_no_cookie",
)
GROUP = ("buckets", "idle_timer", "unbalanced_timer", "unbalanced_time")
TIMES = ("rtt", "rttvar", "rto_min")


def _via(words: Words, data: Data) -> None:
    """Read a gateway, with its family if that is another one."""
    first = words.popleft()
    if first in FAMILIES and words:
        data["via"] = Via(family=first, host=words.popleft())
    else:
        data["gateway"] = first


def _metric(name: str, words: Words, data: Data) -> None:
    """Read one of the metrics; whether it is locked, no field holds."""
    if words[0] == "lock":
        words.popleft()
    made: Any = milliseconds if name in TIMES else str if name == "congestion" else int
    data["metrics"] = {**data.get("metrics", {}), name: made(words[0])}
    words.popleft()


def _realms(words: Words, data: Data) -> None:
    """Read realms: that of the source, if there is one, before that of the destination."""
    first, slash, second = words.popleft().partition("/")
    data["flow"] = {"from": first, "to": second} if slash else {"to": first}


def milliseconds(word: str) -> int | float:
    """Return a time such as `300ms` or `1.5s` in milliseconds, as JSON has it."""
    return int(word[:-2]) if word.endswith("ms") else 1000 * float(word.removesuffix("s"))


def _resilient(name: str) -> Any:
    """Return what reads one number of a resilient group."""

    def read(words: Words, data: Data) -> None:
        number = float(words[0])
        data["resilient_args"] = {
            **data.get("resilient_args", {}),
            name: int(number) if number == int(number) else number,
        }
        words.popleft()

    return read


def _reader(name: str) -> Any:
    """Return what reads one of the metrics."""
    return lambda words, data: _metric(name, words, data)


HOP = LineGrammar(
    NextHop,
    {"dev": ("dev", str), "weight": ("weight", int), "as": ("to", str)},
    gathered={"flags": HOP_FLAGS},
    special={"via": _via, "realm": _realms, "realms": _realms},
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
    gathered={"flags": HOP_FLAGS},
    special={
        "via": _via,
        "realm": _realms,
        "realms": _realms,
        "congctl": _reader("congestion"),
        **{name: _reader(name) for name in (*COUNTS, *TIMES)},
    },
)

NEXTHOP = LineGrammar(
    Nexthop,
    {
        "id": ("id", int),
        "group": ("group", lambda word: tuple(_member(each) for each in word.split("/"))),
        "type": ("type", str),
        "dev": ("dev", str),
        "scope": ("scope", str),
        "proto": ("protocol", str),
    },
    frozenset({"blackhole", "fdb"}),
    {"flags": HOP_FLAGS},
    {"via": _via, **{name: _resilient(name) for name in GROUP}},
)


def route(text: str) -> ParsedLine:
    """Read a line about a route; each of several ways begins with `nexthop`."""
    own, *hops = _parts(words_of(text))
    data: Data = {}
    if own and own[0] in TYPES:
        data["type"] = own.popleft()
    if own:
        data["dst"] = own.popleft()
    unread = [*_set_apart(own), *ROUTE.read(own, data)]
    if "metrics" in data:
        data["metrics"] = (Metrics(**data["metrics"]),)
    found = []
    for words in hops:
        unread += _set_apart(words)
        said = HOP.fill(words, {})
        found.append(said.model)
        unread += said.unread
    return ParsedLine(Route(**data, nexthops=tuple(found) or None), tuple(unread))


def nexthop(text: str) -> ParsedLine:
    """Read a line about a next hop."""
    words = words_of(text)
    data: Data = {}
    unread = (*_set_apart(words), *NEXTHOP.read(words, data))
    if (via := data.pop("via", None)) is not None:
        unread = (*unread, "via", via.family, via.host)
    if "resilient_args" in data:
        data["resilient_args"] = Resilient(**data["resilient_args"])
    return ParsedLine(Nexthop(**data), unread)


def _member(word: str) -> Member:
    """Return a member of a group: `10` or `10,20`, with its weight."""
    number, _, weight = word.partition(",")
    return Member(id=int(number), weight=int(weight) if weight else None)


def _parts(words: Words) -> list[Words]:
    """Return a route's own words, and those of each of its ways."""
    parts = [Words()]
    for word in words:
        if word == "nexthop" and parts[-1] and parts[-1][-1] not in ("dev", "iif"):
            parts.append(Words())
        else:
            parts[-1].append(word)
    return parts


def _set_apart(words: Words) -> list[str]:
    """Take away the words of an encapsulation, and return them."""
    before, apart = [], []
    while words and words[0] != "encap":
        before.append(words.popleft())
    while words and words[0] not in ("via", "dev"):
        apart.append(words.popleft())
    words.extendleft(reversed(before))
    return apart
