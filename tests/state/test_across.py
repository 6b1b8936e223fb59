"""States from different releases of iproute2 are compared by the output of both releases."""

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
    """A collection that mentions every word."""

    def __contains__(self, word: object) -> bool:
        return True


def differences(noun: str, left: Json, right: Json, *machines: Machine) -> list[str]:
    """Return the differences of two objects, by default from an old and a new release."""
    left_machine, right_machine = machines or (OLD, NEW)
    found_differences = compare_objects(
        noun,
        [left],
        right=[right],
        named=MentionedWords(),
        machines=(left_machine, right_machine),
    )

    return [str(difference) for difference in found_differences]


def link(
    kind: str = "bridge",
    port: str | None = None,
    port_data: Json | None = None,
    **data: Any,
) -> Json:
    """Return a link of a kind with options."""
    info: Json = {"info_kind": kind, "info_data": data}
    if port is not None:
        info |= {"info_slave_kind": port, "info_slave_data": port_data}

    return {"ifname": "x", "linkinfo": info}


def load_states(release: str) -> tuple[Recording, tuple[Any, Any]]:
    """Return the recording of a release, with the states before and after."""
    recording = Recording.load(CASES / "machines" / f"{release}.jsonl")

    assert recording.end is not None
    return recording, (recording.initial_state, recording.end.state)


@pytest.mark.parametrize("left_release", RELEASES)
@pytest.mark.parametrize("right_release", RELEASES)
def test_every_release_reached_the_same_state(left_release: str, right_release: str) -> None:
    """Recordings of one lab by any two releases have no difference."""
    left, left_states = load_states(left_release)
    right, right_states = load_states(right_release)
    named = MentionedWords(event.command for event in left.commands)
    machines = (Machine.of(left.header), Machine.of(right.header))

    found_differences = compare_changes(left_states, right_states, named=named, machines=machines)

    assert [] == [str(difference) for difference in found_differences]


def find_link(name: str, state: Any) -> Json:
    """Return a link of the first namespace by name."""
    matches: list[Json] = [link for link in state[""]["link"] if link["ifname"] == name]
    return matches[0]


def set_option(name: str, key: str, value: Any, part: str = "info_data") -> Any:
    """Return a change of a state: another value for an option of a link's kind."""
    return lambda state: find_link(name, state)["linkinfo"][part].update({key: value})


def delete_object(noun: str, **values: Any) -> Any:
    """Return a change of a state: the deletion of an object."""

    def change(state: Any) -> None:
        objects = state[""][noun]
        for json_object in objects:
            if values.items() <= json_object.items():
                objects.remove(json_object)
                return

        raise LookupError(f"no {noun} with {values}")

    return change


@pytest.mark.parametrize(
    ("left_release", "right_release"),
    [("5.4", "6.1"), ("6.1", "5.4"), ("6.1", "7.3"), ("7.3", "6.15")],
)
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (set_option("br0", "stp_state", 0), "stp_state 1 -> 0"),
        (set_option("br0", "ageing_time", 30000), "ageing_time 1000 -> 30000"),
        (set_option("v0", "hairpin", False, "info_slave_data"), "port hairpin True -> False"),
        (set_option("vx0", "local", "10.0.0.9"), "local 10.0.0.1 -> 10.0.0.9"),
        (
            lambda state: find_link("vx0", state)["linkinfo"]["info_data"].pop("local"),
            "local 10.0.0.1 -> (none)",
        ),
        (lambda state: find_link("vx2", state)["linkinfo"]["info_data"].pop("gbp"), "gbp"),
        (
            lambda state: find_link("vx1", state)["linkinfo"]["info_data"].update(external=False),
            "external",
        ),
        (lambda state: find_link("v1", state).update(mtu=1500), "mtu 1400 -> 1500"),
        (lambda state: find_link("v1", state).pop("ifalias"), "ifalias words -> (none)"),
        (lambda state: find_link("v0", state).pop("master"), "master br0 -> (none)"),
        (lambda state: find_link("v1", state)["flags"].remove("UP"), "flags"),
        (delete_object("route", dst="10.1.0.0/16"), "- (host)  route 10.1.0.0/16"),
        (delete_object("route", dst="10.3.0.0/16"), "- (host)  route 10.3.0.0/16"),
        (delete_object("neigh", dst="10.0.0.2"), "- (host)  neigh 10.0.0.2"),
        (delete_object("rule", priority=103), "- (host)  rule priority 103"),
        (delete_object("nexthop", id=1), "- (host)  nexthop 1"),
        (
            delete_object("bridge fdb", mac="02:00:00:00:00:31"),
            "- (host)  bridge fdb 02:00:00:00:00:31",
        ),
        (delete_object("link", ifname="mv0"), "- (host)  link mv0"),
    ],
    ids=range(18),
)
def test_a_planted_difference_is_found(
    left_release: str,
    right_release: str,
    change: Any,
    expected: str,
) -> None:
    """A planted difference is found between any two releases."""
    left, left_states = load_states(left_release)
    right, right_states = load_states(right_release)
    change(right_states[1])
    named = MentionedWords(event.command for event in left.commands)
    machines = (Machine.of(left.header), Machine.of(right.header))

    found_differences = [
        str(difference)
        for difference in compare_changes(left_states, right_states, named=named, machines=machines)
    ]

    assert 1 == len([difference for difference in found_differences if expected in difference])


