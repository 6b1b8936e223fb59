"""The kind of a filter, from what `tc -j filter show` prints: as the arguments that make it again.

What is not understood is refused, since a filter without one of its matches is another one.
"""

from collections.abc import Callable
from typing import Any

from ipwrap.errors import InvalidArgument
from ipwrap.qdiscs import TcKind
from ipwrap.tc.action_json import OF_ACTION, POLICE, actions_from_json, police_from_json
from ipwrap.tc.action_json import refuse_unknown as refuse
from ipwrap.tc.filters import Filter, Flower, Matchall
from ipwrap.tc.u32 import U32, Bits, Offset

__all__ = ["OF_HARDWARE", "filter_from_json", "is_generated_table", "split_handle"]

Json = dict[str, Any]

OF_HARDWARE = frozenset({"in_hw", "in_hw_count", "not_in_hw"})
SKIPS = ("skip_hw", "skip_sw")
COMMON = frozenset({*OF_HARDWARE, *SKIPS, "actions"})

# The matches of a flower whose value in JSON is that of the option.
FLOWER = frozenset(
    {
        *("src_mac", "dst_mac", "num_of_vlans", "vlan_id", "vlan_prio", "cvlan_id", "cvlan_prio"),
        *("ip_proto", "src_ip", "dst_ip", "tcp_flags", "icmp_type", "icmp_code"),
        *("arp_op", "arp_sip", "arp_tip", "arp_sha", "arp_tha", "enc_key_id"),
        *("enc_src_ip", "enc_dst_ip", "enc_dst_port", "mpls_label", "mpls_tc", "mpls_ttl"),
        *("ct_state", "ct_zone", "ct_mark", "ct_label"),
    }
)
# Numbers whose mask has a key of its own.
MASKED = ("ip_tos", "ip_ttl")
ETHERTYPE_WORDS = {"ipv4": "ip"}  # flower_print_eth_type() in tc/f_flower.c
ETHERTYPES = ("vlan_ethtype", "cvlan_ethtype")
PORTS = ("src_port", "dst_port")
# eth_type is the protocol of the filter.
FLOWER_KEYS = FLOWER | {
    *(*PORTS, *MASKED, *ETHERTYPES, "eth_type", "ip_flags"),
    *(f"{key}_mask" for key in MASKED),
}
U32_KEYS = frozenset(
    {
        *("fh", "order", "ht_divisor", "key_ht", "bkt", "flowid", "link", "match", "input_dev"),
        *("fwmark_value", "fwmark_mask", "fwmark_success", "offset_mask", "offset_shift"),
        *("offset_off", "plus", "eat", "hash_mask", "hash_off", "rule_hit", "success"),
    }
)
OFFSET_KEYS = frozenset({"offset_mask", "offset_shift", "offset_off", "plus", "eat"})
# The kernel numbers the hash table of each preference from here: gen_new_htid() in
# net/sched/cls_u32.c.
FIRST_TABLE = 0x800
ALL_BITS = 0xFFFFFFFF


def filter_from_json(kind: str, options: Json) -> tuple[TcKind, str | int | None]:
    """Return the kind of a filter with its options, and its handle.

    Raises `InvalidArgument` for a filter that cannot be made again from its output.
    """
    build = BUILDERS.get(kind)
    if build is None:
        raise InvalidArgument(f"what `tc` shows of a filter of {kind} does not tell its options")
    return build(options)


def is_generated_table(table: str) -> bool:
    """Return whether the kernel has made a hash table of a u32, by its number."""
    return int(table or "0", 16) >= FIRST_TABLE


def split_handle(handle: Any) -> tuple[str, str, str]:
    """Return the table, the bucket and the node of the handle of a u32: of `800::801`."""
    table, _, rest = str(handle).partition(":")
    bucket, _, node = rest.partition(":")
    return table, bucket, node


def _flower(options: Json) -> tuple[TcKind, str | int | None]:
    """Return a filter by the flow."""
    refuse("flower", options, known={*COMMON, "handle", "classid", "indev", "keys", "hw_tc"})
    keys = options.get("keys") or {}
    refuse("flower", keys, known=FLOWER_KEYS)

    flower = Flower(
        **{key: value for key, value in keys.items() if key in FLOWER},
        **{key: _ports(keys[key]) for key in PORTS if key in keys},
        **{key: _masked(key, keys) for key in MASKED if key in keys},
        **{key: ETHERTYPE_WORDS.get(keys[key], keys[key]) for key in ETHERTYPES if key in keys},
        **_skips(options),
        ip_flags=_flags(keys.get("ip_flags")),
        indev=options.get("indev"),
        classid=options.get("classid"),
        hw_tc=options.get("hw_tc"),
        action=actions_from_json(options.get("actions")),
    )
    return flower, options.get("handle")


