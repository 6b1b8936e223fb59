"""What counts when two states are compared, and what the kernel chooses for itself.

One rule decides: *what a command named is compared; what the kernel chose is not*. Left out are interface indexes,
counters, timers, and what a carrier brings with it a moment later (operstate, link-local addresses, learned entries). A
MAC address that no command named becomes a token, and so do the addresses made of it.
"""

import ipaddress
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ipwrap.named import GENERATED, Named

__all__ = ["Item", "items"]

Json = dict[str, Any]
Identity = tuple[str, ...]
Item = tuple[Identity, Json]

FOREVER = 2**32 - 1

CARRIER = frozenset({"LOWER_UP", "NO-CARRIER", "M-DOWN", "RUNNING"})
OFFLOADED = frozenset({"offload", "offload_failed"})
ROUTE_STATE = frozenset({"linkdown", "dead", "offload", "trap", "rt_offload", "rt_trap", "unresolved", "notify"})
INET6 = " inet6"
FIRST_RULES = frozenset({(0, "local"), (32766, "main"), (32767, "default")})  # of IPv6 the first two

# Keys that say what the kernel chose, what it counts, and what a driver is made of.
CHOSEN = frozenset(
    {
        *("ifindex", "link_index", "link_netnsid", "nsid", "current-nsid", "id", "viaIfIndex", "linkNetNsId"),
        *("operstate", "qdisc", "promiscuity", "allmulti", "permaddr", "event", "netns-immutable"),
        *("stats", "stats64", "used", "updated", "confirmed", "probes", "refcnt", "uid", "cache"),
        *("min_mtu", "max_mtu", "tso_max_size", "tso_max_segs", "usedbcqueuelen", "fdb_n_learned", "mcast_n_groups"),
        *("bridge_id", "root_id", "root_port", "root_path_cost", "designated_port", "designated_cost", "no"),
        *("topology_change", "topology_change_detected", "topology_change_ack", "config_pending"),
        *("perm_hwaddr", "mii_status", "link_failure_count", "ad_info", "ad_aggregator_id", "seq_nr"),
        *("ad_actor_oper_port_state", "ad_actor_oper_port_state_str", "churn_actor_state", "churn_partner_state"),
        *("ad_partner_oper_port_state", "ad_partner_oper_port_state_str"),
        *("group_fwd_mask_str", "mcast_querier_state_ipv4", "mcast_querier_state_ipv6"),
    }
)

# What a port's VLAN has of which nothing was set.
UNSET = {"state": "forwarding", "mcast_router": 1, "mcast_max_groups": 0, "neigh_suppress": False}

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


def items(noun: str, objects: Iterable[Json], named: Named) -> Iterator[Item]:
    """Yield what counts of a noun's objects, each with what tells it from the others."""
    return (item for each in _asked_for(noun, objects) for item in RULES[noun](each, named))


def _asked_for(noun: str, objects: Iterable[Json]) -> Iterable[Json]:
    """Return a noun's objects without the rules that every namespace begins with, if all of them are there."""
    if not noun.startswith("rule"):
        return objects
    found = list(objects)
    rest = [each for each in found if (each.get("priority"), each.get("table")) not in FIRST_RULES]
    return rest if len(found) - len(rest) == len(FIRST_RULES) - noun.endswith(INET6) else found


def _rest(data: Json, named: Named, *gone: str) -> Json:
    """Return an object without what the kernel chose."""
    return {
        key: value
        for key, value in data.items()
        if key not in CHOSEN
        and key not in gone
        and not key.endswith("_timer")
        and (key not in COUNT_IF_NAMED or COUNT_IF_NAMED[key] in named)
    }


def _flags(data: Json, ignored: frozenset[str]) -> list[str]:
    """Return the flags that count, in order."""
    return sorted(flag for flag in data.get("flags") or () if flag not in ignored)


def _link(data: Json, named: Named) -> Iterator[Item]:
    """A link counts with its kind and its options."""
    out = _rest(data, named, "linkinfo", "addr_info")
    out["flags"] = _flags(data, CARRIER)
    if "address" in data:
        out["address"] = named.mac(data["address"])
    info = data.get("linkinfo") or {}
    for part in ("info_kind", "info_slave_kind"):
        if part in info:
            out[part] = info[part]
    kind = _rest(info.get("info_data") or {}, named)
    if "id" in (info.get("info_data") or {}):  # of a vlan or a vxlan: chosen by a person
        kind["id"] = info["info_data"]["id"]
    out |= kind | {f"port {key}": value for key, value in _rest(info.get("info_slave_data") or {}, named).items()}
    yield (data.get("ifname", "?"),), out


