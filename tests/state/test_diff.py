"""Two runs of a lab are the same; each kind of real difference is found, and a person can read it."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from ipwrap import Session
from ipwrap.kinds import Bridge, BridgeSlave, Veth
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state import Difference, State, changed, compare, compare_objects, keep_covered_by_all
from ipwrap.state.diff import Key
from ipwrap.state.snapshot import ADDED_LATER, CONDITIONS
from ipwrap.system.programs import environment
from tests.labs import Lab, differences, opened, pair

GIVEN = "02:00:00:00:00:51"


def rich(session: Session) -> None:
    """Build what has much that the kernel chooses: MAC addresses, indexes, numbers of namespaces, timers."""
    pair(session)
    session.ip.link.set("br0", mtu=1400)
    session.ip.link.add("given", Veth(peer="other"), address=GIVEN)
    session.ip.link.set("given", master="br0", up=True)
    session.ip.link.set("other", up=True)
    session.ip.address.add("fd00::1/64", dev="br0", nodad=True)
    session.ip.neigh.add("10.0.0.99", dev="br0", lladdr="02:00:00:00:00:99")
    session.bridge.fdb.add("02:00:00:00:00:77", dev="to-red", master=True)
    red = session.netns("red")
    red.ip.route.add("10.9.0.0/16", via="10.0.0.9", metric=7)
    red.exec("ping", "-c", "1", "-W", "2", "10.0.0.3", check=False)


def reached(lab: Lab, *argv: str, shift: int = 0) -> tuple[State, Session]:
    """Return the state that a lab reaches in a fresh place, after one more command that nobody recorded.

    ``shift`` moves the interface indexes of this place.
    """
    with opened() as session:
        for _ in range(shift):
            outside(session, "ip", "link", "add", "shift", "type", "bridge")
            outside(session, "ip", "link", "delete", "shift")
        lab(session)
        if argv:
            outside(session, *argv)
        return session.state(), session


def outside(session: Session, *argv: str) -> None:
    """Run a command in a session's place, past the session."""
    subprocess.run(session.place.wrap(argv), check=True, env=environment())


@pytest.mark.live
def test_two_runs_of_a_lab_are_the_same() -> None:
    """Random MAC addresses, other interface indexes, learned entries: none of it is a difference."""
    (one, session), (other, _) = reached(rich), reached(rich, shift=3)

    assert one != other
    assert [] == differences(one, other, session.recording)


@pytest.mark.live
@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("ip link set br0 mtu 1300", ["~ (first)  link br0: mtu 1400 -> 1300"]),
        ("ip -n red link set eth0 down", None),
        ("ip -n red link set lo up", None),
        (
            "ip address add 10.5.0.1/32 dev lo",
            ["+ (first)  address lo 10.5.0.1/32"],
        ),
        ("ip address delete fd00::1/64 dev br0", None),
        ("ip route add 10.7.0.0/16 dev br0", ["+ (first)  route 10.7.0.0/16 unicast main br0"]),
        ("ip -n red route delete 10.9.0.0/16", ["- red  route 10.9.0.0/16 unicast main eth0 7"]),
        (
            "ip -n red route replace 10.9.0.0/16 via 10.0.0.8 metric 7",
            ["~ red  route 10.9.0.0/16 unicast main eth0 7: gateway 10.0.0.9 -> 10.0.0.8"],
        ),
        (
            "ip neigh replace 10.0.0.99 dev br0 lladdr 02:00:00:00:00:98",
            ["~ (first)  neigh 10.0.0.99 br0: lladdr 02:00:00:00:00:99 -> <generated>"],
        ),
        ("ip neigh delete 10.0.0.99 dev br0", ["- (first)  neigh 10.0.0.99 br0"]),
        ("ip neigh add proxy 10.0.0.98 dev br0", ["+ (first)  neigh 10.0.0.98 br0 proxy"]),
        (
            "bridge fdb delete 02:00:00:00:00:77 dev to-red master",
            ["- (first)  bridge fdb 02:00:00:00:00:77 to-red br0"],
        ),
        (
            "ip link set given address 02:00:00:00:00:52",
            None,
        ),
        ("ip link set other alias words", ["~ (first)  link other: ifalias (none) -> words"]),
        ("ip netns add green", ["+ green  link lo"]),
        ("ip link add extra type bridge", None),
        ("ip link delete given", None),
        ("ip link set other name another", None),
    ],
)
def test_each_kind_of_difference_is_found(command: str, expected: list[str] | None) -> None:
    """One command more in one of two places is found, and said in words."""
    (one, session), (other, _) = reached(rich), reached(rich, *command.split())

    found = differences(one, other, session.recording)

    assert found if expected is None else expected == found


