"""The words behind `encap` in a route or next hop: lwt_print_encap() in ip/iproute_lwtunnel.c."""

import re
from collections.abc import Callable
from typing import Any

from ipwrap.models.text.grammar import Data, LineGrammar, Word, WordReader, Words

__all__ = ["read_encap"]

# What follows in the route: print_route() prints the gateway or the link next.
ROUTE_KEYWORDS = frozenset({"via", "dev"})
LABELS = re.compile(r"[\d/]+")


def _read_segments(words: Words, data: Data) -> None:
    """Read segments: `2 [ 2001:db8::a 2001:db8::b ]`, with an optional key behind."""
    if words[1] != "[":
        raise ValueError("no segments")
    for _ in ("number", "["):
        words.popleft()

    data["segs"] = []
    while words[0] != "]":
        data["segs"].append(str(words.popleft()))
    words.popleft()


def _read_frequency(words: Words, data: Data) -> None:
    """Read how many packets of how many get a trace: `1/3`."""
    some, _, all_packets = words[0].partition("/")
    data["freqk"], data["freqn"] = int(some), int(all_packets)
    words.popleft()


def _null_reader(key: str) -> WordReader:
    """Return a parser of a word that JSON has as null."""

    def read_null(_: Words, data: Data) -> None:
        data[key] = None

    return read_null


def _parse_trace_type(word: str) -> str:
    """Parse the type of a trace, which JSON has without `0x`."""
    return word.removeprefix("0x")


def _values(
    *names: str, convert: Callable[[str], Any] = str
) -> dict[str, tuple[str, Callable[[str], Any]]]:
    """Return keywords whose JSON key has the same name."""
    return {name: (name, convert) for name in names}


IP = LineGrammar(
    {
        **_values("src", "dst"),
        **_values("id", "ttl", "tos", "tc", "hoplimit", convert=int),
    },
    frozenset({"key", "csum", "seq"}),
)
MPLS = LineGrammar(_values("ttl", convert=int))
SEG6 = LineGrammar(_values("mode", "hmac", "tunsrc"), special={"segs": _read_segments})
SEG6LOCAL = LineGrammar(
    {
        **_values("action", "mode", "table", "vrftable", "nh4", "nh6", "iif", "oif"),
        "srh": ("mode", str),
    },
    special={"segs": _read_segments},
)
RPL = LineGrammar({}, special={"segs": _read_segments})
IOAM6 = LineGrammar(
    {
        **_values("mode", "tundst", "tunsrc"),
        **_values("ns", "size", convert=int),
        "type": ("type", _parse_trace_type),
    },
    special={
        "freq": _read_frequency,
        "trace": _null_reader("trace"),
        "prealloc": _null_reader("prealloc"),
    },
)
XFRM = LineGrammar({**_values("if_id", convert=int), "link_dev": ("link_dev", str)})

GRAMMARS = {
    "ip": IP,
    "ip6": IP,
    "mpls": MPLS,
    "seg6": SEG6,
    "seg6local": SEG6LOCAL,
    "rpl": RPL,
    "ioam6": IOAM6,
    "xfrm": XFRM,
}


def read_encap(words: Words, data: Data) -> None:
    """Read an encapsulation, to the gateway or the link of the route.

    Words without a key are kept under `unread`, as those of an encapsulation without a grammar.
    """
    kind = str(words.popleft())
    encap: Data = {"encap_type": kind}
    if kind == "mpls" and words and LABELS.fullmatch(words[0]):
        encap["dst"] = str(words.popleft())

    unread = GRAMMARS.get(kind, LineGrammar({})).read(words, encap, stop=_is_route_keyword)
    if unread:
        encap["unread"] = [str(word) for word in unread]
    data["encap"] = encap


def _is_route_keyword(word: Word) -> bool:
    """Return whether a word is the route's again."""
    return word in ROUTE_KEYWORDS
