"""A namespace in place of a host in use: links, addresses, routes, and altered options."""

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from ipwrap import Command, Recording, Session
from ipwrap.cmdline.reader import Call, read_command
from ipwrap.executors import Process
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.sessions.unrecorded import UnrecordedRunner
from ipwrap.state import State, changed, compare, take_snapshot
from ipwrap.undo import Restorer
from tests.labs import open_sandbox

# Duplicate address detection would delay every IPv6 address by a second or two.
NO_DAD = "sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0"
HOST_SETUP = f"""\
{NO_DAD}
ip link set dev lo up
ip link add name eth0 address 02:00:00:00:00:01 mtu 1450 txqueuelen 77 type veth peer name wire
ip link set dev eth0 alias uplink
ip link property add dev eth0 altname enp0s1
ip link set dev wire up
ip link set dev eth0 up
ip address add 192.0.2.1/24 brd 192.0.2.255 dev eth0 label eth0:main
ip address add 192.0.2.2/24 dev eth0
ip address add 10.99.0.1 peer 10.99.0.2/32 dev eth0
ip address add 2001:db8::1/64 dev eth0 nodad
ip route add default via 192.0.2.254 metric 100
ip route add default via 2001:db8::2 dev eth0
ip route add 198.51.100.0/24 via 192.0.2.3 mtu 1300 proto 77
ip route add 198.51.101.0/24 nexthop via 192.0.2.3 weight 3 nexthop via 192.0.2.4
ip route add blackhole 203.0.113.0/24
ip route add 198.51.103.0/24 dev eth0 table 100
ip nexthop add id 5 via 192.0.2.7 dev eth0
ip route add 198.51.102.0/24 nhid 5
ip rule add from 192.0.2.0/24 fwmark 1/0xff table 100 priority 100
ip -6 rule add from 2001:db8::/64 table 100 priority 101
ip neigh add 192.0.2.9 lladdr 02:00:00:00:00:09 dev eth0
ip neigh add proxy 192.0.2.10 dev eth0
ip link add name br0 address 02:00:00:00:00:0b type bridge ageing_time 1000 forward_delay 200
ip link add name p0 mtu 1400 type veth peer name p1
ip link set dev p0 master br0
ip link set dev p0 type bridge_slave cost 7 learning off
ip link set dev p0 up
ip link set dev p1 up
ip link set dev br0 up
ip address add 172.16.0.1/24 dev br0
bridge fdb add 02:00:00:00:00:08 dev p0 master static
ip link add name spare address 02:00:00:00:00:0c type ifb
ip link add name bare type bridge
ip link add name vx0 type vxlan id 42 dev eth0 dstport 4789 remote 192.0.2.50
tc qdisc replace dev eth0 root handle 1: tbf rate 1mbit burst 10k latency 50ms
ip netns add other
ip netns exec other {NO_DAD}
ip -n other link set dev lo up
ip link add name to-other type veth peer name e0 netns other
ip -n other link set dev e0 up
ip link set dev to-other up
ip -n other address add 10.5.0.2/24 dev e0
ip -n other route add default via 10.5.0.1
"""

# JSON keys whose values the kernel assigns or counts.
KERNEL_KEYS = frozenset(
    {
        "ifindex",
        "link_index",
        "link_netnsid",
        "qdisc",
        "stats",
        "stats64",
        "tentative",
        "used",
        "updated",
        "tso_max_size",
        "bridge_id",
        "root_id",
        "hello_timer",
        "tcn_timer",
        "topology_change_timer",
        "gc_timer",
        "hold_timer",
        "message_age_timer",
        "forward_delay_timer",
    }
)
REPLY_END = "--"
READ_ARGUMENTS = (
    "-d link show",
    "-d address show",
    "-4 -d route show table all",
    "-6 -d route show table all",
    "-4 -d rule show",
    "-6 -d rule show",
    "-d nexthop show",
    "neigh show nud permanent",
    "neigh show proxy",
)
STABLE_READINGS = 4  # equal readings in a row, a tenth of a second apart
MAX_READINGS = 60  # equal readings in a row while a certain reading is expected


def set_up_host(host: Session, extra_lines: str = "") -> None:
    """Set up a place as a host in use, by a shell process, which reports a failing line."""
    result = host.exec("sh", "-ex", stdin=HOST_SETUP + extra_lines, check=False)
    assert result.ok, result.stderr


@contextmanager
def open_host(extra_lines: str = "") -> Iterator[Session]:
    """Open a session in a place set up as a host in use, after the kernel has settled."""
    with open_sandbox() as host:
        set_up_host(host, extra_lines)
        read_settled(host)
        yield host


def read_raw(host: Session) -> list[Any]:
    """Return the JSON of `ip` in every namespace, sorted, without kernel-assigned values."""
    runner = UnrecordedRunner(host.place, Process())
    listing = runner.run(Command(("ip", "-j", "netns", "list"))).stdout
    names = sorted(entry["name"] for entry in json.loads(listing or "[]"))

    queries = [(netns, arguments) for netns in (None, *names) for arguments in READ_ARGUMENTS]
    lines = []
    for netns, arguments in queries:
        namespace_flag = f"-n {netns}" if netns else ""
        lines.append(f"ip {namespace_flag} -j {arguments}; echo {REPLY_END}")

    output = runner.run(Command(("sh", "-e"), stdin="\n".join(lines))).stdout
    replies = output.split(f"{REPLY_END}\n")[:-1]

    readings = []
    for query, reply in zip(queries, replies, strict=True):
        objects = [str(_normalise(data)) for data in json.loads(reply or "[]")]
        readings.append((*query, sorted(objects)))
    return readings


