"""A call is classified: its namespace, its arguments, and its effect."""

import shlex
from collections.abc import Callable

import pytest

from ipwrap.bridge import BridgeProgram
from ipwrap.cmdline.reader import CommandCollector
from ipwrap.ip import Ip
from ipwrap.ip.rule import Masked
from ipwrap.kinds import Gre, Kind, Veth, Vlan, Vxlan
from ipwrap.qdiscs import Netem, Qdisc
from ipwrap.shims.calls.classify import classify
from ipwrap.tc import TcProgram


@pytest.mark.parametrize(
    ("line", "netns", "expected"),
    [
        ("ip -n red link show", None, "ip -n red link show"),
        ("ip link show", "red", "ip -n red link show"),
        ("ip -n blue link show", "red", "ip -n blue link show"),
        ("ip netns exec blue ip -4 a", "red", "ip -n blue -4 address"),
        ("ip net e blue /sbin/bridge l", None, "bridge -n blue link"),
        ("ip netns exec blue ping 10.0.0.1", None, "ip netns exec blue ping 10.0.0.1"),
        ("ip netns exec blue ip netns exec red id", None, "ip netns exec red id"),
        ("ip -all netns exec id", None, "ip -all netns exec id"),
        ("ip netns exec a/b id", None, "ip netns exec a/b id"),
        ("ip netns exec red", None, "ip netns exec red"),
        ("ip -n red -force -batch lines", None, "ip -n red -force -batch lines"),
        ("ping 10.0.0.1", "red", "ip netns exec red ping 10.0.0.1"),
    ],
)
def test_namespace_of_a_call(line: str, netns: str | None, expected: str) -> None:
    """A namespace among the arguments takes precedence over the caller's namespace."""
    assert expected == classify(tuple(line.split()), netns).line


@pytest.mark.parametrize(
    "line",
    [
        *(
            "ip l",
            "ip l sh",
            "ip a",
            "ip -j -d route show table all",
            "ip r g 10.0.0.1",
            "ip netns",
            "ip net i",
        ),
        *(
            "ip netns pids red",
            "ip monitor",
            "ip -s link",
            "ip rule",
            "ip help",
            "ip",
            "ip -V",
            "ip link help",
        ),
        *(
            "bridge fdb",
            "bridge v s",
            "bridge vlan tunnelshow",
            "tc q",
            "tc -s class sh dev x",
            "ip x s l",
        ),
        *(
            "ip xfrm state",
            "ip x p count",
            "ip l2tp show tunnel",
            "bridge vlan global",
            "tc ch ls dev x",
            "ip h",
        ),
        *(
            "ip netns exec red ip a",
            "ip netns exec red ping 10.0.0.1",
            "ip -all netns exec ip link",
            "ip nosuch add",
        ),
        *(
            "ping 10.0.0.1",
            "sysctl net.ipv4.ip_forward",
            "nft list ruleset",
            "nft get element inet raw clients { 10.0.0.1 }",
            "iptables -t nat -L",
            "ss -t",
        ),
        *(
            "ethtool -i x",
            "ethtool x",
            "wg show",
            "brctl show",
            "/usr/bin/cat /proc/net/dev",
            "ip vrf exec blue ss",
        ),
    ],
)
def test_read_only_calls(line: str) -> None:
    """A read-only call is not a change."""
    assert not classify(tuple(shlex.split(line))).changes


@pytest.mark.parametrize(
    "line",
    [
        *(
            "ip l s x up",
            "ip l a x type dummy",
            "ip a f dev x",
            "ip r fl cache",
            "ip netns attach red 1",
            "ip -a netns del",
        ),
        *(
            "ip x s a src 10.0.0.1",
            "ip -b lines",
            "bridge l s dev x isolated on",
            "tc q a dev x root fq",
            "ip link zap",
        ),
        *(
            "ip l2tp add tunnel",
            "tc actions flush action gact",
            "ip sr tunsrc set ::1",
            "ip mptcp e a 10.0.0.1",
        ),
        *(
            "ip netns exec red sysctl -w a=1",
            "ip -all netns exec ip link set lo up",
            "sysctl a=1",
            "nft add table x",
        ),
        *(
            "iptables -A INPUT -j DROP",
            "ethtool -K x tx off",
            "wg set wg0 peer x",
            "brctl addbr x",
            "mystery",
        ),
        *(
            "ip netns exec red bash -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'",
            "ip vrf exec blue mystery",
        ),
    ],
)
def test_changing_calls(line: str) -> None:
    """A change, or an unknown program, is a change."""
    assert classify(tuple(shlex.split(line))).changes


def test_stdin_is_kept() -> None:
    """The standard input is kept, also for a program in a namespace."""
    command = classify(("ip", "netns", "exec", "red", "sh"), stdin="ip link\n")

    assert ("sh",) == command.argv
    assert "red" == command.netns
    assert "ip link\n" == command.stdin


def run_ip(netns: str | None, verb: Callable[[Ip], object]) -> Callable[[CommandCollector], object]:
    """Return a function that runs a verb of `ip` in a namespace."""
    return lambda runner: verb(Ip(runner, netns))


