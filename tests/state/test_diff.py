"""Two runs of a lab are equal, and every kind of difference is found and readable."""

import subprocess
from pathlib import Path
from typing import Any

import pytest

from ipwrap import Session
from ipwrap.kinds import Bridge, BridgeSlave, Veth
from ipwrap.objects.comparison import PASSING
from ipwrap.objects.reads import READS
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state import Difference, State, changed, compare, compare_objects, keep_covered_by_all
from ipwrap.state.diff import Key
from ipwrap.state.snapshot import added_later
from ipwrap.system.programs import command_environment
from tests.labs import Lab, build_pair, diff_states, open_sandbox

GIVEN = "02:00:00:00:00:51"


def build_rich_lab(session: Session) -> None:
    """Build a lab with many kernel-assigned values.

    MAC addresses, indexes, namespace numbers, timers.
    """
    build_pair(session)
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


def reach_state(lab: Lab, *argv: str, shift: int = 0) -> tuple[State, Session]:
    """Return the state of a new sandbox after a lab and a further unrecorded command.

    ``shift`` moves the interface indexes of the sandbox.
    """
    with open_sandbox() as session:
        for _ in range(shift):
            run_unrecorded(session, "ip", "link", "add", "shift", "type", "bridge")
            run_unrecorded(session, "ip", "link", "delete", "shift")

        lab(session)
        if argv:
            run_unrecorded(session, *argv)

        return session.state(), session


def run_unrecorded(session: Session, *argv: str) -> None:
    """Run a command in a session's place without recording the command."""
    subprocess.run(session.place.wrap(argv), check=True, env=command_environment())


@pytest.mark.live
def test_two_runs_of_a_lab_are_the_same() -> None:
    """Random MAC addresses, interface indexes and learned entries are no difference."""
    (left, session), (right, _) = reach_state(build_rich_lab), reach_state(build_rich_lab, shift=3)

    assert left != right
    assert [] == diff_states(left, right, session.recording)


@pytest.mark.live
@pytest.mark.parametrize(
    ("command", "expected"),
    [
        ("ip link set br0 mtu 1300", ["~ (host)  link br0: mtu 1400 -> 1300"]),
        ("ip -n red link set eth0 down", None),
        ("ip -n red link set lo up", None),
        (
            "ip address add 10.5.0.1/32 dev lo",
            ["+ (host)  address lo 10.5.0.1/32"],
        ),
        ("ip address delete fd00::1/64 dev br0", None),
        ("ip route add 10.7.0.0/16 dev br0", ["+ (host)  route 10.7.0.0/16 unicast main br0"]),
        ("ip -n red route delete 10.9.0.0/16", ["- red  route 10.9.0.0/16 unicast main eth0 7"]),
        (
            "ip -n red route replace 10.9.0.0/16 via 10.0.0.8 metric 7",
            ["~ red  route 10.9.0.0/16 unicast main eth0 7: gateway 10.0.0.9 -> 10.0.0.8"],
        ),
        (
            "ip neigh replace 10.0.0.99 dev br0 lladdr 02:00:00:00:00:98",
            ["~ (host)  neigh 10.0.0.99 br0: lladdr 02:00:00:00:00:99 -> <generated>"],
        ),
        ("ip neigh delete 10.0.0.99 dev br0", ["- (host)  neigh 10.0.0.99 br0"]),
        ("ip neigh add proxy 10.0.0.98 dev br0", ["+ (host)  neigh 10.0.0.98 br0 proxy"]),
        (
            "bridge fdb delete 02:00:00:00:00:77 dev to-red master",
            ["- (host)  bridge fdb 02:00:00:00:00:77 to-red br0"],
        ),
        (
            "ip link set given address 02:00:00:00:00:52",
            None,
        ),
        ("ip link set other alias words", ["~ (host)  link other: ifalias (none) -> words"]),
        ("ip netns add green", ["+ green  link lo"]),
        ("ip link add extra type bridge", None),
        ("ip link delete given", None),
        ("ip link set other name another", None),
    ],
)
def test_each_kind_of_difference_is_found(command: str, expected: list[str] | None) -> None:
    """An additional command in one place is found and described."""
    (left, session), (right, _) = (
        reach_state(build_rich_lab),
        reach_state(build_rich_lab, *command.split()),
    )

    found_differences = diff_states(left, right, session.recording)

    assert found_differences if expected is None else expected == found_differences


