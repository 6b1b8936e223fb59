"""The changes of a recorded script that none of the recorded commands explains.

The states before and after the script are compared. A change counts as explained if a command names
the object, or runs a program with unknown effects in the object's namespace. The remaining changes
were made by an unrecorded program, or by a system call.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from attrs import define, field, frozen

from ipwrap.cmdline.program_effects import has_known_effects, may_change, program_of
from ipwrap.command import IPROUTE2, Command
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.shims.calls.batch_parser import split_lines
from ipwrap.state import State
from ipwrap.state.diff import DELETED, Key, changed
from ipwrap.sysctl.filters import FILTER_NOUNS, mentions_filters
from ipwrap.sysctl.keys import written_settings
from ipwrap.system.programs import find_program

__all__ = ["Change", "find_unexplained", "suggest"]

Fields = dict[str, Any]
Arguments = tuple[str, ...]

# Links that the kernel creates when it loads a module.
FALLBACK_LINKS = re.compile(
    r"tunl0|gre0|gretap0|erspan0|ip_vti0|ip6_vti0|sit0|ip6tnl0|ip6gre0|teql0|bond0|"
    r"(?:dummy|ifb)[01]"
)
DEFAULT_ROUTES = frozenset({"default", "0.0.0.0/0", "::/0", "0.0.0.0", "::"})
# Links of these kinds set their ports up: bond_enslave() in drivers/net/bonding/bond_main.c.
OPENED_PORTS = frozenset({"bond", "team"})

# The programs outside iproute2 that create an object, the likeliest first.
MAKERS: dict[str, tuple[str, ...]] = {
    "bridge": ("brctl", "ovs-vsctl", "docker", "virsh", "podman"),
    "vlan": ("vconfig", "ifup"),
    "tun": ("tunctl", "openvpn", "qemu-system-x86_64", "ovs-vsctl", "vpnc"),
    "openvswitch": ("ovs-vsctl", "ovs-dpctl"),
    "wireguard": ("wg-quick", "wireguard-go"),
    "bond": ("ifenslave", "ifup"),
    "team": ("teamd", "teamnl"),
    "master": ("brctl", "ovs-vsctl", "ifenslave", "teamnl"),
    "link": ("ifconfig", "ifup", "docker", "nmcli", "systemd-networkd"),
    "address": ("ifconfig", "dhclient", "dhcpcd", "udhcpc", "ifup", "nmcli", "wg-quick"),
    "route": ("route", "dhclient", "ifup", "bird", "zebra", "vtysh", "nmcli", "wg-quick"),
    "rule": ("wg-quick", "nmcli"),
    "neigh": ("arp", "arpd"),
    "filter": ("nft", "iptables", "ip6tables", "ufw", "firewall-cmd", "docker", "shorewall"),
    "sysctl": ("sysctl",),
    "netns": ("docker", "podman", "unshare", "cnitool"),
}

# Programs of scripts that leave the network alone.
USUAL_TOOLS = (
    *("awk", "basename", "bash", "bc", "cat", "chmod", "chown", "clear", "column", "cp", "curl"),
    *("cut", "dash", "date", "dd", "diff", "dirname", "dmesg", "echo", "env", "expr", "false"),
    *("file", "find", "flock", "free", "getent", "getopt", "git", "grep", "head", "hexdump"),
    *("host", "hostname", "id", "install", "jq", "kill", "killall", "less", "ln", "logger", "ls"),
    *("lsmod", "lsof", "make", "mkdir", "mkfifo", "mktemp", "modinfo", "modprobe", "more"),
    *("mount", "mv", "nc", "ncat", "nice", "nohup", "nproc", "nsenter", "od", "openssl", "paste"),
    *("pgrep", "pidof", "pkill", "printf", "ps", "pwd", "readlink", "realpath", "rm", "rmdir"),
    *("sed", "seq", "setpriv", "setsid", "sh", "shuf", "socat", "sort", "split", "ssh", "stat"),
    *("stdbuf", "strace", "sudo", "sync", "tail", "tcpdump", "tee", "test", "time", "timeout"),
    *("top", "touch", "tput", "tr", "traceroute", "true", "truncate", "umount", "uname", "uniq"),
    *("unshare", "uptime", "watch", "wc", "wget", "which", "whoami", "xargs", "xxd", "yes"),
)
# A word in the position of a command: at the start of a line, or behind a separator or `sudo`.
COMMAND_WORD = re.compile(r"(?:^|[;&|(]|\$\(|`|\b(?:sudo|then|do|else)\s)\s*([a-zA-Z][\w.+-]*)")


@frozen
class Change:
    """An object that appeared, disappeared or changed; ``maker`` is a key of `MAKERS`."""

    netns: str
    text: str
    maker: str
    setting: str = ""  # KEY=VALUE of a sysctl

    def __str__(self) -> str:
        where = f" in {self.netns}" if self.netns else ""
        return f"{self.text}{where} without a recorded command"


@frozen
class _Item:
    """A changed object: namespace, noun and identity, and the fields after the script."""

    netns: str
    noun: str
    identity: tuple[str, ...]
    fields: Fields

    @classmethod
    def of(cls, key: Key, fields: Fields) -> "_Item":
        """Return the object with a key of `changed`."""
        netns, noun, identity, _ = key
        return cls(netns, noun, identity, fields)

    @property
    def name(self) -> str:
        """The first part of the identity."""
        return self.identity[0] if self.identity else "?"


@define
class _Explanation:
    """The objects that the recorded commands may have changed.

    - ``named``: the words of the commands, and addresses without prefix lengths
    - ``lines``: the words of each command, in lower case
    - ``unknown``: the namespaces in which a program with unknown effects ran
    - ``filters``: the namespaces in which a program set packet filters
    - ``settings``: the written sysctls, by namespace
    """

    named: MentionedWords
    lines: list[frozenset[str]] = field(factory=list)
    unknown: set[str] = field(factory=set)
    filters: set[str] = field(factory=set)
    settings: set[tuple[str, str]] = field(factory=set)

    def add(self, command: Command) -> None:
        """Add the objects that a command may have changed."""
        program = program_of(command)
        if program is not None:
            argv, netns = program
            self._add_program(argv, netns or "", stdin=command.stdin or "")

        self._add_line(command.argv)
        if command.argv[0] in IPROUTE2 and command.stdin is not None:
            for line in split_lines(command.stdin):
                self._add_line(line.arguments)

    def _add_program(self, argv: Arguments, netns: str, *, stdin: str) -> None:
        """Add the objects that a program outside iproute2 may have changed."""
        if mentions_filters((*argv, stdin)):
            self.filters.add(netns)
        settings = list(written_settings(argv))
        self.settings.update((netns, key) for key, _ in settings)
        is_file_of_settings = argv[0].rpartition("/")[2] == "sysctl" and not settings
        if is_file_of_settings or not has_known_effects(argv):
            self.unknown.add(netns)

    def _add_line(self, argv: Arguments) -> None:
        """Add the words of a command."""
        self.named.add(Command(argv))
        self.lines.append(frozenset(word.lower() for word in argv))

    def has_line(self, *words: str) -> bool:
        """Return whether a command has all of the words."""
        return any(line.issuperset(words) for line in self.lines)

    def names(self, word: object) -> bool:
        """Return whether a command has a word, or an address without the prefix length."""
        return isinstance(word, str) and (
            word in self.named or word.partition("/")[0] in self.named
        )


def find_unexplained(before: State, after: State, *, commands: Iterable[Command]) -> list[Change]:
    """Return the changes from one state to the other that no recorded command explains.

    Deleted addresses, routes and neighbours count as consequences of a change of the link.
    """
    explanation = _Explanation(MentionedWords())
    for command in commands:
        if command.changes and may_change(command.argv):
            explanation.add(command)

    changes = list(_namespace_changes(before, after, explanation=explanation))
    differences = changed(before, after, named=explanation.named)
    for key, fields in differences.items():
        item = _Item.of(key, fields)
        check = CHECKS.get(item.noun)
        if check is None or item.netns in explanation.unknown or item.netns not in after:
            continue

        change = check(item, explanation)
        if change is not None:
            changes.append(change)
    return list(dict.fromkeys(changes))


def _namespace_changes(
    before: State, after: State, *, explanation: _Explanation
) -> Iterator[Change]:
    """Yield the namespaces that appeared or disappeared without a command."""
    for netns in sorted(before.keys() ^ after.keys()):
        is_all_deleted = explanation.has_line("-all", "netns", "delete") and netns in before
        if not explanation.names(netns) and not is_all_deleted and not explanation.unknown:
            verb = "appeared" if netns in after else "disappeared"
            yield Change("", f"the namespace {netns} {verb}", "netns")


def _check_link(item: _Item, explanation: _Explanation) -> Change | None:
    """Return the change of a link that no command explains."""
    name, fields = item.name, item.fields
    is_named = explanation.names(name)

    if fields == DELETED:
        # The kernel deletes the peer of a veth, and the links on top of a link, with the link.
        is_explained = is_named or explanation.has_line("delete") or explanation.has_line("del")
        return None if is_explained else Change(item.netns, f"{name} disappeared", "link")

    kind = str(fields.get("info_kind", ""))
    is_up = "UP" in (fields.get("flags") or ())
    if name == "lo" and not is_named:
        return Change(item.netns, "lo was set up", "link") if is_up else None
    if not is_named:
        is_automatic = FALLBACK_LINKS.fullmatch(name) or _is_named_by_kernel(
            name, kind=kind, explanation=explanation
        )
        maker = kind if kind in MAKERS else "link"
        return None if is_automatic else Change(item.netns, f"{name} appeared or changed", maker)

    master = fields.get("master")
    if master and not _may_enslave(name, master=str(master), explanation=explanation):
        return Change(item.netns, f"{name} became a port of {master}", "master")

    if is_up and not _may_set_up(name, fields, explanation=explanation):
        return Change(item.netns, f"{name} was set up", "link")
    return None


def _is_named_by_kernel(name: str, *, kind: str, explanation: _Explanation) -> bool:
    """Return whether the kernel may have named a link that a command created: `veth0`, `tun1`."""
    if not name[-1:].isdigit() and "." not in name:
        return False
    if kind == "tun":
        return explanation.has_line("tuntap") or explanation.has_line("tunctl")
    return bool(kind) and explanation.has_line("add", kind)


def _may_enslave(name: str, *, master: str, explanation: _Explanation) -> bool:
    """Return whether a command may have made a link a port of a master."""
    if explanation.has_line(name.lower(), master.lower()):
        return True
    return explanation.has_line("group", "master") or explanation.has_line("group", "vrf")


def _may_set_up(name: str, fields: Fields, *, explanation: _Explanation) -> bool:
    """Return whether a command, or another link, may have set a link up."""
    if fields.get("info_slave_kind") in OPENED_PORTS:
        return True

    # The link may have been set up before a rename.
    words = (("up",), ("ifconfig",), ("set", "name"))
    is_set_up = any(explanation.has_line(name.lower(), *rest) for rest in words)
    return is_set_up or explanation.has_line("group", "up")


def _check_address(item: _Item, explanation: _Explanation) -> Change | None:
    """Return an address that no command names."""
    ifname, address, *_ = item.identity
    fields = item.fields
    is_loopback = fields.get("scope") == "host" and ifname == "lo"
    if fields == DELETED or is_loopback or fields.get("dynamic") or explanation.names(address):
        return None
    return Change(item.netns, f"the address {address} of {ifname} appeared", "address")


def _check_route(item: _Item, explanation: _Explanation) -> Change | None:
    """Return a route that no command names."""
    destination, fields = item.name, item.fields
    if fields == DELETED or fields.get("protocol") in ("kernel", "ra", "redirect"):
        return None

    names = {destination, *DEFAULT_ROUTES} if destination == "default" else {destination}
    if any(explanation.names(name) for name in names):
        return None

    # `ip route add 10.1/16` and `ip route replace HOSTNAME` write the destination in another form:
    # the gateway identifies the command as well.
    hops = [fields, *(fields.get("nexthops") or ())]
    if any(explanation.names(_gateway_of(hop)) for hop in hops):
        return None
    return Change(item.netns, f"the route to {destination} appeared", "route")


def _gateway_of(hop: Fields) -> object:
    """Return the gateway of a hop; ``via`` holds a gateway of another address family."""
    via = hop.get("via") or {}
    return hop.get("gateway") or via.get("host")


def _check_rule(item: _Item, explanation: _Explanation) -> Change | None:
    """Return a rule, unless a command has set rules."""
    fields = item.fields
    rule = " ".join(item.identity)
    is_vrf_rule = "l3mdev" in fields or "l3mdev" in rule
    if fields == DELETED or is_vrf_rule or explanation.has_line("rule"):
        return None
    return Change(item.netns, f"the rule {rule} appeared", "rule")


def _check_neigh(item: _Item, explanation: _Explanation) -> Change | None:
    """Return a permanent neighbour that no command names."""
    if item.fields == DELETED or explanation.names(item.name):
        return None
    return Change(item.netns, f"the neighbour {item.name} appeared", "neigh")


def _check_filter(item: _Item, explanation: _Explanation) -> Change | None:
    """Return packet filters, unless a program has set packet filters in the namespace."""
    if item.netns in explanation.filters:
        return None
    return Change(item.netns, f"rules of {item.noun} changed", "filter")


def _check_sysctl(item: _Item, explanation: _Explanation) -> Change | None:
    """Return a sysctl that neither a command nor the write of a broader sysctl has set."""
    name, fields = item.name, item.fields
    written = {setting for space, setting in explanation.settings if space == item.netns}
    if fields == DELETED or name in written or name.startswith("net.bridge."):
        return None

    # A key of `all` or `default` also sets the key of that name of each link.
    leaf = _leaf_of(name)
    if any(leaf == _leaf_of(setting) for setting in written):
        return None

    value = fields.get("value")
    return Change(item.netns, f"the sysctl {name} became {value}", "sysctl", f"{name}={value}")


def _leaf_of(key: str) -> str:
    """Return the last part of a sysctl's key. `ip_forward` is an alias of `conf.all.forwarding`."""
    leaf = re.split(r"[./]", key)[-1]
    return "forwarding" if leaf == "ip_forward" else leaf