def _address(data: Json, named: Named) -> Iterator[Item]:
    """Every address of a link counts, but for those that the kernel makes of a MAC address."""
    for each in data.get("addr_info") or ():
        local = each.get("local", "?")
        if _made_by_kernel(each, named):
            continue
        out = _rest(
            each, named, "tentative", "dadfailed", "deprecated", "protocol", "valid_life_time", "preferred_life_time"
        )
        out["valid"] = "forever" if each.get("valid_life_time", FOREVER) == FOREVER else "limited"
        yield (data.get("ifname", each.get("dev", "?")), f"{local}/{each.get('prefixlen')}"), out


def _made_by_kernel(address: Json, named: Named) -> bool:
    """Tell whether nobody asked for this address: a link-local one, or one from a router's advertisement."""
    automatic = address.get("scope") == "link" or address.get("dynamic", False)
    return address.get("family") == "inet6" and automatic and address.get("local") not in named


def _route(data: Json, named: Named) -> Iterator[Item]:
    """A route counts, but for those that follow from addresses (the local table) and from link-local ones."""
    dst = data.get("dst", "?")
    by_kernel = data.get("protocol") in ("kernel", "ra")
    follows = data.get("table") == "local" or data.get("type") in ("local", "broadcast", "anycast", "multicast")
    if by_kernel and dst not in named and (follows or _link_local(dst)):
        return
    out = _rest(data, named, "expires")
    out["flags"] = _flags(data, ROUTE_STATE)
    if "nexthops" in out:
        out["nexthops"] = [{**hop, "flags": _flags(hop, ROUTE_STATE)} for hop in out["nexthops"]]
    for key in ("gateway", "prefsrc"):
        if _link_local(out.get(key)) and out[key] not in named:
            out[key] = GENERATED
    words = (data.get(key) for key in ("type", "table", "dev", "metric"))
    yield (dst, *(str(word) for word in words if word is not None)), out


def _link_local(text: Any) -> bool:
    """Tell whether an address or prefix is of a link only, or of groups on it."""
    try:
        network = ipaddress.ip_interface(text).network
    except ValueError:
        return False
    return network.version == 6 and (network.network_address.is_link_local or network.network_address.is_multicast)


def _neigh(data: Json, named: Named) -> Iterator[Item]:
    """A neighbour counts if it was set: permanent, answered for, managed; or without ARP, and named."""
    state = data.get("state") or ()
    kept = "PERMANENT" in state or ("NOARP" in state and data.get("dst") in named)
    if kept or not {"proxy", "managed", "extern_learn"}.isdisjoint(data):
        out = _rest(data, named)
        out["state"] = [each for each in state if each in ("PERMANENT", "NOARP")]
        if "lladdr" in data:
            out["lladdr"] = named.mac(data["lladdr"])
        yield (data.get("dst", "?"), data.get("dev", ""), *(("proxy",) if "proxy" in data else ())), out


def _port(data: Json, named: Named) -> Iterator[Item]:
    """A bridge's port counts with its options; ``link`` not: of another namespace's link it is the wrong name."""
    out = _rest(data, named, "link")
    out["flags"] = _flags(data, CARRIER)
    yield (data.get("ifname", "?"),), out


def _fdb(data: Json, named: Named) -> Iterator[Item]:
    """An entry counts unless it was learned, or is a group that the kernel itself listens to."""
    mac = data.get("mac", "?")
    state = data.get("state")
    group = bool(int(mac.partition(":")[0], 16) & 1) if ":" in mac else False
    if state in ("", "stale") or (group and mac not in named):
        return
    out = _rest(data, named) | {"mac": named.mac(mac), "state": state}
    words = (data.get(key) for key in ("ifname", "master", "vlan", "dst", "vni"))
    yield (str(out["mac"]), *(str(word) for word in words if word is not None)), out


def _vlan(data: Json, named: Named) -> Iterator[Item]:
    """Every VLAN of a port counts."""
    for each in (*(data.get("vlans") or ()), *(data.get("tunnels") or ())):
        number = str(each.get("vlan", each.get("vid")))
        counters = [key for key in each if key.endswith(("_bytes", "_packets"))]
        yield (data.get("ifname", "?"), number), _rest(each, named, *counters)


