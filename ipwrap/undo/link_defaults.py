"""The options that a new link has by default: from the kind, the lower link, and the ports.

Derived options need not be set on a new link. A bridge with a set address would no longer follow
the addresses of its ports.
"""

from ipwrap.recording import State
from ipwrap.undo.link_data import (
    Json,
    LinkLocation,
    find_lower_link,
    kind_of,
    link_at,
    ports_of,
)

__all__ = ["ETHERNET_MTU", "as_new", "follows_ports"]

ETHERNET_MTU = 1500  # ETH_DATA_LEN in include/uapi/linux/if_ether.h
QUEUE_LENGTH = 1000  # DEFAULT_TX_QUEUE_LEN in include/net/pkt_sched.h
# TUN_READQ_SIZE in drivers/net/tap.c; TX_Q_LIMIT in drivers/net/ifb.c.
QUEUE_LENGTHS = {"ifb": 32, "ipvtap": 500, "macvtap": 500}
# Without more, these kinds are Ethernet with the MTU of it: ether_setup() in net/ethernet/eth.c.
KINDS_OF_ETHERNET = frozenset({"bond", "dummy", "ifb", "netkit", "team", "veth"})
# Kinds that take over the MTU, or the address, of the link below: macvlan_init() in
# drivers/net/macvlan.c, register_vlan_dev() in net/8021q/vlan.c, ipvlan_init() in
# drivers/net/ipvlan/ipvlan_main.c.
MTU_OF_LOWER_LINK = frozenset({"ipvlan", "ipvtap", "macvlan", "macvtap", "vlan"})
ADDRESS_OF_LOWER_LINK = frozenset({"ipvlan", "ipvtap", "vlan"})
# BOND_DEFAULT_TX_QUEUES in include/net/bonding.h, TEAM_DEFAULT_NUM_TX_QUEUES in if_team.h.
QUEUES = {"bond": 16, "team": 16}

# By what a packet of a vxlan is longer, with IPv4 and IPv6: vxlan_headroom() in vxlan.h.
VXLAN_HEADROOMS = (50, 70)


def as_new(state: State, location: LinkLocation) -> Json:
    """Return the JSON of a link without default values, and without the index.

    Another link may have the index by now.
    """
    link = link_at(state, location)
    lower = _lower_link(state, location)
    inherited = {"ifindex"}

    if link.get("txqlen") == QUEUE_LENGTHS.get(str(kind_of(link)), QUEUE_LENGTH):
        inherited.add("txqlen")
    if _has_usual_queues(link):
        inherited |= {"num_tx_queues", "num_rx_queues"}
    if link.get("mtu") in _usual_mtus(link, lower):
        inherited.add("mtu")
    if _has_address_of_lower_link(link, lower) or follows_ports(state, location):
        inherited.add("address")
    return {key: value for key, value in link.items() if key not in inherited}


def follows_ports(state: State, location: LinkLocation) -> bool:
    """Return whether a link has the address of a port.

    A bridge takes the lowest address: br_stp_recalculate_bridge_id() in net/bridge/br_stp_if.c. A
    bond and a team take a port's address.
    """
    link = link_at(state, location)
    addresses = [link_at(state, port).get("address", "") for port in ports_of(state, location)]
    if not addresses or kind_of(link) == "vrf":
        return False
    if kind_of(link) == "bridge":
        addresses = [min(addresses)]
    return link.get("address") in addresses


def _lower_link(state: State, location: LinkLocation) -> Json:
    """Return the JSON of the lower link, in any namespace; {} without a lower link."""
    link = link_at(state, location)
    options = (link.get("linkinfo") or {}).get("info_data") or {}
    if kind_of(link) == "vxlan" and options.get("link"):
        return link_at(state, (location[0], str(options["link"])))

    lower = find_lower_link(state, location)
    return {} if lower is None else link_at(state, lower)


def _has_usual_queues(link: Json) -> bool:
    """Return whether a link has the default number of queues of its kind.

    A veth has a queue for each processor: veth_get_num_queues() in drivers/net/veth.c. A kernel
    without CONFIG_RPS does not tell the number for receiving.
    """
    kind = str(kind_of(link))
    counts = {link.get("num_tx_queues"), link.get("num_rx_queues")} - {None}
    return counts <= {QUEUES.get(kind, 1)} or (kind == "veth" and len(counts) == 1)


def _usual_mtus(link: Json, lower: Json) -> list[int]:
    """Return the MTUs that a new link of a kind may have by itself, on the link below."""
    kind = kind_of(link)
    if kind in KINDS_OF_ETHERNET:
        return [ETHERNET_MTU]
    if kind in MTU_OF_LOWER_LINK and lower:
        return [int(lower.get("mtu", 0))]
    if kind == "vxlan":
        if not lower:
            return [ETHERNET_MTU]
        return [int(lower.get("mtu", 0)) - headroom for headroom in VXLAN_HEADROOMS]
    return []


def _has_address_of_lower_link(link: Json, lower: Json) -> bool:
    """Return whether a link has taken over the address of the link below."""
    is_inherited = kind_of(link) in ADDRESS_OF_LOWER_LINK
    return is_inherited and bool(lower) and link.get("address") == lower.get("address")