Check = Callable[[_Item, _Explanation], Change | None]

CHECKS: dict[str, Check] = {
    "link": _check_link,
    "address": _check_address,
    "route": _check_route,
    "rule": _check_rule,
    "rule inet6": _check_rule,
    "neigh": _check_neigh,
    "sysctl": _check_sysctl,
    **dict.fromkeys(FILTER_NOUNS, _check_filter),
}


def suggest(change: Change, *, script: str, recorded: Iterable[str]) -> str:
    """Return the advice for an unexplained change.

    ``script`` is the text of the script, or empty; ``recorded`` are the programs with a shim.
    """
    recorded = set(recorded)
    words = set(COMMAND_WORD.findall(script)) | set(re.findall(r"[\w.+-]+", script))
    likely_makers = MAKERS.get(change.maker, ())

    makers = [name for name in likely_makers if name in words and name not in recorded]
    if not makers:
        makers = sorted(_other_programs(script, recorded))[:3]

    if not makers and change.setting:
        return (
            f"write it as `sysctl -w {change.setting}`, or record with --sandbox, "
            "where what is written to /proc/sys is recorded"
        )
    if not makers:
        return (
            "the program that made it is not recorded, or made it by a system call; "
            "add --also PROGRAM"
        )

    options = " ".join(f"--also {name}" for name in makers)
    *first_makers, last_maker = makers
    if not first_makers:
        return f"{last_maker} is not recorded; add {options}"
    return f"{', '.join(first_makers)} and {last_maker} are not recorded; add {options}"


def _other_programs(script: str, recorded: set[str]) -> set[str]:
    """Return the unrecorded programs that a script calls, without the usual tools."""
    names: set[str] = set()
    for line in script.splitlines():
        if not line.lstrip().startswith("#"):
            names.update(COMMAND_WORD.findall(line))

    unknown = names - recorded - {*USUAL_TOOLS, *IPROUTE2}
    return {name for name in unknown if find_program(name) is not None}
