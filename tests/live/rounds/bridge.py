"""Round trips of bridge and bridge_slave."""

from tests.live.rounds.base import Round

VLANS = (
    "vlan_filtering",
    "vlan_protocol",
    "vlan_default_pvid",
    "vlan_stats_enabled",
    "vlan_stats_per_port",
)

ROUNDS = {
    "bridge": Round(
        requires={"mcast_vlan_snooping": {"vlan_filtering": True}},
        values={
            "stp_state": [1, 0],
            "forward_delay": [200, 3000],
            "hello_time": [100, 1000],
            "max_age": [600, 4000],
            "ageing_time": [0, 6000],
            "group_fwd_mask": [8, 0],
            "group_address": ["01:80:c2:00:00:04"],
            "mcast_hash_elasticity": [16],
            "mcast_hash_max": [512, 1024],
        },
        config=dict.fromkeys(VLANS, "CONFIG_BRIDGE_VLAN_FILTERING"),
    ),
    "bridge_slave": Round(
        requires={"mab": {"locked": True, "learning": True}},
        values={
            "group_fwd_mask": [8, 0],
            "state": ["listening", "learning", "forwarding"],
            "backup_port": ["base"],
        },
    ),
}
