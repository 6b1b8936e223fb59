"""Kinds with few options or none, and read-only kinds."""

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

OPTIONLESS = (Lowpan, Netdevsim, Nlmon, Openvswitch, Team, TeamSlave, Vcan, VirtWifi, Wireguard)


@pytest.mark.parametrize(
    ("kind", "arguments"),
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
def test_kind_becomes_arguments(kind: LinkKind, arguments: str) -> None:
    """The arguments are those of ip-link(8); read-only fields have no arguments."""
    expected = tuple(arguments.split())

    assert expected == kind.to_args()


# Written after the print functions in ip/iplink_vrf.c, iplink_hsr.c, iplink_ipvlan.c,
# iplink_rmnet.c, iplink_ipoib.c and iptuntap.c.
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
    """Every key has a field."""
    assert kind == type(kind).from_json(data)


def test_flag_missing_from_the_list_is_off() -> None:
    """A list of flags determines every flag."""
    rmnet = Rmnet.from_json({"flags": ["INGRESS_DEAGGREGATION", "EGRESS_MAP_CKSUMV4"]})

    assert rmnet.ingress_deaggregation is True
    assert rmnet.ingress_commands is False
    assert rmnet.egress_mapv4_checksum is True


@pytest.mark.parametrize(
    ("kind", "message"),
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
def test_invalid_kind_is_refused(kind: LinkKind, message: str) -> None:
    """The command is refused before it runs, and the message names a valid value."""
    with pytest.raises(InvalidArgument, match=message):
        kind.to_args()


@pytest.mark.parametrize("cls", OPTIONLESS)
def test_kind_without_options_has_no_arguments(cls: type[LinkKind]) -> None:
    """Unknown keys are kept, but not written."""
    kind = cls.from_json({"new": 1})
    assert ((), {"new": 1}) == (kind.to_args(), kind.extra)


@pytest.mark.live
@pytest.mark.parametrize("mode", ["tun", "tap"])
def test_tun_is_read(session: Session, mode: str) -> None:
    """A link of `ip tuntap` is read as its kind, and `extra` is empty."""
    command = Command(("ip", "tuntap", "add", "dev", "t0", "mode", mode))
    result = session.run(command, check=False)
    if not result.ok:
        pytest.skip(f"this kernel: {result.stderr}")

    expected = Tun(
        type_=mode,
        pi=False,
        vnet_hdr=False,
        multi_queue=False,
        persist=True,
    )
    (link,) = session.ip.link.show("t0")
    assert expected == link.kind