def _vlan_details(data: Json, named: Named) -> Iterator[Item]:
    """Of a port counts what was set for any of its VLANs; which VLANs it has is told by `bridge vlan`."""
    out: Json = {}
    for each in data.get("vlans") or ():
        said = _rest(each, named, "vlan", "vlanEnd", "flags")
        out |= {
            f"{number} {key}": said[key] for number in _numbers(each) for key in said if UNSET.get(key) != said[key]
        }
    yield (data.get("ifname", "?"),), out


def _global_vlan(data: Json, named: Named) -> Iterator[Item]:
    """Every VLAN of a bridge counts, also those that are told as a range; where a multicast router is does not."""
    for each in data.get("vlans") or ():
        for number in _numbers(each):
            yield (data.get("ifname", "?"), str(number)), _rest(each, named, "vlan", "vlanEnd", "router_ports")


def _numbers(vlans: Json) -> Iterable[int]:
    """Return the numbers of a VLAN, or of a range of them: where one ends depends on what the next ones are told."""
    first: int = vlans.get("vlan", 0)
    last: int = vlans.get("vlanEnd", first)
    return range(first, last + 1)


def _mdb(data: Json, named: Named) -> Iterator[Item]:
    """Of all entries count those that are kept, or were asked for; where a multicast router is does not."""
    for each in data.get("mdb") or ():
        yield from _group(each, named)


def _group(data: Json, named: Named) -> Iterator[Item]:
    """An entry counts if it is permanent or its group was named: the others come with the hosts."""
    if data.get("state") != "permanent" and data.get("grp") not in named:
        return
    out = _rest(data, named, "index", "timer") | {"state": data.get("state"), "flags": _flags(data, OFFLOADED)}
    if "source_list" in out:
        out["source_list"] = sorted(str(each.get("address")) for each in out["source_list"])
    words = (data.get(key) for key in ("dev", "port", "grp", "src", "vid", "dst", "src_vni"))
    yield tuple(str(word) for word in words if word is not None), out


def _mst(data: Json, named: Named) -> Iterator[Item]:
    """A port counts in each spanning tree."""
    for each in data.get("mst") or ():
        yield (data.get("ifname", "?"), str(each.get("msti"))), _rest(each, named)


def _vni(data: Json, named: Named) -> Iterator[Item]:
    """Every tunnel that is let in counts, without what it has carried."""
    for each in data.get("vnis") or ():
        yield (data.get("ifname", "?"), str(each.get("vni"))), _rest(each, named)


def _netns(data: Json, _: Named) -> Iterator[Item]:
    """A namespace counts with its name; its number is the kernel's choice."""
    if data.get("name"):
        yield (data["name"],), {}


def _rule(data: Json, named: Named) -> Iterator[Item]:
    """A rule counts with all that it says; whether links bear its names now is told by the links."""
    words = ("priority", "src", "srclen", "dst", "dstlen", "iif", "oif", "fwmark", "table", "action", "goto")
    identity = tuple(f"{word} {data[word]}" for word in words if word in data)
    yield identity, _rest(data, named, "iif_detached", "oif_detached")


def _nexthop(data: Json, named: Named) -> Iterator[Item]:
    """A next hop counts with its number, which a person has chosen; packets and the time out of balance do not."""
    out = _rest(data, named, "group_stats")
    out["flags"] = _flags(data, ROUTE_STATE)
    if "resilient_args" in out:
        out["resilient_args"] = {key: each for key, each in out["resilient_args"].items() if key != "unbalanced_time"}
    if _link_local(out.get("gateway")) and out["gateway"] not in named:
        out["gateway"] = GENERATED
    yield (str(data.get("id", "?")),), out


def _bucket(data: Json, _: Named) -> Iterator[Item]:
    """A bucket counts with its place; where it sends to is the kernel's choice."""
    yield (str(data.get("id", "?")), str((data.get("bucket") or {}).get("index", "?"))), {}


def _macsec(data: Json, named: Named) -> Iterator[Item]:
    """A MACsec link counts with its channels and keys, but for their next packets; a channel made of a MAC not."""
    out = _uncounted(data, named)
    out["sci"] = out.get("sci") if _named_sci(out.get("sci"), named) else GENERATED
    out["sa_list"] = [_uncounted(each, named) for each in data.get("sa_list") or ()]
    channels = (_uncounted(each, named) for each in data.get("rx_sc") or ())
    out["rx_sc"] = sorted(
        ({**each, "sa_list": [_uncounted(sa, named) for sa in each.get("sa_list") or ()]} for each in channels),
        key=lambda each: str(each.get("sci")),
    )
    yield (data.get("ifname", "?"),), out