@pytest.mark.parametrize(
    ("left_release", "right_release"),
    [("v5.4", "v6.1"), ("v5.10", "v7.1"), ("v6.1", "v7.1"), ("v7.1", "v5.4")],
)
def test_links_of_every_kind_are_the_same_by_every_release(
    left_release: str, right_release: str
) -> None:
    """Two releases print the same kernel reply for every kind except can without a difference."""
    folder = CASES / "captures" / "synthetic"
    texts = [
        (folder / release / "ip_j_d_link_show.json").read_text()
        for release in (left_release, right_release)
    ]
    left, right = (dump_all(read(NOUNS["link"], text)) for text in texts)
    machines = (Machine(left_release[1:], "7.1"), Machine(right_release[1:], "7.1"))

    found_differences = compare_objects(
        "link", left, right=right, named=Everything(), machines=machines
    )

    assert {"can0"} >= {
        difference.name[0] for difference in found_differences if is_printed_by_both(difference)
    }


def is_printed_by_both(difference: Difference) -> bool:
    """Return whether a link is missing on one side, or a key on both sides differs."""
    left, right = difference.left, difference.right
    if left is None or right is None:
        return True

    return any(left[key] != right[key] for key in left.keys() & right.keys())


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        # A table declares the default: `mab` of a port.
        ({}, {"mab": False}, []),
        ({}, {"mab": True}, ["~ (host)  bridge link x: mab (none) -> True"]),
        # Only a later release prints the key: the nexthop for the traffic of a port that is down.
        ({}, {"backup_nhid": 7}, []),
        ({"backup_nhid": 7}, {}, ["~ (host)  bridge link x: backup_nhid 7 -> (none)"]),
        # Every release prints the key if the option is set.
        ({"cost": 7}, {}, ["~ (host)  bridge link x: cost 7 -> (none)"]),
        ({}, {"backup_port": "y"}, ["~ (host)  bridge link x: backup_port (none) -> y"]),
        # No table declares the key.
        ({}, {"brand_new": 7}, []),
        ({"brand_new": 8}, {"brand_new": 7}, ["~ (host)  bridge link x: brand_new 8 -> 7"]),
    ],
)
def test_a_key_that_one_release_prints(left: Json, right: Json, expected: list[str]) -> None:
    """A missing key is compared with the default, or as missing if both releases print the key."""
    assert expected == differences("bridge link", {"ifname": "x"} | left, {"ifname": "x"} | right)


def test_an_older_kernel_prints_no_more_than_an_older_release() -> None:
    """Keys newer than the older of two kernels are ignored, and older keys are compared."""
    machines = (Machine("7.1.0", "6.1"), Machine("7.1.0", "6.18"))

    assert [] == differences(
        "bridge link",
        {"ifname": "x"},
        {"ifname": "x", "backup_nhid": 7},
        *machines,
    )
    assert 1 == len(
        differences("bridge link", {"ifname": "x"}, {"ifname": "x", "backup_port": "y"}, *machines)
    )


