"""A snapshot holds every readable object of every namespace of a place."""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import define

from ipwrap import Command, CommandError, Result, Session, UsageError
from ipwrap.kinds import Bridge, Veth, Vxlan
from ipwrap.models import NOUNS
from ipwrap.objects import compared_types
from ipwrap.objects.reads import READS
from ipwrap.sessions.unrecorded import UnrecordedRunner
from ipwrap.state import State, take_snapshot
from ipwrap.state.snapshot import PROGRAM_NOUNS, read_listing, read_namespaces
from ipwrap.verbs.runner import Runner
from tests.executors import worlds
from tests.executors.test_differential import diff_lines, without_volatile
from tests.labs import build_pair, open_sandbox

pytestmark = pytest.mark.live


def test_every_read_has_a_model_and_a_rule() -> None:
    """Every object of a snapshot has a model and a comparison."""
    nouns = {noun.removesuffix(" inet6").removesuffix(" details") for noun in READS}
    nouns.remove("netns numbers")  # those of `ip netns list-id`

    assert (set(), set()) == (nouns - NOUNS.keys(), READS.keys() - compared_types().keys())


# The objects that no verb makes.
ONLY_PARSED = {
    *("addrlabel", "fou", "ila", "ioam namespace", "ioam schema", "l2tp session", "l2tp tunnel"),
    *("mptcp endpoint", "mptcp limits", "netconf", "netns identify", "netns pids", "ntable"),
    *("sr tunsrc", "tc action", "tc chain", "tcp_metrics", "tunnel"),
}


def test_every_model_has_a_comparison() -> None:
    """Every object in a recording has a comparison; others are only parsed."""
    further_nouns = ["rule inet6", "bridge vlan details", "netns numbers", *PROGRAM_NOUNS]
    assert sorted([*(NOUNS.keys() - ONLY_PARSED), *further_nouns]) == sorted(compared_types())


def test_all_namespaces_are_in_a_snapshot(session: Session) -> None:
    """The host namespace has the empty name, and the named namespaces have their names."""
    build_pair(session)

    assert ["", "blue", "red"] == sorted(session.state())


def link_names(state: State, netns: str) -> list[str]:
    """Return the names of a namespace's links."""
    return sorted(link["ifname"] for link in state[netns]["link"])


def test_each_namespace_has_its_own_links(session: Session) -> None:
    """A snapshot lists every link in the namespace of the link."""
    build_pair(session)
    state = session.state()

    assert ["br0", "lo", "to-blue", "to-red"] == link_names(state, "")
    assert ["eth0", "lo"] == link_names(state, "red")


def add_filtering_vxlan(session: Session) -> None:
    """Add a vxlan with a VNI filter and one accepted tunnel."""
    try:
        session.ip.link.add(
            "vx0",
            Vxlan(external=True, vnifilter=True, dstport=4789, local="10.0.0.1"),
        )
    except UsageError as error:
        pytest.skip(f"this iproute2: {error.reason}")

    session.bridge.vni.add(7, "vx0")


@pytest.mark.parametrize(
    ("noun", "is_match"),
    [
        ("address", lambda json_object: json_object.get("ifname") == "br0"),
        ("bridge fdb", lambda json_object: json_object.get("mac") == "02:00:00:00:00:07"),
        (
            "bridge mdb",
            lambda json_object: (
                [group["port"] for group in json_object["mdb"] if group["grp"] == "239.1.1.1"]
                == ["port"]
            ),
        ),
        ("bridge vni", lambda json_object: json_object == {"ifname": "vx0", "vnis": [{"vni": 7}]}),
        ("bridge link", lambda json_object: json_object.get("ifname") == "port"),
        ("link", lambda json_object: json_object.get("ifname") == "port"),
        ("neigh", lambda json_object: json_object.get("dst") == "10.0.0.5"),
        (
            "neigh",
            lambda json_object: json_object.get("dst") == "10.0.0.6" and "proxy" in json_object,
        ),
        ("route", lambda json_object: json_object.get("dst") == "10.1.0.0/16"),
        ("route", lambda json_object: json_object.get("dst") == "fd01::/64"),
        (
            "route",
            lambda json_object: (
                json_object.get("dst") == "10.2.0.0/16" and json_object.get("table") == "77"
            ),
        ),
    ],
    ids=lambda json_object: json_object if isinstance(json_object, str) else "",
)
def test_every_kind_of_object_is_in_a_snapshot(
    noun: str,
    is_match: Callable[[dict[str, Any]], bool],
    session: Session,
) -> None:
    """Links, addresses, routes of every table, neighbours, ports and entries are read."""
    session.ip.link.add("br0", Bridge(), up=True)
    session.ip.link.add("port", Veth(peer="other"), master="br0")
    session.ip.address.add("10.0.0.1/24", dev="br0")
    session.ip.address.add("fd00::1/64", dev="br0", nodad=True)
    session.ip.neigh.add("10.0.0.5", dev="br0", lladdr="02:00:00:00:00:05")
    session.ip.neigh.add("10.0.0.6", dev="br0", proxy=True)
    session.bridge.fdb.add("02:00:00:00:00:07", dev="port", master=True)
    session.bridge.mdb.add("239.1.1.1", "br0", port="port", permanent=True)
    if noun == "bridge vni":
        add_filtering_vxlan(session)

    session.ip.route.add("10.1.0.0/16", dev="br0")
    session.ip.route.add("fd01::/64", dev="br0")
    session.ip.route.add("10.2.0.0/16", dev="br0", table=77)

    assert 1 == len(
        [json_object for json_object in session.state()[""][noun] if is_match(json_object)]
    )


