"""Convert a recorded call into a `Command`: its namespace, its effect, and the created objects."""

from collections.abc import Callable

from attrs import evolve

from ipwrap.cmdline import ParsedCommand, closest_command
from ipwrap.command import IPROUTE2, Command

__all__ = ["classify", "may_change"]

Arguments = tuple[str, ...]

# Programs that often run in a namespace and leave the network unchanged. A program that is missing
# here and in CHANGES counts as a change.
HARMLESS_NAMES = """
arping awk cat curl dig echo false fping grep head host hostname id
iperf iperf3 ls mtr nc ncat netperf netserver netstat nslookup ping ping6
ps pwd readlink seq sleep socat ss stat tcpdump test tracepath traceroute
traceroute6 true tshark uname wget whoami
"""
HARMLESS = frozenset(HARMLESS_NAMES.split())

LIST_RULES = frozenset(
    {"-L", "--list", "-S", "--list-rules", "-C", "--check", "-n", "-V", "--version", "-h", "--help"}
)
BRCTL_READS = frozenset({"show", "showmacs", "showstp"})
ETHTOOL_SETS = frozenset("ACGKLNPUWX") | {"s"}
NFT_READS = frozenset({"list", "monitor", "describe", "-c", "--check", "-v", "-h"})
SYSCTL_WRITES = frozenset({"-w", "-p", "--load", "--system", "--write"})
WG_SETS = frozenset({"set", "setconf", "addconf", "syncconf"})


def _brctl_changes(arguments: Arguments) -> bool:
    """Return whether brctl(8) changes a bridge: every subcommand but the `show…` ones."""
    return bool(arguments) and arguments[0] not in BRCTL_READS


def _ethtool_changes(arguments: Arguments) -> bool:
    """Return whether ethtool(8) changes a setting: a capital letter, `-s`, or `--set…`."""
    if not arguments:
        return False

    option = arguments[0]
    return option.startswith("--set") or option[1:] in ETHTOOL_SETS


def _iptables_changes(arguments: Arguments) -> bool:
    """Return whether iptables(8) changes a rule. `-t TABLE` may precede the command."""
    return LIST_RULES.isdisjoint(arguments[:3])


def _nft_changes(arguments: Arguments) -> bool:
    """Return whether nft(8) changes the ruleset."""
    return NFT_READS.isdisjoint(arguments)


def _sysctl_changes(arguments: Arguments) -> bool:
    """Return whether sysctl(8) writes a value: `-w`, `-p`, or KEY=VALUE without an option."""
    return any("=" in argument or argument in SYSCTL_WRITES for argument in arguments)


def _wg_changes(arguments: Arguments) -> bool:
    """Return whether wg(8) changes an interface."""
    return bool(arguments) and arguments[0] in WG_SETS


CHANGES: dict[str, Callable[[Arguments], bool]] = {
    "brctl": _brctl_changes,
    "ethtool": _ethtool_changes,
    "ip6tables": _iptables_changes,
    "iptables": _iptables_changes,
    "nft": _nft_changes,
    "sysctl": _sysctl_changes,
    "wg": _wg_changes,
}


def classify(argv: Arguments, netns: str | None = None, *, stdin: str | None = None) -> Command:
    """Return the command of a call, in the form that a session records.

    ``netns`` is the namespace of the caller. `ip -n NAME …` and `ip netns exec NAME …` override
    ``netns``. Object and verb are written in full: `ip -n red l s eth0 up` becomes
    `ip link set eth0 up` in red. The command lists only created objects that ipwrap's verbs can
    delete again.
    """
    program = argv[0].rpartition("/")[2]
    if program not in IPROUTE2:
        return Command(argv, netns, stdin=stdin, changes=may_change(argv))

    # `ip netns exec red ip link` runs `ip link` in red: the recorded command is `ip -n red link`.
    parsed = ParsedCommand.of(argv, netns)
    if parsed.exec_argv is not None:
        exec_netns, exec_argv = parsed.exec_argv
        return classify(exec_argv, exec_netns, stdin=stdin)

    batch = () if parsed.batch is None else ("-batch", parsed.batch)
    command = Command(
        (parsed.program, *parsed.options(), *batch, *parsed.words),
        parsed.netns,
        stdin=stdin,
        changes=_changes_network(parsed),
    )

    # A read creates nothing, and the lines of a batch are in its input.
    if batch or not command.changes:
        return command

    equivalent = closest_command(parsed)
    if equivalent is None:
        return command

    return evolve(
        command,
        creates=equivalent.creates,
        deletes=equivalent.deletes,
        renames=equivalent.renames,
    )


def may_change(argv: Arguments) -> bool:
    """Return whether a program may change the network. Unknown programs count as a change."""
    program = argv[0].rpartition("/")[2]

    if program in IPROUTE2:
        parsed = ParsedCommand.of(argv)
        if parsed.exec_argv is not None:
            return may_change(parsed.exec_argv[1])
        return _changes_network(parsed)

    if program in CHANGES:
        return CHANGES[program](argv[1:])

    return program not in HARMLESS


def _changes_network(parsed: ParsedCommand) -> bool:
    """Return whether a command of iproute2 changes the network. For `exec`, the program decides."""
    if parsed.arguments[1:] == ("exec",):
        # `ip -all netns exec PROGRAM` takes no namespace before the program.
        inner_argv = parsed.rest if "-all" in parsed.flags else parsed.rest[1:]
        return bool(inner_argv) and may_change(inner_argv)

    return parsed.batch is not None or not parsed.is_read
