"""The commands that no command undoes are told from those that changed nothing."""

import pytest

from ipwrap import Command
from ipwrap.result import Result
from ipwrap.undo.irreversible import irreversible_line


@pytest.mark.parametrize(
    ("line", "netns"),
    [
        ("sysctl -w net.ipv4.ip_forward=1", None),
        ("sysctl -w kernel.hostname=x", "lab"),
        ("ip netns exec other iptables -F", None),
        ("ip vrf exec blue touch x", None),
        ("sh -c true", "lab"),
        ("tc chain add dev eth0 parent 1: chain 5", None),
        ("ip addrlabel add prefix 2001:db8::/32 label 7", "other"),
        ("ip -batch file", None),
        ("sysctl -q -p file", None),
        ("sysctl -qp", None),
        ("awk BEGIN{}", None),
        ("curl -o file http://x", None),
        ("hostname new", None),
        ("unshare --uts=/run/utsns/lab hostname new", None),
        ("nsenter --uts=/run/utsns/lab hostname new", "lab"),
        ("nsenter --net=/run/netns/other iptables -F", "lab"),
        ("date -s 12:00", None),
        ("iptables -w -n -A INPUT", None),
        ("nft add table list", None),
        ("ethtool --offload eth0 tx off", None),
    ],
)
def test_commands_that_may_have_changed_something_are_reported(
    line: str, netns: str | None
) -> None:
    """Also where the session was interrupted in them."""
    command = Command(tuple(line.split()), netns)
    report = irreversible_line(command, None, own_netns={"lab"})

    assert report is not None
    assert report.startswith("cannot be undone")
    assert report.endswith(f": {command.line}")


@pytest.mark.parametrize(
    ("line", "netns"),
    [
        ("ping -c 1 10.0.0.1", None),
        ("nsenter --uts=/run/utsns/lab ping -c 1 10.0.0.1", "lab"),
        ("nsenter --uts=/run/utsns/lab sysctl -w net.ipv4.ip_forward=1", "lab"),
        ("sysctl net.ipv4.ip_forward", None),
        ("date +%s", None),
        ("hostname -s", None),
        ("nft -a list ruleset", None),
        ("ethtool --show-offload eth0", None),
        ("ip netconf show", None),
        ("sysctl -w net.ipv4.ip_forward=1", "lab"),
        ("ip netns exec lab iptables -F", None),
        ("ip -n lab addrlabel add prefix 2001:db8::/32 label 7", None),
        ("tc filter add dev eth0 parent 1: matchall", "lab"),
        ("ip link set dev eth0 up", None),
        ("ip netns exec other ip link set dev eth0 up", None),
    ],
)
def test_other_commands_are_not_reported(line: str, netns: str | None) -> None:
    """Reads, what snapshots cover, and what went with a namespace of the session."""
    command = Command(tuple(line.split()), netns)
    if line.startswith("ip -n lab"):
        command = Command(("ip", *command.argv[3:]), "lab")
    assert irreversible_line(command, None, own_netns={"lab"}) is None


def test_commands_that_ran_nothing_are_not_reported() -> None:
    """A program that is missing, a refusal of the kernel, a command declared as read-only."""
    missing = Command(("no-such-program-here",))
    assert irreversible_line(missing, Result(missing, 127), own_netns=()) is None
    refused = Command(("ip", "addrlabel", "add", "prefix", "::/0", "label", "7"))
    assert irreversible_line(refused, Result(refused, 2), own_netns=()) is None
    read = Command(("sh", "-c", "true"), changes=False)
    assert irreversible_line(read, Result(read), own_netns=()) is None


def test_control_characters_of_a_command_are_escaped() -> None:
    """The line goes to a terminal."""
    command = Command(("sh", "-c", "echo \x1b[31m"))
    report = irreversible_line(command, None, own_netns=())
    assert report is not None
    assert report.isprintable()
