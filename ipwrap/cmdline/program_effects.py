"""Whether a program changes the network: a table of programs, and the verbs of iproute2."""

from collections.abc import Callable

from ipwrap.cmdline.netns_files import created_netns
from ipwrap.cmdline.parsed import ParsedCommand
from ipwrap.cmdline.wrappers import innermost_program
from ipwrap.command import IPROUTE2, Command
from ipwrap.system.lazy_pattern import lazy_pattern
from ipwrap.system.uts import without_uts

__all__ = [
    "changes_network",
    "has_known_effects",
    "is_lost_with_netns",
    "may_change",
    "program_of",
]

Arguments = tuple[str, ...]

# Programs that often run in a namespace and leave the network unchanged. A program that is missing
# here and in CHANGES counts as a change.
HARMLESS_NAMES = """
arping cat dig echo false fping grep head host id iperf iperf3 ls mtr
netperf netserver netstat nslookup ping ping6 ps pwd readlink seq sleep ss
stat tcpdump test tracepath traceroute traceroute6 true tshark uname whoami
"""
HARMLESS = frozenset(HARMLESS_NAMES.split())

RULE_CHANGES = frozenset(
    {
        *("-A", "-D", "-E", "-F", "-I", "-N", "-P", "-R", "-X", "-Z"),
        *("--append", "--delete", "--rename-chain", "--flush", "--insert", "--new-chain"),
        *("--policy", "--replace", "--delete-chain", "--zero"),
    }
)
RESTORE_TESTS = frozenset({"-t", "--test", "-h", "--help", "-V", "--version"})
ARP_WRITES = lazy_pattern(r"-[a-zA-Z]*[sdf]|--(?:set|delete|file)")
BRCTL_READS = frozenset({"show", "showmacs", "showstp"})
ETHTOOL_READS = frozenset("aceghiklmnPSTuxd") | {"show-permaddr", "driver", "statistics"}
IPSET_READS = frozenset(
    {
        *("list", "-L", "--list", "save", "-S", "--save", "test", "-T", "--test"),
        *("help", "-h", "-H", "--help", "version", "-v", "-V", "--version"),
    }
)
NFT_READS = frozenset({"describe", "get", "list", "monitor"})
NFT_HARMLESS_OPTIONS = frozenset({"-c", "--check", "-v", "--version", "-h", "--help"})
OVS_READS = frozenset(
    {
        *("show", "list", "get", "find", "list-br", "br-exists", "br-to-vlan", "br-to-parent"),
        *("br-get-external-id", "list-ports", "port-to-br", "list-ifaces", "iface-to-br"),
        *("get-controller", "get-fail-mode", "get-manager", "get-ssl", "wait-until"),
    }
)
OVS_VALUES = frozenset({"-t", "--timeout", "--db", "--format", "-f", "--columns", "-d", "--data"})
ROUTE_WRITES = frozenset({"add", "del", "delete", "flush"})
# Of procps: a file of settings (-p, -f, --load, --system), and -w; letters may stand together.
SYSCTL_WRITES = lazy_pattern(r"-[a-zA-Z]*[fpw]|--load.*|--system|--write")
# Wrappers that only print something, or fail, without a program to run.
PRINTS_ALONE = frozenset({"env", "ionice", "nice", "time", "timeout"})
WG_SETS = frozenset({"set", "setconf", "addconf", "syncconf"})


def _arp_changes(arguments: Arguments) -> bool:
    """Return whether arp(8) sets or deletes an entry."""
    return any(ARP_WRITES.fullmatch(argument) for argument in arguments)


def _brctl_changes(arguments: Arguments) -> bool:
    """Return whether brctl(8) changes a bridge: every subcommand but the `show…` ones."""
    return bool(arguments) and arguments[0] not in BRCTL_READS


def _date_changes(arguments: Arguments) -> bool:
    """Return whether date(1) sets the clock: not without arguments, nor with a format (`+…`)."""
    return not all(argument.startswith("+") or argument == "-u" for argument in arguments)


def _ethtool_changes(arguments: Arguments) -> bool:
    """Return whether ethtool(8) changes a setting: not with only a device, or a showing option."""
    if not arguments or not arguments[0].startswith("-"):
        return False

    option = arguments[0].lstrip("-")
    return option not in ETHTOOL_READS and not option.startswith("show-")


def _hostname_changes(arguments: Arguments) -> bool:
    """Return whether hostname(1) sets the name: every option only prints another form of it."""
    return any(not argument.startswith("-") or argument in ("-b", "-F") for argument in arguments)


def _ifconfig_changes(arguments: Arguments) -> bool:
    """Return whether ifconfig(8) sets something: words follow the name of a link."""
    words = [argument for argument in arguments if not argument.startswith("-")]
    return len(words) > 1


def _ipset_changes(arguments: Arguments) -> bool:
    """Return whether ipset(8) changes a set: every command except listing and testing."""
    return bool(arguments) and IPSET_READS.isdisjoint(arguments)


def _iptables_changes(arguments: Arguments) -> bool:
    """Return whether iptables(8) changes a rule, a chain or a counter."""
    return not RULE_CHANGES.isdisjoint(arguments)


def _nft_changes(arguments: Arguments) -> bool:
    """Return whether nft(8) changes the ruleset: its command follows the options."""
    if not NFT_HARMLESS_OPTIONS.isdisjoint(arguments):
        return False
    words = [argument for argument in arguments if not argument.startswith("-")]
    return not words or words[0] not in NFT_READS


