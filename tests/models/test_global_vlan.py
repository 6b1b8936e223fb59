"""Global VLAN options in the JSON of iproute2 6.15; queriers as in lib/bridge.c of 7.1."""

import json

from ipwrap.models import GlobalVlan, GlobalVlans, Querier, RouterPort, dump_all, parse

PRINTED = """[{"ifname":"br0","vlans":[
{"vlan":10,"mcast_snooping":1,"mcast_querier":1,"mcast_igmp_version":2,"mcast_mld_version":1,
"mcast_last_member_count":2,"mcast_last_member_interval":100,"mcast_startup_query_count":2,
"mcast_startup_query_interval":3125,"mcast_membership_interval":26000,
"mcast_querier_interval":25500,
"mcast_query_interval":5000,"mcast_query_response_interval":1000,"msti":3},
{"vlan":11,"vlanEnd":12,"mcast_querier_state_ipv4":{"mcast_querier_ipv4_addr":"10.0.0.1",
"mcast_querier_ipv4_port":3,
"mcast_querier_ipv4_other_timer":"254.80"},"mcast_querier_state_ipv6":{},
"router_ports":[{"port":"v0","timer":" 250.00","type":"temp"}]}]}]"""


def test_vlans_are_read_and_written() -> None:
    """A VLAN and a range, with a querier and a router port, are models, and JSON is preserved."""
    (bridge,) = bridges = parse("bridge vlan global", PRINTED)
    single_vlan, vlan_range = bridge.vlans

    assert (10, None, 1, 5000, 3) == (
        single_vlan.vlan,
        single_vlan.vlanEnd,
        single_vlan.mcast_querier,
        single_vlan.mcast_query_interval,
        single_vlan.msti,
    )
    assert (
        GlobalVlan(
            vlan=11,
            vlanEnd=12,
            mcast_querier_state_ipv4=Querier(
                mcast_querier_ipv4_addr="10.0.0.1",
                mcast_querier_ipv4_port=3,
                mcast_querier_ipv4_other_timer="254.80",
            ),
            mcast_querier_state_ipv6=Querier(),
            router_ports=(RouterPort(port="v0", timer=" 250.00", type="temp"),),
        )
        == vlan_range
    )
    assert ({}, {}) == (bridge.extra, single_vlan.extra)
    assert isinstance(bridge, GlobalVlans)
    assert json.loads(PRINTED) == dump_all(bridges)
