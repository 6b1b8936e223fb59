"""Lines of `ip monitor neigh` and `bridge monitor fdb`: print_neigh() in ip/ipneigh.c, print_fdb() in bridge/fdb.c."""

from collections.abc import Callable

from ipwrap.models.fdb import FdbEntry
from ipwrap.models.monitor_text.grammar import Data, LineGrammar, ParsedLine, Words, words_of
from ipwrap.models.neigh import FLAGS, Neigh

__all__ = ["STATES", "fdb", "neigh"]

STATES = frozenset(
    {"INCOMPLETE", "REACHABLE", "STALE", "DELAY", "PROBE", "FAILED", "NOARP", "PERMANENT"}
)
FDB_STATES = ("permanent", "static", "stale")


def _master(words: Words, data: Data) -> None:
    """Read a bridge's name; before the last word, which is the state, it is a flag (NTF_MASTER)."""
    if len(words) == 1 and words[0] in FDB_STATES:
        data["flags"] = (*data.get("flags", ()), "master")
    else:
        data["master"] = words.popleft()


def _via(words: Words, data: Data) -> None:
    """Read the device that packets leave by, or its index if that is in another namespace."""
    if words[0] == "ifindex" and len(words) > 1:
        data["viaIfIndex"] = int(words[1])
        words.popleft()
    else:
        data["viaIf"] = words[0]
    words.popleft()


def _state(word: str) -> Callable[[Words, Data], None]:
    """Return what reads a state."""
    return lambda _, data: data.__setitem__("state", word)


NEIGH = LineGrammar(
    Neigh,
    {"dev": ("dev", str), "lladdr": ("lladdr", str), "proto": ("protocol", str)},
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
    gathered={
        "flags": frozenset({"self", "router", "extern_learn", "offload", "sticky", "locked"})
    },
    special={"master": _master, "via": _via, **{word: _state(word) for word in FDB_STATES}},
)


def neigh(text: str) -> ParsedLine:
    """Read a line about a neighbour; that of a bridge's entry has no address in front."""
    words = words_of(text)
    data: Data = {}
    if words and words[0] == "miss":
        data["miss"] = bool(words.popleft())
    if words and not NEIGH.has_keyword(words[0]):
        data["dst"] = words.popleft()
    return NEIGH.fill(words, data)


def fdb(text: str) -> ParsedLine:
    """Read a line about an entry of a forwarding table."""
    words = words_of(text)
    data: Data = {}
    if words and not FDB.has_keyword(words[0]):
        data["mac"] = words.popleft()
    unread = FDB.read(words, data)
    if not unread:  # one that was learned has no word for it
        data.setdefault("state", "")
    return ParsedLine(FdbEntry(**data), unread)
