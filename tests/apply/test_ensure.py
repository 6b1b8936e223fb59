"""Tests of `ensure`: once it changes something, twice it does not, and a change changes little."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from ipwrap import Command, InvalidArgument, Session
from ipwrap.errors import IpwrapError
from ipwrap.ip.address import AddressVerbs
from ipwrap.kinds import Bridge, Veth, Vxlan
from ipwrap.qdiscs import Tbf
from ipwrap.recording import CommandEvent
from ipwrap.result import Result
from tests.labs import open_sandbox

MAC = "02:00:00:00:00:%02x"
Ensure = Callable[[Session], bool]


@pytest.fixture(scope="module")
def lab() -> Iterator[Session]:
    """A session with a bridge that has an address of each family, a port and a vxlan."""
    with open_sandbox() as session:
        session.ip.link.add("br0", Bridge(), up=True)
        session.ip.link.add("v0", Veth(peer="v1"), up=True, master="br0")
        session.ip.link.set("v1", up=True)
        session.ip.link.add("vx0", Vxlan(id=5, dstport=4789), up=True)
        session.ip.address.add("10.0.0.1/24", dev="br0")
        session.ip.address.add("fd00::1/64", dev="br0", nodad=True)
        yield session


def changes_of(session: Session) -> list[str]:
    """Return the lines of the changes so far."""
    events = session.recording.events
    commands = [event.command for event in events if isinstance(event, CommandEvent)]
    return [command.line for command in commands if command.changes]


# A name; what is ensured first, and then with another value; the lines of both.
CASES: dict[str, tuple[Ensure, Ensure, list[str]]] = {
    "link": (
        lambda session: session.ip.link.ensure("br1", Bridge(stp_state=1), up=True),
        lambda session: session.ip.link.ensure("br1", Bridge(stp_state=0), mtu=1400),
        [
            "ip link add name br1 up type bridge stp_state 1",
            "ip link set dev br1 mtu 1400 type bridge stp_state 0",
        ],
    ),
    "address": (
        lambda session: session.ip.address.ensure("10.0.1.1/24", "br0"),
        lambda session: session.ip.address.ensure("10.0.1.1/24", "br0", metric=5),
        [
            "ip address add local 10.0.1.1/24 dev br0",
            "ip address replace local 10.0.1.1/24 dev br0 metric 5",
        ],
    ),
    "address label": (
        lambda session: session.ip.address.ensure("10.0.2.1/24", "br0"),
        lambda session: session.ip.address.ensure("10.0.2.1/24", "br0", label="br0:x"),
        [
            "ip address add local 10.0.2.1/24 dev br0",
            "ip address delete local 10.0.2.1/24 dev br0",
            "ip address add local 10.0.2.1/24 dev br0 label br0:x",
        ],
    ),
    "route": (
        lambda session: session.ip.route.ensure("10.9.0.0/16", via="10.0.0.2", table="main"),
        lambda session: session.ip.route.ensure("10.9.0.0/16", via="10.0.0.3"),
        [
            "ip route add to 10.9.0.0/16 table main via 10.0.0.2",
            "ip route replace to 10.9.0.0/16 via 10.0.0.3",
        ],
    ),
    "route inet6": (
        lambda session: session.ip.route.ensure("fd01:0::/64", via="fd00::2"),
        lambda session: session.ip.route.ensure("fd01::/64", via="fd00::2", metric=7),
        [
            "ip route add to fd01:0::/64 via fd00::2",
            "ip route add to fd01::/64 metric 7 via fd00::2",
        ],
    ),
    "rule": (
        lambda session: session.ip.rule.ensure(from_="10.0.0.0/8", table=7),
        lambda session: session.ip.rule.ensure(from_="10.0.0.0/8", table=8),
        ["ip rule add from 10.0.0.0/8 table 7", "ip rule add from 10.0.0.0/8 table 8"],
    ),
    "rule inet6": (
        lambda session: session.ip.rule.ensure(family="inet6", from_="fd00::/8", table=7),
        lambda session: session.ip.rule.ensure(family="inet6", from_="fd00::/8", table=8),
        ["ip -6 rule add from fd00::/8 table 7", "ip -6 rule add from fd00::/8 table 8"],
    ),
    "neigh": (
        lambda session: session.ip.neigh.ensure("10.0.0.7", "br0", lladdr=MAC % 7),
        lambda session: session.ip.neigh.ensure("10.0.0.7", "br0", lladdr=MAC % 8),
        [
            f"ip neigh add to 10.0.0.7 dev br0 lladdr {MAC % 7}",
            f"ip neigh replace to 10.0.0.7 dev br0 lladdr {MAC % 8}",
        ],
    ),
    "nexthop": (
        lambda session: session.ip.nexthop.ensure(1, via="10.0.0.2", dev="br0"),
        lambda session: session.ip.nexthop.ensure(1, via="10.0.0.3", dev="br0"),
        [
            "ip nexthop add id 1 via 10.0.0.2 dev br0",
            "ip nexthop replace id 1 via 10.0.0.3 dev br0",
        ],
    ),
    "fdb": (
        lambda session: session.bridge.fdb.ensure(MAC % 9, "v0", master=True, static=True),
        lambda session: session.bridge.fdb.ensure(MAC % 9, "v0", master=True),
        [
            f"bridge fdb add to {MAC % 9} dev v0 master static",
            f"bridge fdb replace to {MAC % 9} dev v0 master",
        ],
    ),
    "qdisc": (
        lambda session: session.tc.qdisc.ensure(
            "v1", Tbf(rate="1mbit", burst="10kb", latency="10ms")
        ),
        lambda session: session.tc.qdisc.ensure(
            "v1", Tbf(rate="2mbit", burst="10kb", latency="10ms")
        ),
        [
            "tc qdisc add dev v1 root tbf latency 10ms burst 10240 rate 1mbit",
            "tc qdisc replace dev v1 root tbf latency 10ms burst 10240 rate 2mbit",
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_an_object_is_changed_once(lab: Session, name: str) -> None:
    """Each of two values of an object is set by the first call, and by no further one."""
    first, second, _ = CASES[name]

    answers = [ensure(lab) for ensure in (first, first, second, second)]

    assert [True, False, True, False] == answers


@pytest.mark.parametrize("name", CASES)
def test_the_least_commands_run(name: str) -> None:
    """A missing object is added, a different one changed, and an equal one left alone."""
    first, second, lines = CASES[name]
    with open_sandbox() as session:
        session.ip.link.add("br0", Bridge(), up=True)
        session.ip.link.add("v0", Veth(peer="v1"), up=True, master="br0")
        session.ip.link.set("v1", up=True)
        session.ip.address.add("10.0.0.1/24", dev="br0")
        session.ip.address.add("fd00::1/64", dev="br0", nodad=True)
        count = len(changes_of(session))
        for ensure in (first, first, second, second):
            ensure(session)

        assert lines == changes_of(session)[count:]


def test_a_namespace_is_created_once(lab: Session) -> None:
    """A namespace that is there stays."""
    assert (True, False) == (lab.ip.netns.ensure("red"), lab.ip.netns.ensure("red"))


def test_a_link_of_another_kind_is_refused(lab: Session) -> None:
    """A link is never deleted for one of another kind."""
    with pytest.raises(InvalidArgument, match=r"v1: .*of kind veth and not bridge; delete it"):
        lab.ip.link.ensure("v1", Bridge())


def test_the_other_end_counts_for_a_new_pair_only(lab: Session) -> None:
    """The peer of a pair that is there is not compared."""
    assert not lab.ip.link.ensure("v0", Veth(peer="v1"), up=True)


def test_another_remote_is_changed_in_place(lab: Session) -> None:
    """An option of a kind that the kernel changes costs no new link."""
    index = lab.ip.link.get("vx0").ifindex

    changed = lab.ip.link.ensure("vx0", Vxlan(id=5, remote="10.0.9.9"))

    assert (True, index) == (changed, lab.ip.link.get("vx0").ifindex)


class _PlainRunner:
    """A runner that can run commands, and nothing else."""

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Return a success."""
        del check
        return Result(command)


