"""What a call is: its namespace, its words, and whether it changes anything."""

import shlex

import pytest

from ipwrap.capture.understand import understood


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
def test_where_a_call_belongs(line: str, netns: str | None, expected: str) -> None:
    """The namespace that it names is the command's; else the one that it was called in."""
    assert expected == understood(tuple(line.split()), netns).line


@pytest.mark.parametrize(
    "line",
    [
        *("ip l", "ip l sh", "ip a", "ip -j -d route show table all", "ip r g 10.0.0.1", "ip netns", "ip net i"),
        *("ip netns pids red", "ip monitor", "ip -s link", "ip rule", "ip help", "ip", "ip -V", "ip link help"),
        *("bridge fdb", "bridge v s", "bridge vlan tunnelshow", "tc q", "tc -s class sh dev x", "ip x s l"),
        *("ip netns exec red ip a", "ip netns exec red ping 10.0.0.1", "ip -all netns exec ip link", "ip nosuch add"),
        *("ping 10.0.0.1", "sysctl net.ipv4.ip_forward", "nft list ruleset", "iptables -t nat -L", "ss -t"),
        *("ethtool -i x", "ethtool x", "wg show", "brctl show", "/usr/bin/cat /proc/net/dev", "ip vrf exec blue ss"),
    ],
)
def test_what_only_looks(line: str) -> None:
    """It is no part of a script."""
    assert not understood(tuple(shlex.split(line))).changes


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
        *("ip netns exec red sysctl -w a=1", "ip -all netns exec ip link set lo up", "sysctl a=1", "nft add table x"),
        *("iptables -A INPUT -j DROP", "ethtool -K x tx off", "wg set wg0 peer x", "brctl addbr x", "mystery"),
        *("ip netns exec red bash -c 'echo 1 >/proc/sys/net/ipv4/ip_forward'", "ip vrf exec blue mystery"),
    ],
)
def test_what_changes_something(line: str) -> None:
    """So may whatever is not known."""
    assert understood(tuple(shlex.split(line))).changes


def test_what_is_given_on_stdin_stays() -> None:
    """Also of a program in a namespace."""
    command = understood(("ip", "netns", "exec", "red", "sh"), stdin="ip link\n")

    assert (("sh",), "red", "ip link\n") == (command.argv, command.netns, command.stdin)