def _uncounted(data: Json, named: Named) -> Json:
    """Return a part of a MACsec link without what is counted."""
    counters = [key for key in data if key.startswith(("InPkts", "OutPkts", "InOctets", "OutOctets"))]
    return _rest(data, named, "pn", *counters)


def _named_sci(sci: Any, named: Named) -> bool:
    """Tell whether a command named a channel, as iproute2 takes it: sixteen digits."""
    return isinstance(sci, str) and f"{int(sci, 16):016x}" in named


def _tuntap(data: Json, named: Named) -> Iterator[Item]:
    """A TUN or TAP link counts with its flags; which processes are at its other end does not."""
    yield (data.get("ifname", "?"),), _rest(data, named, "processes")


def _token(data: Json, named: Named) -> Iterator[Item]:
    """A token counts."""
    yield (data.get("ifname", "?"),), _rest(data, named)


def _vrf(data: Json, named: Named) -> Iterator[Item]:
    """A VRF counts with its table."""
    yield (data.get("name", "?"),), _rest(data, named)


def _stats(data: Json, _named: Named) -> Iterator[Item]:
    """Of what is counted count the link, and the group that was asked for."""
    yield tuple(str(data[word]) for word in ("ifname", "group", "subgroup", "suite") if word in data), {}


def _maddress(data: Json, _: Named) -> Iterator[Item]:
    """A multicast address counts if it was added to a link."""
    for each in data.get("maddr") or ():
        if each.get("features") == "static":
            yield (data.get("ifname", "?"), each.get("link", "?")), {}


def _mroute(data: Json, named: Named) -> Iterator[Item]:
    """A multicast route counts, without what went there."""
    words = (str(data.get(word, "?")) for word in ("src", "dst", "iif"))
    yield tuple(words), _rest(data, named, "packets", "bytes", "wrong_if", "expires")


def _counters(data: Json, _named: Named) -> Iterator[Item]:
    """Of what is counted only the link counts."""
    yield (data.get("ifname", "?"),), {}


def _traffic(data: Json, named: Named) -> Iterator[Item]:
    """A qdisc, class or filter counts with its options, and without what it has counted."""
    counted = ("bytes", "packets", "drops", "overlimits", "requeues", "backlog", "qlen", "lended", "borrowed", "giants")
    out = _rest(data, named, *counted)
    out |= {part: _handle(out[part], named) for part in ("handle", "parent") if part in out}
    if "seed" not in named and isinstance(out.get("options"), dict):
        out["options"] = {key: each for key, each in out["options"].items() if key != "seed"}
    key = tuple(str(out.get(part, "")) for part in ("dev", "parent", "kind", "class", "handle", "pref"))
    yield key, out


def _handle(handle: Any, named: Named) -> Any:
    """Return the handle of a qdisc or of its class; one from 8000: on that was not named is the kernel's choice."""
    major = str(handle).partition(":")[0]
    chosen = len(major) == 4 and major[0] in "89abcdef" and f"{major}:" not in named
    return GENERATED if chosen else handle


RULES: dict[str, Callable[[Json, Named], Iterator[Item]]] = {
    "address": _address,
    "bridge fdb": _fdb,
    "bridge link": _port,
    "bridge mdb": _mdb,
    "bridge mdb get": _group,
    "bridge mst": _mst,
    "bridge vlan": _vlan,
    "bridge vlan details": _vlan_details,
    "bridge vlan global": _global_vlan,
    "bridge vlan tunnelshow": _vlan,
    "bridge vni": _vni,
    "link": _link,
    "link afstats": _counters,
    "link xstats": _counters,
    "macsec": _macsec,
    "maddress": _maddress,
    "mroute": _mroute,
    "neigh": _neigh,
    "netns": _netns,
    "netns list-id": _netns,
    "nexthop": _nexthop,
    "nexthop bucket": _bucket,
    "route": _route,
    "rule": _rule,
    "rule inet6": _rule,
    "stats": _stats,
    "tc class": _traffic,
    "tc filter": _traffic,
    "tc qdisc": _traffic,
    "token": _token,
    "tuntap": _tuntap,
    "vrf": _vrf,
}
