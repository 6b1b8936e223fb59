"""The targets of a bond are a single argument with commas; `none` is null in JSON."""

from typing import Any

import pytest

from ipwrap.errors import InvalidArgument
from ipwrap.kinds import Bond, BondSlave

MANY = tuple(f"192.0.2.{last}" for last in range(1, 17))


@pytest.mark.parametrize(
    ("bond", "arguments"),
    [
        (
            Bond(mode="802.3ad", lacp_rate="fast", lacp_active=False),
            "mode 802.3ad lacp_rate fast lacp_active off",
        ),
        (
            Bond(mode="active-backup", miimon=100, updelay=0),
            "mode active-backup miimon 100 updelay 0",
        ),
        (Bond(active_slave="eth0", primary="eth1"), "active_slave eth0 primary eth1"),
        (Bond(clear_active_slave=True), "clear_active_slave"),
        (
            Bond(arp_interval=100, arp_ip_target=("192.0.2.1",)),
            "arp_interval 100 arp_ip_target 192.0.2.1",
        ),
        (Bond(arp_ip_target=MANY), f"arp_ip_target {','.join(MANY)}"),
        (Bond(ns_ip6_target=("2001:db8::1", "fe80::1")), "ns_ip6_target 2001:db8::1,fe80::1"),
        (Bond(arp_validate="none", arp_all_targets="all"), "arp_validate none arp_all_targets all"),
        (Bond(use_carrier=False, all_slaves_active=True), "use_carrier 0 all_slaves_active 1"),
        (
            Bond(coupled_control=True, broadcast_neighbor=False),
            "coupled_control on broadcast_neighbor off",
        ),
        (Bond(mode="802.3ad", lacp_strict=True), "mode 802.3ad lacp_strict on"),
        (Bond(num_grat_arp=255, resend_igmp=0), "resend_igmp 0 num_grat_arp 255"),
        (Bond(xmit_hash_policy="vlan+srcmac"), "xmit_hash_policy vlan+srcmac"),
        (Bond(ad_actor_system="02:00:00:00:00:01"), "ad_actor_system 02:00:00:00:00:01"),
        (Bond(ad_info={"aggregator": 1}), ""),
    ],
)
def test_bond_becomes_arguments(bond: Bond, arguments: str) -> None:
    """The arguments are those of `ip link help bond`; read-only fields have no arguments."""
    expected = tuple(arguments.split())

    assert expected == bond.to_args()


def test_empty_targets_are_an_empty_argument() -> None:
    """An empty tuple removes the targets. None omits the option."""
    assert ("arp_ip_target", "") == Bond(arp_ip_target=()).to_args()


# Written after bond_print_opt() in ip/iplink_bond.c.
@pytest.mark.parametrize(
    ("data", "bond"),
    [
        (
            {"mode": "active-backup", "active_slave": "eth0"},
            Bond(mode="active-backup", active_slave="eth0"),
        ),
        ({"arp_validate": None}, Bond(arp_validate="none")),
        ({"arp_validate": "filter_active"}, Bond(arp_validate="filter_active")),
        ({"arp_ip_target": ["10.0.0.1", "10.0.0.2"]}, Bond(arp_ip_target=("10.0.0.1", "10.0.0.2"))),
        ({"num_peer_notif": 3, "ad_lacp_rate": "slow"}, Bond(num_grat_arp=3, lacp_rate="slow")),
        (
            {"ad_lacp_active": "on", "coupled_control": False},
            Bond(lacp_active=True, coupled_control=False),
        ),
        ({"lacp_strict": False}, Bond(lacp_strict=False)),
        ({"use_carrier": 1, "tlb_dynamic_lb": 0}, Bond(use_carrier=True, tlb_dynamic_lb=False)),
        ({"ad_info": {"aggregator": 1}}, Bond(ad_info={"aggregator": 1})),
    ],
)
def test_json_becomes_a_bond(data: dict[str, Any], bond: Bond) -> None:
    """Every key has a field."""
    assert bond == Bond.from_json(data)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"mode": "roundrobin"}, "mode: 'roundrobin' is not one of balance-rr, "),
        ({"mode": 1}, "mode: 1 is not one of"),
        ({"miimon": -1}, "miimon: -1 is not within 0 to 2147483647"),
        ({"arp_ip_target": "192.0.2.1"}, "arp_ip_target: '192.0.2.1' is not a tuple of addresses"),
        (
            {"arp_ip_target": ("2001:db8::1",)},
            "arp_ip_target: '2001:db8::1' is not an IPv4 address",
        ),
        ({"arp_ip_target": ("any",)}, "arp_ip_target: 'any' is no address"),
        ({"arp_ip_target": (*MANY, "192.0.2.17")}, "arp_ip_target: 17 addresses; it takes 0 to 16"),
        ({"ns_ip6_target": ("192.0.2.1",)}, "ns_ip6_target: '192.0.2.1' is not an IPv6 address"),
        ({"use_carrier": 1}, "use_carrier: 1 is not True or False"),
        ({"lp_interval": 0}, "lp_interval: 0 is not within 1"),
        ({"ad_user_port_key": 1024}, "ad_user_port_key: 1024 is not within 0 to 1023"),
        ({"ad_actor_sys_prio": 0}, "ad_actor_sys_prio: 0 is not within 1 to 65535"),
    ],
)
def test_invalid_bond_is_refused(options: dict[str, Any], message: str) -> None:
    """The command is refused before it runs, and the message names a valid value."""
    with pytest.raises(InvalidArgument, match=message):
        Bond(**options).to_args()


@pytest.mark.parametrize(
    ("port", "arguments"),
    [
        (BondSlave(queue_id=2), "queue_id 2"),
        (BondSlave(prio=-5, actor_port_prio=0), "prio -5 actor_port_prio 0"),
        (BondSlave(state="ACTIVE", link_failure_count=3), ""),
    ],
)
def test_port_becomes_arguments(port: BondSlave, arguments: str) -> None:
    """The arguments are those of ip-link(8); read-only fields have no arguments."""
    expected = tuple(arguments.split())

    assert expected == port.to_args()


# Written after bond_slave_print_opt() in ip/iplink_bond_slave.c.
@pytest.mark.parametrize(
    ("data", "port"),
    [
        (
            {"state": "BACKUP", "mii_status": "GOING_DOWN"},
            BondSlave(state="BACKUP", mii_status="GOING_DOWN"),
        ),
        ({"state_index": 2, "mii_status_index": 9}, BondSlave(state=2, mii_status=9)),
        ({"queue_id": 0, "prio": -5}, BondSlave(queue_id=0, prio=-5)),
        (
            {"churn_actor_state": "CHURN", "churn_partner_state": 3},
            BondSlave(churn_actor_state="CHURN", churn_partner_state=3),
        ),
    ],
)
def test_json_becomes_a_port(data: dict[str, Any], port: BondSlave) -> None:
    """Every key has a field, and `extra` is empty."""
    assert port == BondSlave.from_json(data)