@pytest.mark.live
def test_an_option_of_a_port_is_found() -> None:
    """A port's option is told as the link's and as the port's."""
    command = ["ip", "link", "set", "to-red", "type", "bridge_slave", "hairpin", "on"]
    (one, session), (other, _) = reached(rich), reached(rich, *command)

    assert [
        "~ (first)  bridge link to-red: hairpin False -> True",
        "~ (first)  link to-red: port hairpin False -> True",
    ] == differences(one, other, session.recording)


@pytest.mark.live
def test_an_option_of_a_kind_is_found() -> None:
    """A bridge's option is told as the link's."""
    command = ["ip", "link", "set", "br0", "type", "bridge", "ageing_time", "1000"]
    (one, session), (other, _) = reached(rich), reached(rich, *command)

    assert ["~ (first)  link br0: ageing_time 30000 -> 1000"] == differences(
        one, other, session.recording
    )


@pytest.mark.live
def test_a_missing_link_is_found_with_what_stood_on_it() -> None:
    """A link that is not there is missing, and so is its port."""
    (one, session), (other, _) = reached(rich), reached(rich, "ip", "link", "delete", "given")

    found = differences(one, other, session.recording)

    assert {
        "- (first)  link given",
        "- (first)  link other",
        "- (first)  bridge link given",
    } <= set(found)


@pytest.mark.live
def test_a_missing_namespace_is_found() -> None:
    """Of a namespace that is not there everything is missing."""
    (one, session), (other, _) = reached(rich), reached(rich, "ip", "netns", "delete", "blue")

    assert {"- blue  link eth0", "- blue  link lo"} <= set(
        differences(one, other, session.recording)
    )


@pytest.mark.live
def test_a_given_mac_is_compared() -> None:
    """A link whose address a command gave differs from one that has another."""
    command = ("ip", "link", "set", "given", "address", "02:00:00:00:00:52")
    (one, session), (other, _) = reached(rich), reached(rich, *command)

    assert f"~ (first)  link given: address {GIVEN} -> <generated>" in differences(
        one, other, session.recording
    )


@pytest.mark.live
def test_a_random_mac_is_not_compared() -> None:
    """A link whose address nobody gave may have any."""
    command = ("ip", "link", "set", "other", "address", "02:00:00:00:00:52")
    (one, session), (other, _) = reached(rich), reached(rich, *command)

    assert [] == differences(one, other, session.recording)


@pytest.mark.live
def test_only_what_changed_is_compared(session: Session) -> None:
    """What was there before and still is, the same, is no part of what a lab built; what is gone is marked."""
    session.ip.link.add("stays", Bridge())
    session.ip.link.add("goes", Bridge())
    before = session.state()
    session.ip.link.add("comes", Bridge())
    session.ip.link.set("stays", mtu=1400)
    session.ip.link.delete("goes")

    found = changed(before, session.state(), MentionedWords([]))

    links = {key[2][0]: value for key, value in found.items() if key[1] == "link"}
    assert ["comes", "goes", "stays"] == sorted(links)
    assert ({"": "gone"}, 1400) == (links["goes"], links["stays"]["mtu"])


