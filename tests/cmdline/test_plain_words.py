"""Tests of `ipwrap.cmdline.plain_words`."""

import shlex

import pytest

from ipwrap import Command, Secret, Session
from ipwrap.cmdline import ParsedCommand, read_command
from ipwrap.cmdline.plain_words import to_plain_words
from ipwrap.cmdline.program_effects import may_change
from ipwrap.cmdline.reader import candidate_verbs
from ipwrap.options.aliases import alias_table
from tests.labs import open_sandbox

# Lines as a session runs them, and in the words of people.
LINES = {
    "ip address add local 10.0.0.1/24 dev eth0": "ip addr add 10.0.0.1/24 dev eth0",
    "ip address delete local fd00::1/64 dev eth0": "ip addr del fd00::1/64 dev eth0",
    "ip address flush dev eth0": "ip addr flush dev eth0",
    "ip address show dev eth0": "ip addr show eth0",
    "ip route add to default via 10.0.0.1": "ip route add default via 10.0.0.1",
    "ip route add blackhole 10.8.0.0/16": "ip route add blackhole 10.8.0.0/16",
    "ip route delete to 10.9.0.0/16 table 7": "ip route del 10.9.0.0/16 table 7",
    "ip route get to 10.0.0.7": "ip route get 10.0.0.7",
    "ip neigh add to 10.0.0.9 dev br0": "ip neigh add 10.0.0.9 dev br0",
    "ip neigh add proxy 10.0.0.9 dev br0": "ip neigh add proxy 10.0.0.9 dev br0",
    "ip maddress add address 33:33:00:00:00:05 dev br0": "ip maddr add 33:33:00:00:00:05 dev br0",
    "ip link add name br0 type bridge": "ip link add br0 type bridge",
    "ip link set dev br0 up": "ip link set br0 up",
    "ip link delete dev br0": "ip link del br0",
    "ip link show dev br0": "ip link show br0",
    "ip link set group 7 up": "ip link set group 7 up",
    "ip rule delete from 10.0.0.0/8 table 100": "ip rule del from 10.0.0.0/8 table 100",
    "ip netns delete red": "ip netns del red",
    "ip tuntap add dev tap0 mode tap": "ip tuntap add dev tap0 mode tap",
    "bridge fdb add to 02:00:00:00:00:01 dev v0": "bridge fdb add 02:00:00:00:00:01 dev v0",
    "bridge vlan delete dev v0 vid 5": "bridge vlan del dev v0 vid 5",
    "tc qdisc delete dev v0 root": "tc qdisc del dev v0 root",
    "ip -j -d link show dev br0": "ip -j -d link show br0",
    # as somebody typed them
    "ip a a 10.0.0.1/24 dev eth0": "ip a a 10.0.0.1/24 dev eth0",
    "ip l s dev eth0 up": "ip l s eth0 up",
    "ip link add link eth0 name v5 type vlan id 5": "ip link add link eth0 name v5 type vlan id 5",
    "ip l2tp delete tunnel tunnel_id 1": "ip l2tp del tunnel tunnel_id 1",
    "ip link set dev": "ip link set dev",
    "ip link": "ip link",
    "ip": "ip",
    "ip -batch x": "ip -batch x",
    "brctl address delete": "brctl address delete",
}

# A link that is called like a keyword, or like the beginning of one.
KEYWORDS = ("up", "down", "type", "name", "ad", "address", "h", "help", "ma", "vf", "t")


@pytest.mark.parametrize(("line", "plain"), LINES.items())
def test_a_line_to_plain_words(line: str, plain: str) -> None:
    """A line is written as people type it, and means the same."""
    argv = shlex.split(line)
    command = Command(argv, changes=may_change(tuple(argv)))
    plain_command = to_plain_words(command)

    assert shlex.split(plain) == list(plain_command.argv)
    assert read_command(command) == read_command(plain_command)


@pytest.mark.parametrize("name", KEYWORDS)
def test_a_name_that_could_be_a_keyword_keeps_its_own(name: str) -> None:
    """The keyword stays in front of a word that a release of iproute2 may take for a keyword."""
    for line in (f"ip link add name {name} type bridge", f"ip link set dev {name} up"):
        command = Command(line.split())
        assert command == to_plain_words(command)


def test_a_secret_stays_a_secret() -> None:
    """Arguments that are more than text keep their class."""
    command = Command(("ip", "address", "add", "local", Secret("10.0.0.1/24", "ADDRESS")))
    plain_command = to_plain_words(command)

    assert ("ip", "addr", "add") == plain_command.argv[:3]
    assert [Secret("10.0.0.1/24", "ADDRESS")] == list(plain_command.secrets)


def test_every_omitted_keyword_is_positional() -> None:
    """What people omit is what iproute2 lets them omit, and has a verb here that writes it."""
    with_omission = [
        "ip address add",
        "ip link add",
        "ip link set",
        "ip route add",
        "ip neigh add",
        "ip maddress add",
        "bridge fdb add",
    ]
    for line in with_omission:
        (verb, *_) = candidate_verbs(ParsedCommand.of(line.split()))
        assert verb.aliases.omitted
        assert set(verb.aliases.omitted) <= set(verb.aliases.positional)
        assert set(verb.aliases.omitted) <= {row.keyword for row in verb.rows}

    assert () == alias_table("TuntapOptions").omitted


def build(session: Session, name: str, *, is_plain: bool) -> None:
    """Make a bridge with an address and a route."""
    lines = (
        f"ip link add name {name} type bridge",
        f"ip link set dev {name} up mtu 1400",
        f"ip address add local 10.0.0.1/24 dev {name}",
        "ip route add to default via 10.0.0.9",
    )
    for line in lines:
        command = Command(line.split())
        session.run(to_plain_words(command) if is_plain else command)


@pytest.mark.parametrize("name", ["br0", "up", "h"])
def test_the_kernel_is_asked_the_same(name: str) -> None:
    """Both forms of a line do the same, also for a link that is called like a keyword."""
    states = []
    for is_plain in (False, True):
        with open_sandbox() as session:
            build(session, name, is_plain=is_plain)
            (link,) = session.ip.link.show(name)
            routes = [(route.dst, route.dev) for route in session.ip.route.show()]
            states.append((link.mtu, link.up, routes))

    assert 2 == len(states[0][2])
    assert states[0] == states[1]
