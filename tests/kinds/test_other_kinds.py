"""Kinds of few options, of none, and those that are only read."""

from typing import Any

import pytest

from ipwrap import Command, Session
from ipwrap.errors import InvalidArgument
from ipwrap.kinds import (
    Dsa,
    Hsr,
    Ipoib,
    Ipvlan,
    Ipvtap,
    LinkKind,
    Lowpan,
    Netdevsim,
    Nlmon,
    Openvswitch,
    Ovpn,
    Rmnet,
    Team,
    TeamSlave,
    Tun,
    Vcan,
    VirtWifi,
    Vrf,
    VrfSlave,
    Wireguard,
    Wwan,
)

PLAIN = (Lowpan, Netdevsim, Nlmon, Openvswitch, Team, TeamSlave, Vcan, VirtWifi, Wireguard)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Vrf(table=10), "table 10"),
        (Vrf(table="red"), "table red"),
        (VrfSlave(table=10), ""),
        (Hsr(slave1="eth0", slave2="eth1"), "slave1 eth0 slave2 eth1"),
        (
            Hsr(interlink="eth2", supervision=45, version=1, proto=0),
            "interlink eth2 supervision 45 version 1 proto 0",
        ),
        (Hsr(seq_nr=7, supervision_addr="01:15:4e:00:01:2d"), ""),
        (Ipvlan(mode="l3s", private=True), "mode l3s private"),
        (Ipvtap(bridge=True, vepa=False), "bridge"),
        (Dsa(conduit="eth1"), "conduit eth1"),
        (Rmnet(mux_id=254, ingress_deaggregation=True), "mux_id 254 ingress-deaggregation on"),
        (
            Rmnet(egress_mapv5_checksum=False, ingress_mapv4_checksum=True),
            "ingress-mapv4-checksum on egress-mapv5-checksum off",
        ),
        (Ipoib(pkey=0x8001, mode="connected", umcast=False), "pkey 32769 mode connected umcast 0"),
        (Wwan(linkid=0), "linkid 0"),
        (Ovpn(mode="mp"), "mode mp"),
        (Tun(type_="tap", persist=True), ""),
    ],
)
def test_a_kind_becomes_words(kind: LinkKind, words: str) -> None:
    """The words are those of ip-link(8); what is only reported is not written."""
    assert tuple(words.split()) == kind.to_args()


# Written after the print functions in ip/iplink_vrf.c, iplink_hsr.c, iplink_ipvlan.c, iplink_rmnet.c, iplink_ipoib.c
# and iptuntap.c.
@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ({"mode": "p2p"}, Ovpn(mode="p2p")),
        ({"table": 10}, Vrf(table=10)),
        ({"table": 10}, VrfSlave(table=10)),
        ({"slave1": "eth0", "slave2": None, "proto": 0}, Hsr(slave1="eth0", proto=0)),
        (
            {"interlink": "eth2", "version": 1, "seq_nr": 65},
            Hsr(interlink="eth2", version=1, seq_nr=65),
        ),
        ({"mode": "l2", "bridge": True}, Ipvlan(mode="l2", bridge=True)),
        ({"mode": "l3", "vepa": True}, Ipvtap(mode="l3", vepa=True)),
        ({"mux_id": 1}, Rmnet(mux_id=1)),
        (
            {"key": "0x8001", "mode": "datagram", "umcast": "0001"},
            Ipoib(pkey=0x8001, mode="datagram", umcast=True),
        ),
        ({"key": "0xffff", "umcast": "0000"}, Ipoib(pkey=0xFFFF, umcast=False)),
        (
            {
                "type": "tap",
                "pi": False,
                "multi_queue": True,
                "numqueues": 2,
                "user": "root",
                "group": 4242,
            },
            Tun(type_="tap", pi=False, multi_queue=True, numqueues=2, user="root", group=4242),
        ),
        ({"linkid": 1}, Wwan(linkid=1)),
        ({"conduit": "eth0"}, Dsa(conduit="eth0")),
    ],
)
def test_json_becomes_a_kind(data: dict[str, Any], kind: LinkKind) -> None:
    """Each key has its field."""
    assert kind == type(kind).from_json(data)


def test_flags_that_are_shown_are_all_known() -> None:
    """Those of a list that are missing are off."""
    rmnet = Rmnet.from_json({"flags": ["INGRESS_DEAGGREGATION", "EGRESS_MAP_CKSUMV4"]})
    assert (True, False, True) == (
        rmnet.ingress_deaggregation,
        rmnet.ingress_commands,
        rmnet.egress_mapv4_checksum,
    )


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        (Vrf(table=0), "table: 0 is not within 1 to 4294967295"),
        (Vrf(table=""), "table: an empty word"),
        (Hsr(version=2), "version: 2 is not within 0 to 1"),
        (Hsr(supervision=256), "supervision: 256 is not within 0 to 255"),
        (Ipvlan(mode="l4"), "mode: 'l4' is not one of l3, l3s, l2"),  # type: ignore[arg-type]
        (Rmnet(mux_id=255), "mux_id: 255 is not within 1 to 254"),
        (Ipoib(pkey=0), "pkey: 0 is not within 1 to 65535"),
        (Ipoib(umcast=1), "umcast: 1 is not True or False"),  # type: ignore[arg-type]
        (Wwan(linkid=-1), "linkid: -1 is not within 0 to 4294967295"),
    ],
)
def test_what_no_such_link_can_have_is_refused(kind: LinkKind, said: str) -> None:
    """Before anything runs, with what would do."""
    with pytest.raises(InvalidArgument, match=said):
        kind.to_args()


@pytest.mark.parametrize("cls", PLAIN)
def test_a_plain_kind_has_no_words(cls: type[LinkKind]) -> None:
    """What is shown of it, should there ever be anything, is kept but not written."""
    kind = cls.from_json({"new": 1})
    assert ((), {"new": 1}) == (kind.to_args(), kind.extra)


@pytest.mark.live
@pytest.mark.parametrize("mode", ["tun", "tap"])
def test_what_is_shown_of_a_tun_has_names(session: Session, mode: str) -> None:
    """A link that `ip tuntap` made is read as what it is, and nothing is left over."""
    made = session.run(Command(("ip", "tuntap", "add", "dev", "t0", "mode", mode)), check=False)
    if not made.ok:
        pytest.skip(f"this kernel: {made.stderr}")
    (link,) = session.ip.link.show("t0")
    assert Tun(type_=mode, pi=False, vnet_hdr=False, multi_queue=False, persist=True) == link.kind
