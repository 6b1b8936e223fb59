"""The networks of the differential tests, as lines for `ip -batch`, `bridge -batch`, `tc -batch`.

Every release accepts the lines. Kinds of links, VLANs and qdiscs that the kernel lacks fail, line
by line, in both sandboxes alike. Lines for younger releases run as separate processes: an unknown
keyword ends a batch.
"""

import subprocess
from collections.abc import Sequence

from ipwrap.places import Place
from ipwrap.system.programs import command_environment

__all__ = ["build", "clear", "refill", "state"]

# Every link has a fixed address: a random one would differ between the sandboxes.
LINKS = """
link set lo up
link add name br0 address 02:00:00:00:01:00 type bridge forward_delay 0
link add name br1 address 02:00:00:00:01:01 type bridge forward_delay 0
link set dev br0 type bridge vlan_filtering 1
link add name v0 address 02:00:00:00:02:00 type veth peer name p0 address 02:00:00:00:03:00
link add name v1 address 02:00:00:00:02:01 type veth peer name p1 address 02:00:00:00:03:01
link add name v2 address 02:00:00:00:02:02 type veth peer name p2 address 02:00:00:00:03:02
link add name d0 address 02:00:00:00:04:00 type veth peer name d1 address 02:00:00:00:05:00
link add name e0 address 02:00:00:00:06:00 type veth peer name e1 address 02:00:00:00:07:00
link add name dum0 address 02:00:00:00:08:00 type dummy
link add name vx0 address 02:00:00:00:09:00 type vxlan id 42 dstport 4789
link add name mv0 link d0 address 02:00:00:00:0a:00 type macvlan
link add name vrf0 type vrf table 71
link add name vrf1 type vrf table 72
link add name bond0 address 02:00:00:00:0b:00 type bond
link add name ms0 link d1 address 02:00:00:00:0c:00 type macsec
link set dev v0 master br0
link set dev v1 master br0
link set dev v2 master br1
link set dev d0 group 7
link set dev e0 group 7
link set dev d0 alias 'two words'
link set dev v0 up
link set dev v1 up
link set dev v2 up
link set dev p0 up
link set dev p1 up
link set dev p2 up
link set dev vx0 up
link set dev d0 up
link set dev d1 up
link set dev e0 up
link set dev e1 up
link set dev br0 up
link set dev br1 up
link set dev vrf0 up
link set dev vrf1 up
tuntap add dev tap0 mode tap
link set dev tap0 address 02:00:00:00:0d:00
"""

# A flush of routes also deletes the kernel's routes: addresses are removed and added again.
ADDRESSES = """
address flush dev d0
address flush dev d1
address flush dev e0
address flush dev br0
address add 10.7.0.1/16 dev d0 label d0:x
address add 10.7.0.2/16 dev d0 noprefixroute
address add 10.7.1.1/32 peer 10.7.1.2 dev d0 scope link
address add 10.8.0.1/24 dev e0
address add 10.8.0.1/24 dev br0
address add 10.9.0.1/24 dev d1 valid_lft 3000 preferred_lft 0
address add fd07::1/64 dev d0 nodad
address add fd07::2/64 dev d0 nodad home mngtmpaddr
address add fd08::1/64 dev e0 nodad
address add fd09::1/64 dev d1 nodad valid_lft 3000 preferred_lft 0
"""

ROUTES = """
route add 10.7.7.0/24 via 10.7.0.2 proto static src 10.7.0.1 metric 7
route add 10.7.8.0/24 dev d0 scope link tos 16
route add 10.7.9.0/24 via 10.7.0.2 realms 7 mtu lock 1400
route add 10.70.0.0/16 via 10.7.0.2 table 70
route add blackhole 10.2.0.0/16
route add blackhole 10.2.1.0/24 table 70
route add unreachable 10.3.0.0/16
route add prohibit 10.4.0.0/16 metric 7 proto static
route add throw 10.5.0.0/16
route add throw 10.5.0.0/16 table 70
route add 10.6.0.0/16 nexthop via 10.7.0.2 dev d0 weight 2 nexthop via 10.9.0.2 dev d1
route add 10.6.1.0/24 nexthop via 10.9.0.2 dev d1 nexthop via 10.9.0.3 dev d1
route add default via 10.7.0.2
-6 route add fd70::/64 via fd07::9 dev d0 proto static metric 7
-6 route add fd71::/64 via fd07::9 dev d0 table 70
-6 route add blackhole fd02::/32
-6 route add blackhole fd02:1::/32 table 70
-6 route add unreachable fd03::/32
-6 route add prohibit fd04::/32
-6 route add throw fd05::/32 table 70
-6 route add fd06::/32 nexthop via fd07::9 dev d0 nexthop via fd09::9 dev d1
-6 route add fd72::/64 from fd73::/64 dev d0
"""

NEXTHOPS = """
nexthop add id 7 via 10.7.0.2 dev d0
nexthop add id 8 blackhole
nexthop add id 9 via 10.9.0.2 dev d1 protocol 4
nexthop add id 10 group 7/9
nexthop add id 11 via fd07::9 dev d0
nexthop add id 12 via 10.8.0.2 dev e0
route add 10.80.0.0/24 nhid 7
route add 10.81.0.0/24 nhid 10
route add 10.82.0.0/24 nhid 8
-6 route add fd81::/64 nhid 11
"""