def test_a_difference_is_one_line() -> None:
    """Three signs say on which side a thing is; a namespace is named, the first one too."""
    assert [
        "+ (first)  link a",
        "- red  address a 10.0.0.1/24",
        "~ red  link a: alias (none) -> x, mtu 1 -> 2",
    ] == [
        str(Difference("", "link", ("a",), None, {})),
        str(Difference("red", "address", ("a", "10.0.0.1/24"), {}, None)),
        str(
            Difference(
                "red", "link", ("a",), {"mtu": 1, "up": 1}, {"mtu": 2, "up": 1, "alias": "x"}
            )
        ),
    ]


def test_a_difference_shows_nothing_that_disturbs_a_terminal() -> None:
    """An alias may hold control characters; a line that tells of it holds none."""
    said = str(Difference("", "link", ("a\x1b[2J",), {"ifalias": "x\ny\x07"}, {"ifalias": "z"}))

    assert said.isprintable()


def test_differences_are_in_order() -> None:
    """Namespaces first, then nouns, then names."""
    left: dict[Key, dict[str, Any]] = {
        ("red", "link", ("b",), 0): {"mtu": 1},
        ("", "route", ("a",), 0): {"x": 1},
        ("red", "link", ("a",), 0): {},
    }

    assert ["- (first)  route a", "- red  link a", "- red  link b"] == [
        str(each) for each in compare(left, {})
    ]


def test_things_alike_are_one() -> None:
    """What is listed twice is there once."""
    link = {"ifname": "a", "mtu": 1}

    assert [] == compare_objects("link", [link, link], [link], MentionedWords([]))


def test_things_of_one_name_that_are_not_alike_are_two() -> None:
    """Several routes may have the same prefix: one more is found."""
    one = {"dst": "10.0.0.0/8", "gateway": "10.0.0.1"}
    two = {"dst": "10.0.0.0/8", "gateway": "10.0.0.2"}

    assert ["+ (first)  route 10.0.0.0/8"] == [
        str(e) for e in compare_objects("route", [one], [one, two], MentionedWords([]))
    ]


@pytest.mark.live
def test_an_option_that_was_unset_is_found(session: Session, tmp_path: Path) -> None:
    """A port that left its bridge differs by its master."""
    session.ip.link.add("br0", Bridge())
    session.ip.link.add("a", Veth(peer="b"), master="br0")
    session.ip.link.set("a", BridgeSlave(isolated=True))
    before = session.state()
    session.ip.link.set("a", nomaster=True)

    found = differences(before, session.state(), session.recording)

    assert "- (first)  bridge link a" in found
    assert any("master br0 -> (none)" in each for each in found)


@pytest.mark.parametrize("noun", sorted(ADDED_LATER - CONDITIONS.keys()))
def test_what_was_not_read_everywhere_is_not_compared(noun: str) -> None:
    """A recording of an older ipwrap has no such noun; what both hold is compared."""
    old: State = {"": {"link": [{"ifname": "lo"}]}}
    new: State = {"": {"link": [{"ifname": "lo"}], noun: [{"id": 7}]}, "red": {noun: []}}

    assert [old, old | {"red": {}}, None] == keep_covered_by_all(old, new, None)
    assert [new, new] == keep_covered_by_all(new, new)


@pytest.mark.parametrize(
    ("noun", "option"),
    [
        ("bridge mst", "mst_enabled"),
        ("bridge vlan details", "vlan_filtering"),
        ("bridge vlan global", "vlan_filtering"),
    ],
)
def test_a_noun_of_some_links_was_not_read_only_where_there_are_such_links(
    noun: str, option: str
) -> None:
    """A state without bridges that filter tells that nothing was set there; an older one with some does not."""
    info = {"info_kind": "bridge", "info_data": {option: 1}}
    bare: State = {"": {"link": [{"ifname": "lo"}]}, "red": {}}
    old: State = {"": {"link": [{"ifname": "br0", "linkinfo": info}]}}
    new: State = {"": old[""] | {noun: [{"ifname": "br0"}]}}

    assert [bare, new] == keep_covered_by_all(bare, new)
    assert [bare, old, old] == keep_covered_by_all(bare, old, new)