def _matchall(options: Json) -> tuple[TcKind, str | int | None]:
    """Return a filter of all packets."""
    refuse("matchall", options, known={*COMMON, "handle", "flowid", "rule_hit"})
    matchall = Matchall(
        classid=options.get("flowid"),
        **_skips(options),
        action=actions_from_json(options.get("actions")),
    )
    return matchall, options.get("handle")


def _fw(options: Json) -> tuple[TcKind, str | int | None]:
    """Return a filter by the mark of the kernel, which is its handle."""
    refuse("fw", options, known={"fw", "classid", "indev"})
    mark = options.get("fw") or {}
    has_mask = int(str(mark.get("mask", ALL_BITS)), 0) != ALL_BITS
    handle = f"{mark.get('mark')}/{mark['mask']}" if has_mask else str(mark.get("mark"))
    words: Json = {key: options[key] for key in ("classid", "indev") if key in options}
    return Filter("fw", words), handle


def _u32(options: Json) -> tuple[TcKind, str | int | None]:
    """Return a filter by bits, or a hash table of such filters."""
    is_police = options.get("kind") == "police"
    refuse("u32", options, known={*COMMON, *U32_KEYS, *((POLICE | OF_ACTION) if is_police else ())})
    if "ht_divisor" in options:
        return U32(divisor=options["ht_divisor"]), options.get("fh")

    table, bucket, node = split_handle(options.get("fh"))
    is_generated = is_generated_table(table)
    police = {key: value for key, value in options.items() if key in POLICE | {"kind"}}
    u32 = U32(
        bits=_matches(options.get("match")),
        mark=_mark(options),
        ht=None if is_generated else f"{table}:{bucket}:",
        link=options.get("link"),
        hashkey=_hash_key(options),
        offset=_offset(options),
        indev=options.get("input_dev"),
        flowid=options.get("flowid"),
        **_skips(options),
        police=police_from_json(police) if is_police else None,
        action=actions_from_json(options.get("actions")),
    )
    return u32, f"::{node}" if is_generated else options.get("fh")


def _skips(options: Json) -> Json:
    """Return the flags for hardware that a filter has."""
    return {key: True for key in SKIPS if options.get(key)}


def _ports(value: Any) -> Any:
    """Return a port, or the lowest and the highest."""
    return (value["start"], value["end"]) if isinstance(value, dict) else value


def _masked(key: str, keys: Json) -> Any:
    """Return a number, with its mask behind a slash, which is in hexadecimal."""
    mask = keys.get(f"{key}_mask")
    return keys[key] if mask is None else f"{keys[key]}/{int(str(mask), 16):#x}"


def _flags(value: Any) -> str | None:
    """Return the flags of a fragment: `{"frag": False}` is `nofrag`."""
    if not isinstance(value, dict):
        return None if value is None else str(value)
    return "/".join(name if is_set else f"no{name}" for name, is_set in value.items())


def _matches(listed: Any) -> tuple[Bits, ...] | None:
    """Return the matches of a u32; none for one that only has a mark."""
    matches = listed if isinstance(listed, list) else [listed] if listed else []
    return tuple(map(_bits, matches)) or None


def _bits(data: Json) -> Bits:
    """Return a match. Raises `InvalidArgument` for one by names, which has no offset."""
    refuse("u32 match", data, known={"value", "mask", "off", "offmask"})
    value, mask = (int(data[key], 16) for key in ("value", "mask"))
    return Bits("u32", value, mask, at=int(data["off"]), nexthdr=bool(data.get("offmask")))


def _mark(options: Json) -> tuple[int, int] | None:
    """Return the mark of a u32 and its mask."""
    if "fwmark_value" not in options:
        return None
    return int(options["fwmark_value"], 16), int(options["fwmark_mask"], 16)


def _hash_key(options: Json) -> tuple[int, int] | None:
    """Return the bits that choose a bucket."""
    if "hash_mask" not in options:
        return None
    return int(options["hash_mask"], 16), int(options["hash_off"])


def _offset(options: Json) -> Offset | None:
    """Return the start of the next header."""
    if not OFFSET_KEYS & options.keys():
        return None
    has_mask = "offset_mask" in options
    return Offset(
        at=options["offset_off"] if has_mask else None,
        mask=int(options["offset_mask"], 16) if has_mask else None,
        shift=options["offset_shift"] if has_mask else None,
        plus=options.get("plus"),
        eat=options.get("eat"),
    )


BUILDERS: dict[str, Callable[[Json], tuple[TcKind, str | int | None]]] = {
    "flower": _flower,
    "fw": _fw,
    "matchall": _matchall,
    "u32": _u32,
}
