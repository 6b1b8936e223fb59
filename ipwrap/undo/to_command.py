"""Convert an object of a snapshot into the command to create the object.

A function per noun renames JSON keys to the keys of the verb's table of options; the table converts
the values, and the verb writes the argv.
"""

from collections.abc import Callable
from typing import Any

from attrs import frozen

from ipwrap.bridge.fdb import FdbOptions, FdbVerbs
from ipwrap.bridge.vlan import VlanVerbs
from ipwrap.cmdline.reader import CommandCollector
from ipwrap.command import Command
from ipwrap.errors import InvalidArgument
from ipwrap.ip.address import AddressOptions, AddressVerbs
from ipwrap.ip.neigh import NEIGH_STATES, NeighOptions, NeighVerbs
from ipwrap.ip.nexthop import NexthopOptions, NexthopVerbs
from ipwrap.ip.route import NextHop, RouteOptions, RouteVerbs
from ipwrap.ip.rule import Masked, RuleOptions, RuleVerbs
from ipwrap.models.tc_text_options import repair_options
from ipwrap.options.converters import FOREVER
from ipwrap.options.table import options_of
from ipwrap.qdiscs import TcKind, qdisc_from_json
from ipwrap.tc.qdisc import QdiscVerbs
from ipwrap.undo.link_data import Json
from ipwrap.verbs.base import ObjectCommands

__all__ = ["INVERSES", "Arguments", "arguments_for", "is_ipv6_route", "to_command"]

Arguments = dict[str, Any]

LIFETIMES = frozenset({"valid_lft", "preferred_lft"})
UNICAST_TYPES = frozenset({"unicast", "broadcast", "multicast", "anycast"})
GATEWAY_KEYS = ("gateway", "via", "nexthops", "nhid")
FDB_FLAGS = frozenset({"self", "router", "extern_learn", "sticky"})


@frozen
class Inverse:
    """How to create a noun's objects: the class with the verbs, and a reader of the arguments."""

    verbs: type[ObjectCommands]
    arguments: Callable[[Json], Arguments]


def arguments_for(noun: str, data: Json) -> Arguments:
    """Return the keyword arguments of the verb to create an object.

    Raises `InvalidArgument` for an object without a verb to create the object.
    """
    return INVERSES[noun].arguments(data)


def to_command(
    noun: str,
    data: Json,
    *,
    netns: str | None,
    verb: str = "add",
    with_defaults: bool = False,
) -> Command:
    """Return the command to create an object; the command's ``creates`` holds the inverse.

    The default options of a qdisc are left out, because some releases print defaults but fail to
    parse the same defaults; ``with_defaults`` includes default options. Raises `InvalidArgument`
    for an object without a verb to create the object.
    """
    arguments = arguments_for(noun, data)
    kind = arguments.get("kind")
    if isinstance(kind, TcKind) and not with_defaults:
        arguments["kind"] = kind.without_defaults()

    runner = CommandCollector()
    run_verb = getattr(INVERSES[noun].verbs(runner, netns), verb)
    run_verb(**arguments)
    return runner.commands[-1]


def _parse_json(options: type, data: Json, *, replacements: Json | None = None) -> Arguments:
    """Read an object with a table of options.

    ``replacements`` take precedence over the keys of ``data``; None hides a key from the table.
    """
    merged = {**data}

    for key, value in (replacements or {}).items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = value

    arguments = {}
    for option in options_of(options):
        if not option.json_key:
            continue
        value = option.codec.from_json(merged, option.json_key)
        if value is not None:
            arguments[option.name] = value
    return arguments


def _address_arguments(data: Json) -> Arguments:
    """Return the arguments of `ip address add`.

    Lifetimes are given only if finite, the label only if different from the link's name, and the
    scope only if different from iproute2's default.
    """
    local = data["local"]
    length = data["prefixlen"]
    address = f"{local}/{length}"

    lifetimes = {}
    for key in ("valid_life_time", "preferred_life_time"):
        seconds = data.get(key)
        lifetimes[key] = "forever" if seconds == FOREVER else seconds
    options = _parse_json(AddressOptions, data, replacements=lifetimes)

    # The kernel derives the scope of an IPv6 address: ipv6_addr_scope().
    if options.get("scope") == "global" or ":" in local:
        options.pop("scope", None)
    if options.get("label") == data["ifname"]:
        del options["label"]

    given_lifetimes = {options.get(name, "forever") for name in LIFETIMES}
    if given_lifetimes == {"forever"}:
        for name in LIFETIMES:
            options.pop(name, None)

    # With a peer, the prefix length belongs to the peer: `10.99.0.1 peer 10.99.0.2/32`.
    peer = data.get("address", local)
    if peer != local:
        address = local
        options["peer"] = f"{peer}/{length}"

    return {
        "local": address,
        "dev": data["ifname"],
        **options,
    }


def is_ipv6_route(data: Json) -> bool:
    """Return whether a route is an IPv6 route. Only IPv6 routes have a preference."""
    if "pref" in data:
        return True

    hops = data.get("nexthops") or ()
    addresses = [data.get("dst"), data.get("gateway")]
    addresses += [hop.get("gateway") for hop in hops]
    return any(":" in str(address) for address in addresses)


