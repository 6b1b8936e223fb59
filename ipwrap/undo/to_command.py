"""What a snapshot shows of a thing, told again as the command that makes it: by the tables that spell and read it.

Each noun has one function, which brings the JSON of one thing into the keys of its verb's table; the table reads the
values, and the verb says the words.
"""

import ipaddress
from collections.abc import Callable
from typing import Any

from attrs import frozen

from ipwrap.bridge.fdb import FdbOptions, FdbVerbs
from ipwrap.bridge.vlan import VlanVerbs
from ipwrap.cmdline.reader import CommandCollector
from ipwrap.command import Command
from ipwrap.errors import InvalidArgument
from ipwrap.ip.address import AddressOptions, AddressVerbs
from ipwrap.ip.neigh import STATES, NeighOptions, NeighVerbs
from ipwrap.ip.nexthop import NexthopOptions, NexthopVerbs
from ipwrap.ip.route import NextHop, RouteOptions, RouteVerbs
from ipwrap.ip.rule import Masked, RuleOptions, RuleVerbs
from ipwrap.models.tc_text_options import repair_options
from ipwrap.options.converters import FOREVER
from ipwrap.options.table import options_of
from ipwrap.qdiscs import TcKind, qdisc_from_json
from ipwrap.tc.qdisc import QdiscVerbs
from ipwrap.verbs.base import ObjectCommands

__all__ = ["INVERSES", "Json", "Said", "arguments_for", "is_six", "to_command"]

Json = dict[str, Any]
Said = dict[str, Any]

UNSAID = frozenset({"valid_lft", "preferred_lft"})


@frozen
class Inverse:
    """How a noun's things are told: by which verbs, and as what keywords."""

    verbs: type[ObjectCommands]
    said: Callable[[Json], Said]


def arguments_for(noun: str, data: Json) -> Said:
    """Return what makes a thing, as the keywords of its verb. Raises `InvalidArgument` for what no verb can say."""
    return INVERSES[noun].said(data)


def to_command(
    noun: str, data: Json, netns: str | None, verb: str = "add", *, whole: bool = False
) -> Command:
    """Return the command that makes a thing; its ``makes`` says what takes it away. Raises `InvalidArgument`.

    Of a qdisc the defaults are left out, since not every release can say them; ``whole`` has them said.
    """
    runner = CommandCollector()
    said = arguments_for(noun, data)
    kind = said.get("kind")
    if isinstance(kind, TcKind) and not whole:
        said["kind"] = kind.without_defaults()

    getattr(INVERSES[noun].verbs(runner, netns), verb)(**said)
    return runner.commands[-1]


def _read(options: type, data: Json, other: Json | None = None) -> Said:
    """Return what a table reads of a thing, with some keys otherwise: None is for one that is not to be read."""
    changes = other or {}
    flat = {
        key: value
        for key, value in {**data, **changes}.items()
        if key not in changes or value is not None
    }
    values = (
        (row.name, row.codec.from_json(flat, row.json_key))
        for row in options_of(options)
        if row.json_key
    )
    return {name: value for name, value in values if value is not None}


def _address(data: Json) -> Said:
    """An address: the two lifetimes are said if there is an end, the label if it is another than the link's name."""
    local, length = data["local"], data["prefixlen"]
    ends = {key: data.get(key) for key in ("valid_life_time", "preferred_life_time")}
    ends = {key: "forever" if each == FOREVER else each for key, each in ends.items()}
    said = _read(AddressOptions, data, ends)
    if said.get("scope") == "global" or ":" in local:
        said.pop("scope", None)
    if said.get("label") == data["ifname"]:
        del said["label"]
    if {"forever"} >= {said.get(name, "forever") for name in UNSAID}:
        said = {name: value for name, value in said.items() if name not in UNSAID}
    peer = {"peer": f"{data['address']}/{length}"} if data.get("address", local) != local else {}
    return {"local": local if peer else f"{local}/{length}", "dev": data["ifname"], **said, **peer}


def is_six(data: Json) -> bool:
    """Tell whether a route is one of IPv6: only those have a preference."""
    ways = [data, *(data.get("nexthops") or ())]
    return "pref" in data or ":" in f"{data.get('dst')} {[each.get('gateway') for each in ways]}"


