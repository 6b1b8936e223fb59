"""A state that is still changing is read again, within limits."""

import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
from attrs import define, field

from ipwrap import Command, Result, Session
from ipwrap.kinds import Veth
from ipwrap.sessions.unrecorded import UnrecordedRunner
from ipwrap.state import State
from ipwrap.state.settling import (
    LONGEST_PAUSE,
    Patience,
    holds_vanishing_links,
    leads_to_nameless,
    look_until,
    look_until_vanished,
)
from tests.labs import open_sandbox


@define
class Clock:
    """A clock that only pauses and looks advance."""

    now: float = 100.0
    pauses: list[float] = field(factory=list)

    def read(self) -> float:
        """Return the time."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Note a pause."""
        self.pauses.append(seconds)
        self.now += seconds

    def patience(self, seconds: float) -> Patience:
        """Return a patience with this clock."""
        return Patience(seconds, self.read, self.sleep)


def test_a_settled_value_costs_no_pause() -> None:
    """What is as expected at the first look is returned at once."""
    clock = Clock()

    assert 5 == look_until(lambda: 5, lambda _: True, patience=clock.patience(3.0))
    assert [] == clock.pauses


def test_a_value_is_read_until_it_is_settled() -> None:
    """The pauses between the looks grow."""
    clock = Clock()
    values = iter(range(10))

    settled = look_until(lambda: next(values), lambda value: value == 3, patience=clock.patience(9))

    assert 3 == settled
    assert [0.05, 0.1, 0.2] == clock.pauses


def test_a_real_difference_costs_the_patience_and_no_more() -> None:
    """The last look comes when the time is up."""
    clock = Clock()
    looks: Iterator[float] = iter(lambda: clock.now, None)

    last = look_until(lambda: next(looks), lambda _: False, patience=clock.patience(3.0))

    assert 103.0 == pytest.approx(last)
    assert 3.0 == pytest.approx(sum(clock.pauses))
    assert LONGEST_PAUSE == max(clock.pauses)


def test_a_patience_is_spent_once() -> None:
    """Further looks with a spent patience do not pause."""
    clock = Clock()
    patience = clock.patience(1.0)

    for _ in range(3):
        look_until(lambda: 0, lambda _: False, patience=patience)

    assert 1.0 == pytest.approx(sum(clock.pauses))


def test_a_pause_is_as_long_as_the_look_before_it() -> None:
    """A busy machine, on which a look takes long, is not loaded further."""
    clock = Clock()

    def look_slowly() -> float:
        clock.now += 2.0
        return clock.now

    look_until(look_slowly, lambda value: value > 105.0, patience=clock.patience(60.0))

    assert [2.0] == clock.pauses


@define
class NumberRunner:
    """Says of the numbers of namespaces whether each is being deleted."""

    stderr: str
    stdout: str = ""
    asked: list[tuple[str, str | None]] = field(factory=list)

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Return the reply to `ip netns list-id`."""
        assert not check, "a number that the kernel does not know is no error"
        self.asked.append((command.line, command.netns))
        status = 2 if self.stderr else 0
        return Result(command, status=status, stdout=self.stdout, stderr=self.stderr)


@pytest.mark.parametrize(
    ("number", "stderr", "is_vanishing", "questions"),
    [
        (3, "Error: Peer netns reference is invalid.", True, 1),
        (3, "", False, 1),
        (3, "RTNETLINK answers: Operation not supported", False, 1),
        (-1, "", True, 0),
        (None, "", False, 0),
    ],
)
def test_a_link_goes_with_the_namespace_of_its_other_end(
    number: int | None, stderr: str, is_vanishing: bool, questions: int
) -> None:
    """The kernel knows no namespace under the number of one that it deletes."""
    link = {"ifname": "v0"} if number is None else {"ifname": "v0", "link_netnsid": number}
    state: State = {"": {}, "red": {"link": [link, link]}}
    runner = NumberRunner(stderr)

    assert is_vanishing == holds_vanishing_links(runner, state)
    assert [("ip -n red netns list-id nsid 3", "red")] * questions == runner.asked


@define
class NamingRunner:
    """Knows the namespace with the number 3 by its name, and not that with the number 4."""

    asked: list[str] = field(factory=list)

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Return the reply to `ip netns list-id`."""
        assert not check
        self.asked.append(command.line)
        if "-j" in command.argv:
            return Result(command, stdout='[{"nsid":3,"name":"red"},{"nsid":4}]')
        return Result(command, status=2, stderr="Error: Peer netns reference is invalid.")


def test_a_namespace_with_a_name_is_not_asked_for() -> None:
    """Of several numbers, one listing tells which namespaces have a name, and so are alive."""
    state: State = {"": {"link": [{"link_netnsid": 3}, {"link_netnsid": 4}]}}
    runner = NamingRunner()

    assert holds_vanishing_links(runner, state)
    assert ["ip -j netns list-id", "ip netns list-id nsid 4"] == runner.asked


@pytest.mark.parametrize("stdout", ["nonsense", "[{}", ""])
def test_without_a_listing_every_number_is_asked_for(stdout: str) -> None:
    """An unreadable or empty listing names no namespace."""
    state: State = {"": {"link": [{"link_netnsid": 3}, {"link_netnsid": 4}]}}
    runner = NumberRunner("", stdout=stdout)

    assert not holds_vanishing_links(runner, state)
    assert 3 == len(runner.asked)


