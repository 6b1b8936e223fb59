"""A call as a `Command`: in which namespace, whether it changes anything, and what it makes."""

from collections.abc import Callable

from attrs import evolve

from ipwrap.cmdline import ParsedCommand, closest_command
from ipwrap.command import IPROUTE2, Command

__all__ = ["classify", "may_change"]

Words = tuple[str, ...]

# Programs that are often run in a namespace and leave the network as it is; what is not known changes it.
HARMLESS = frozenset(
    {
        *(
            "arping",
            "awk",
            "cat",
            "curl",
            "dig",
            "echo",
            "false",
            "fping",
            "grep",
            "head",
            "host",
            "hostname",
            "id",
        ),
        *(
            "iperf",
            "iperf3",
            "ls",
            "mtr",
            "nc",
            "ncat",
            "netperf",
            "netserver",
            "netstat",
            "nslookup",
            "ping",
            "ping6",
        ),
        *(
            "ps",
            "pwd",
            "readlink",
            "seq",
            "sleep",
            "socat",
            "ss",
            "stat",
            "tcpdump",
            "test",
            "tracepath",
            "traceroute",
        ),
        *("traceroute6", "true", "tshark", "uname", "wget", "whoami"),
    }
)
LIST_RULES = frozenset(
    {"-L", "--list", "-S", "--list-rules", "-C", "--check", "-n", "-V", "--version", "-h", "--help"}
)
ETHTOOL_SETS = frozenset("ACGKLNPUWX") | {"s"}
CHANGES: dict[str, Callable[[Words], bool]] = {
    "brctl": lambda words: words[:1] not in ((), ("show",), ("showmacs",), ("showstp",)),
    "ethtool": lambda words: (
        words[:1] != () and (words[0].startswith("--set") or words[0][1:] in ETHTOOL_SETS)
    ),
    "ip6tables": lambda words: LIST_RULES.isdisjoint(words[:3]),
    "iptables": lambda words: LIST_RULES.isdisjoint(words[:3]),
    "nft": lambda words: (
        not {"list", "monitor", "describe", "-c", "--check", "-v", "-h"} & {*words}
    ),
    "sysctl": lambda words: any(
        "=" in word or word in ("-w", "-p", "--load", "--system", "--write") for word in words
    ),
    "wg": lambda words: words[:1] in (("set",), ("setconf",), ("addconf",), ("syncconf",)),
}


def classify(argv: Words, netns: str | None = None, *, stdin: str | None = None) -> Command:
    """Return the command that a call is, as a session would have recorded it.

    ``netns`` is the namespace in which it was called. That of `ip -n NAME …` and `ip netns exec NAME …` is the
    command's own, and object and verb are written out: `ip -n red l s eth0 up` is `ip link set eth0 up` in red. Only
    what ipwrap's verbs know to take away again is told as made.
    """
    if argv[0].rpartition("/")[2] not in IPROUTE2:
        return Command(argv, netns, stdin=stdin, changes=may_change(argv))
    typed = ParsedCommand.of(argv, netns)
    if typed.exec_argv is not None:
        return classify(typed.exec_argv[1], typed.exec_argv[0], stdin=stdin)
    batch = () if typed.batch is None else ("-batch", typed.batch)
    words = (typed.program, *typed.options(), *batch, *typed.words)
    command = Command(words, typed.netns, stdin=stdin, changes=_has_changing_words(typed))
    ran = (
        closest_command(typed) if command.changes and not batch else None
    )  # what only looks makes nothing
    return (
        command
        if ran is None
        else evolve(command, creates=ran.creates, deletes=ran.deletes, renames=ran.renames)
    )


def may_change(argv: Words) -> bool:
    """Tell whether a program may change anything: by its own table, or if it is not known."""
    program = argv[0].rpartition("/")[2]
    if program in IPROUTE2:
        typed = ParsedCommand.of(argv)
        return (
            _has_changing_words(typed)
            if typed.exec_argv is None
            else may_change(typed.exec_argv[1])
        )
    return CHANGES[program](argv[1:]) if program in CHANGES else program not in HARMLESS


def _has_changing_words(typed: ParsedCommand) -> bool:
    """Tell whether a command of iproute2 changes anything; of `exec` it is the program that does."""
    if typed.arguments[1:] == ("exec",):
        program = typed.rest[0 if "-all" in typed.flags else 1 :]
        return bool(program) and may_change(program)
    return typed.batch is not None or not typed.is_read