def _route(data: Json) -> Said:
    """A route, without what follows from the rest. Which metrics are locked, JSON does not tell."""
    if "encap" in data:
        raise InvalidArgument("encap: what a route wraps its packets in is not said again")
    six, dst = is_six(data), data["dst"]
    ways = {**_ways(data), "from_": data.get("from"), "proto": data.get("protocol")}
    said = _read(RouteOptions, data, {**_metrics(data), **ways})
    usual: Said = {"type": "unicast", "table": "main", "proto": "boot", "scope": _scope(data, six)}
    usual |= {"pref": "medium", "metric": 1024} if six else {}
    if six:
        said.pop("scope", None)
    kept = {name: value for name, value in said.items() if value != usual.get(name)}
    return {"dst": "::/0" if six and dst == "default" else dst, **kept}


def _scope(data: Json, six: bool) -> str:
    """Return the scope that iproute2 takes where none is said: iproute_modify() in ip/iproute.c."""
    own = data.get("type", "unicast") in ("unicast", "broadcast", "multicast", "anycast")
    beyond = six or any(data.get(key) for key in ("gateway", "via", "nexthops", "nhid"))
    return "link" if own and not beyond else "global"


def _metrics(data: Json) -> Json:
    """Return a route's metrics by the words that set them."""
    found = {key: value for each in data.get("metrics") or () for key, value in each.items()}
    times = {key: f"{found[key]}ms" for key in ("rtt", "rttvar", "rto_min") if key in found}
    return {**found, **times, **({"congctl": found["congestion"]} if "congestion" in found else {})}


def _ways(data: Json) -> Json:
    """Return where a route goes: by next hops with a number it is shown with what these say, which is left out."""
    if "nhid" in data:
        return {"gateway": None, "dev": None, "nexthops": None}
    hops = tuple(NextHop(**_way(each)) for each in data.get("nexthops") or ())
    return {**_gateway(data), "nexthops": hops or None}


def _way(hop: Json) -> Said:
    """Return one of several ways."""
    own = _gateway(hop)
    weight = hop.get("weight")
    return {
        "via": own.pop("gateway"),
        "dev": hop.get("dev"),
        "weight": None if weight == 1 else weight,
        **own,
    }


def _gateway(data: Json) -> Json:
    """Return a gateway, which may be of another family, and the flag that goes with it."""
    via = data.get("via")
    gateway = (via["family"], via["host"]) if via else data.get("gateway")
    return {
        "gateway": gateway,
        "realms": _realms(data),
        "onlink": "onlink" in data.get("flags", ()) or None,
    }


def _realms(data: Json) -> str | None:
    """Return the realms of a way."""
    flow = data.get("flow") or {}
    return "/".join(flow[end] for end in ("from", "to") if end in flow) or None


def _rule(data: Json) -> Said:
    """A rule: where from and to, with which marks, and what becomes of it."""
    masks = {
        key: f"{key.removesuffix('_start')}_mask" for key in ("sport", "dport", "dscp", "flowlabel")
    }
    masks["fwmark"] = "fwmask"
    flat: Json = {"uid_start": _pair(data, "uid"), "flow_to": _flow(data)}
    flat |= {key: _bits(data, key, mask) for key, mask in masks.items()}
    flat |= {key: _pair(data, key) for key in ("sport", "dport") if f"{key}_start" in data}
    flat |= {key: _prefix(data, key) for key in ("src", "dst")}
    said = _read(RuleOptions, data, flat)
    unsaid = {"protocol": "unspec"}
    return {name: value for name, value in said.items() if unsaid.get(name) != value}


def _rule6(data: Json) -> Said:
    """A rule of IPv6."""
    return {"family": "inet6", **_rule(data)}


def _flow(data: Json) -> str | None:
    """Return the realms of a rule."""
    return "/".join(str(data[key]) for key in ("flow_from", "flow_to") if key in data) or None


def _pair(data: Json, key: str) -> tuple[int, int] | None:
    """Return a range."""
    return (data[f"{key}_start"], data[f"{key}_end"]) if f"{key}_start" in data else None


