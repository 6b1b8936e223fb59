"""Wrappers such as `timeout` are looked through."""

import pytest

from ipwrap.cmdline.program_effects import is_lost_with_netns, may_change
from ipwrap.cmdline.wrappers import innermost_program


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("timeout 10 tcpdump -i lo", "tcpdump -i lo"),
        ("timeout -k 1 -s INT --foreground 10 ping 10.0.0.1", "ping 10.0.0.1"),
        ("timeout --signal=INT -- 10 ping -c 1 a", "ping -c 1 a"),
        ("nice -n 5 /usr/bin/stdbuf -oL -e 0 ping a", "ping a"),
        ("nice -5 ping a", "ping a"),
        ("env -i -u HOME A=1 B= ping a", "ping a"),
        ("env - A=1 ping a", "ping a"),
        ("unshare -n --map-user 0 ping a", "ping a"),
        ("nsenter -t 17 -n ping a", "ping a"),
        ("nsenter --net=/run/netns/red ping a", "ping a"),
        ("setpriv --pdeathsig KILL --clear-groups ping a", "ping a"),
        ("nohup setsid -w ping a", "ping a"),
        ("sudo -n -u root LANG=C ping a", "ping a"),
        ("taskset -c 1 chrt -r 5 ionice -c 3 ping a", "ping a"),
        ("env -S ping", "env -S ping"),
        ("taskset -p 17", "taskset -p 17"),
        ("sudo -s", "sudo -s"),
        ("unshare -n", "unshare -n"),
        ("timeout 5", "timeout 5"),
        ("ping a", "ping a"),
    ],
)
def test_program_behind_wrappers(line: str, expected: str) -> None:
    """Options of wrappers, with their values, and further arguments are passed over."""
    assert tuple(expected.split()) == innermost_program(tuple(line.split()))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("timeout 10 tcpdump -i lo", False),
        ("timeout 10 ./setup", True),
        ("ip netns exec red timeout 1 ping a", False),
        ("ip vrf exec red stdbuf -oL ping a", False),
        ("ip vrf exec red env ip link set lo up", True),
        ("nsenter -t 1 -n ip link", False),
        ("nsenter -t 1 -n ip link set lo up", True),
        ("unshare -n", True),
        ("env", False),
        ("timeout 5", False),
        ("sudo sysctl -n net.ipv4.ip_forward", False),
        ("sudo sysctl -w net.ipv4.ip_forward=1", True),
    ],
)
def test_wrapped_program_decides_on_the_effect(line: str, expected: bool) -> None:
    """`timeout 10 tcpdump` only reads; `timeout 10 ./setup` may change the network."""
    assert expected == may_change(tuple(line.split()))


def test_wrapped_change_is_lost_with_its_namespace() -> None:
    """A wrapped change of a rule goes with the namespace, unless nsenter leads out of it."""
    assert is_lost_with_netns(("timeout", "5", "iptables", "-A", "INPUT"))
    assert not is_lost_with_netns(("nsenter", "-t", "1", "-n", "iptables", "-A", "INPUT"))
    assert not is_lost_with_netns(("timeout", "5", "hostname", "x"))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ifconfig", False),
        ("ifconfig -a", False),
        ("ifconfig eth0", False),
        ("ifconfig eth0 up", True),
        ("ifconfig eth0 10.0.0.1/24", True),
        ("route -n", False),
        ("route -A inet6", False),
        ("route add default gw 10.0.0.1", True),
        ("route del -net 10.0.0.0/24", True),
        ("arp -n", False),
        ("arp -i eth0 -a", False),
        ("arp -i eth0 -s 10.0.0.1 02:00:00:00:00:01", True),
        ("arp -d 10.0.0.1", True),
        ("vconfig add eth0 5", True),
        ("tunctl -t tap0", True),
        ("tunctl -h", False),
        ("ipset list", False),
        ("ipset -L blocked", False),
        ("ipset -exist add blocked 10.0.0.1", True),
        ("ipset", False),
        ("ovs-vsctl show", False),
        ("ovs-vsctl -t 5 --if-exists get Bridge br0 datapath_id", False),
        ("ovs-vsctl get Bridge br0 name -- add-port br0 v0", True),
        ("ovs-vsctl add-br br0", True),
    ],
)
def test_effect_of_older_programs(line: str, expected: bool) -> None:
    """Programs that set links, routes and sets in older labs are told from those that read."""
    assert expected == may_change(tuple(line.split()))