RULES = """
rule add table main priority 32766
rule add table default priority 32767
-6 rule add table main priority 32766
rule add from 10.7.0.0/16 table 70 priority 70
rule add to 10.7.0.0/16 table 70 priority 71 fwmark 7 iif d0 oif d1
rule add not from 10.8.0.0/16 tos 16 blackhole priority 72
rule add ipproto tcp sport 7 dport 7-8 priority 73 table 70
rule add uidrange 0-7 priority 74 table main
rule add priority 75 protocol 4 unreachable
rule add l3mdev priority 1000
-6 rule add from fd07::/64 table 70 priority 70
-6 rule add to fd08::/64 prohibit priority 71
"""

# `replace`, since `add` of an existing entry ends a batch: exit(2) in ip/ipneigh.c.
NEIGHBOURS = """
neigh replace 10.7.0.9 lladdr 02:00:00:00:00:09 dev d0
neigh replace 10.7.0.10 lladdr 02:00:00:00:00:0a dev d0 nud noarp
neigh replace 10.7.0.11 lladdr 02:00:00:00:00:0b dev d0 nud stale router
neigh replace 10.8.0.9 lladdr 02:00:00:00:00:0c dev e0 protocol 4
neigh replace 10.8.0.9 lladdr 02:00:00:00:00:0d dev br0
neigh replace fd07::9 lladdr 02:00:00:00:00:09 dev d0
neigh replace fd08::9 lladdr 02:00:00:00:00:0c dev e0 nud stale
neigh replace proxy 10.7.0.20 dev d0
neigh replace proxy fd07::20 dev d0
neigh replace proxy 10.8.0.20 dev e0
"""

BRIDGE = """
fdb add 02:00:00:00:00:05 dev v0 master static
fdb add 02:00:00:00:00:06 dev v0 master permanent
fdb add 02:00:00:00:00:07 dev v1 master static
fdb add 02:00:00:00:00:08 dev v2 master static
fdb add 02:00:00:00:00:05 dev vx0 dst 10.7.0.9 self
fdb append 00:00:00:00:00:00 dev vx0 dst 10.7.0.9 self
fdb append 00:00:00:00:00:00 dev vx0 dst 10.7.0.10 self vni 43
fdb add 02:00:00:00:00:05 dev br0 self
mdb add dev br0 port v0 grp 239.1.1.1 permanent
mdb add dev br0 port v1 grp 239.1.1.1 permanent
mdb add dev br1 port v2 grp 239.1.1.2 permanent
mdb add dev br0 port v0 grp ff15::7 permanent
vlan add vid 10 dev v0 pvid untagged
vlan add vid 20-25 dev v0
vlan add vid 10 dev v1
vlan add vid 10 dev br0 self
vlan add vid 30 dev v2
link set dev v0 cost 7 vlan_tunnel on
vlan add vid 20 dev v0 tunnel_info id 1020
fdb add 02:00:00:00:00:15 dev v0 master static vlan 10
mdb add dev br0 port v0 grp 239.1.1.7 permanent vid 10
"""

QUEUES = """
qdisc add dev d0 root handle 1: htb default 0x20
class add dev d0 parent 1: classid 1:1 htb rate 10mbit
class add dev d0 parent 1:1 classid 1:20 htb rate 5mbit
qdisc add dev d0 parent 1:20 handle 20: netem delay 10ms
filter add dev d0 parent 1: protocol ip pref 7 u32 match ip dst 10.7.0.9/32 flowid 1:20
qdisc add dev e0 root handle 2: prio
qdisc add dev v0 clsact
filter add dev v0 ingress protocol ip pref 7 chain 0 matchall action drop
filter add dev v0 egress protocol all pref 8 chain 3 matchall action pass
qdisc add dev v1 ingress
"""

# No addresses generated by the kernel, and no duplicate address detection.
SYSCTLS = ("net.ipv6.conf.default.addr_gen_mode=1", "net.ipv6.conf.default.dad_transmits=0")

FURTHER_NETNS = ("other", "spare")  # further namespaces; one has an nsid
REMOVED_NETNS = ("spare", "made", "attached")

PARTS = {
    "ip": {
        "links": LINKS,
        "addresses": ADDRESSES,
        "routes": ROUTES,
        "nexthops": NEXTHOPS,
        "rules": RULES,
    }
    | {"neighbours": NEIGHBOURS},
    "bridge": {"bridge": BRIDGE},
    "tc": {"queues": QUEUES},
}

