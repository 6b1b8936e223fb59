"""The comparison of links, of further objects of some kinds of links, and of namespaces."""

import pytest

from ipwrap import Command
from ipwrap.objects import comparable_items
from ipwrap.objects.comparison import is_same
from ipwrap.recording.mentioned import GENERATED, MentionedWords
from tests.objects.counted import Json, has_no_item, mentioned, only_item


def test_a_link_is_compared_with_kind_and_port_options() -> None:
    """Options of the kind are fields of the link, and options of the port have a prefix."""
    data = {
        "ifname": "x",
        "ifindex": 7,
        "mtu": 1400,
        "flags": ["UP", "LOWER_UP", "BROADCAST"],
        "address": "02:00:00:00:00:02",
        "linkinfo": {
            "info_kind": "vxlan",
            "info_data": {"id": 5, "port": 4789},
            "info_slave_kind": "bridge",
            "info_slave_data": {"hairpin": True, "no": "0x1", "hold_timer": 0.5},
        },
    }

    assert (
        ("x",),
        {
            "ifname": "x",
            "mtu": 1400,
            "flags": ["BROADCAST", "UP"],
            "address": GENERATED,
            "info_kind": "vxlan",
            "info_slave_kind": "bridge",
            "id": 5,
            "port": 4789,
            "port hairpin": True,
        },
    ) == only_item("link", data)


def test_the_state_of_a_bond_is_not_compared() -> None:
    """The active port is compared only if named, and counters are not compared."""
    info = {"info_kind": "bond", "info_data": {"mode": "active-backup", "active_slave": "a"}}
    port = {
        "info_slave_kind": "bond",
        "info_slave_data": {"perm_hwaddr": "02::1", "mii_status": "UP", "queue_id": 3},
    }
    link = {"ifname": "x", "flags": [], "linkinfo": {**info, **port}}
    command = Command(("ip", "link", "set", "dev", "x", "type", "bond", "active_slave", "a"))

    ((_, unnamed_fields),) = comparable_items("link", [link], named=MentionedWords(()))
    ((_, named_fields),) = comparable_items("link", [link], named=MentionedWords([command]))

    assert ("active-backup", 3, None) == (
        unnamed_fields["mode"],
        unnamed_fields["port queue_id"],
        unnamed_fields.get("active_slave"),
    )
    assert "port perm_hwaddr" not in unnamed_fields
    assert "a" == named_fields["active_slave"]


def test_a_macsec_link_is_compared_without_packets() -> None:
    """The transmit channel is compared if named, and receive channels always."""
    key = {"an": 0, "pn": 7, "active": True, "key": "01", "InPktsOK": 3}
    channels = [
        {"sci": "0x2", "active": True, "InPktsOK": 1, "sa_list": [key]},
        {"sci": "0x1", "sa_list": []},
    ]
    data = {
        "ifindex": 3,
        "ifname": "m",
        "sci": "0xa",
        "OutPktsUntagged": 7,
        "sa_list": [key],
        "rx_sc": channels,
    }
    compared_key = {"an": 0, "active": True, "key": "01"}
    identity, fields = only_item("macsec", data)

    assert ("m",) == identity
    assert {
        "ifname": "m",
        "sci": GENERATED,
        "sa_list": [compared_key],
        "rx_sc": [
            {"sci": "0x1", "sa_list": []},
            {"sci": "0x2", "active": True, "sa_list": [compared_key]},
        ],
    } == fields
    assert (
        "0xa"
        == only_item("macsec", data, mentioned("ip link add m type macsec sci 000000000000000a"))[
            1
        ]["sci"]
    )


@pytest.mark.parametrize(
    ("noun", "data", "expected"),
    [
        (
            "tuntap",
            {"ifname": "t", "flags": ["tun"], "user": 7, "processes": [{"name": "x", "pid": 9}]},
            (("t",), {"ifname": "t", "flags": ["tun"], "user": 7}),
        ),
        ("token", {"ifname": "x", "token": "::5"}, (("x",), {"ifname": "x", "token": "::5"})),
        ("vrf", {"name": "blue", "table": 10}, (("blue",), {"name": "blue", "table": 10})),
        (
            "stats",
            {
                "ifindex": 7,
                "ifname": "x",
                "group": "xstats",
                "subgroup": "bond",
                "suite": "802.3ad",
                "802.3ad": {},
            },
            (("x", "xstats", "bond", "802.3ad"), {}),
        ),
    ],
)
def test_processes_and_counters_are_not_compared(
    noun: str,
    data: Json,
    expected: tuple[tuple[str, ...], Json],
) -> None:
    """Every field except processes and counters is compared."""
    assert expected == only_item(noun, data)


@pytest.mark.parametrize("noun", ["netns", "netns list-id"])
def test_a_namespace_is_compared_by_name(noun: str) -> None:
    """The number of a namespace is not compared, and a number without a name is skipped."""
    assert (("red",), {}) == only_item(noun, {"name": "red", "id": 3, "nsid": 3})
    assert has_no_item(noun, {"nsid": 4})


def bridge_with(**options: int) -> Json:
    """Return the comparable fields of a bridge that runs a spanning tree."""
    options = {"stp_state": 1, "ageing_time": 30000, "forward_delay": 1500, **options}
    link = {"ifname": "br0", "linkinfo": {"info_kind": "bridge", "info_data": options}}
    return only_item("link", link)[1]


@pytest.mark.parametrize(
    "passing",
    [
        bridge_with(ageing_time=3000, topology_change=1),
        bridge_with(forward_delay=400, root_port=1),
    ],
    ids=["a topology change shortens the ageing time", "the root of the tree sets the times"],
)
def test_the_times_of_a_spanning_tree_are_passing(passing: Json) -> None:
    """A bridge shows the times that it uses now, and not the configured ones."""
    configured = bridge_with()

    assert is_same(configured, passing)
    assert is_same(passing, configured)


@pytest.mark.parametrize("option", ["ageing_time", "forward_delay"])
def test_the_configured_times_of_a_bridge_are_compared(option: str) -> None:
    """Without a topology change, and of the root of the tree, the times are the configured ones."""
    other = bridge_with(**{option: 700}, topology_change=0, root_port=0)

    assert not is_same(bridge_with(), other)


def test_a_bridge_without_spanning_tree_has_no_passing_times() -> None:
    """A topology change is one of the spanning tree."""
    changed = bridge_with(stp_state=0, topology_change=1, root_port=1)

    assert 30000 == changed["ageing_time"]
