"""Many namespaces, about which one helper program asks the kernel."""

import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from ipwrap import Command, Session
from ipwrap.kinds import Macvlan, Veth
from ipwrap.sessions.unrecorded import UnrecordedRunner
from ipwrap.state import State, netlink_main, snapshot, take_snapshot
from ipwrap.state.many_namespaces import find_unchanged, read_fresh, read_numbers
from ipwrap.state.snapshot import NETNS_NUMBERS, add_netns_numbers
from tests.doubles import ReplyDouble
from tests.executors.test_differential import diff_lines
from tests.labs import open_sandbox
from tests.state.test_snapshot import shape

NAMES = ("plain", "ruled", "shaped", "stacked")
CHANGED = {"rule inet6", "tc qdisc"}


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    """A session with namespaces, of which some have rules of IPv6, or a qdisc."""
    with open_sandbox() as session:
        for name in NAMES:
            session.ip.netns.add(name)
        session.ip.link.add("to-plain", Veth(peer="eth0", peer_netns="plain"), up=True)
        session.netns("plain").ip.link.add("to-ruled", Veth(peer="eth0", peer_netns="ruled"))
        session.ip.link.add("mv0", Macvlan(mode="bridge"), link="to-plain", netns="stacked")
        session.run("ip -6 -n ruled rule add from fd00::/64 lookup 7")
        session.run("tc -n shaped qdisc add dev lo root pfifo limit 9")
        yield session


@pytest.fixture
def runner(session: Session) -> UnrecordedRunner:
    """A runner in the session's place."""
    return UnrecordedRunner(session.place, session.executor)


def listed_numbers(session: Session, netns: str) -> object:
    """Return what `ip netns list-id` prints in a namespace."""
    return session.run(Command(("ip", "-j", "netns", "list-id"), netns or None)).json()


def test_numbers_are_those_of_ip(session: Session, runner: UnrecordedRunner) -> None:
    """In the first namespace, and in those that it has, or does not have, numbers for."""
    take_snapshot(runner)  # the kernel gives a number when a link is looked at
    numbers = read_numbers(runner, ["", *NAMES])

    assert {netns: listed_numbers(session, netns) for netns in ("", *NAMES)} == numbers
    assert [{"nsid": 0, "name": "ruled"}] == [
        entry for entry in numbers["plain"] if entry.get("name") == "ruled"
    ]
    assert [] == numbers["shaped"]


def test_a_namespace_that_is_gone_has_no_numbers(runner: UnrecordedRunner) -> None:
    """The others have."""
    assert ["plain"] == list(read_numbers(runner, ["gone", "plain"]))
    assert ["plain"] == list(find_unchanged(runner, ["gone", "plain"]))


def test_a_second_name_has_the_numbers_of_the_first() -> None:
    """A namespace may have several names: any of them is behind its number."""
    with open_sandbox() as session:
        session.ip.netns.add("red")
        session.ip.link.add("v0", Veth(peer="eth0", peer_netns="red"))
        session.exec("sh", "-c", "cd /run/netns && touch alias && mount --bind red alias")
        runner = UnrecordedRunner(session.place, session.executor)
        take_snapshot(runner)
        numbers = read_numbers(runner, ["", "alias", "red"])

    assert [{"nsid": 0, "name": "alias"}] == numbers[""]
    assert [{"nsid": 0}] == numbers["alias"] == numbers["red"]


def test_nouns_that_somebody_has_changed(runner: UnrecordedRunner) -> None:
    """A rule of IPv6, and a qdisc; those that the kernel attaches by itself do not count."""
    assert {
        "": CHANGED,
        "plain": CHANGED,
        "ruled": {"tc qdisc"},
        "shaped": {"rule inet6"},
        "stacked": CHANGED,
    } == find_unchanged(runner, ["", *NAMES])


def test_a_helper_that_cannot_run_tells_nothing() -> None:
    """The commands then read every namespace."""
    double = ReplyDouble("", status=1)

    assert ({}, {}) == (read_numbers(double, ["a"]), find_unchanged(double, ["a"]))
    assert read_fresh(double, ("tc", "-j", "qdisc", "show")) is None


