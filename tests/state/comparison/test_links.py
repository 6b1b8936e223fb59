"""What counts of links, of what is told of some kinds of them, and of namespaces."""

import pytest

from ipwrap import Command
from ipwrap.recording.mentioned import GENERATED, MentionedWords
from ipwrap.state.comparison import comparable_items
from tests.state.comparison.counted import Json, named, none, one


def test_a_link_counts_with_its_kind_and_its_port_options() -> None:
    """Options of the kind are the link's, those as a port are set apart."""
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
    ) == one("link", data)


def test_what_a_bond_finds_out_by_itself_does_not_count() -> None:
    """Which port is active counts where a command said so; addresses and counters of ports do not."""
    info = {"info_kind": "bond", "info_data": {"mode": "active-backup", "active_slave": "a"}}
    port = {
        "info_slave_kind": "bond",
        "info_slave_data": {"perm_hwaddr": "02::1", "mii_status": "UP", "queue_id": 3},
    }
    link = {"ifname": "x", "flags": [], "linkinfo": {**info, **port}}
    said = Command(("ip", "link", "set", "dev", "x", "type", "bond", "active_slave", "a"))

    ((_, plain),) = comparable_items("link", [link], MentionedWords(()))
    ((_, named),) = comparable_items("link", [link], MentionedWords([said]))

    assert ("active-backup", 3, None) == (
        plain["mode"],
        plain["port queue_id"],
        plain.get("active_slave"),
    )
    assert "port perm_hwaddr" not in plain
    assert "a" == named["active_slave"]


def test_a_macsec_link_counts_without_packets() -> None:
    """Its own channel counts if a command named it; those that it listens to were all named."""
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
    kept = {"an": 0, "active": True, "key": "01"}
    identity, out = one("macsec", data)
    assert ("m",) == identity
    assert {
        "ifname": "m",
        "sci": GENERATED,
        "sa_list": [kept],
        "rx_sc": [{"sci": "0x1", "sa_list": []}, {"sci": "0x2", "active": True, "sa_list": [kept]}],
    } == out
    assert (
        "0xa"
        == one("macsec", data, named("ip link add m type macsec sci 000000000000000a"))[1]["sci"]
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
def test_processes_and_counters_do_not_count(
    noun: str, data: Json, expected: tuple[tuple[str, ...], Json]
) -> None:
    """All else does."""
    assert expected == one(noun, data)


@pytest.mark.parametrize("noun", ["netns", "netns list-id"])
def test_a_namespace_counts_with_its_name(noun: str) -> None:
    """Its number is the kernel's choice; a number without a name is nothing that was made."""
    assert (("red",), {}) == one(noun, {"name": "red", "id": 3, "nsid": 3})
    assert none(noun, {"nsid": 4})
