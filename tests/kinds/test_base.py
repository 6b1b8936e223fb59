"""The defaults of an observed kind are omitted when a link is created, and only then."""

from typing import Any

import pytest

from ipwrap.cmdline.reader import CommandCollector
from ipwrap.ip.link import LinkVerbs
from ipwrap.kinds import Bond, Bridge, Kind, LinkKind, Macsec, Sit, Vxlan, kind_from_json

REMCSUMRX = {"id": 7, "port": 4789, "remcsum_rx": False, "udp_csum": True}


def added(kind: LinkKind) -> str:
    """Return the arguments that create a link of a kind."""
    return " ".join(kind.args_to_add())


def test_observed_kind_is_created_without_its_defaults() -> None:
    """From 6.14 on the kernel refuses a vxlan's `noremcsumrx` beside its default reserved bits."""
    assert "id 7 dstport 4789" == added(Vxlan.from_json(REMCSUMRX))


def test_observed_kind_holds_every_option() -> None:
    """A person can read every option and set it again."""
    observed = Vxlan.from_json(REMCSUMRX)

    assert observed.remcsumrx is False
    assert observed.udpcsum is True
    assert ("id", "7", "dstport", "4789", "udpcsum", "noremcsumrx") == observed.to_args()


def test_explicit_default_is_written() -> None:
    """None omits an option, False turns it off."""
    assert "id 7 noremcsumrx" == added(Vxlan(id=7, remcsumrx=False))


def test_verbs_accept_an_observed_kind() -> None:
    """`add` omits the defaults; `set` writes them, since the link can have other values."""
    runner = CommandCollector()
    link = LinkVerbs(runner, None)

    link.add("x", Bridge.from_json({"stp_state": 0, "priority": 7}))
    link.set("x", Bridge.from_json({"stp_state": 0, "priority": 7}))

    expected = [
        "ip link add name x type bridge priority 7",
        "ip link set dev x type bridge stp_state 0 priority 7",
    ]
    assert expected == [command.line for command in runner.commands]


def test_observed_kind_equals_a_written_kind() -> None:
    """Both kinds are equal and have the same hash and repr."""
    observed = Vxlan.from_json({"id": 7})
    written = Vxlan(id=7)

    assert written == observed
    assert hash(written) == hash(observed)
    assert repr(written) == repr(observed)
    assert observed.observed
    assert not written.observed


@pytest.mark.parametrize(
    ("kind", "data", "arguments"),
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
def test_only_options_other_than_defaults_are_left(
    kind: str, data: dict[str, Any], arguments: str
) -> None:
    """Options that the kernel accepts later, or never, are omitted as well."""
    assert arguments == added(kind_from_json(kind, data))


def test_observed_kinds_have_their_type() -> None:
    """An observed kind is an instance of the same class."""
    for cls in (Bridge, Bond, Sit, Macsec):
        kind = kind_from_json(cls.kind, {})
        assert type(kind) is cls

    unknown = kind_from_json("new", {})
    assert unknown.observed
    assert not Kind("new").observed
