"""The lines of `ip neigh` and `bridge fdb`, and of their monitors.

print_neigh() in ip/ipneigh.c, print_fdb() in bridge/fdb.c.
"""

from collections.abc import Sequence

from ipwrap.models.fdb import FdbEntry
from ipwrap.models.neigh import FLAGS, Neigh
from ipwrap.models.text.grammar import (
    Data,
    LineGrammar,
    ParsedLine,
    Unread,
    Words,
    parse_line,
    read_flag,
)

__all__ = ["FDB", "NEIGH", "STATES", "fdb", "has_neigh_word", "neigh", "read_fdb", "read_neigh"]

# print_neigh_state() in ip/ipneigh.c
STATES = frozenset(
    {"INCOMPLETE", "REACHABLE", "STALE", "DELAY", "PROBE", "FAILED", "NOARP", "PERMANENT"}
)

# state_n2a() in bridge/fdb.c, which prints the state last
FDB_STATES = ("permanent", "static", "stale")


def _read_master(words: Words, data: Data) -> None:
    """Read the name of the bridge, or the flag NTF_MASTER, if only the state follows."""
    if len(words) == 1 and words[0] in FDB_STATES:
        data.setdefault("flags", []).append("master")
    else:
        data["master"] = str(words.popleft())


def _read_via(words: Words, data: Data) -> None:
    """Read the outgoing link; for a link in another namespace `ifindex` and its index."""
    if words[0] == "ifindex" and len(words) > 1:
        data["viaIfIndex"] = int(words[1])
        words.popleft()
    else:
        data["viaIf"] = str(words[0])
    words.popleft()


def _read_neigh_times(words: Words, data: Data) -> None:
    """Read `USED/CONFIRMED/UPDATED`; print_neigh() prints no blank before `probes`."""
    times = [int(time) for time in words[0].removesuffix("probes").split("/")]
    data["used"], data["confirmed"], data["updated"] = times
    if words.popleft().endswith("probes"):
        _read_probes(words, data)


def _read_probes(words: Words, data: Data) -> None:
    """Read the number of probes."""
    data["probes"] = int(words[0])
    words.popleft()


def _read_nud(words: Words, data: Data) -> None:
    """Read a state in small letters, as the first releases print it: `nud stale`."""
    state = words[0].upper()
    if state not in STATES:
        raise ValueError("no state")
    words.popleft()
    data.setdefault("state", []).append(state)


def _read_fdb_times(words: Words, data: Data) -> None:
    """Read `USED/UPDATED`."""
    used, _, updated = words[0].partition("/")
    data["used"], data["updated"] = int(used), int(updated)
    words.popleft()


NEIGH = LineGrammar(
    {
        "dev": ("dev", str),
        "lladdr": ("lladdr", str),
        "proto": ("protocol", str),
        "ref": ("refcnt", int),
    },
    FLAGS | {"miss"},
    {"state": STATES},
    {"used": _read_neigh_times, "probes": _read_probes, "nud": _read_nud},
)

FDB = LineGrammar(
    {
        "dev": ("ifname", str),
        "dst": ("dst", str),
        "vlan": ("vlan", int),
        "port": ("port", int),
        "vni": ("vni", int),
        "src_vni": ("src_vni", int),
        "nhid": ("nhid", int),
        "link-netnsid": ("linkNetNsId", int),
    },
    flags=frozenset({"activity_notify", "inactive"}),
    collected={
        "flags": frozenset({"self", "router", "extern_learn", "offload", "sticky", "locked"}),
    },
    special={
        "master": _read_master,
        "via": _read_via,
        "used": _read_fdb_times,
        **{state: read_flag("state", state) for state in FDB_STATES},
    },
)


def neigh(text: str) -> ParsedLine:
    """Parse a line of a neighbour; entries of a bridge have no address."""
    return parse_line(Neigh, read_neigh, text=text)


def read_neigh(words: Words) -> tuple[Data, Unread]:
    """Read the words of a neighbour: its JSON, and the unknown words."""
    data: Data = {}

    if words and words[0] == "miss":
        words.popleft()
        data["miss"] = True
    if words and not NEIGH.has_keyword(words[0]):
        data["dst"] = str(words.popleft())

    return data, NEIGH.read(words, data)


def has_neigh_word(words: Sequence[str]) -> bool:
    """Return whether the second word is one of a neighbour, not of a route."""
    return words[1] in ("lladdr", *STATES, *FLAGS) or (
        words[1] == "dev" and (len(words) < 4 or not STATES.isdisjoint(words) or _is_flagged(words))
    )


def _is_flagged(words: Sequence[str]) -> bool:
    """Return whether the words behind the link are those of a neighbour."""
    return words[3] in ("lladdr", "used", "ref", "nud", *FLAGS)


def fdb(text: str) -> ParsedLine:
    """Parse a line of a forwarding table."""
    return parse_line(FdbEntry, read_fdb, text=text)


def read_fdb(words: Words) -> tuple[Data, Unread]:
    """Read the words of an entry of a forwarding table: its JSON, and the unknown words."""
    data: Data = {}
    if words and not FDB.has_keyword(words[0]):
        data["mac"] = str(words.popleft())

    unread = FDB.read(words, data)
    if not unread:
        # state_n2a() prints nothing for a learned entry (NUD_REACHABLE).
        data.setdefault("state", "")
    return data, unread
