"""Changes that no recorded command explains are found, and others are not."""

from typing import Any

import pytest

from ipwrap.command import Command
from ipwrap.shims.calls.classify import classify
from ipwrap.shims.changes.unexplained import Change, find_unexplained, suggest

EMPTY: dict[str, Any] = {"": {"link": []}}


def find(after: dict[str, Any], *lines: str, before: dict[str, Any] | None = None) -> list[str]:
    """Return the unexplained changes of the first namespace, after some command lines."""
    commands: list[Command] = [classify(tuple(line.split())) for line in lines]
    changes = find_unexplained(before or EMPTY, {"": after}, commands=commands)
    return [change.text for change in changes]


def link(name: str, *flags: str, **fields: Any) -> dict[str, Any]:
    """Return a link of a snapshot."""
    return {"ifname": name, "flags": list(flags), **fields}


@pytest.mark.parametrize(
    ("fields", "line", "expected"),
    [
        (link("br0", linkinfo={"info_kind": "bridge"}), "ip link set lo up", "br0 appeared"),
        (link("br0"), "ip link add br0 type bridge", None),
        (link("eth0", "UP"), "ip link add eth0 type dummy", "eth0 was set up"),
        (link("eth0", "UP"), "ip link set eth0 up", None),
        (link("eth0", "UP"), "ifconfig eth0 10.0.0.1", None),
        (link("eth1", "UP"), "ip link set eth0 name eth1", None),
        (link("v0", master="br0"), "ip link add v0 type veth", "v0 became a port of br0"),
        (link("v0", master="br0"), "ip link set v0 master br0", None),
        (link("v0", master="br0"), "brctl addif br0 v0", None),
        (link("veth0", linkinfo={"info_kind": "veth"}), "ip link add type veth", None),
        (link("tun0", linkinfo={"info_kind": "tun"}), "ip tuntap add mode tun", None),
        (link("sit0"), "ip tunnel add x mode sit", None),
        (link("lo"), "ip netns add red", None),
        (link("lo", "UP"), "ip netns add red", "lo was set up"),
        (link("br0"), "python3 setup.py", None),
    ],
)
def test_links(fields: dict[str, Any], line: str, expected: str | None) -> None:
    """A link needs a command that names it, its master, and what sets it up."""
    texts = find({"link": [fields]}, line)

    assert bool(expected) == bool(texts)
    assert all(text.startswith(expected or "") for text in texts)


def test_deleted_link() -> None:
    """A link that is gone needs a command that deletes one."""
    before = {"": {"link": [link("eth0")]}}

    assert ["eth0 disappeared"] == find({"link": []}, "ip link set lo up", before=before)
    assert [] == find({"link": []}, "ip link delete eth1", before=before)


@pytest.mark.parametrize(
    ("noun", "fields", "line", "expected"),
    [
        (
            "address",
            {"ifname": "eth0", "addr_info": [{"local": "10.0.0.1", "prefixlen": 24}]},
            "ip address add 10.0.0.1/24 dev eth0",
            "the address 10.0.0.1/24 of eth0 appeared",
        ),
        (
            "route",
            {"dst": "10.9.0.0/24", "dev": "eth0", "flags": []},
            "route add -net 10.9.0.0 netmask 255.255.255.0 dev eth0",
            "the route to 10.9.0.0/24 appeared",
        ),
        (
            "route",
            {"dst": "default", "gateway": "10.0.0.1", "flags": []},
            "ip route add 0.0.0.0/0 via 10.0.0.1",
            "the route to default appeared",
        ),
        (
            "rule",
            {"priority": 100, "table": "7"},
            "ip rule add table 7",
            "the rule priority 100",
        ),
        (
            "neigh",
            {"dst": "10.0.0.2", "dev": "eth0", "state": ["PERMANENT"]},
            "arp -s 10.0.0.2 02:00:00:00:00:01",
            "the neighbour 10.0.0.2 appeared",
        ),
        (
            "nft",
            {"table": {"family": "ip", "name": "filter", "handle": 1}},
            "iptables -A FORWARD -j DROP",
            "rules of nft changed",
        ),
        (
            "sysctl",
            {"key": "net.ipv4.conf.eth0.forwarding", "value": "1"},
            "sysctl -w net.ipv4.ip_forward=1",
            "the sysctl net.ipv4.conf.eth0.forwarding became 1",
        ),
    ],
)
def test_other_objects(noun: str, fields: dict[str, Any], line: str, expected: str) -> None:
    """Addresses, routes, rules, neighbours, filters and sysctls need a command of their own."""
    after = {"link": [], noun: [fields]}

    (text,) = find(after, "ip link set lo up")
    assert text.startswith(expected)
    assert [] == find(after, line)


def test_namespaces() -> None:
    """A namespace needs a command that names it."""
    changes = find_unexplained(EMPTY, {**EMPTY, "red": {"link": []}}, commands=[])

    assert ["the namespace red appeared without a recorded command"] == list(map(str, changes))
    add_netns = [classify(("ip", "netns", "add", "red"))]
    assert [] == find_unexplained(EMPTY, {**EMPTY, "red": {"link": []}}, commands=add_netns)


def test_program_of_unknown_effects_explains_its_own_namespace_only() -> None:
    """`python3 setup.py` in red may have done anything there, and nothing elsewhere."""
    after: dict[str, Any] = {
        "": {"link": []},
        "red": {"link": [link("d0")]},
        "blue": {"link": [link("d1")]},
    }
    before: dict[str, Any] = {"": {"link": []}, "red": {"link": []}, "blue": {"link": []}}
    command = classify(("ip", "netns", "exec", "red", "python3", "setup.py"))

    (change,) = find_unexplained(before, after, commands=[command])

    assert "d1 appeared or changed in blue without a recorded command" == str(change)


@pytest.mark.parametrize(
    ("maker", "script", "expected"),
    [
        ("bridge", "brctl addbr br0\n", "brctl is not recorded; add --also brctl"),
        ("address", "x && dhclient eth0\n", "dhclient is not recorded; add --also dhclient"),
        ("link", "# ls\nip link\nmkdir x; sort y\nlogin me\n", "login is not recorded; add --also"),
        ("link", "ip link\nmkdir x\n", "the program that made it is not recorded, or made it"),
    ],
)
def test_advice(maker: str, script: str, expected: str) -> None:
    """The advice names the programs of the script that may have made the change."""
    change = Change("", "br0 appeared", maker)

    assert suggest(change, script=script, recorded=["ip"]).startswith(expected)


def test_advice_on_a_sysctl_names_the_command() -> None:
    """What a script writes to /proc/sys itself can be written by sysctl(8)."""
    change = Change("", "net.x became 1", "sysctl", setting="net.x=1")

    advice = suggest(change, script="echo 1 >/proc/sys/net/x\n", recorded=["ip"])

    assert advice.startswith("write it as `sysctl -w net.x=1`, or record with --sandbox")


def test_recorded_program_is_not_blamed() -> None:
    """A program that has a shim made no change that is not recorded."""
    change = Change("", "br0 appeared", "bridge")

    advice = suggest(change, script="brctl addbr br0\n", recorded=["ip", "brctl"])

    assert advice.startswith("the program that made it is not recorded")