@pytest.mark.live
def test_an_option_of_a_port_is_found() -> None:
    """An option of a port is a difference of the link and of the port."""
    command = ["ip", "link", "set", "to-red", "type", "bridge_slave", "hairpin", "on"]
    (left, session), (right, _) = reach_state(build_rich_lab), reach_state(build_rich_lab, *command)

    assert [
        "~ (host)  bridge link to-red: hairpin False -> True",
        "~ (host)  link to-red: port hairpin False -> True",
    ] == diff_states(left, right, session.recording)


@pytest.mark.live
def test_an_option_of_a_kind_is_found() -> None:
    """An option of a bridge is a difference of the link."""
    command = ["ip", "link", "set", "br0", "type", "bridge", "ageing_time", "1000"]
    (left, session), (right, _) = reach_state(build_rich_lab), reach_state(build_rich_lab, *command)

    assert ["~ (host)  link br0: ageing_time 30000 -> 1000"] == diff_states(
        left,
        right,
        session.recording,
    )


@pytest.mark.live
def test_a_missing_link_is_found_with_dependents() -> None:
    """A missing link is found together with the missing port and peer."""
    (left, session), (right, _) = (
        reach_state(build_rich_lab),
        reach_state(build_rich_lab, "ip", "link", "delete", "given"),
    )

    found_differences = diff_states(left, right, session.recording)

    assert {
        "- (host)  link given",
        "- (host)  link other",
        "- (host)  bridge link given",
    } <= set(found_differences)


@pytest.mark.live
def test_a_missing_namespace_is_found() -> None:
    """Every link of a missing namespace is found as missing."""
    (left, session), (right, _) = (
        reach_state(build_rich_lab),
        reach_state(build_rich_lab, "ip", "netns", "delete", "blue"),
    )

    assert {"- blue  link eth0", "- blue  link lo"} <= set(
        diff_states(left, right, session.recording)
    )


@pytest.mark.live
def test_a_given_mac_is_compared() -> None:
    """A MAC address from a command differs from another MAC address."""
    command = ("ip", "link", "set", "given", "address", "02:00:00:00:00:52")
    (left, session), (right, _) = reach_state(build_rich_lab), reach_state(build_rich_lab, *command)

    assert f"~ (host)  link given: address {GIVEN} -> <generated>" in diff_states(
        left,
        right,
        session.recording,
    )


@pytest.mark.live
def test_a_random_mac_is_not_compared() -> None:
    """A random MAC address is not compared."""
    command = ("ip", "link", "set", "other", "address", "02:00:00:00:00:52")
    (left, session), (right, _) = reach_state(build_rich_lab), reach_state(build_rich_lab, *command)

    assert [] == diff_states(left, right, session.recording)


@pytest.mark.live
def test_only_changes_are_compared(session: Session) -> None:
    """Unchanged links are left out of a lab's changes, and deleted links are marked."""
    session.ip.link.add("stays", Bridge())
    session.ip.link.add("goes", Bridge())
    before = session.state()
    session.ip.link.add("comes", Bridge())
    session.ip.link.set("stays", mtu=1400)
    session.ip.link.delete("goes")

    changes = changed(before, session.state(), named=MentionedWords([]))

    links = {}
    for (_, noun, identity, _), fields in changes.items():
        if noun == "link":
            links[identity[0]] = fields

    assert ["comes", "goes", "stays"] == sorted(links)
    assert ({"": "gone"}, 1400) == (links["goes"], links["stays"]["mtu"])


