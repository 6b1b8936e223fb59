"""The words of an ip, bridge or tc command as a person types them, taken apart: options, object, verb, the rest.

iproute2 takes the first of its words that begins with what was typed; these tables are in its order. main() and cmds
in the file that each program is named for; do_netns() in ip/ipnetns.c, and the like.
"""

from collections.abc import Iterable

from attrs import frozen

from ipwrap.names import netns_name

__all__ = ["Spoken", "first_of", "spoken"]

OPTIONS = {
    "ip": (
        *("loops", "family", "human-readable", "iec", "stats", "statistics", "details", "resolve", "oneline"),
        *("timestamp", "tshort", "Version", "force", "batch", "brief", "json", "pretty", "rcvbuf", "color", "help"),
        *("netns", "Numeric", "all"),
    ),
    "bridge": (
        *("help", "Version", "stats", "statistics", "details", "oneline", "timestamp", "family", "netns", "color"),
        *("compressvlans", "force", "json", "pretty", "batch"),
    ),
    "tc": (
        *("stats", "statistics", "details", "raw", "pretty", "graph", "Version", "iec", "help", "force", "batch"),
        *("netns", "Numeric", "names", "nm", "cf", "conf", "color", "timestamp", "tshort", "json", "oneline", "brief"),
    ),
}
VALUED = frozenset({"batch", "cf", "conf", "family", "loops", "netns", "rcvbuf"})

OBJECTS = {
    "ip": (
        *("address", "addrlabel", "maddress", "route", "rule", "neighbor", "neighbour", "ntable", "ntbl", "link"),
        *("l2tp", "fou", "ila", "macsec", "tunnel", "tunl", "tuntap", "tap", "token", "tcpmetrics", "tcp_metrics"),
        *("monitor", "xfrm", "mroute", "mrule", "netns", "netconf", "vrf", "sr", "nexthop", "mptcp", "ioam", "help"),
        "stats",
    ),
    "bridge": ("link", "fdb", "mdb", "mst", "vlan", "vni", "monitor", "help"),
    "tc": ("qdisc", "class", "filter", "chain", "actions", "monitor", "exec", "help"),
}
ALSO_CALLED = {
    "chg": "change",
    "lst": "list",
    "neighbor": "neigh",
    "neighbour": "neigh",
    "ntbl": "ntable",
    "tap": "tuntap",
    "tcp_metrics": "tcpmetrics",
    "tunl": "tunnel",
}
MORE = ("show", "list", "lst", "get", "flush", "save", "restore", "showdump", "help")
VERBS = {
    "link": (
        "add",
        "set",
        "change",
        "replace",
        "delete",
        "show",
        "lst",
        "list",
        "xstats",
        "afstats",
        "property",
        "help",
    ),
    "netns": (
        *("list", "show", "lst", "list-id", "help", "add", "set", "delete", "identify", "pids", "exec", "monitor"),
        "attach",
    ),
    "route": ("add", "change", "chg", "replace", "prepend", "append", "test", "delete", "list", *MORE),
    "rule": ("list", "lst", "show", "save", "restore", "add", "delete", "flush", "help"),
    "fdb": ("add", "append", "replace", "delete", "get", "show", "lst", "list", "flush", "help"),
    "bridge link": ("set", "change", "show", "lst", "list", "help"),
    "vlan": ("add", "delete", "show", "lst", "list", "tunnelshow", "set", "global", "help"),
    "qdisc": ("add", "change", "replace", "link", "delete", "show", "lst", "list", "help"),
    "vrf": ("identify", "pids", "exec", "show", "lst", "list", "help"),
}
VERBS_OF_MOST = ("add", "change", "chg", "replace", "delete", *MORE, "monitor", "set")
NESTED = frozenset({"ioam", "l2tp", "mptcp", "sr", "xfrm"})  # `ip xfrm state add`: the verb comes third


@frozen
class Spoken:
    """A command taken apart; object and verb are written out, and None where iproute2 has none of that beginning.

    ``flags`` are the options but for the namespace and the file of lines (``netns``, ``batch``); ``rest`` is what
    follows the verb. ``words`` is the object and all behind it, object and verb written out.
    """

    program: str
    flags: tuple[str, ...]
    netns: str | None
    batch: str | None
    object: str | None = None
    verb: str | None = None
    words: tuple[str, ...] = ()

    @property
    def rest(self) -> tuple[str, ...]:
        """What follows object and verb."""
        return self.words[2:]

    @property
    def everywhere(self) -> bool:
        """Whether it is meant for all namespaces: `ip -all netns …`."""
        return any(_long(self.program, flag) == "all" for flag in self.flags)

    @property
    def argv(self) -> tuple[str, ...]:
        """All of it but the namespace and the file of lines."""
        return (self.program, *self.flags, *self.words)


def first_of(table: Iterable[str], word: str) -> str | None:
    """Return the first word of a table that begins with what was typed, as iproute2 takes it."""
    return next((each for each in table if word and each.startswith(word)), None)


def spoken(argv: tuple[str, ...]) -> Spoken:
    """Take a command of ip, bridge or tc apart; the path of the program is left out."""
    program, rest = argv[0].rpartition("/")[2], list(argv[1:])
    flags: list[str] = []
    said: dict[str, str] = {}
    while rest and rest[0].startswith("-") and rest[0] != "--":
        word = rest.pop(0)
        option = _long(program, word)
        value = [rest.pop(0)] if option in VALUED and rest else []
        if option in ("batch", "netns") and value and _plain(option, value[0]):
            said[option] = value[0]
        else:
            flags += [word, *value]
    rest = rest[1:] if rest[:1] == ["--"] else rest
    object_, verb, words = _written_out(program, rest)
    return Spoken(program, tuple(flags), said.get("netns"), said.get("batch"), object_, verb, words)


def _long(program: str, word: str) -> str | None:
    """Return the option that a word stands for."""
    return first_of(OPTIONS[program], word.removeprefix("-").removeprefix("-").partition("=")[0])


def _plain(option: str, value: str) -> bool:
    """Tell whether a namespace is given by its name: `-n` takes a path, too."""
    if option != "netns":
        return True
    try:
        return bool(netns_name(value))
    except ValueError:
        return False


def _written_out(program: str, words: list[str]) -> tuple[str | None, str | None, tuple[str, ...]]:
    """Return the object, the verb, and all the words with these two written out."""
    if not words:
        return None, None, ()
    found = first_of(OBJECTS[program], words[0])
    if found is None:
        return None, None, tuple(words)
    object_ = ALSO_CALLED.get(found, found)
    at = 2 if object_ in NESTED else 1
    verbs = VERBS.get(f"{program} {object_}", VERBS.get(object_, VERBS_OF_MOST))
    verb = first_of(verbs, words[at]) if len(words) > at else None
    verb = verb and ALSO_CALLED.get(verb, verb)
    between, behind = words[1:at], words[at + 1 :] if verb else words[at:]
    return object_, verb, (object_, *between, *((verb,) if verb else ()), *behind)