def _ovs_changes(arguments: Arguments) -> bool:
    """Return whether ovs-vsctl(8) changes the database: any command of the line may."""
    is_command, is_value = True, False

    for argument in arguments:
        if is_value:
            is_value = False
        elif argument == "--":
            is_command = True
        elif argument.startswith("-"):
            is_value = is_command and argument in OVS_VALUES
        elif is_command:
            if argument not in OVS_READS:
                return True
            is_command = False

    return False


def _route_changes(arguments: Arguments) -> bool:
    """Return whether route(8) changes a route."""
    return not ROUTE_WRITES.isdisjoint(arguments)


def _sysctl_changes(arguments: Arguments) -> bool:
    """Return whether sysctl(8) writes a value: KEY=VALUE, `-w`, or a file of settings."""
    return any("=" in argument or SYSCTL_WRITES.fullmatch(argument) for argument in arguments)


def _changes_with_arguments(arguments: Arguments) -> bool:
    """Return whether vconfig(8) or tunctl(8) changes a link, and does not print the usage."""
    return arguments not in (("-h",), ("--help",))


def _wg_changes(arguments: Arguments) -> bool:
    """Return whether wg(8) changes an interface."""
    return bool(arguments) and arguments[0] in WG_SETS


def _restore_changes(arguments: Arguments) -> bool:
    """Return whether iptables-restore(8) changes rules, and does not only test the input."""
    return not RESTORE_TESTS.intersection(arguments)


def _save_changes(_arguments: Arguments) -> bool:
    """Return False: iptables-save(8) only prints rules."""
    return False


# iptables(8), ip6tables, ebtables and arptables, each under the names of its two back ends.
RULE_PROGRAMS: dict[str, Callable[[Arguments], bool]] = {
    f"{name}{back_end}{task}": changes
    for name in ("iptables", "ip6tables", "ebtables", "arptables")
    for back_end in ("", "-legacy", "-nft")
    for task, changes in (
        ("", _iptables_changes),
        ("-restore", _restore_changes),
        ("-save", _save_changes),
    )
}

CHANGES: dict[str, Callable[[Arguments], bool]] = {
    **RULE_PROGRAMS,
    "arp": _arp_changes,
    "brctl": _brctl_changes,
    "date": _date_changes,
    "ethtool": _ethtool_changes,
    "hostname": _hostname_changes,
    "ifconfig": _ifconfig_changes,
    "ipset": _ipset_changes,
    "nft": _nft_changes,
    "ovs-vsctl": _ovs_changes,
    "route": _route_changes,
    "sysctl": _sysctl_changes,
    "tunctl": _changes_with_arguments,
    "vconfig": _changes_with_arguments,
    "wg": _wg_changes,
}


def may_change(argv: Arguments) -> bool:
    """Return whether a program may change the network. Unknown programs count as a change.

    For wrappers such as `timeout`, `env` and `nsenter`, the wrapped program decides.
    """
    if created_netns(argv) is not None:
        return True

    argv = innermost_program(argv)
    program = argv[0].rpartition("/")[2]

    if program in IPROUTE2:
        parsed = ParsedCommand.of(argv)
        if parsed.exec_argv is not None:
            return may_change(parsed.exec_argv[1])
        return changes_network(parsed)

    if program in CHANGES:
        return CHANGES[program](argv[1:])
    if program in PRINTS_ALONE:
        return False

    return program not in HARMLESS


def changes_network(parsed: ParsedCommand) -> bool:
    """Return whether a command of iproute2 changes the network. For `exec`, the program decides."""
    if parsed.arguments[1:] == ("exec",):
        # `ip -all netns exec PROGRAM` takes no namespace before the program.
        inner_argv = parsed.rest if "-all" in parsed.flags else parsed.rest[1:]
        return bool(inner_argv) and may_change(inner_argv)

    return parsed.batch is not None or not parsed.is_read


def program_of(command: Command) -> tuple[Arguments, str | None] | None:
    """Return the program outside iproute2 that a command runs, and the namespace.

    Behind `ip netns exec NAME`, `ip vrf exec NAME`, or alone; None for a command of iproute2.
    """
    if command.argv[0].rpartition("/")[2] not in IPROUTE2:
        return command.argv, command.netns

    parsed = ParsedCommand.of(command.argv, command.netns)
    if parsed.arguments[1:] != ("exec",):
        return None
    if parsed.exec_argv is not None:
        netns, argv = parsed.exec_argv
        inner = Command(argv, netns) if argv and argv[0] else None
        return None if inner is None else program_of(inner)

    argv = tuple(parsed.rest if "-all" in parsed.flags else parsed.rest[1:])
    return (argv, parsed.netns) if argv else None


def is_lost_with_netns(argv: Arguments) -> bool:
    """Return whether a program's changes are lost with the network namespace of the program.

    Among sysctls, only `net.*` belongs to the namespace.
    """
    # Another `nsenter` may lead into another namespace, or out of all named ones.
    argv = without_uts(argv)
    if "nsenter" not in argv:
        argv = innermost_program(argv)

    program = argv[0].rpartition("/")[2]
    if program in ("date", "hostname", "ovs-vsctl"):
        return False
    if program != "sysctl":
        return program in CHANGES

    names = [argument for argument in argv[1:] if "=" in argument]
    return bool(names) and all(name.startswith(("net.", "net/")) for name in names)


def has_known_effects(argv: Arguments) -> bool:
    """Return whether the effects of a program are known from the arguments.

    The effects of a shell, or of another program that may run any program, are unknown.
    """
    program = innermost_program(argv)[0].rpartition("/")[2]
    return program in IPROUTE2 or program in CHANGES or program in HARMLESS
