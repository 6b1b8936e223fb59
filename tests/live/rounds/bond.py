"""Round trips of bond, team and their ports."""

from ipwrap.kinds import Bond, Team
from tests.live.rounds.base import Round

MII = {"miimon": 100}
ARP = {"mode": "active-backup", "arp_interval": 100, "arp_ip_target": ("192.0.2.1",)}
BACKUP = {"mode": "active-backup"}
LACP = {"mode": "802.3ad"}
OTHER_MODES = ("active-backup", "balance-xor", "broadcast", "802.3ad", "balance-tlb", "balance-alb")

ROUNDS = {
    "bond": Round(
        variants=tuple({"mode": mode} for mode in OTHER_MODES),
        requires={
            "active_slave": BACKUP,
            "primary": BACKUP,
            "primary_reselect": BACKUP,
            "updelay": MII,
            "downdelay": MII,
            "peer_notify_delay": MII,
            "arp_interval": BACKUP,
            "arp_validate": ARP,
            "arp_all_targets": ARP,
            "arp_ip_target": BACKUP,
            "ns_ip6_target": BACKUP,
            "arp_missed_max": ARP,
            "tlb_dynamic_lb": {"mode": "balance-tlb"},
            "lacp_rate": LACP,
            "lacp_active": LACP,
            "coupled_control": LACP,
            "broadcast_neighbor": LACP,
            "lacp_strict": LACP,
            "ad_select": LACP,
            "ad_user_port_key": LACP,
            "ad_actor_sys_prio": LACP,
            "ad_actor_system": LACP,
        },
        # bond_fill_info() in drivers/net/bonding/bond_netlink.c
        shown_to_root=frozenset({"ad_actor_sys_prio", "ad_actor_system", "ad_user_port_key"}),
        values={
            "arp_ip_target": [("192.0.2.1",), ("192.0.2.1", "192.0.2.2")],
            "ns_ip6_target": [("2001:db8::1",), ("2001:db8::1", "2001:db8::2")],
            "updelay": [200],
            "downdelay": [200],
            "peer_notify_delay": [300],
            "packets_per_slave": [2, 65535],
            "num_grat_arp": [0, 255],
            "ad_user_port_key": [1, 1023],
        },
        with_port=("active_slave", "primary"),
    ),
    "bond_slave": Round(
        master=Bond(mode="active-backup"),
        values={"queue_id": [1, 15], "prio": [-5, 2**31 - 1], "actor_port_prio": [1, 65535]},
    ),
    "team_slave": Round(master=Team()),
}
