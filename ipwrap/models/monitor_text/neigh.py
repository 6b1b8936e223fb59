"""The lines of `ip monitor neigh` and `bridge monitor fdb`.

print_neigh() in ip/ipneigh.c, print_fdb() in bridge/fdb.c.
"""

from collections.abc import Callable

from ipwrap.models.fdb import FdbEntry
from ipwrap.models.monitor_text.grammar import Data, LineGrammar, ParsedLine, Words, words_of
from ipwrap.models.neigh import FLAGS, Neigh

__all__ = ["STATES", "fdb", "neigh"]

# print_neigh_state() in ip/ipneigh.c
STATES = frozenset(
    {"INCOMPLETE", "REACHABLE", "STALE", "DELAY", "PROBE", "FAILED", "NOARP", "PERMANENT"}
)

# state_n2a() in bridge/fdb.c, which prints the state last
FDB_STATES = ("permanent", "static", "stale")


def _read_master(words: Words, data: Data) -> None:
    """Read the name of the bridge, or the flag NTF_MASTER, if only the state follows."""
    if len(words) == 1 and words[0] in FDB_STATES:
        flags = data.get("flags", ())
        data["flags"] = (*flags, "master")
    else:
        data["master"] = words.popleft()


def _read_via(words: Words, data: Data) -> None:
    """Read the outgoing link; for a link in another namespace `ifindex` and its index."""
    if words[0] == "ifindex" and len(words) > 1:
        data["viaIfIndex"] = int(words[1])
        words.popleft()
    else:
        data["viaIf"] = words[0]
    words.popleft()


def _state_reader(state: str) -> Callable[[Words, Data], None]:
    """Return a parser that sets a state."""

    def read_state(_: Words, data: Data) -> None:
        data["state"] = state

    return read_state


NEIGH = LineGrammar(
    Neigh,
    {
        "dev": ("dev", str),
        "lladdr": ("lladdr", str),
        "proto": ("protocol", str),
    },
    FLAGS | {"miss"},
    {"state": STATES},
)

FDB = LineGrammar(
    FdbEntry,
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
    collected={
        "flags": frozenset({"self", "router", "extern_learn", "offload", "sticky", "locked"}),
    },
    special={
        "master": _read_master,
        "via": _read_via,
        **{state: _state_reader(state) for state in FDB_STATES},
    },
)


def neigh(text: str) -> ParsedLine:
    """Parse a line of a neighbour; entries of a bridge have no address."""
    words = words_of(text)
    data: Data = {}

    if words and words[0] == "miss":
        words.popleft()
        data["miss"] = True
    if words and not NEIGH.has_keyword(words[0]):
        data["dst"] = words.popleft()

    return NEIGH.fill(words, data)


def fdb(text: str) -> ParsedLine:
    """Parse a line of a forwarding table."""
    words = words_of(text)
    data: Data = {}

    if words and not FDB.has_keyword(words[0]):
        data["mac"] = words.popleft()

    unread = FDB.read(words, data)
    if not unread:
        # state_n2a() prints nothing for a learned entry (NUD_REACHABLE).
        data.setdefault("state", "")

    return ParsedLine(FdbEntry(**data), unread)