def _bits(data: Json, key: str, mask: str) -> Any:
    """Return a number with its mask, if it has one; a name as it is."""
    value = data.get(key)
    if isinstance(value, str) and value[:1].isdigit():
        value = int(value, 0)
    return value if value is None or mask not in data else Masked(value, int(data[mask], 0))


def _prefix(data: Json, key: str) -> str | None:
    """Return one end of a rule; that of all packets is not said."""
    value, length = data.get(key), data.get(f"{key}len")
    if value in (None, "all"):
        return None
    return str(value) if length is None else f"{'0.0.0.0' if value == '0' else value}/{length}"


def _neigh(data: Json) -> Said:
    """A neighbour, or an address that is answered for."""
    state = next((each.lower() for each in data.get("state") or () if each.lower() in STATES), None)
    said = _read(NeighOptions, data, {"state": state})
    return {"to": data["dst"], "dev": data["dev"], **said}


def _nexthop(data: Json) -> Said:
    """A next hop, or a group of them."""
    group = [
        (each["id"], each["weight"]) if each.get("weight") else each["id"]
        for each in data.get("group") or ()
    ]
    other = {
        "flags": "onlink" in data.get("flags", ()) or None,
        "group": group or None,
        "hw_stats": None,
    }
    said = _read(NexthopOptions, data, {**_unbalanced(data), **other})
    return {"id": data["id"], **{name: value for name, value in said.items() if value != "unspec"}}


def _unbalanced(data: Json) -> Json:
    """Return what a resilient group is told, whose times are whole seconds there."""
    told = {key: int(value) for key, value in (data.get("resilient_args") or {}).items()}
    return {key: value for key, value in told.items() if key != "unbalanced_time"}


def _fdb(data: Json) -> Said:
    """An entry of a forwarding table: a bridge's own, or its device's."""
    flags = {
        flag: True
        for flag in data.get("flags") or ()
        if flag in ("self", "router", "extern_learn", "sticky")
    }
    own = {"self_": flags.pop("self", None), "master": True if "master" in data else None}
    kind = (
        {str(data["state"]): True}
        if data.get("state") in ("permanent", "static")
        else {"dynamic": True}
    )
    said = {**_read(FdbOptions, data, {"master": None}), **flags, **own, **kind}
    return {
        "to": data["mac"],
        "dev": data["ifname"],
        **{key: each for key, each in said.items() if each is not None},
    }


def _vlan(data: Json) -> Said:
    """A port's VLAN, or a range of them; a bridge's own is said so."""
    flags = data.get("flags") or ()
    vid = (data["vlan"], data["vlanEnd"]) if "vlanEnd" in data else data["vlan"]
    said = {"pvid": "PVID" in flags or None, "untagged": "Egress Untagged" in flags or None}
    said["self_"] = True if data.get("bridge") else None
    return {
        "vid": vid,
        "dev": data["ifname"],
        **{key: value for key, value in said.items() if value},
    }


def _qdisc(data: Json) -> Said:
    """A qdisc, with its number if a person chose it."""
    shown = repair_options(data)
    kind = qdisc_from_json(shown["kind"], shown.get("options") or {})
    handle = str(data.get("handle", ""))
    chosen = len(handle) == 5 and handle[0] in "89abcdef"
    place = "root" if data.get("root") else data.get("parent")
    if kind.attach_point != "root":
        return {"dev": data["dev"], "kind": kind}
    return {
        "dev": data["dev"],
        "kind": kind,
        "parent": place,
        **({} if chosen or not handle else {"handle": handle}),
    }


def to_text(text: object) -> str:
    """Return an address or a prefix in one spelling, and any other word as it is."""
    try:
        return str(ipaddress.ip_interface(str(text)))
    except ValueError:
        return str(text)


INVERSES: dict[str, Inverse] = {
    "address": Inverse(AddressVerbs, _address),
    "bridge fdb": Inverse(FdbVerbs, _fdb),
    "bridge vlan": Inverse(VlanVerbs, _vlan),
    "neigh": Inverse(NeighVerbs, _neigh),
    "nexthop": Inverse(NexthopVerbs, _nexthop),
    "route": Inverse(RouteVerbs, _route),
    "rule": Inverse(RuleVerbs, _rule),
    "rule inet6": Inverse(RuleVerbs, _rule6),
    "tc qdisc": Inverse(QdiscVerbs, _qdisc),
}
