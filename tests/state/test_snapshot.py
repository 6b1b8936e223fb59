"""A snapshot holds every namespace of a place with all of its nouns, and never says more than could be read."""

from collections.abc import Callable
from typing import Any

import pytest

from ipwrap import Command, CommandError, Result, Session, UsageError
from ipwrap.kinds import Bridge, Veth, Vxlan
from ipwrap.models import NOUNS
from ipwrap.state import State, take_snapshot
from ipwrap.state.comparison import COMPARISONS
from ipwrap.state.snapshot import ADDED_LATER, READS, THOROUGH_READS
from tests.labs import pair

pytestmark = pytest.mark.live


def test_every_read_has_a_model_and_a_rule() -> None:
    """What a snapshot reads can be parsed and compared."""
    reads = READS | THOROUGH_READS
    nouns = {noun.removesuffix(" inet6").removesuffix(" details") for noun in reads}
    assert (set(), set()) == (nouns - NOUNS.keys(), reads.keys() - COMPARISONS.keys())
    assert ADDED_LATER <= set(READS | THOROUGH_READS)


def test_every_noun_has_a_rule() -> None:
    """What a replay can meet in a recording can be compared."""
    assert sorted([*NOUNS, "rule inet6", "bridge vlan details"]) == sorted(COMPARISONS)


def test_all_namespaces_are_in_a_snapshot(session: Session) -> None:
    """The first namespace is called by the empty name, the others by their own."""
    pair(session)

    assert ["", "blue", "red"] == sorted(session.state())


def names(state: State, netns: str) -> list[str]:
    """Return the names of a namespace's links."""
    return sorted(link["ifname"] for link in state[netns]["link"])


def test_each_namespace_has_its_own_links(session: Session) -> None:
    """Links are found where they are."""
    pair(session)
    state = session.state()

    assert ["br0", "lo", "to-blue", "to-red"] == names(state, "")
    assert ["eth0", "lo"] == names(state, "red")


def filtering(session: Session) -> None:
    """Make a vxlan that filters, and lets one tunnel in."""
    try:
        session.ip.link.add(
            "vx0", Vxlan(external=True, vnifilter=True, dstport=4789, local="10.0.0.1")
        )
    except UsageError as error:
        pytest.skip(f"this iproute2: {error.reason}")
    session.bridge.vni.add(7, "vx0")