def _route_arguments(data: Json) -> Arguments:
    """Return the arguments of `ip route add`, without the defaults of iproute2 and the kernel.

    Locked metrics are lost: JSON does not show the lock. Raises `InvalidArgument` for a route with
    an encapsulation.
    """
    if "encap" in data:
        raise InvalidArgument(
            "encap: a route with an encapsulation cannot be added back; add it by hand"
        )

    is_ipv6 = is_ipv6_route(data)
    replacements = {
        **_route_metrics(data),
        **_route_hops(data),
        "from_": data.get("from"),
        "proto": data.get("protocol"),
    }
    options = _parse_json(RouteOptions, data, replacements=replacements)

    defaults: Arguments = {"type": "unicast", "table": "main", "proto": "boot"}
    if is_ipv6:
        defaults |= {"pref": "medium", "metric": 1024}
        options.pop("scope", None)
    else:
        defaults["scope"] = _default_scope(data)

    given = {name: value for name, value in options.items() if value != defaults.get(name)}
    dst = data["dst"]
    if is_ipv6 and dst == "default":
        # Without an address among the arguments, iproute2 would take `default` for IPv4.
        dst = "::/0"
    return {"dst": dst, **given}


def _default_scope(data: Json) -> str:
    """Return iproute2's default scope of an IPv4 route: iproute_modify() in ip/iproute.c."""
    if data.get("type", "unicast") not in UNICAST_TYPES:
        return "global"

    has_gateway = any(data.get(key) for key in GATEWAY_KEYS)
    return "global" if has_gateway else "link"


def _route_metrics(data: Json) -> Json:
    """Return a route's metrics by keyword, times with a unit."""
    metrics = {}
    for shown in data.get("metrics") or ():
        metrics.update(shown)

    # iproute2 prints milliseconds, and would read a number without a unit in another unit.
    for key in ("rtt", "rttvar", "rto_min"):
        if key in metrics:
            metrics[key] = f"{metrics[key]}ms"
    if "congestion" in metrics:
        metrics["congctl"] = metrics["congestion"]
    return metrics


def _route_hops(data: Json) -> Json:
    """Return the next hops of a route.

    A route by the number of a next hop is printed with the gateway and device of the next hop,
    but the command must not repeat the gateway and device.
    """
    if "nhid" in data:
        return {"gateway": None, "dev": None, "nexthops": None}

    hops = data.get("nexthops") or ()
    next_hops = tuple(_next_hop(hop) for hop in hops)
    return {**_gateway(data), "nexthops": next_hops or None}


def _next_hop(hop: Json) -> NextHop:
    """Return one next hop of a multipath route."""
    options = _gateway(hop)
    weight = hop.get("weight")
    return NextHop(
        via=options["gateway"],
        dev=hop.get("dev"),
        # iproute2 prints the default weight of 1, too.
        weight=None if weight == 1 else weight,
        realms=options["realms"],
        onlink=options["onlink"],
    )


def _gateway(data: Json) -> Json:
    """Return a gateway (with the family, if different from the route's), realms and flag."""
    gateway = data.get("gateway")
    via = data.get("via")
    if via:
        gateway = (via["family"], via["host"])

    flow = data.get("flow") or {}
    realms = "/".join(flow[end] for end in ("from", "to") if end in flow)
    return {
        "gateway": gateway,
        "realms": realms or None,
        "onlink": "onlink" in data.get("flags", ()) or None,
    }


def _rule_arguments(data: Json) -> Arguments:
    """Return the arguments of `ip rule add`."""
    replacements: Json = {
        "uid_start": _range(data, "uid"),
        "flow_to": _rule_realms(data),
        "fwmark": _masked(data, "fwmark", mask_key="fwmask"),
    }
    for key in ("sport", "dport", "dscp", "flowlabel"):
        replacements[key] = _masked(data, key, mask_key=f"{key}_mask")
    for key in ("sport", "dport"):
        if f"{key}_start" in data:
            replacements[key] = _range(data, key)
    for key in ("src", "dst"):
        replacements[key] = _rule_prefix(data, key)

    options = _parse_json(RuleOptions, data, replacements=replacements)
    if options.get("protocol") == "unspec":
        del options["protocol"]
    return options


def _rule_arguments_ipv6(data: Json) -> Arguments:
    """Return the arguments of `ip -6 rule add`."""
    return {"family": "inet6", **_rule_arguments(data)}


def _rule_realms(data: Json) -> str | None:
    """Return the realms of a rule: ``1/2``."""
    realms = [str(data[key]) for key in ("flow_from", "flow_to") if key in data]
    return "/".join(realms) or None


def _range(data: Json, key: str) -> tuple[int, int] | None:
    """Return the first and the last number of a range of ports or users."""
    if f"{key}_start" not in data:
        return None
    return data[f"{key}_start"], data[f"{key}_end"]


