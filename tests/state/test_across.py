"""States that different releases of iproute2 printed are compared by what both can print."""

from pathlib import Path
from typing import Any

import pytest

from ipwrap.jsonio import reader
from ipwrap.models import NOUNS, dump_all, read
from ipwrap.recording import Recording
from ipwrap.recording.mentioned import MentionedWords
from ipwrap.state import Difference, Machine, compare_changes, compare_objects
from ipwrap.state.across import in_model_shape

CASES = Path(__file__).parent.parent / "cases"
RELEASES = ("5.4", "6.1", "6.15", "7.1", "7.3")
OLD, NEW = Machine("6.1.0", "6.18"), Machine("7.1.0", "6.18")

Json = dict[str, Any]


class Everything(MentionedWords):
    """Every word counts as named."""

    def __contains__(self, word: object) -> bool:
        return True


def differences(noun: str, left: Json, right: Json, *machines: Machine) -> list[str]:
    """Return where two objects differ, the first shown by an old release and the second by a new one."""
    one, other = machines or (OLD, NEW)
    return [
        str(each)
        for each in compare_objects(noun, [left], [right], MentionedWords(), machines=(one, other))
    ]


def link(
    kind: str = "bridge", port: str | None = None, port_data: Json | None = None, **data: Any
) -> Json:
    """Return a link of a kind, with its options."""
    info: Json = {"info_kind": kind, "info_data": data}
    if port is not None:
        info |= {"info_slave_kind": port, "info_slave_data": port_data}
    return {"ifname": "x", "linkinfo": info}


def states(release: str) -> tuple[Recording, tuple[Any, Any]]:
    """Return what a release recorded, and the states before and after."""
    recording = Recording.load(CASES / "machines" / f"{release}.jsonl")
    assert recording.end is not None
    return recording, (recording.initial_state, recording.end.state)


@pytest.mark.parametrize("made", RELEASES)
@pytest.mark.parametrize("checked", RELEASES)
def test_every_release_reached_the_same_state(made: str, checked: str) -> None:
    """One lab, recorded with each release: no difference between any two of them, nor in what they read."""
    (one, then), (other, now) = states(made), states(checked)
    named = MentionedWords(asked.command for asked in one.commands)
    machines = (Machine.of(one.header), Machine.of(other.header))

    assert [] == [str(each) for each in compare_changes(then, now, named, machines)]


def of_link(name: str, state: Any) -> Json:
    """Return a link of the first namespace."""
    found: Json = next(each for each in state[""]["link"] if each["ifname"] == name)
    return found


def set_option(name: str, key: str, value: Any, part: str = "info_data") -> Any:
    """Return a change of a state: an option of a link's kind is otherwise."""
    return lambda state: of_link(name, state)["linkinfo"][part].update({key: value})


def drop(noun: str, **values: Any) -> Any:
    """Return a change of a state: an object is not there."""

    def change(state: Any) -> None:
        objects = state[""][noun]
        objects.remove(next(each for each in objects if values.items() <= each.items()))

    return change


@pytest.mark.parametrize(
    ("made", "checked"), [("5.4", "6.1"), ("6.1", "5.4"), ("6.1", "7.3"), ("7.3", "6.15")]
)
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (set_option("br0", "stp_state", 0), "stp_state 1 -> 0"),
        (set_option("br0", "ageing_time", 30000), "ageing_time 1000 -> 30000"),
        (set_option("v0", "hairpin", False, "info_slave_data"), "port hairpin True -> False"),
        (set_option("vx0", "local", "10.0.0.9"), "local 10.0.0.1 -> 10.0.0.9"),
        (
            lambda state: of_link("vx0", state)["linkinfo"]["info_data"].pop("local"),
            "local 10.0.0.1 -> (none)",
        ),
        (lambda state: of_link("vx2", state)["linkinfo"]["info_data"].pop("gbp"), "gbp"),
        (
            lambda state: of_link("vx1", state)["linkinfo"]["info_data"].update(external=False),
            "external",
        ),
        (lambda state: of_link("v1", state).update(mtu=1500), "mtu 1400 -> 1500"),
        (lambda state: of_link("v1", state).pop("ifalias"), "ifalias words -> (none)"),
        (lambda state: of_link("v0", state).pop("master"), "master br0 -> (none)"),
        (lambda state: of_link("v1", state)["flags"].remove("UP"), "flags"),
        (drop("route", dst="10.1.0.0/16"), "- (first)  route 10.1.0.0/16"),
        (drop("route", dst="10.3.0.0/16"), "- (first)  route 10.3.0.0/16"),
        (drop("neigh", dst="10.0.0.2"), "- (first)  neigh 10.0.0.2"),
        (drop("rule", priority=103), "- (first)  rule priority 103"),
        (drop("nexthop", id=1), "- (first)  nexthop 1"),
        (drop("bridge fdb", mac="02:00:00:00:00:31"), "- (first)  bridge fdb 02:00:00:00:00:31"),
        (drop("link", ifname="mv0"), "- (first)  link mv0"),
    ],
    ids=range(18),
)
def test_a_planted_difference_is_found(made: str, checked: str, change: Any, expected: str) -> None:
    """Whichever two releases meet: an option set otherwise, a missing address of a tunnel, a missing object."""
    (one, then), (other, now) = states(made), states(checked)
    change(now[1])
    named = MentionedWords(asked.command for asked in one.commands)
    machines = (Machine.of(one.header), Machine.of(other.header))

    found = [str(each) for each in compare_changes(then, now, named, machines)]

    assert 1 == len([each for each in found if expected in each])