def run_bridge(
    netns: str | None, verb: Callable[[BridgeProgram], object]
) -> Callable[[CommandCollector], object]:
    """Return a function that runs a verb of `bridge` in a namespace."""
    return lambda runner: verb(BridgeProgram(runner, netns))


def run_tc(
    netns: str | None, verb: Callable[[TcProgram], object]
) -> Callable[[CommandCollector], object]:
    """Return a function that runs a verb of `tc` in a namespace."""
    return lambda runner: verb(TcProgram(runner, netns))


SAME = {
    "ip net a red": run_ip(None, lambda ip: ip.netns.add("red")),
    "ip -a netns d": run_ip(None, lambda ip: ip.netns.delete_all()),
    "ip l a x li e0 mtu 1400 type vlan proto 802.1ad id 5": run_ip(
        None, lambda ip: ip.link.add("x", Vlan(), link="e0")
    ),
    "ip -n red l a x type veth peer p netns blue": run_ip(
        "red", lambda ip: ip.link.add("x", Veth(peer="p", peer_netns="blue"))
    ),
    "ip net e red ip l a x type vxlan id 1 dev e0 mystery 5": run_ip(
        "red", lambda ip: ip.link.add("x", Vxlan(dev="e0"))
    ),
    "ip link add x netns red type mystery mode 5": run_ip(
        None, lambda ip: ip.link.add("x", Kind("any"), netns="red")
    ),
    "ip -n red l s x name y netns blue": run_ip(
        "red", lambda ip: ip.link.set("x", name="y", netns="blue")
    ),
    "ip netns exec red ip link set x netns 1": run_ip("red", lambda ip: ip.link.set("x", netns=1)),
    "ip l d x": run_ip(None, lambda ip: ip.link.delete("x")),
    "ip link prop d x altn y": run_ip(None, lambda ip: ip.link.property_del("x", "y")),
    "ip -net red a a 10.0.0.1/24 brd + dev x": run_ip(
        "red", lambda ip: ip.address.add("10.0.0.1/24", dev="x")
    ),
    "ip -force addr d 10.0.0.1/24 dev x": run_ip(
        None, lambda ip: ip.address.delete("10.0.0.1/24", dev="x")
    ),
    "ip ro rep 10.1.0.0/16 via 10.0.0.1 pri 0x10 mystery 7": run_ip(
        None, lambda ip: ip.route.replace("10.1.0.0/16", via="10.0.0.1", metric=16)
    ),
    "ip -6 r d default dev x": run_ip(None, lambda ip: ip.route.delete("::/0", dev="x")),
    "ip ru a fwmark 1/0xff lookup 7 pref 9": run_ip(
        None, lambda ip: ip.rule.add(fwmark=Masked(1, 255), table=7, priority=9)
    ),
    "ip n a 10.0.0.2 ll 02:00:00:00:00:01 dev x": run_ip(
        None, lambda ip: ip.neigh.add("10.0.0.2", dev="x")
    ),
    "ip nexth d id 7": run_ip(None, lambda ip: ip.nexthop.delete(7)),
    "ip tap a t0 mode tap": run_ip(None, lambda ip: ip.tuntap.add("t0", mode="tap")),
    "ip -n red tunnel a t0 mode gre remote 10.0.0.1": run_ip(
        "red", lambda ip: ip.link.add("t0", Gre())
    ),
    "ip macs a m0 rx port 1 address 02:00:00:00:00:01": run_ip(
        None, lambda ip: ip.macsec.add("m0", "rx", port=1, address="02:00:00:00:00:01")
    ),
    "bridge f a 02:00:00:00:00:01 dev x ma mystery": run_bridge(
        None, lambda bridge: bridge.fdb.add("02:00:00:00:00:01", dev="x", master=True)
    ),
    "bridge -n red v d vid 5-7 dev x": run_bridge(
        "red", lambda bridge: bridge.vlan.delete((5, 7), dev="x")
    ),
    "bridge vni add vni 7 dev x": run_bridge(None, lambda bridge: bridge.vni.add(7, dev="x")),
    "ip net e red tc q a dev x root netem delay 10ms": run_tc(
        "red", lambda tc: tc.qdisc.add("x", Netem())
    ),
    "tc q r dev x root mystery rate 5": run_tc(
        None, lambda tc: tc.qdisc.replace("x", Qdisc("any"))
    ),
    "tc qdisc del dev x ingress": run_tc(None, lambda tc: tc.qdisc.delete("x", parent="ingress")),
}


@pytest.mark.parametrize("line", SAME)
def test_call_has_the_effects_of_the_verb(line: str) -> None:
    """A call, however abbreviated, creates, deletes and renames the same objects as the verb."""
    runner = CommandCollector()
    SAME[line](runner)
    expected = runner.commands[-1]
    command = classify(tuple(line.split()))

    assert expected.netns == command.netns
    assert expected.creates == command.creates
    assert expected.deletes == command.deletes
    assert expected.renames == command.renames
    assert command.creates or command.deletes or command.renames


def test_reads_and_batches_create_nothing() -> None:
    """A read and a batch create nothing, whatever their further arguments."""
    assert () == classify(("ip", "link", "show", "x")).creates
    assert () == classify(("ip", "-b", "-", "link", "add", "x", "type", "dummy")).creates
