"""What all rules of what counts share: the keys and flags that are the kernel's choice, whatever the object."""

from collections.abc import Callable, Iterator
from typing import Any

from ipwrap.recording.mentioned import MentionedWords

__all__ = [
    "CARRIER",
    "COUNT_IF_NAMED",
    "KERNEL_ASSIGNED",
    "Comparisons",
    "Item",
    "Json",
    "comparable_fields",
    "comparable_flags",
]

Json = dict[str, Any]
Identity = tuple[str, ...]
Item = tuple[Identity, Json]
Comparisons = dict[str, Callable[[Json, MentionedWords], Iterator[Item]]]  # by noun

CARRIER = frozenset({"LOWER_UP", "NO-CARRIER", "M-DOWN", "RUNNING"})

# Keys that say what the kernel chose, what it counts, and what a driver is made of.
KERNEL_ASSIGNED = frozenset(
    {
        *(
            "ifindex",
            "link_index",
            "link_netnsid",
            "nsid",
            "current-nsid",
            "id",
            "viaIfIndex",
            "linkNetNsId",
        ),
        *("operstate", "qdisc", "promiscuity", "allmulti", "permaddr", "event", "netns-immutable"),
        *("stats", "stats64", "used", "updated", "confirmed", "probes", "refcnt", "uid", "cache"),
        *(
            "min_mtu",
            "max_mtu",
            "tso_max_size",
            "tso_max_segs",
            "usedbcqueuelen",
            "fdb_n_learned",
            "mcast_n_groups",
        ),
        *(
            "bridge_id",
            "root_id",
            "root_port",
            "root_path_cost",
            "designated_port",
            "designated_cost",
            "no",
        ),
        *("topology_change", "topology_change_detected", "topology_change_ack", "config_pending"),
        *(
            "perm_hwaddr",
            "mii_status",
            "link_failure_count",
            "ad_info",
            "ad_aggregator_id",
            "seq_nr",
        ),
        *(
            "ad_actor_oper_port_state",
            "ad_actor_oper_port_state_str",
            "churn_actor_state",
            "churn_partner_state",
        ),
        *("ad_partner_oper_port_state", "ad_partner_oper_port_state_str"),
        *(
            "group_fwd_mask_str",
            "mcast_querier_state_ipv4",
            "mcast_querier_state_ipv6",
            "data_bitrate_const",
        ),
    }
)

# Keys whose default is the machine's: they count when a command named the option.
COUNT_IF_NAMED = {
    "num_tx_queues": "numtxqueues",
    "num_rx_queues": "numrxqueues",
    "gso_max_size": "gso_max_size",
    "gso_max_segs": "gso_max_segs",
    "gro_max_size": "gro_max_size",
    "gso_ipv4_max_size": "gso_ipv4_max_size",
    "gro_ipv4_max_size": "gro_ipv4_max_size",
    "active_slave": "active_slave",
    "state": "state",  # of a port: the kernel moves it with the carrier
}


def comparable_fields(data: Json, named: MentionedWords, *gone: str) -> Json:
    """Return an object without what the kernel chose."""
    return {
        key: value
        for key, value in data.items()
        if key not in KERNEL_ASSIGNED
        and key not in gone
        and not key.endswith("_timer")
        and (key not in COUNT_IF_NAMED or COUNT_IF_NAMED[key] in named)
    }


def comparable_flags(data: Json, ignored: frozenset[str]) -> list[str]:
    """Return the flags that count, in order."""
    return sorted(flag for flag in data.get("flags") or () if flag not in ignored)