def test_rules_next_hops_and_qdiscs_are_in_a_snapshot(session: Session) -> None:
    """Rules of both families and added qdiscs are read, without the kernel's qdiscs."""
    session.ip.link.add("v0", Veth(peer="v1"), up=True)
    session.ip.rule.add(from_="10.0.0.0/8", table=77)
    session.ip.rule.add(from_="fd00::/8", table=77)
    session.exec("tc", "qdisc", "add", "dev", "v0", "ingress")
    state = session.state()[""]

    assert ("10.0.0.0", "fd00::") == tuple(
        next(rule["src"] for rule in state[noun] if rule.get("table") == "77")
        for noun in ("rule", "rule inet6")
    )
    assert ["ingress"] == [qdisc["kind"] for qdisc in state["tc qdisc"]]


def test_an_empty_list_differs_from_an_unread_object(session: Session) -> None:
    """Missing nexthops are an empty list, and unread qdiscs have no list."""
    quick, thorough = (
        take_snapshot(session, thorough=is_thorough)[""] for is_thorough in (False, True)
    )

    assert ([], []) == (thorough["tc qdisc"], quick["nexthop"])
    assert not {"tc qdisc", "rule inet6"} & quick.keys()


@pytest.mark.parametrize(
    ("argv", "is_thorough"),
    [
        (("ip", "link", "set", "dev", "lo", "up"), False),
        (("ip", "-6", "rule", "add", "from", "fd00::/8", "table", "77"), True),
        (("tc", "qdisc", "add", "dev", "lo", "ingress"), True),
        (("true",), True),
        (("ip", "netns", "exec", "red", "true"), True),
    ],
)
def test_the_end_state_covers_possible_changes(
    argv: tuple[str, ...],
    is_thorough: bool,
    session: Session,
) -> None:
    """The end state covers qdiscs and IPv6 rules only if a command may change them."""
    session.ip.netns.add("red")
    session.run(Command(argv))
    session.close()
    end = session.recording.end

    assert end is not None
    assert end.state is not None
    assert is_thorough is ("tc qdisc" in end.state[""])


def test_impossible_objects_are_not_in_a_snapshot(session: Session) -> None:
    """A namespace without bridges has no bridge objects, and without VNI filters no tunnels."""
    assert "bridge link" not in session.state()[""]
    session.ip.link.add("br0", Bridge())

    assert {"bridge mdb"} == session.state()[""].keys() & {
        "bridge mdb",
        "bridge vni",
        "bridge vlan tunnelshow",
    }


def test_a_snapshot_is_not_recorded_as_commands(session: Session) -> None:
    """The reads of a snapshot are not recorded as commands."""
    session.state()

    assert [] == session.recording.commands