@define
class DyingRunner:
    """Knows a namespace when it is first asked, and then that its deletion has begun."""

    count: int = 0

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Return the reply to `ip netns list-id`."""
        assert not check
        self.count += 1
        if self.count == 1:
            return Result(command, stdout="nsid 3 \n")
        return Result(command, status=2, stderr="Error: Peer netns reference is invalid.")


def test_a_deletion_that_begins_between_two_looks_is_waited_for() -> None:
    """The last process of a deleted namespace may end after the first look at its number."""
    states: list[State] = [{"": {"link": [{"ifindex": 2, "link_netnsid": 3}]}}, {"": {"link": []}}]
    state = look_until_vanished(lambda: states.pop(0), DyingRunner())

    assert {"": {"link": []}} == state
    assert [] == states


@define
class CountingRunner:
    """Keeps the commands that another runner runs."""

    runner: UnrecordedRunner
    asked: list[str] = field(factory=list)

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run a command."""
        self.asked.append(command.line)
        return self.runner.run(command, check=check)


def build_and_delete(session: Session, count: int = 4) -> None:
    """Delete namespaces whose links have their other ends outside."""
    names = [f"n{number}" for number in range(count)]
    for name in names:
        session.ip.netns.add(name)
        session.ip.link.add(f"v-{name}", Veth(peer="eth0", peer_netns=name), up=True)
    for name in names:
        session.ip.netns.delete(name)


def veth(ifindex: int, link_index: int, netnsid: int) -> dict[str, Any]:
    """Return an end of a pair of veth whose other end is in another namespace."""
    info = {"info_kind": "veth"}
    return {
        "ifindex": ifindex,
        "link_index": link_index,
        "link_netnsid": netnsid,
        "linkinfo": info,
    }


@pytest.mark.parametrize(
    ("end", "is_asked_for"),
    [
        (veth(5, 2, 0), False),
        (veth(5, 3, 0), True),
        (veth(6, 2, 0), True),
        (veth(5, 2, 0) | {"linkinfo": {"info_kind": "macvlan"}}, True),
    ],
)
def test_a_pair_to_the_first_namespace_is_not_asked_for(
    end: dict[str, Any], *, is_asked_for: bool
) -> None:
    """The first namespace lives: a link whose other end is there does not vanish."""
    state: State = {
        "": {"link": [veth(2, 5, 3), veth(9, 9, 4)]},
        "red": {"link": [{"ifindex": 1}, end]},
    }
    runner = NamingRunner()
    holds_vanishing_links(runner, state)

    assert is_asked_for == ("ip -n red netns list-id nsid 0" in runner.asked)


@pytest.mark.live
def test_pairs_of_many_namespaces_are_asked_for_once() -> None:
    """One look at the names of the first namespace tells that no link is about to go."""
    with open_sandbox() as session:
        for number in range(3):
            session.ip.netns.add(f"pod{number}")
            session.ip.link.add(f"v{number}", Veth(peer="eth0", peer_netns=f"pod{number}"))
        runner = CountingRunner(UnrecordedRunner(session.place, session.executor))

        assert not holds_vanishing_links(runner, session.state())
        assert ["ip -j netns list-id"] == runner.asked


@pytest.mark.live
def test_a_session_ends_with_the_state_after_the_deletion() -> None:
    """The links of deleted namespaces are not in the state that a session records at its end."""
    with open_sandbox() as session:
        build_and_delete(session)
        session.close()

    assert session.recording.end is not None
    assert session.recording.end.state is not None
    links = session.recording.end.state[""]["link"]
    assert ["lo"] == [link["ifname"] for link in links]


@pytest.mark.live
def test_a_link_to_a_living_namespace_does_not_vanish() -> None:
    """A process keeps the namespace of a link's other end alive, though the name is gone."""
    with open_sandbox() as session:
        session.ip.netns.add("red")
        session.ip.link.add("v0", Veth(peer="eth0", peer_netns="red"))
        argv = session.place.wrap(("ip", "netns", "exec", "red", "sh", "-c", "echo in; read word"))
        # Not a process of the session, which would end it before the deletion.
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            assert b"in\n" == process.stdout.readline()
            session.ip.netns.delete("red")
            state = session.state()
            runner = UnrecordedRunner(session.place, session.executor)
            is_vanishing = holds_vanishing_links(runner, state)
            is_nameless = leads_to_nameless(runner, state)
            was_before = leads_to_nameless(runner, state, before=state)
            process.communicate(b"\n")

    assert "v0" in [link["ifname"] for link in state[""]["link"]]
    assert not is_vanishing
    assert is_nameless
    assert not was_before


@pytest.mark.live
def test_a_link_to_a_namespace_with_a_name_is_not_waited_for() -> None:
    """Neither its end outside nor that inside, which leads to the first namespace."""
    with open_sandbox() as session:
        session.ip.netns.add("red")
        session.ip.link.add("v0", Veth(peer="eth0", peer_netns="red"))
        runner = UnrecordedRunner(session.place, session.executor)

        assert not leads_to_nameless(runner, session.state())
