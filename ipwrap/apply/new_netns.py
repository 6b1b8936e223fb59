"""The state of a network namespace that has just been made: a loopback that is down, and rules."""

from typing import Any

from ipwrap.state.snapshot import PROGRAM_NOUNS

__all__ = ["new_netns"]

Json = dict[str, Any]

RULES = ((0, "local"), (32766, "main"), (32767, "default"))
INET6_RULES = RULES[:2]  # fib6_rules_net_init() in net/ipv6/fib6_rules.c
# loopback_setup() in drivers/net/loopback.c.
LOOPBACK: Json = {
    "ifindex": 1,
    "ifname": "lo",
    "flags": ["LOOPBACK"],
    "mtu": 65536,
    "operstate": "DOWN",
    "linkmode": "DEFAULT",
    "group": "default",
    "txqlen": 1000,
    "link_type": "loopback",
    "address": "00:00:00:00:00:00",
    "broadcast": "00:00:00:00:00:00",
    "inet6_addr_gen_mode": "eui64",
    "num_tx_queues": 1,
    "num_rx_queues": 1,
}


def new_netns(wanted: dict[str, list[Json]]) -> dict[str, list[Json]]:
    """Return the state of a new namespace, as far as the wanted state of it goes.

    What the wanted state has not read, the new one leaves out as well. A loopback has the values of
    the machine that the wanted state comes from, where it has more options than those here: the
    sizes of segments.
    """
    loopback = next((link for link in wanted.get("link", ()) if link["ifname"] == "lo"), {})
    listings = {
        "rule": _rules(RULES),
        "rule inet6": _rules(INET6_RULES),
        "nexthop": [],
        "tc qdisc": [],
        "tc class": [],
        "tc filter": [],
    }
    return {
        "link": [{**loopback, **LOOPBACK}],
        "address": [{"ifname": "lo", "addr_info": []}],
        **{noun: objects for noun, objects in listings.items() if noun in wanted},
        **{noun: [] for noun in PROGRAM_NOUNS},
    }


def _rules(rules: tuple[tuple[int, str], ...]) -> list[Json]:
    """Return the JSON of the rules of a new namespace."""
    return [
        {"priority": priority, "src": "all", "table": table, "protocol": "kernel"}
        for priority, table in rules
    ]
