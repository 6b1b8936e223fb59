"""The booleans of a bridge are numbers everywhere; its masks are hexadecimal text in JSON."""

from typing import Any

import pytest

from ipwrap.errors import InvalidArgument
from ipwrap.kinds import Bridge


@pytest.mark.parametrize(
    ("bridge", "arguments"),
    [
        (Bridge(stp_state=1, forward_delay=400), "forward_delay 400 stp_state 1"),
        (Bridge(vlan_filtering=True, vlan_default_pvid=0), "vlan_filtering 1 vlan_default_pvid 0"),
        (Bridge(mcast_snooping=False), "mcast_snooping 0"),
        (Bridge(group_fwd_mask=8), "group_fwd_mask 8"),
        (Bridge(group_address="01:80:c2:00:00:04"), "group_address 01:80:c2:00:00:04"),
        (Bridge(mcast_last_member_count=3), "mcast_last_member_count 3"),
        (Bridge(mcast_query_interval=2**64 - 1), "mcast_query_interval 18446744073709551615"),
        (Bridge(fdb_flush=True), "fdb_flush"),
        (Bridge(root_port=3, topology_change=True, gc_timer=1.5), ""),
    ],
)
def test_bridge_becomes_arguments(bridge: Bridge, arguments: str) -> None:
    """The arguments are those of ip-link(8); read-only fields have no arguments."""
    expected = tuple(arguments.split())

    assert expected == bridge.to_args()


@pytest.mark.parametrize(
    ("data", "bridge"),
    [
        (
            {"vlan_filtering": 1, "mcast_snooping": 0},
            Bridge(vlan_filtering=True, mcast_snooping=False),
        ),
        ({"group_fwd_mask": "0x8"}, Bridge(group_fwd_mask=8)),
        ({"group_fwd_mask": "0"}, Bridge(group_fwd_mask=0)),
        ({"group_addr": "01:80:c2:00:00:00"}, Bridge(group_address="01:80:c2:00:00:00")),
        (
            {"mcast_last_member_cnt": 2, "mcast_query_intvl": 9},
            Bridge(mcast_last_member_count=2, mcast_query_interval=9),
        ),
        ({"gc_timer": 12.5, "topology_change": 0}, Bridge(gc_timer=12.5, topology_change=False)),
        ({"mcast_querier_state_ipv4": {"x": 1}}, Bridge(mcast_querier_state_ipv4={"x": 1})),
    ],
)
def test_json_becomes_a_bridge(data: dict[str, Any], bridge: Bridge) -> None:
    """Every key has a field."""
    assert bridge == Bridge.from_json(data)


@pytest.mark.parametrize(
    "bridge",
    [
        Bridge(vlan_filtering=1),  # type: ignore[arg-type]
        Bridge(priority=65536),
        Bridge(vlan_default_pvid=4095),
        Bridge(vlan_protocol="802.1x"),  # type: ignore[arg-type]
        Bridge(mcast_igmp_version=1),
        Bridge(mcast_query_interval=2**64),
        Bridge(forward_delay=-1),
    ],
)
def test_invalid_bridge_is_refused(bridge: Bridge) -> None:
    """The command is refused before it runs."""
    with pytest.raises(InvalidArgument):
        bridge.to_args()