@pytest.mark.parametrize(
    ("first", "second"), [("v5.4", "v6.1"), ("v5.10", "v7.1"), ("v6.1", "v7.1"), ("v7.1", "v5.4")]
)
def test_links_of_every_kind_are_the_same_by_every_release(first: str, second: str) -> None:
    """One answer of the kernel, printed by two releases, is the same in all that both print; but for can's words.

    What the older one cannot print stands for its default there, which these made-up links seldom have.
    """
    folder = CASES / "captures" / "synthetic"
    texts = [
        (folder / release / "ip_j_d_link_show.json").read_text() for release in (first, second)
    ]
    one, other = (dump_all(read(NOUNS["link"], text)) for text in texts)
    machines = (Machine(first[1:], "7.1"), Machine(second[1:], "7.1"))

    found = compare_objects("link", one, other, Everything(), machines=machines)

    assert {"can0"} >= {each.name[0] for each in found if is_printed_by_both(each)}


def is_printed_by_both(difference: Difference) -> bool:
    """Return whether a link is missing on one side, or a key differs that both sides print."""
    left, right = difference.left, difference.right
    if left is None or right is None:
        return True

    return any(left[key] != right[key] for key in left.keys() & right.keys())


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        # As a table knows the default: `mab` of a port.
        ({}, {"mab": False}, []),
        ({}, {"mab": True}, ["~ (first)  bridge link x: mab (none) -> True"]),
        # As only a later release prints a key: the next hop by which a port's traffic goes when it is down.
        ({}, {"backup_nhid": 7}, []),
        ({"backup_nhid": 7}, {}, ["~ (first)  bridge link x: backup_nhid 7 -> (none)"]),
        # As every release prints a key where it is set.
        ({"cost": 7}, {}, ["~ (first)  bridge link x: cost 7 -> (none)"]),
        ({}, {"backup_port": "y"}, ["~ (first)  bridge link x: backup_port (none) -> y"]),
        # As no table knows the key.
        ({}, {"brand_new": 7}, []),
        ({"brand_new": 8}, {"brand_new": 7}, ["~ (first)  bridge link x: brand_new 8 -> 7"]),
    ],
)
def test_a_key_that_one_release_prints(left: Json, right: Json, expected: list[str]) -> None:
    """It stands for its default where one is known; else it counts if the other release would print it, too."""
    assert expected == differences("bridge link", {"ifname": "x"} | left, {"ifname": "x"} | right)


def test_an_older_kernel_prints_no_more_than_an_older_release() -> None:
    """One release on two kernels: what came with neither of them is not compared, the rest is."""
    machines = (Machine("7.1.0", "6.1"), Machine("7.1.0", "6.18"))

    assert [] == differences(
        "bridge link", {"ifname": "x"}, {"ifname": "x", "backup_nhid": 7}, *machines
    )
    assert 1 == len(
        differences("bridge link", {"ifname": "x"}, {"ifname": "x", "backup_port": "y"}, *machines)
    )


def test_one_machine_is_compared_to_the_letter() -> None:
    """The same release on the same kernel prints the same: every key counts, also one that no table knows."""
    for machines in ((NEW, NEW), (Machine(), Machine()), (Machine(None, "6.18"), NEW)):
        assert ["~ (first)  bridge link x: brand_new (none) -> 7"] == differences(
            "bridge link", {"ifname": "x"}, {"ifname": "x", "brand_new": 7}, *machines
        )


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        (link("vxlan", gbp=True), link("vxlan", gbp=None), []),
        (link("vxlan", gbp=True), link("vxlan", gbp=False), 1),
        (link("vxlan", external=True), link("vxlan", external=True, ttl=7), []),
        (link("vxlan", external=True), link("vxlan", external=False), 1),
        (link("vxlan", external=True, ttl=3), link("vxlan", external=True, ttl=7), 1),
        (link("vxlan", group="239.1.1.1"), link("vxlan", group="239.1.1.2"), 1),
        (link("vlan", flags=["REORDER_HDR"]), link("vlan", flags=["REORDER_HDR", "GVRP"]), 1),
        (link("hsr", proto=0), link("hsr", proto=0, version=1), []),
        (
            link("bridge", "bridge", {"cost": 3}),
            link("bridge", "bridge", {"cost": 3, "brand_new": 1}),
            [],
        ),
        (link("bridge", "bridge", {"cost": 3}), link("bridge", "bridge", {"cost": 4}), 1),
        (link("nobody-knows", a=1), link("nobody-knows", b=2), []),
        (
            link("can", bittiming={"sample_point": 0.875}),
            link("can", bittiming={"sample_point": "0.875"}),
            [],
        ),
        (
            link("can", bittiming={"sample_point": 0.875}),
            link("can", bittiming={"sample_point": "0.7"}),
            1,
        ),
    ],
)
def test_options_of_kinds(left: Json, right: Json, expected: int | list[str]) -> None:
    """Values that are written otherwise are read by the option's codec; what reads the same is the same."""
    found = differences("link", left, right)

    assert expected == (len(found) or [])