def test_ensure_needs_a_session() -> None:
    """A runner that is no session says what is missing."""
    verbs: Any = AddressVerbs(_PlainRunner())

    with pytest.raises(IpwrapError, match="cannot ensure; ask a session"):
        verbs.ensure("10.0.0.1/24", "eth0")


# Two spellings of one object each: the first is added, the second changes nothing.
SPELLINGS: list[tuple[Ensure, Ensure]] = [
    (
        lambda session: session.ip.route.ensure("default", via="10.0.0.2"),
        lambda session: session.ip.route.ensure("0.0.0.0/0", via="10.0.0.2"),
    ),
    (
        lambda session: session.ip.route.ensure("::/0", via="fd00::2"),
        lambda session: session.ip.route.ensure("default", via="fd00:0::2"),
    ),
    (
        lambda session: session.ip.route.ensure("10.5.0.1", via="10.0.0.2"),
        lambda session: session.ip.route.ensure("10.5.0.1/32", via="10.0.0.2", scope="global"),
    ),
    (
        lambda session: session.ip.route.ensure("10.7/16", via="10.0.0.2"),
        lambda session: session.ip.route.ensure("10.7/16", via="10.0.0.2", table=254),
    ),
    (
        lambda session: session.ip.route.ensure("fd09::7/64", dev="br0"),
        lambda session: session.ip.route.ensure("fd09::7/64", dev="br0", metric=1024),
    ),
    (
        lambda session: session.ip.rule.ensure(from_="10.3.0.1/24", table=7),
        lambda session: session.ip.rule.ensure(from_="10.3.0.0/24", to="all", table=7),
    ),
    (
        lambda session: session.ip.address.ensure("10.12.0.1/24", "br0", broadcast="+"),
        lambda session: session.ip.address.ensure("10.12.0.1/24", "br0", broadcast="+"),
    ),
]


@pytest.mark.parametrize("number", range(len(SPELLINGS)))
def test_another_spelling_changes_nothing(lab: Session, number: int) -> None:
    """Host bits, missing lengths and defaults make no other object, and no command runs."""
    first, second = SPELLINGS[number]
    was_added = first(lab)
    count = len(changes_of(lab))

    assert (True, False, count) == (was_added, second(lab), len(changes_of(lab)))


def test_the_default_routes_of_both_families_are_two(lab: Session) -> None:
    """A default route of IPv6 is none of IPv4."""
    answers = [
        lab.ip.route.ensure("default", via=gateway, metric=99)
        for gateway in ("fd00::3", "10.0.0.3", "10.0.0.3")
    ]

    assert [True, True, False] == answers