@pytest.mark.parametrize(
    ("noun", "found"),
    [
        ("address", lambda each: each.get("ifname") == "br0"),
        ("bridge fdb", lambda each: each.get("mac") == "02:00:00:00:00:07"),
        (
            "bridge mdb",
            lambda each: (
                [one["port"] for one in each["mdb"] if one["grp"] == "239.1.1.1"] == ["port"]
            ),
        ),
        ("bridge vni", lambda each: each == {"ifname": "vx0", "vnis": [{"vni": 7}]}),
        ("bridge link", lambda each: each.get("ifname") == "port"),
        ("link", lambda each: each.get("ifname") == "port"),
        ("neigh", lambda each: each.get("dst") == "10.0.0.5"),
        ("neigh", lambda each: each.get("dst") == "10.0.0.6" and "proxy" in each),
        ("route", lambda each: each.get("dst") == "10.1.0.0/16"),
        ("route", lambda each: each.get("dst") == "fd01::/64"),
        ("route", lambda each: each.get("dst") == "10.2.0.0/16" and each.get("table") == "77"),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_every_noun_is_in_a_snapshot(
    noun: str, found: Callable[[dict[str, Any]], bool], session: Session
) -> None:
    """Links, addresses, routes of all tables and families, neighbours, ports and entries are read."""
    session.ip.link.add("br0", Bridge(), up=True)
    session.ip.link.add("port", Veth(peer="other"), master="br0")
    session.ip.address.add("10.0.0.1/24", dev="br0")
    session.ip.address.add("fd00::1/64", dev="br0", nodad=True)
    session.ip.neigh.add("10.0.0.5", dev="br0", lladdr="02:00:00:00:00:05")
    session.ip.neigh.add("10.0.0.6", dev="br0", proxy=True)
    session.bridge.fdb.add("02:00:00:00:00:07", dev="port", master=True)
    session.bridge.mdb.add("239.1.1.1", "br0", port="port", permanent=True)
    if noun == "bridge vni":
        filtering(session)
    session.ip.route.add("10.1.0.0/16", dev="br0")
    session.ip.route.add("fd01::/64", dev="br0")
    session.ip.route.add("10.2.0.0/16", dev="br0", table=77)

    assert 1 == len([each for each in session.state()[""][noun] if found(each)])


def test_rules_next_hops_and_qdiscs_are_in_a_snapshot(session: Session) -> None:
    """Of both families; qdiscs that nobody asked for are not."""
    session.ip.link.add("v0", Veth(peer="v1"), up=True)
    session.ip.rule.add(from_="10.0.0.0/8", table=77)
    session.ip.rule.add(from_="fd00::/8", table=77)
    session.exec("tc", "qdisc", "add", "dev", "v0", "ingress")
    state = session.state()[""]

    assert ("10.0.0.0", "fd00::") == tuple(
        next(rule["src"] for rule in state[noun] if rule.get("table") == "77")
        for noun in ("rule", "rule inet6")
    )
    assert ["ingress"] == [each["kind"] for each in state["tc qdisc"]]


def test_what_was_read_and_was_not_there_is_told_from_what_was_not_read(session: Session) -> None:
    """No next hops are an empty list; a quick snapshot has not looked for qdiscs."""
    quick, thorough = (take_snapshot(session, thorough=each)[""] for each in (False, True))

    assert ([], []) == (thorough["tc qdisc"], quick["nexthop"])
    assert not {"tc qdisc", "rule inet6"} & quick.keys()


@pytest.mark.parametrize(
    ("argv", "wide"),
    [
        (("ip", "link", "set", "dev", "lo", "up"), False),
        (("ip", "-6", "rule", "add", "from", "fd00::/8", "table", "77"), True),
        (("tc", "qdisc", "add", "dev", "lo", "ingress"), True),
        (("true",), True),
        (("ip", "netns", "exec", "red", "true"), True),
    ],
)
def test_a_session_looks_at_all_that_it_may_have_changed(
    argv: tuple[str, ...], wide: bool, session: Session
) -> None:
    """At its end; it saves a worker or two in each namespace otherwise."""
    session.ip.netns.add("red")
    session.run(Command(argv))
    session.close()
    end = session.recording.end

    assert end is not None
    assert end.state is not None
    assert wide is ("tc qdisc" in end.state[""])


def test_a_noun_without_objects_is_not_in_a_snapshot(session: Session) -> None:
    """A namespace without bridges has no ports to tell of; one without a filter no tunnels."""
    assert "bridge link" not in session.state()[""]
    session.ip.link.add("br0", Bridge())
    assert {"bridge mdb"} == session.state()[""].keys() & {
        "bridge mdb",
        "bridge vni",
        "bridge vlan tunnelshow",
    }


def test_a_snapshot_is_not_recorded_as_commands(session: Session) -> None:
    """What the session reads for itself is no command of the script's."""
    session.state()

    assert [] == session.recording.commands


class Deaf:
    """A runner of whose commands only the first of a kind succeed."""

    def __init__(self, session: Session, refused: Callable[[Command], bool]) -> None:
        self.session = session
        self.refused = refused

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run a command; one that is refused is run with a word that no program takes."""
        words = (*command.argv, "no-such-word") if self.refused(command) else command.argv
        return self.session.run(Command(words, command.netns, changes=False), check=check)


def test_what_cannot_be_read_is_left_out(session: Session) -> None:
    """A read that fails leaves its noun out, and the others in."""
    state = take_snapshot(Deaf(session, lambda command: "address" in command.argv))

    assert ["link"] == [noun for noun in state[""] if noun in ("link", "address")]


def test_a_namespace_that_cannot_be_read_is_empty(session: Session) -> None:
    """A namespace that has a name but cannot be entered is in the snapshot, with nothing in it."""
    session.exec("sh", "-c", "mkdir -p /run/netns && touch /run/netns/broken")
    with pytest.raises(CommandError):
        session.netns("broken").ip.link.show()

    assert {} == session.state()["broken"]


class Strange:
    """A runner whose iproute2 prints JSON of another shape for some reads."""

    def __init__(self, answers: dict[str, str]) -> None:
        self.answers = answers

    def run(self, command: Command, *, check: bool = True) -> Result:  # noqa: ARG002 - as the protocol has it
        """Answer by the object that is asked for; with nothing, for all others."""
        noun = next((word for word in command.argv[1:] if not word.startswith("-")), "")
        return Result(command, stdout=self.answers.get(noun, "[]"))


@pytest.mark.parametrize(
    "strange", ['["local","10.0.0.0"]', '{"dst":"10.0.0.0"}', '"text"', "7", "[["]
)
def test_answer_of_another_shape_is_left_out(strange: str) -> None:
    """It is as one that cannot be read, as old releases have them, and hides no other error."""
    state = take_snapshot(
        Strange({"link": '[{"ifname":"lo"}]', "route": strange, "netns": strange})
    )

    assert [""] == list(state)
    assert [{"ifname": "lo"}] == state[""]["link"]
    assert "route" not in state[""]


def test_namespaces_without_a_name_are_left_out() -> None:
    """No namespace is entered that has none."""
    assert ["", "red"] == list(take_snapshot(Strange({"netns": '[{"id":1},{"name":"red"}]'})))
