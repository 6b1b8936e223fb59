"""A namespace that stands in for a host in use: with links, addresses, routes, and settings unlike the defaults."""

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any

from ipwrap import Command, Recording, Session
from ipwrap.cmdline.reader import Call, read_command
from ipwrap.executors import Process
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state import State, changed, compare, take_snapshot
from ipwrap.undo import Restorer, UndoRunner
from tests.labs import opened

# In there nobody asks whether an address is unique, which would take a second or two.
SURE = "sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0"
USED = f"""\
{SURE}
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
ip netns exec other {SURE}
ip -n other link set dev lo up
ip link add name to-other type veth peer name e0 netns other
ip -n other link set dev e0 up
ip link set dev to-other up
ip -n other address add 10.5.0.2/24 dev e0
ip -n other route add default via 10.5.0.1
"""

COUNTED = frozenset(
    {
        *(
            "ifindex",
            "link_index",
            "link_netnsid",
            "qdisc",
            "stats",
            "stats64",
            "tentative",
            "used",
            "updated",
        ),
        "tso_max_size",
        *(
            "bridge_id",
            "root_id",
            "hello_timer",
            "tcn_timer",
            "topology_change_timer",
            "gc_timer",
            "hold_timer",
        ),
        *("message_age_timer", "forward_delay_timer"),
    }
)
END = "--"
READS = (
    *(
        "-d link show",
        "-d address show",
        "-4 -d route show table all",
        "-6 -d route show table all",
    ),
    *(
        "-4 -d rule show",
        "-6 -d rule show",
        "-d nexthop show",
        "neigh show nud permanent",
        "neigh show proxy",
    ),
)


def used(host: Session, more: str = "") -> None:
    """Make a place one that is in use, by one process: a shell that says which line failed."""
    result = host.exec("sh", "-ex", stdin=USED + more, check=False)
    assert result.ok, result.stderr


@contextmanager
def in_use(more: str = "") -> Iterator[Session]:
    """Open a session in a place that is in use, and has come to rest."""
    with opened() as host:
        used(host, more)
        still(host)
        yield host


def raw(host: Session) -> list[Any]:
    """Return what `ip` itself shows of a place, without numbers and counters, in an order of its own."""
    read = UndoRunner(host.place, Process())
    names = [
        each["name"]
        for each in json.loads(read.run(Command(("ip", "-j", "netns", "list"))).stdout or "[]")
    ]
    asked = [(netns, words) for netns in (None, *sorted(names)) for words in READS]
    lines = (
        f"ip {f'-n {netns}' if netns else ''} -j {words}; echo {END}" for netns, words in asked
    )
    said = read.run(Command(("sh", "-e"), stdin="\n".join(lines))).stdout.split(f"{END}\n")
    return [
        (*each, sorted(map(str, map(_uncounted, json.loads(text or "[]")))))
        for each, text in zip(asked, said[:-1], strict=True)
    ]


def _uncounted(data: Any) -> Any:
    """Return JSON without what a kernel counts or numbers, its lists of objects in an order of their own."""
    if isinstance(data, list):
        inner = [_uncounted(each) for each in data]
        return sorted(inner, key=str) if inner and isinstance(inner[0], dict) else inner
    if not isinstance(data, dict):
        return data
    return {key: _uncounted(data[key]) for key in sorted(data) if key not in COUNTED}


def still(host: Session, wanted: object = None) -> list[Any]:
    """Return what is shown of a place once it stays so: carriers, and addresses that have to be found unique."""
    now, same = raw(host), 0
    enough = (
        4 if wanted is None else 60
    )  # readings that are the same: nothing is under way any more
    while now != wanted and same <= enough:
        time.sleep(0.1)
        last, now = now, raw(host)
        same = same + 1 if now == last else 0
    return now


def seen(host: Session) -> State:
    """Return the state of a place, past the session's recording."""
    with UndoRunner(host.place) as runner:
        return take_snapshot(runner)


def unlike(before: State, after: State, commands: Iterable[Command] = ()) -> list[str]:
    """Return where two states differ, in words."""
    named = MentionedWords(commands)
    return [
        str(each) for each in compare(changed(None, before, named), changed(None, after, named))
    ]


def undone(host: Session, recording: Recording) -> tuple[bool, list[str], list[str]]:
    """Undo what was recorded; return whether all is as before, the commands, and what was warned of."""
    said: list[str] = []
    warned: list[str] = []
    with UndoRunner(host.place) as runner:
        done = Restorer(runner, recording, said.append, warned.append).run()
    return done, said, warned


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


def calls(text: str) -> Iterator[Command]:
    """Yield the commands that verbs make of lines, or the words themselves; `-n NAME` at the end says a namespace."""
    for line in text.splitlines():
        words, _, netns = line.partition(" -n ")
        own = Command(tuple(words.split()), netns or None)
        call = read_command(own)
        yield call.to_commands()[-1] if isinstance(call, Call) else own