def test_the_flags_of_a_link_are_not_those_of_its_kind() -> None:
    """A vlan that is down differs from one that is up, by any release."""
    up, down = ({"flags": flags} | link("vlan", flags=["REORDER_HDR"]) for flags in (["UP"], []))

    assert ["~ (first)  link x: flags ['UP'] -> []"] == differences("link", up, down)
    assert ["~ (first)  link x: flags ['UP'] -> []"] == differences("link", up, down, NEW, NEW)


@pytest.mark.parametrize(
    ("noun", "row"),
    [
        ("bridge vlan details", {"ifname": "x", "vlans": [{"vlan": 1}]}),
        ("bridge mst", {"ifname": "x", "mst": [{"msti": 1, "state": "forwarding"}]}),
        ("stats", {"ifname": "x", "group": "link"}),
    ],
)
def test_a_row_that_one_release_prints(noun: str, row: Json) -> None:
    """What a release cannot list, or lists though nothing was set, is no difference."""
    assert [] == [
        str(each)
        for each in compare_objects(noun, [], [row], MentionedWords(), machines=(OLD, NEW))
    ]


def test_a_vlan_of_which_something_was_set_counts() -> None:
    """A port is listed for it, whichever release looks."""
    left, right = (
        {"ifname": "x", "vlans": [{"vlan": 7, **each}]} for each in ({}, {"neigh_suppress": True})
    )

    assert ["~ (first)  bridge vlan details x: 7 neigh_suppress (none) -> True"] == differences(
        "bridge vlan details", left, right
    )
    assert ["+ (first)  bridge vlan details x"] == [
        str(each)
        for each in compare_objects(
            "bridge vlan details", [], [right], MentionedWords(), machines=(OLD, NEW)
        )
    ]


def test_parts_of_objects() -> None:
    """The ways of a route are compared one by one, by what both releases print of each."""
    left: Json = {"dst": "10.0.0.0/8", "nexthops": [{"gateway": "10.0.0.1", "weight": 1}]}
    newer: Json = {
        "dst": "10.0.0.0/8",
        "nexthops": [{"gateway": "10.0.0.1", "weight": 1, "brand_new": 1}],
    }
    other: Json = {"dst": "10.0.0.0/8", "nexthops": [{"weight": 1}]}
    more: Json = {"dst": "10.0.0.0/8", "nexthops": left["nexthops"] * 2}

    assert [] == differences("route", left, newer)
    assert [1, 1] == [len(differences("route", left, each)) for each in (other, more)]


def test_what_a_model_cannot_read_is_compared_as_it_is() -> None:
    """A state that nobody can read is still a state."""
    state: Any = {"": {"link": [{"ifname": "x", "mtu": "much"}], "rule inet6": [{"priority": 1}]}}

    assert state == in_model_shape(state)


def test_options_of_qdiscs() -> None:
    """The options of a qdisc are known by its kind: one that one side lacks is a difference, what is new is none."""
    left: Json = {"kind": "netem", "handle": "1:", "dev": "x", "options": {"limit": 1000}}
    lossy = left | {"options": {"limit": 1000, "loss-random": {"loss": 0.2, "correlation": 0}}}
    newer = left | {"options": {"limit": 1000, "brand_new": 1}}

    assert [] == differences("tc qdisc", left, newer)
    assert 1 == len(differences("tc qdisc", left, lossy))


@pytest.mark.parametrize(
    ("iproute2", "kernel", "since", "expected"),
    [
        ("6.1.0", "6.18.44", None, True),
        ("6.1.0", "6.18.44", "6.1", True),
        ("6.1.0", "6.18.44", "6.2", False),
        ("6.15.0", "6.12.1", "6.14", False),
        ("6.9.0", "6.18", "6.10", False),
        ("ss191125", "6.18", "5.5", False),
        ("ss191125", "6.18", None, True),
        (None, "6.18", "5.5", False),
    ],
)
def test_what_a_machine_prints(
    iproute2: str | None, kernel: str | None, since: str | None, expected: bool
) -> None:
    """A key can be there if neither iproute2 nor the kernel is older than it; dates are older than all numbers."""
    assert expected == Machine(iproute2, kernel).prints(since)