def test_a_difference_is_one_line() -> None:
    """A sign shows the side of an object, and every namespace has a name, including the first."""
    assert [
        "+ (host)  link a",
        "- red  address a 10.0.0.1/24",
        "~ red  link a: alias (none) -> x, mtu 1 -> 2",
    ] == [
        str(Difference("", "link", ("a",), None, {})),
        str(Difference("red", "address", ("a", "10.0.0.1/24"), {}, None)),
        str(
            Difference(
                "red",
                "link",
                ("a",),
                {"mtu": 1, "up": 1},
                {"mtu": 2, "up": 1, "alias": "x"},
            )
        ),
    ]


def test_a_difference_has_no_control_characters() -> None:
    """Control characters of an alias are escaped in the text of a difference."""
    text = str(Difference("", "link", ("a\x1b[2J",), {"ifalias": "x\ny\x07"}, {"ifalias": "z"}))

    assert text.isprintable()


def test_differences_are_in_order() -> None:
    """Differences are sorted by namespace, then by object, then by name."""
    left: dict[Key, dict[str, Any]] = {
        ("red", "link", ("b",), 0): {"mtu": 1},
        ("", "route", ("a",), 0): {"x": 1},
        ("red", "link", ("a",), 0): {},
    }

    assert ["- (host)  route a", "- red  link a", "- red  link b"] == [
        str(difference) for difference in compare(left, {})
    ]


def test_equal_objects_count_once() -> None:
    """An object that is listed twice counts once."""
    link = {"ifname": "a", "mtu": 1}

    assert [] == compare_objects("link", [link, link], right=[link], named=MentionedWords([]))


def test_different_objects_of_one_name_count_separately() -> None:
    """A further route to the same prefix is a difference."""
    first = {"dst": "10.0.0.0/8", "gateway": "10.0.0.1"}
    second = {"dst": "10.0.0.0/8", "gateway": "10.0.0.2"}

    assert ["+ (host)  route 10.0.0.0/8"] == [
        str(difference)
        for difference in compare_objects(
            "route", [first], right=[first, second], named=MentionedWords([])
        )
    ]


@pytest.mark.live
def test_an_option_that_was_unset_is_found(session: Session, tmp_path: Path) -> None:
    """A port that left the bridge differs by its master."""
    session.ip.link.add("br0", Bridge())
    session.ip.link.add("a", Veth(peer="b"), master="br0")
    session.ip.link.set("a", BridgeSlave(isolated=True))
    before = session.state()
    session.ip.link.set("a", nomaster=True)

    found_differences = diff_states(before, session.state(), session.recording)

    assert "- (host)  bridge link a" in found_differences
    assert any("master br0 -> (none)" in line for line in found_differences)


@pytest.mark.parametrize(
    "noun",
    sorted(noun for noun in added_later() if noun not in READS or READS[noun].condition is None),
)
def test_objects_missing_in_older_recordings_are_not_compared(noun: str) -> None:
    """Objects that an older version did not read are left out of the comparison."""
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
def test_objects_of_certain_links_count_as_read_without_such_links(noun: str, option: str) -> None:
    """Without filtering bridges, the objects of filtering bridges count as read."""
    info = {"info_kind": "bridge", "info_data": {option: 1}}
    bare: State = {"": {"link": [{"ifname": "lo"}]}, "red": {}}
    old: State = {"": {"link": [{"ifname": "br0", "linkinfo": info}]}}
    new: State = {"": old[""] | {noun: [{"ifname": "br0"}]}}

    assert [bare, new] == keep_covered_by_all(bare, new)
    assert [bare, old, old] == keep_covered_by_all(bare, old, new)


def test_a_passing_value_is_equal_to_any_value() -> None:
    """Of a bridge with another ageing time during a topology change, the MTU still differs."""
    key: Key = ("", "link", ("br0",), 0)
    left: dict[Key, dict[str, Any]] = {key: {"mtu": 1500, "ageing_time": 30000}}
    right: dict[Key, dict[str, Any]] = {key: {"mtu": 1400, "ageing_time": PASSING}}

    (difference,) = compare(left, right)

    assert "~ (host)  link br0: mtu 1500 -> 1400" == str(difference)
