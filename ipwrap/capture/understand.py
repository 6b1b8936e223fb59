"""A call as a `Command`: in which namespace, whether it changes anything, and what it makes."""

from collections.abc import Callable

from ipwrap.capture.spoken import Spoken, spoken
from ipwrap.capture.things import with_things
from ipwrap.command import IPROUTE2, Command
from ipwrap.names import netns_name

__all__ = ["LOOK", "understood"]

Words = tuple[str, ...]

LOOK = frozenset(
    {
        *("help", "show", "list", "get", "save", "showdump", "test", "identify", "pids", "monitor", "list-id"),
        *("xstats", "afstats", "tunnelshow"),
    }
)

# Programs that are often run in a namespace and leave the network as it is; what is not known changes it.
HARMLESS = frozenset(
    {
        *("arping", "awk", "cat", "curl", "dig", "echo", "false", "fping", "grep", "head", "host", "hostname", "id"),
        *("iperf", "iperf3", "ls", "mtr", "nc", "ncat", "netperf", "netserver", "netstat", "nslookup", "ping", "ping6"),
        *("ps", "pwd", "readlink", "seq", "sleep", "socat", "ss", "stat", "tcpdump", "test", "tracepath", "traceroute"),
        *("traceroute6", "true", "tshark", "uname", "wget", "whoami"),
    }
)
LIST_RULES = frozenset({"-L", "--list", "-S", "--list-rules", "-C", "--check", "-n", "-V", "--version", "-h", "--help"})
ETHTOOL_SETS = frozenset("ACGKLNPUWX") | {"s"}
CHANGES: dict[str, Callable[[Words], bool]] = {
    "brctl": lambda words: words[:1] not in ((), ("show",), ("showmacs",), ("showstp",)),
    "ethtool": lambda words: words[:1] != () and (words[0].startswith("--set") or words[0][1:] in ETHTOOL_SETS),
    "ip6tables": lambda words: LIST_RULES.isdisjoint(words[:3]),
    "iptables": lambda words: LIST_RULES.isdisjoint(words[:3]),
    "nft": lambda words: not {"list", "monitor", "describe", "-c", "--check", "-v", "-h"} & {*words},
    "sysctl": lambda words: any("=" in word or word in ("-w", "-p", "--load", "--system", "--write") for word in words),
    "wg": lambda words: words[:1] in (("set",), ("setconf",), ("addconf",), ("syncconf",)),
}


def understood(argv: Words, netns: str | None = None, *, stdin: str | None = None) -> Command:
    """Return the command that a call is, as a session would have recorded it.

    ``netns`` is the namespace in which it was called. That of `ip -n NAME …` and `ip netns exec NAME …` is the
    command's own, and object and verb are written out: `ip -n red l s eth0 up` is `ip link set eth0 up` in red. Only
    what ipwrap's verbs know to take away again is told as made.
    """
    if argv[0].rpartition("/")[2] not in IPROUTE2:
        return Command(argv, netns, stdin=stdin, changes=_changes(argv))
    said = spoken(argv)
    inner = _executed(said)
    if inner is not None:
        return understood(inner[1], inner[0], stdin=stdin)
    flags = said.flags if said.batch is None else (*said.flags, "-batch", said.batch)
    words = (said.program, *flags, *said.words)
    command = Command(words, said.netns or netns, stdin=stdin, changes=_alters(said))
    return with_things(command, said) if command.changes and said.batch is None else command


def _executed(said: Spoken) -> tuple[str, Words] | None:
    """Return the namespace and the words of `ip netns exec NAME PROGRAM …`."""
    if (said.object, said.verb) != ("netns", "exec") or said.everywhere or len(said.rest) < 2:
        return None
    try:
        return netns_name(said.rest[0]), said.rest[1:]
    except ValueError:
        return None


def _alters(said: Spoken) -> bool:
    """Tell whether a command of iproute2 changes anything."""
    if said.batch is not None:
        return True
    if said.object in (None, "help", "monitor"):
        return False
    if said.verb == "exec":
        return _changes(said.rest[0 if said.everywhere else 1 :])
    return said.verb not in LOOK and len(said.words) > 1


def _changes(argv: Words) -> bool:
    """Tell whether a program may change anything: by its own table, or if it is not known."""
    if not argv or argv[0] in IPROUTE2:
        return bool(argv) and understood(argv).changes
    program = argv[0].rpartition("/")[2]
    return CHANGES[program](argv[1:]) if program in CHANGES else program not in HARMLESS