def test_one_machine_is_compared_exactly() -> None:
    """The same release on the same kernel is compared by every key, declared or not."""
    for machines in ((NEW, NEW), (Machine(), Machine()), (Machine(None, "6.18"), NEW)):
        assert ["~ (host)  bridge link x: brand_new (none) -> 7"] == differences(
            "bridge link",
            {"ifname": "x"},
            {"ifname": "x", "brand_new": 7},
            *machines,
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
    """Option values of different spelling are equal if the codec reads the same value."""
    found_differences = differences("link", left, right)

    assert expected == (len(found_differences) or [])


def test_link_flags_are_separate_from_kind_flags() -> None:
    """A vlan that is down differs from a vlan that is up in every release."""
    up, down = ({"flags": flags} | link("vlan", flags=["REORDER_HDR"]) for flags in (["UP"], []))

    assert ["~ (host)  link x: flags ['UP'] -> []"] == differences("link", up, down)
    assert ["~ (host)  link x: flags ['UP'] -> []"] == differences("link", up, down, NEW, NEW)


@pytest.mark.parametrize(
    ("noun", "json_object"),
    [
        ("bridge vlan details", {"ifname": "x", "vlans": [{"vlan": 1}]}),
        ("bridge mst", {"ifname": "x", "mst": [{"msti": 1, "state": "forwarding"}]}),
        ("stats", {"ifname": "x", "group": "link"}),
    ],
)
def test_an_object_that_one_release_prints(noun: str, json_object: Json) -> None:
    """An object that a release cannot list, or lists without settings, is no difference."""
    assert [] == [
        str(difference)
        for difference in compare_objects(
            noun,
            [],
            right=[json_object],
            named=MentionedWords(),
            machines=(OLD, NEW),
        )
    ]


def test_a_vlan_with_settings_is_compared() -> None:
    """A port with VLAN settings is listed by every release, and so compared."""
    left: Json = {"ifname": "x", "vlans": [{"vlan": 7}]}
    right: Json = {"ifname": "x", "vlans": [{"vlan": 7, "neigh_suppress": True}]}

    assert ["~ (host)  bridge vlan details x: 7 neigh_suppress (none) -> True"] == differences(
        "bridge vlan details",
        left,
        right,
    )
    assert ["+ (host)  bridge vlan details x"] == [
        str(difference)
        for difference in compare_objects(
            "bridge vlan details",
            [],
            right=[right],
            named=MentionedWords(),
            machines=(OLD, NEW),
        )
    ]


def test_nexthops_of_a_route_are_compared() -> None:
    """The nexthops of a route are compared in order by the keys of both releases."""
    left: Json = {"dst": "10.0.0.0/8", "nexthops": [{"gateway": "10.0.0.1", "weight": 1}]}
    newer: Json = {
        "dst": "10.0.0.0/8",
        "nexthops": [{"gateway": "10.0.0.1", "weight": 1, "brand_new": 1}],
    }
    without_gateway: Json = {"dst": "10.0.0.0/8", "nexthops": [{"weight": 1}]}
    doubled: Json = {"dst": "10.0.0.0/8", "nexthops": left["nexthops"] * 2}

    assert [] == differences("route", left, newer)
    assert 1 == len(differences("route", left, without_gateway))
    assert 1 == len(differences("route", left, doubled))


def test_unreadable_objects_are_compared_unchanged() -> None:
    """Objects that a model cannot read stay unchanged."""
    state: Any = {"": {"link": [{"ifname": "x", "mtu": "much"}], "rule inet6": [{"priority": 1}]}}

    assert state == in_model_shape(state)


def test_options_of_qdiscs() -> None:
    """A missing option of a qdisc is a difference, and an undeclared option is none."""
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
def test_machine_prints_keys_of_its_releases(
    iproute2: str | None,
    kernel: str | None,
    since: str | None,
    expected: bool,
) -> None:
    """A machine prints a key if neither iproute2 nor the kernel is older than the key."""
    assert expected == Machine(iproute2, kernel).prints(since)


def test_machine_as_text_has_release_and_kernel() -> None:
    """A machine as text names the release and the kernel."""
    assert "6.1.0 on Linux 6.18" == str(Machine("6.1.0", "6.18"))
    assert "(unknown) on Linux (unknown)" == str(Machine())


def test_captures_are_json() -> None:
    """The captures of the comparison above are readable and not empty."""
    text = (CASES / "captures/synthetic/v6.1/ip_j_d_link_show.json").read_text()

    assert 50 < len(reader.decode(text))


def bridge_state(vlans: bool, **options: Any) -> Any:
    """Return a state with a bridge and a port, from a kernel with or without VLAN filtering."""
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
    """The default VLAN and the rounding of intervals are no differences between kernels."""
    named = MentionedWords()
    named.words.add("02:00:00:00:00:31")
    machines = (Machine("6.1.0", "6.18"), Machine("6.1.0", "6.12"))
    bare = bridge_state(False, mcast_startup_query_intvl=3124)
    full = bridge_state(True, mcast_startup_query_intvl=3125)
    other_interval = bridge_state(True, mcast_startup_query_intvl=3000)
    without_vlan = bridge_state(True, mcast_startup_query_intvl=3125)
    without_vlan[""]["bridge vlan"] = []

    def find_differences(left: Any, right: Any) -> list[str]:
        return [
            str(difference)
            for difference in compare_changes(
                (None, left), (None, right), named=named, machines=machines
            )
        ]

    assert ([], []) == (find_differences(bare, full), find_differences(full, bare))
    assert ["~ (host)  link br0: mcast_startup_query_intvl 3124 -> 3000"] == find_differences(
        bare, other_interval
    )
    assert ["- (host)  bridge vlan v0 1"] == find_differences(full, without_vlan)


@pytest.mark.parametrize("noun", ["bridge vlan", "bridge fdb"])
def test_readings_of_a_kernel_without_vlan_filtering(noun: str) -> None:
    """VLANs are not compared with a kernel without VLANs, and compared on one kernel."""
    named = MentionedWords()
    named.words.add("02:00:00:00:00:31")
    bare = bridge_state(False)[""].get(noun, [])
    full = bridge_state(True)[""].get(noun, [])
    kernels = (Machine("6.1.0", "6.18"), Machine("6.1.0", "6.12"))

    assert [] == compare_objects(noun, bare, right=full, named=named, machines=kernels)
    assert [] == compare_objects(noun, full, right=full, named=named, machines=kernels)
    assert 1 == len(compare_objects(noun, bare, right=full, named=named, machines=(OLD, NEW)))


def test_a_deleted_link_differs_from_a_kept_link() -> None:
    """A link deleted by one session and kept by another is a difference across releases."""
    before: Any = {"": {"link": [{"ifname": "x", "mtu": 1}]}}
    kept: Any = {"": {"link": [{"ifname": "x", "mtu": 1, "brand_new": 1}]}}
    gone: Any = {"": {"link": []}}

    found_differences = compare_changes(
        (before, gone),
        (before, kept),
        named=MentionedWords(),
        machines=(OLD, NEW),
    )

    assert ["link"] == [difference.noun for difference in found_differences]
    assert [] == compare_changes(
        (before, gone), (before, gone), named=MentionedWords(), machines=(OLD, NEW)
    )


def test_a_change_visible_to_one_release_is_no_difference() -> None:
    """A change of a pre-existing link that only one release can print is no difference."""
    before: Any = {"": {"link": [{"ifname": "x", "mtu": 1}]}}
    after: Any = {"": {"link": [{"ifname": "x", "mtu": 1, "brand_new": 1}]}}
    changed: Any = {"": {"link": [{"ifname": "x", "mtu": 2}]}}

    unchanged = (before, before)
    named = MentionedWords()

    assert [] == compare_changes(unchanged, (before, after), named=named, machines=(OLD, NEW))
    assert 1 == len(compare_changes(unchanged, (before, changed), named=named, machines=(OLD, NEW)))
