"""What every kind does with what was shown: its defaults are left out when a link is made, and never else."""

from typing import Any

import pytest

from ipwrap.cmdline.reader import CommandCollector
from ipwrap.ip.link import LinkVerbs
from ipwrap.kinds import Bond, Bridge, Kind, LinkKind, Macsec, Sit, Vxlan, kind_from_json

REMCSUMRX = {"id": 7, "port": 4789, "remcsum_rx": False, "udp_csum": True}


def added(kind: LinkKind) -> str:
    """Return the words that make a link of a kind, as a session runs them."""
    return " ".join(kind.words_to_add())


def test_shown_kind_is_made_without_its_defaults() -> None:
    """From 6.14 on the kernel refuses a vxlan's `noremcsumrx` beside the bits that it reserves by default."""
    assert "id 7 dstport 4789" == added(Vxlan.from_json(REMCSUMRX))


def test_shown_kind_holds_every_option() -> None:
    """People read them, and they can set them again."""
    shown = Vxlan.from_json(REMCSUMRX)
    assert (False, True) == (shown.remcsumrx, shown.udpcsum)
    assert ("id", "7", "dstport", "4789", "udpcsum", "noremcsumrx") == shown.to_args()


def test_default_that_a_person_has_set_is_written() -> None:
    """None omits an option, False turns it off."""
    assert "id 7 noremcsumrx" == added(Vxlan(id=7, remcsumrx=False))


def test_verbs_write_a_shown_kind() -> None:
    """To make a link without its defaults; to change one with them, since there they may alter something."""
    runner = CommandCollector()
    link = LinkVerbs(runner, None)

    link.add("x", Bridge.from_json({"stp_state": 0, "priority": 7}))
    link.set("x", Bridge.from_json({"stp_state": 0, "priority": 7}))

    expected = [
        "ip link add name x type bridge priority 7",
        "ip link set dev x type bridge stp_state 0 priority 7",
    ]
    assert expected == [command.line for command in runner.commands]


def test_whether_a_kind_was_shown_makes_no_difference_to_what_it_is() -> None:
    """Such kinds are equal, have one hash, and look alike."""
    shown, written = Vxlan.from_json({"id": 7}), Vxlan(id=7)
    assert (written, hash(written), repr(written)) == (shown, hash(shown), repr(shown))
    assert (True, False) == (shown.observed, written.observed)


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("bridge", {"mst_enabled": 0, "vlan_filtering": 0, "stp_state": 1}, "stp_state 1"),
        ("bond", {"mode": "802.3ad", "miimon": 0, "ad_lacp_rate": "slow"}, "mode 802.3ad miimon 0"),
        (
            "bond",
            {"mode": "active-backup", "active_slave": "eth0", "primary": "eth0"},
            "mode active-backup primary eth0",
        ),
        ("gre", {"ikey": "0.0.0.0", "okey": "0.0.0.5", "ttl": 0}, "ikey 0 okey 5"),
        ("vxlan", {"id": 7, "df": "unset"}, "id 7 ttl inherit"),
        ("geneve", {"id": 7, "ttl": 0, "df": "unset"}, "id 7"),
        (
            "sit",
            {"proto": "ip6ip", "ttl": 64, "pmtudisc": False, "prefix": "2002::", "prefixlen": 16},
            "",
        ),
        ("sit", {"proto": "ip6ip", "ttl": 9, "pmtudisc": True}, "ttl 9 pmtudisc mode ip6ip"),
        ("macsec", {"sci": "0200000000010007", "inc_sci": False}, "port 7 send_sci off"),
        ("macsec", {"sci": "0200000000010007", "inc_sci": True}, "sci 0200000000010007"),
        ("macsec", {"replay_protect": False, "window": 32}, "replay off window 32"),
        ("macsec", {"replay_protect": False, "window": 0}, ""),
        ("vlan", {"id": 7, "flags": ["REORDER_HDR"]}, "id 7"),
        ("vlan", {"id": 7}, "id 7 reorder_hdr off"),
        ("new", {"mode": "fast"}, "mode fast"),
    ],
)
def test_what_is_left_is_what_makes_a_difference(
    kind: str, data: dict[str, Any], words: str
) -> None:
    """By the tables; and what the kernel takes only later, or not at all, is left out as well."""
    assert words == added(kind_from_json(kind, data))


def test_types_of_shown_kinds() -> None:
    """What was shown is a kind like any other."""
    kinds = [kind_from_json(name, {}) for name in ("bridge", "bond", "sit", "macsec")]
    assert [Bridge, Bond, Sit, Macsec] == [type(each) for each in kinds]
    assert kind_from_json("new", {}).observed
    assert not Kind("new").observed