def _normalise(data: Any) -> Any:
    """Return JSON without kernel-assigned values, with sorted keys and sorted lists of objects."""
    if isinstance(data, list):
        values = [_normalise(value) for value in data]
        has_objects = bool(values) and isinstance(values[0], dict)
        return sorted(values, key=str) if has_objects else values
    if isinstance(data, dict):
        return {key: _normalise(data[key]) for key in sorted(data) if key not in KERNEL_KEYS}
    return data


def read_settled(host: Session, expected: object = None) -> list[Any]:
    """Return a reading of a place once equal to the expected reading, or stable for a while.

    Carriers and duplicate address detection take their time.
    """
    reading = read_raw(host)
    equal_readings = 0
    limit = STABLE_READINGS if expected is None else MAX_READINGS

    while reading != expected and equal_readings <= limit:
        time.sleep(0.1)
        previous, reading = reading, read_raw(host)
        equal_readings = equal_readings + 1 if reading == previous else 0
    return reading


def snapshot_of(host: Session) -> State:
    """Return the state of a place, without an entry in the session's recording."""
    with UnrecordedRunner(host.place) as runner:
        return take_snapshot(runner)


def list_differences(before: State, after: State, *, commands: Iterable[Command] = ()) -> list[str]:
    """Return the differences between two states as text."""
    mentioned = MentionedWords(commands)
    old_items = changed(None, before, named=mentioned)
    new_items = changed(None, after, named=mentioned)
    return [str(difference) for difference in compare(old_items, new_items)]


def undo_recording(host: Session, recording: Recording) -> tuple[bool, list[str], list[str]]:
    """Undo a recording; return whether the state is restored, the commands, and the warnings."""
    commands: list[str] = []
    warnings: list[str] = []
    with UnrecordedRunner(host.place) as runner:
        is_restored = Restorer(runner, recording, commands.append, warnings.append).run()
    return is_restored, commands, warnings


CHANGES = """\
ip link set dev eth0 mtu 1400 alias other txqueuelen 9 promisc on
ip link set dev eth0 mtu 1000
ip link set dev eth0 address 02:00:00:00:00:99
ip link set dev eth0 down
ip link set dev eth0 up
ip link set dev lo down
ip link set dev eth0 arp off multicast off allmulticast on
ip link set dev eth0 group 7
ip link set dev eth0 addrgenmode none
ip link set dev eth0 name eth9
ip link set dev eth9 name eth0
ip link set dev eth0 netns other
ip link set dev eth0 master br0
ip link set dev spare up master bare
ip link set dev spare nomaster
ip link set dev p0 nomaster
ip link set dev br0 type bridge stp_state 1 ageing_time 30000
ip link set dev p0 type bridge_slave cost 9 learning on hairpin on
bridge link set dev p0 cost 8 learning on
ip link property del dev eth0 altname enp0s1
ip address delete 192.0.2.1/24 dev eth0
ip address flush dev eth0
ip address delete 2001:db8::1/64 dev eth0
ip address replace 192.0.2.2/24 dev eth0 valid_lft 1000 preferred_lft 500
ip address add 172.16.0.9/24 dev br0
ip address delete 10.5.0.2/24 dev e0 -n other
ip route delete default
ip route delete ::/0
ip route replace default via 192.0.2.99 metric 100
ip route change 198.51.100.0/24 via 192.0.2.5
ip route delete 198.51.101.0/24
ip route append 203.0.113.0/24 via 192.0.2.77
ip route delete blackhole 203.0.113.0/24
ip route delete 192.0.2.0/24
ip route flush table 100
ip nexthop delete id 5
ip nexthop replace id 5 via 192.0.2.8 dev eth0
ip nexthop replace id 6 via 192.0.2.8 dev eth0
ip rule delete priority 100
ip -6 rule delete priority 101
ip rule add from 10.0.0.0/8 table 7 priority 55
ip neigh replace 192.0.2.9 lladdr 02:00:00:00:00:0a dev eth0
ip neigh delete 192.0.2.9 dev eth0
ip neigh delete proxy 192.0.2.10 dev eth0
bridge fdb delete 02:00:00:00:00:08 dev p0 master
tc qdisc replace dev eth0 root handle 2: tbf rate 2mbit burst 10k latency 50ms
tc qdisc delete dev eth0 root
tc qdisc replace dev p0 root tbf rate 2mbit burst 10k latency 50ms
ip link delete dev eth0
ip link delete dev br0
ip link delete dev vx0
ip link delete dev p0
ip link delete dev to-other
ip link delete dev spare
ip link add name spare type ifb
ip link add name eth0 type ifb
ip netns add pod
ip link set dev wire netns pod
ip netns delete pod
"""


def parse_lines(text: str) -> Iterator[Command]:
    """Yield the command of every line, parsed by a verb if possible.

    ` -n NAME` at the end of a line gives the namespace.
    """
    for line in text.splitlines():
        words, _, netns = line.partition(" -n ")
        command = Command(tuple(words.split()), netns or None)
        call = read_command(command)
        yield call.to_commands()[-1] if isinstance(call, Call) else command