def test_a_fresh_namespace_has_the_rules_of_the_kernel(
    session: Session, runner: UnrecordedRunner
) -> None:
    """Those of a namespace in which nobody has added one."""
    argv = ("ip", "-6", "-j", "-d", "rule", "show")
    rules = session.run(Command(argv, "plain", changes=False)).json()

    assert rules == read_fresh(runner, argv)
    assert rules


def read_state(runner: UnrecordedRunner) -> State:
    """Return a state with the numbers of its namespaces."""
    state = take_snapshot(runner)
    add_netns_numbers(state, runner)
    return state


def test_a_helper_is_no_difference(
    runner: UnrecordedRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A state is the same whether the helper, or only the commands, have read it."""
    by_commands = read_state(runner)
    monkeypatch.setattr(snapshot, "MIN_HELPED", 1)
    by_helper = read_state(runner)

    assert [] == diff_lines(shape(by_commands), shape(by_helper))
    assert [sorted(nouns) for nouns in by_commands.values()] == [
        sorted(nouns) for nouns in by_helper.values()
    ]
    assert {"rule inet6", "tc qdisc", NETNS_NUMBERS} <= by_helper["plain"].keys()


def test_objects_of_a_fresh_namespace_are_shared_by_nobody(
    runner: UnrecordedRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever edits a state edits one namespace."""
    monkeypatch.setattr(snapshot, "MIN_HELPED", 1)
    state = take_snapshot(runner)
    first, second = (state[netns]["rule inet6"][0] for netns in ("plain", "stacked"))

    assert first == second
    assert first is not second


def test_without_a_fresh_namespace_the_commands_read(
    runner: UnrecordedRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a place without unshare(1)."""
    by_commands = take_snapshot(runner)
    monkeypatch.setattr(snapshot, "MIN_HELPED", 1)
    monkeypatch.setattr("ipwrap.state.many_namespaces.read_fresh", lambda *_: None)

    assert [] == diff_lines(shape(by_commands), shape(take_snapshot(runner)))


@pytest.mark.parametrize("min_helped", [1, 16])
def test_a_first_snapshot_has_the_numbers_of_a_new_veth(
    min_helped: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel gives the numbers when the links are looked at: they are asked for afterwards."""
    monkeypatch.setattr(snapshot, "MIN_HELPED", min_helped)
    with open_sandbox() as session:
        for name in ("red", "blue"):
            session.ip.netns.add(name)
        session.cable("red:eth0", "blue:eth0")
        state = session.snapshot().state

    assert ([{"nsid": 0, "name": "blue"}], [{"nsid": 0, "name": "red"}]) == (
        state["red"][NETNS_NUMBERS],
        state["blue"][NETNS_NUMBERS],
    )


def test_a_namespace_with_files_in_etc_is_left_to_the_commands(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """`ip -n` prints the names of tables that are in them."""
    (tmp_path / "red").mkdir()
    monkeypatch.setattr(netlink_main, "NETNS_FILES", f"{tmp_path}/")
    comparison = object.__new__(netlink_main.Comparison)

    assert [] == comparison.records("red")


def test_messages_of_the_kernel() -> None:
    """Each has a type, flags and a body, and ends at a multiple of four bytes."""
    header = netlink_main.HEADER
    first = header.pack(header.size + 1, 20, 2, 1, 0) + b"a\0\0\0"
    last = header.pack(header.size + 4, 3, 2, 1, 0) + bytes(4)

    assert [(20, 2, b"a"), (3, 2, bytes(4))] == netlink_main.split_messages(first + last)


def test_a_list_that_has_changed_meanwhile_is_an_error() -> None:
    """As is a refusal of the kernel."""
    netlink_main.raise_error(bytes(4), is_complete=True)
    with pytest.raises(OSError, match="changed meanwhile"):
        netlink_main.raise_error(bytes(4), is_complete=False)
    with pytest.raises(PermissionError):
        netlink_main.raise_error(struct.pack("=i", -1), is_complete=True)
