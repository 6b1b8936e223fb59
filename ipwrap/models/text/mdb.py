"""The lines of `bridge mdb`: print_mdb_entry() and print_router_entry() in bridge/mdb.c."""

import re
from collections.abc import Sequence

from ipwrap.models.text.grammar import Data, LineGrammar, Unread, Words

__all__ = ["MDB", "is_mdb", "read_mdb"]

TIMER = re.compile(r"\d+\.\d\d", re.ASCII)
GROUP = re.compile(r"[\da-f]*[.:][\da-f.:]+", re.ASCII)
STATES = ("permanent", "temp")


def _read_sources(words: Words, data: Data) -> None:
    """Read the sources of a group: `10.0.0.1/0.00,10.0.0.2/0.00`, an address and a timer each."""
    sources = []
    for source in words.popleft().split(","):
        address, has_timer, timer = source.partition("/")
        sources.append({"address": address, "timer": timer} if has_timer else {"address": address})
    data["source_list"] = sources


MDB = LineGrammar(
    {
        "dev": ("dev", str),
        "port": ("port", str),
        "grp": ("grp", str),
        "src": ("src", str),
        "filter_mode": ("filter_mode", str),
        "proto": ("protocol", str),
        "vid": ("vid", int),
        "dst": ("dst", str),
        "dst_port": ("dst_port", int),
        "vni": ("vni", int),
        "src_vni": ("src_vni", int),
        "via": ("via", str),
    },
    collected={
        "flags": frozenset(
            {"offload", "fast_leave", "added_by_star_ex", "blocked", "offload_failed"}
        ),
    },
    special={"source_list": _read_sources},
)


def is_mdb(words: Sequence[str]) -> bool:
    """Return whether words begin an entry, or name the ports with a multicast router."""
    if len(words) < 4:
        return False
    if words[0] == "dev" and "grp" in words:
        return True
    if words[0] == "router":
        return words[1] in ("ports", "port") and words[2] == "on"
    # Before 4.19: `34: br0  eth1  224.1.1.2  temp`.
    has_index = words[0][:-1].isdecimal() and words[0].endswith(":")
    return has_index and GROUP.fullmatch(words[3]) is not None


def read_mdb(words: Words, data: Data) -> Unread:
    """Add an entry, or the ports with a multicast router, to the JSON of all."""
    if words[0] == "router":
        return _read_router(words, data)

    entry: Data = {}
    if words[0] != "dev":
        entry["index"] = int(words.popleft()[:-1])
        entry["dev"], entry["port"], entry["grp"] = (str(words.popleft()) for _ in range(3))

    unread: Unread = ()
    for word in MDB.read(words, entry):
        if word in STATES:
            entry["state"] = str(word)
        elif TIMER.fullmatch(word):
            entry["timer"] = _format_timer(word)
        else:
            unread += (word,)

    entry.setdefault("flags", [])
    data.setdefault("mdb", []).append(entry)
    return unread


def _read_router(words: Words, data: Data) -> Unread:
    """Read `router ports on br0: eth1 eth2`, with `-s` a timer and a type behind each port."""
    for _ in ("router", "ports", "on"):
        words.popleft()

    ports: list[Data] = data.setdefault("router", {}).setdefault(words.popleft().rstrip(":"), [])
    for word in words:
        if ports and TIMER.fullmatch(word):
            ports[-1]["timer"] = _format_timer(word)
        elif ports and word in STATES and "type" not in ports[-1] and "timer" in ports[-1]:
            ports[-1]["type"] = str(word)
        else:
            ports.append({"port": str(word)})
    words.clear()
    return ()


def _format_timer(word: str) -> str:
    """Return a timer as JSON has it: text of a width of seven, format_timer() in bridge/mdb.c."""
    return f"{word:>7}"