# Separate processes: a keyword unknown to a release or a kernel ends a batch.
SINGLE = {
    "links": (
        "ip link set dev e0 master vrf0",
        "ip link property add dev d0 altname wan",
        "ip link set dev br0 type bridge mst_enabled 1",
        "ip link add name vx1 address 02:00:00:00:09:01 type vxlan external vnifilter dstport 4790",
        "ip link set dev vx1 up",
        "ip maddress add 01:00:5e:00:00:07 dev d0",
        "ip macsec add ms0 rx port 7 address 02:00:00:00:0c:07 on",
    ),
    "nexthops": (
        "ip nexthop add id 20 group 7 type resilient buckets 4 idle_timer 0",
        "ip nexthop add id 21 via 10.7.0.9 fdb",
    ),
    "addresses": ("ip address add 10.7.2.1/24 dev d0 proto 4",),
    "rules": (
        "ip rule add dscp 7 table 70 priority 76",
        "ip -6 rule add flowlabel 7 table 70 priority 76",
        "ip rule add tun_id 7 table 70 priority 77",
    ),
    "bridge": (
        "bridge vni add vni 7-9 dev vx1",
        "bridge vni add vni 20 dev vx1 group 239.1.1.9",
        (
            "bridge mdb add dev br0 port v1 grp 239.1.1.8 src 10.7.0.9 permanent "
            "filter_mode include proto 4"
        ),
        "bridge vlan global set vid 10 dev br0 mcast_snooping 1 msti 3",
        "bridge mst set dev v0 msti 3 state blocking",
    ),
}

# The kernel notifies of carriers later, above all under load: linkwatch_event() in
# net/core/link_watch.c.
SETTLED = """
tries=0
while ip -o -n {netns} link show up | grep -q NO-CARRIER && [ "$tries" -lt 300 ]; do
    tries=$((tries + 1))
    sleep 0.1
done
"""

# Every read of a program.
READS = {
    "ip": (
        *(
            ("ip", object_name)
            for object_name in (
                "link",
                "address",
                "rule",
                "nexthop",
                "maddress",
                "tuntap",
                "macsec show",
            )
        ),
        *(
            ("ip", read)
            for read in (
                "neigh show nud all",
                "neigh show proxy",
                "route show table all",
                "netns list",
            )
        ),
        *(("ip -6", object_name) for object_name in ("rule", "route show table all")),
    ),
    "bridge": tuple(
        ("bridge", object_name) for object_name in ("link", "fdb", "mdb", "vlan", "vni", "mst")
    ),
    "tc": (
        ("tc", "qdisc"),
        *(("tc", read) for read in ("class show dev d0", "filter show dev d0")),
        *(("tc", f"filter show dev v0 {place}") for place in ("ingress", "egress")),
    ),
}


def build(place: Place, netns: str, *parts: str) -> None:
    """Create a namespace with the named parts of a network, with all parts by default."""
    script = [f"ip netns add {name} || :" for name in (netns, *FURTHER_NETNS)]
    script += [
        f"ip netns exec {netns} sysctl -q -w {' '.join(SYSCTLS)}",
        f"ip -n {netns} netns set other 7 || :",
    ]
    script += _batches(netns, parts)
    for name, commands in SINGLE.items():
        for command in commands if not parts or name in parts else ():
            program, _, arguments = command.partition(" ")
            script.append(f"{program} -n {netns} {arguments} || :")
    _run(place, [*script, *SETTLED.format(netns=netns).splitlines()])


def refill(place: Place, netns: str, *parts: str) -> None:
    """Restore deleted objects in the named parts of a network."""
    _run(place, _batches(netns, parts))


def _batches(netns: str, parts: Sequence[str]) -> list[str]:
    """Return a shell script that builds the named parts, by default all."""
    script = []
    for program, texts in PARTS.items():
        lines = "".join(
            text for name, text in texts.items() if name in parts or not parts
        ).splitlines()
        lines_of_ipv6 = [line.removeprefix("-6 ") for line in lines if line.startswith("-6 ")]
        lines_of_ipv4 = [line for line in lines if line and not line.startswith("-6 ")]
        script += _batch(program, netns, lines=lines_of_ipv4) if lines_of_ipv4 else []
        script += _batch(f"{program} -6", netns, lines=lines_of_ipv6) if lines_of_ipv6 else []
    return script


def _batch(command: str, netns: str, *, lines: Sequence[str]) -> list[str]:
    """Return a shell script that runs lines as a batch of a program.

    The status is 1 where the kernel lacks a feature of a line. The shell ends where a line has
    ended the batch.
    """
    return [f"{command} -force -n {netns} -batch - <<'END' || [ $? = 1 ]", *lines, "END"]


def state(place: Place, netns: str, *programs: str) -> list[str]:
    """Return the state of a namespace, or the part shown by some programs, a line for each read."""
    script = []
    for program, reads in READS.items():
        if program in programs or not programs:
            script += [f"{command} -n {netns} -j -d {read} || :; echo" for command, read in reads]
    return _run(place, script).splitlines()


def clear(place: Place, netns: str) -> None:
    """Delete a network, and the namespaces that calls have created beside."""
    _run(place, [f"ip netns delete {name} || :" for name in (netns, *REMOVED_NETNS)])


def _run(place: Place, script: Sequence[str]) -> str:
    """Run a shell script in a place, and return its output."""
    process = subprocess.run(
        place.wrap(("sh", "-e")),
        input="\n".join(script),
        capture_output=True,
        text=True,
        check=False,
        env=command_environment(),
    )
    assert process.returncode == 0, process.stderr
    return process.stdout