def _masked(data: Json, key: str, *, mask_key: str) -> Any:
    """Return a number with a mask, if shown with a mask. The name of a DSCP stays a name."""
    value = data.get(key)
    if isinstance(value, str) and value[:1].isdigit():
        value = int(value, 0)
    if value is None or mask_key not in data:
        return value
    return Masked(value, int(data[mask_key], 0))


def _rule_prefix(data: Json, key: str) -> str | None:
    """Return the source or destination prefix of a rule; None for all packets.

    iproute2 prints the IPv4 address 0.0.0.0 as ``0``: print_rule() in ip/iprule.c.
    """
    address = data.get(key)
    length = data.get(f"{key}len")
    if address in (None, "all"):
        return None
    if length is None:
        return str(address)

    host = "0.0.0.0" if address == "0" else address
    return f"{host}/{length}"


def _neigh_arguments(data: Json) -> Arguments:
    """Return the arguments of `ip neigh add`, for a neighbour or a proxy entry."""
    replacements: Json = {"state": None}
    for state in data.get("state") or ():
        if state.lower() in NEIGH_STATES:
            replacements["state"] = state.lower()
            break

    options = _parse_json(NeighOptions, data, replacements=replacements)
    return {
        "to": data["dst"],
        "dev": data["dev"],
        **options,
    }


def _nexthop_arguments(data: Json) -> Arguments:
    """Return the arguments of `ip nexthop add`, for a next hop or a group of next hops."""
    group = []
    for member in data.get("group") or ():
        weight = member.get("weight")
        group.append((member["id"], weight) if weight else member["id"])

    replacements = {
        **_resilient_options(data),
        "flags": "onlink" in data.get("flags", ()) or None,
        "group": group or None,
        "hw_stats": None,
    }
    options = _parse_json(NexthopOptions, data, replacements=replacements)

    # The protocol is printed as "unspec" where none was given.
    given = {name: value for name, value in options.items() if value != "unspec"}
    return {"id": data["id"], **given}


def _resilient_options(data: Json) -> Json:
    """Return the options of a resilient group; the keywords take times in whole seconds."""
    options = {}
    for key, value in (data.get("resilient_args") or {}).items():
        number = int(value)
        if key != "unbalanced_time":
            options[key] = number
    return options


def _fdb_arguments(data: Json) -> Arguments:
    """Return the arguments of `bridge fdb add`, for an entry of a bridge or of a device."""
    flags = {flag: True for flag in data.get("flags") or () if flag in FDB_FLAGS}
    is_of_device = flags.pop("self", None)

    # Without a state, `bridge fdb add` creates a permanent entry.
    state = "dynamic"
    if data.get("state") in ("permanent", "static"):
        state = str(data["state"])

    arguments = {
        "to": data["mac"],
        "dev": data["ifname"],
        **_parse_json(FdbOptions, data, replacements={"master": None}),
        **flags,
    }
    if is_of_device:
        arguments["self_"] = True
    if "master" in data:
        arguments["master"] = True
    return {**arguments, state: True}


def _vlan_arguments(data: Json) -> Arguments:
    """Return the arguments of `bridge vlan add`, for a VLAN or a range; a bridge needs `self`."""
    flags = data.get("flags") or ()
    vid = data["vlan"]
    if "vlanEnd" in data:
        vid = (vid, data["vlanEnd"])

    arguments = {"vid": vid, "dev": data["ifname"]}
    if "PVID" in flags:
        arguments["pvid"] = True
    if "Egress Untagged" in flags:
        arguments["untagged"] = True
    if data.get("bridge"):
        arguments["self_"] = True
    return arguments


def _qdisc_arguments(data: Json) -> Arguments:
    """Return the arguments of `tc qdisc add`, with the handle unless the kernel assigned it."""
    repaired = repair_options(data)
    kind = qdisc_from_json(repaired["kind"], repaired.get("options") or {})
    arguments = {"dev": data["dev"], "kind": kind}
    # An ingress or clsact qdisc has one place and one handle only.
    if kind.attach_point != "root":
        return arguments

    arguments["parent"] = "root" if data.get("root") else data.get("parent")

    # qdisc_alloc_handle() in net/sched/sch_api.c assigns handles from 8000: on.
    handle = str(data.get("handle", ""))
    is_kernel_assigned = len(handle) == 5 and handle[0] in "89abcdef"
    if handle and not is_kernel_assigned:
        arguments["handle"] = handle
    return arguments


INVERSES: dict[str, Inverse] = {
    "address": Inverse(AddressVerbs, _address_arguments),
    "bridge fdb": Inverse(FdbVerbs, _fdb_arguments),
    "bridge vlan": Inverse(VlanVerbs, _vlan_arguments),
    "neigh": Inverse(NeighVerbs, _neigh_arguments),
    "nexthop": Inverse(NexthopVerbs, _nexthop_arguments),
    "route": Inverse(RouteVerbs, _route_arguments),
    "rule": Inverse(RuleVerbs, _rule_arguments),
    "rule inet6": Inverse(RuleVerbs, _rule_arguments_ipv6),
    "tc qdisc": Inverse(QdiscVerbs, _qdisc_arguments),
}