def test_a_machine_names_itself() -> None:
    """Its release and its kernel, as a line of a report has them."""
    assert "6.1.0 on Linux 6.18" == str(Machine("6.1.0", "6.18"))
    assert "(unknown) on Linux (unknown)" == str(Machine())


def test_captures_are_json() -> None:
    """What the releases printed can be read at all, so that the comparison above compares something."""
    text = (CASES / "captures/synthetic/v6.1/ip_j_d_link_show.json").read_text()

    assert 50 < len(reader.decode(text))


def bridged(vlans: bool, **options: Any) -> Any:
    """Return a state with a bridge and its port, on a kernel with or without VLAN filtering."""
    data = options | ({"vlan_default_pvid": 1, "vlan_protocol": "802.1Q"} if vlans else {})
    ports = [{"ifname": "v0", "master": "br0", "state": "disabled"}]
    entry = {
        "mac": "02:00:00:00:00:31",
        "ifname": "v0",
        "master": "br0",
        "flags": [],
        "state": "static",
    }
    state = {
        "link": [link(**data) | {"ifname": "br0"}],
        "bridge link": ports,
        "bridge fdb": [entry],
    }
    if vlans:
        state["bridge vlan"] = [{"ifname": "v0", "vlans": [{"vlan": 1, "flags": ["PVID"]}]}]
        state["bridge fdb"].append(entry | {"vlan": 1})
    return {"": state}


def test_a_kernel_without_vlan_filtering() -> None:
    """The VLAN into which other kernels put every port by themselves is no difference; intervals are rounded."""
    named = MentionedWords()
    named.words.add("02:00:00:00:00:31")
    machines = (Machine("6.1.0", "6.18"), Machine("6.1.0", "6.12"))
    bare = bridged(False, mcast_startup_query_intvl=3124)
    full = bridged(True, mcast_startup_query_intvl=3125)
    other = bridged(True, mcast_startup_query_intvl=3000)
    filled = bridged(True, mcast_startup_query_intvl=3125)
    filled[""]["bridge vlan"] = []

    def found(left: Any, right: Any) -> list[str]:
        return [str(each) for each in compare_changes((None, left), (None, right), named, machines)]

    assert ([], []) == (found(bare, full), found(full, bare))
    assert ["~ (first)  link br0: mcast_startup_query_intvl 3124 -> 3000"] == found(bare, other)
    assert ["- (first)  bridge vlan v0 1"] == found(full, filled)


@pytest.mark.parametrize("noun", ["bridge vlan", "bridge fdb"])
def test_readings_of_a_kernel_without_vlan_filtering(noun: str) -> None:
    """A kernel that shows no VLAN at all has none to show; on one kernel each VLAN counts."""
    named = MentionedWords()
    named.words.add("02:00:00:00:00:31")
    bare, full = (bridged(vlans)[""].get(noun, []) for vlans in (False, True))
    kernels = (Machine("6.1.0", "6.18"), Machine("6.1.0", "6.12"))

    assert [] == compare_objects(noun, bare, full, named, machines=kernels)
    assert [] == compare_objects(noun, full, full, named, machines=kernels)
    assert 1 == len(compare_objects(noun, bare, full, named, machines=(OLD, NEW)))


def test_what_is_gone_differs_from_what_is_there() -> None:
    """Across releases, too: a namespace or a link that one session has deleted, and the other has kept."""
    before: Any = {"": {"link": [{"ifname": "x", "mtu": 1}]}}
    kept: Any = {"": {"link": [{"ifname": "x", "mtu": 1, "brand_new": 1}]}}
    gone: Any = {"": {"link": []}}

    found = compare_changes((before, gone), (before, kept), MentionedWords(), (OLD, NEW))

    assert ["link"] == [each.noun for each in found]
    assert [] == compare_changes((before, gone), (before, gone), MentionedWords(), (OLD, NEW))


def test_what_only_one_release_sees_change_is_no_difference() -> None:
    """A link that was there before, of which one release prints that something changed and the other does not."""
    before: Any = {"": {"link": [{"ifname": "x", "mtu": 1}]}}
    after: Any = {"": {"link": [{"ifname": "x", "mtu": 1, "brand_new": 1}]}}
    other: Any = {"": {"link": [{"ifname": "x", "mtu": 2}]}}

    assert [] == compare_changes((before, before), (before, after), MentionedWords(), (OLD, NEW))
    assert 1 == len(
        compare_changes((before, before), (before, other), MentionedWords(), (OLD, NEW))
    )