class FailingRunner:
    """A runner that makes certain commands fail."""

    def __init__(self, session: Session, is_failing: Callable[[Command], bool]) -> None:
        self.session = session
        self.is_failing = is_failing

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run a command, with an invalid argument if the command is to fail."""
        argv = command.argv
        if self.is_failing(command):
            argv = (*argv, "no-such-word")

        return self.session.run(Command(argv, command.netns, changes=False), check=check)


def test_unreadable_objects_are_left_out(session: Session) -> None:
    """A failed read leaves out only the objects of the read."""
    state = take_snapshot(FailingRunner(session, lambda command: "address" in command.argv))

    assert ["link"] == [noun for noun in state[""] if noun in ("link", "address")]


def test_a_namespace_that_cannot_be_read_is_empty(session: Session) -> None:
    """A named namespace that no process can enter is empty in the snapshot."""
    session.exec("sh", "-c", "mkdir -p /run/netns && touch /run/netns/broken")
    with pytest.raises(CommandError):
        session.netns("broken").ip.link.show()

    assert {} == session.state()["broken"]


class FakeRunner:
    """A runner with prepared JSON replies."""

    def __init__(self, replies: dict[str, str]) -> None:
        self.replies = replies

    def run(self, command: Command, *, check: bool = True) -> Result:  # noqa: ARG002
        """Reply with the JSON for the object of a command, or with an empty list."""
        object_name = next(word for word in command.argv[1:] if not word.startswith("-"))
        return Result(command, stdout=self.replies.get(object_name, "[]"))


@pytest.mark.parametrize(
    "reply",
    ['["local","10.0.0.0"]', '{"dst":"10.0.0.0"}', '"text"', "7", "[["],
)
def test_reply_of_another_shape_is_left_out(reply: str) -> None:
    """A reply of another shape is left out like an unreadable reply."""
    state = take_snapshot(FakeRunner({"link": '[{"ifname":"lo"}]', "route": reply, "netns": reply}))

    assert [""] == list(state)
    assert [{"ifname": "lo"}] == state[""]["link"]
    assert "route" not in state[""]


def test_namespaces_without_a_name_are_left_out() -> None:
    """A namespace without a name is not read."""
    assert ["", "red"] == list(take_snapshot(FakeRunner({"netns": '[{"id":1},{"name":"red"}]'})))


@define
class SingleReads:
    """A runner without `read_together`: each read runs by itself."""

    runner: Runner

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run a command."""
        return self.runner.run(command, check=check)


def shape(state: State) -> dict[str, dict[str, Any]]:
    """Return a state with the names in their order, without the values that change with time."""
    return {
        netns: {noun: without_volatile(objects) for noun, objects in nouns.items()}
        for netns, nouns in state.items()
    }


def test_a_survey_has_the_objects_of_single_reads() -> None:
    """Every namespace, every name in its place, every object, whoever runs the reads."""
    with open_sandbox() as session:
        worlds.build(session.place, "rich")
        for name in ("pod2", "pod10"):
            session.ip.netns.add(name)
            session.ip.link.add(f"to-{name}", Veth(peer="eth0", peer_netns=name))
            session.netns(name).ip.link.set("eth0", mtu=1400)
        runner = UnrecordedRunner(session.place, session.executor)

        for is_thorough in (True, False):
            expected = shape(take_snapshot(SingleReads(runner), thorough=is_thorough))
            states = [
                shape(take_snapshot(runner, thorough=is_thorough, retires_workers=is_last))
                for is_last in (False, True)
            ]

            assert [] == diff_lines(expected, states[0])
            assert [] == diff_lines(expected, states[1])
            assert [[*nouns] for nouns in expected.values()] == [
                [*nouns] for nouns in states[1].values()
            ]
            assert ["", "other", "pod2", "pod10", "rich", "spare"] == [*states[0]]
            assert {"bridge fdb", "bridge mdb", "nexthop", "rule"} <= expected["rich"].keys()


def test_only_the_chosen_nouns_are_read() -> None:
    """A state of some nouns has no others, in the namespaces that were asked for."""
    with open_sandbox() as session:
        session.ip.netns.add("red")
        session.netns("red").ip.link.add("br0", Bridge())
        runner = UnrecordedRunner(session.place)
        state = read_namespaces(runner, ["red"], nouns={"link", "bridge fdb"})
        runner.executor.close()

    assert {"red": {"link", "bridge fdb"}} == {netns: {*nouns} for netns, nouns in state.items()}


def test_a_listing_is_read_by_itself() -> None:
    """A listing needs no knowledge of links; an unreadable one is None."""
    with open_sandbox() as session:
        session.ip.link.add("br0", Bridge(), up=True)
        session.ip.link.add("p0", Veth(peer="p1"), master="br0")
        session.bridge.fdb.add("02:00:00:00:00:99", "p0", master=True, static=True)
        runner = UnrecordedRunner(session.place)
        entries = read_listing(runner, "bridge fdb", netns=None)
        unreadable = read_listing(runner, "bridge fdb", netns="absent")
        runner.executor.close()

    assert "02:00:00:00:00:99" in {entry["mac"] for entry in entries or ()}
    assert unreadable is None
