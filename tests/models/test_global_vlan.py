"""What is set for a bridge's VLANs is read as iproute2 6.15 prints it, and lib/bridge.c of 7.1 tells of queriers."""

import json

from ipwrap.models import GlobalVlan, GlobalVlans, Querier, RouterPort, dump_all, parse

PRINTED = """[{"ifname":"br0","vlans":[
{"vlan":10,"mcast_snooping":1,"mcast_querier":1,"mcast_igmp_version":2,"mcast_mld_version":1,
"mcast_last_member_count":2,"mcast_last_member_interval":100,"mcast_startup_query_count":2,
"mcast_startup_query_interval":3125,"mcast_membership_interval":26000,"mcast_querier_interval":25500,
"mcast_query_interval":5000,"mcast_query_response_interval":1000,"msti":3},
{"vlan":11,"vlanEnd":12,"mcast_querier_state_ipv4":{"mcast_querier_ipv4_addr":"10.0.0.1","mcast_querier_ipv4_port":3,
"mcast_querier_ipv4_other_timer":"254.80"},"mcast_querier_state_ipv6":{},
"router_ports":[{"port":"v0","timer":" 250.00","type":"temp"}]}]}]"""


def test_vlans_are_read_and_written() -> None:
    """One, and a range; with a querier that is heard, and a port with a router."""
    (bridge,) = found = parse("bridge vlan global", PRINTED)
    one, several = bridge.vlans
    assert (10, None, 1, 5000, 3) == (
        one.vlan,
        one.vlanEnd,
        one.mcast_querier,
        one.mcast_query_interval,
        one.msti,
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
        == several
    )
    assert [{}, {}] == [each.extra for each in (bridge, one)]
    assert isinstance(bridge, GlobalVlans)
    assert json.loads(PRINTED) == dump_all(found)
