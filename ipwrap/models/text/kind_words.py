"""What the text of a kind has that its table of options does not: one table by kind.

Each row is a word of print_opt() in ip/iplink_KIND.c (ip/link_gre.c, ip/tunnel.c …), and the key
that JSON has for it.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ipwrap.models.text.grammar import Data, WordReader, Words, parse_on_off, read_flag

__all__ = ["BRACKETED", "DEFAULTS", "SPECIAL", "VALUES", "parse_value"]


Values = dict[str, tuple[str, Callable[[str], Any]]]
Special = dict[str, WordReader]


def parse_value(word: str) -> Any:
    """Parse a value whose type is not declared: `on`, `off`, a number, or a word."""
    if word in ("on", "off"):
        return word == "on"
    if not word.isascii():
        return str(word)
    if word.isdecimal():
        return int(word)
    whole, point, fraction = word.partition(".")
    if point and whole.isdecimal() and fraction.isdecimal():
        return float(word)
    return str(word)


def _parse_ttl(word: str) -> Any:
    """Parse a time to live: `inherit` and `auto` are 0 in JSON."""
    return 0 if word in ("inherit", "auto") else int(word)


def _parse_tos(word: str) -> str:
    """Parse a type of service: `inherit` is 1 in JSON."""
    return "0x1" if word == "inherit" else str(word)


def _read_range(words: Words, data: Data) -> None:
    """Read a range of ports, as two words."""
    data["port_range"] = {"low": int(words[0]), "high": int(words[1])}
    words.popleft()
    words.popleft()


def _endpoint_reader(key: str) -> WordReader:
    """Return a parser of an address, whose key ends in 6 for one of IPv6."""

    def read_endpoint(words: Words, data: Data) -> None:
        address = str(words.popleft())
        data[f"{key}6" if ":" in address else key] = address

    return read_endpoint


def _prefix_reader(key: str, length_key: str) -> WordReader:
    """Return a parser of a prefix, whose length has a key of its own."""

    def read_prefix(words: Words, data: Data) -> None:
        prefix, _, length = words[0].partition("/")
        data[length_key] = int(length)
        data[key] = str(prefix)
        words.popleft()

    return read_prefix


def _read_encaplimit(words: Words, data: Data) -> None:
    """Read the limit of encapsulations; `none` is a flag in JSON."""
    if words[0] == "none":
        data["ip6_tnl_f_ign_encap_limit"] = True
    else:
        data["encap_limit"] = int(words[0])
    words.popleft()


def _map_reader(key: str) -> WordReader:
    """Return a parser of a map of priorities: `{ 1:2 3:4 }`."""

    def read_map(words: Words, data: Data) -> None:
        pairs = []
        if words.popleft() != "{":
            raise ValueError("no map")
        while words[0] != "}":
            source, _, target = words[0].partition(":")
            pairs.append({"from": int(source), "to": int(target)})
            words.popleft()
        words.popleft()
        data[key] = pairs

    return read_map


def _read_remotes(words: Words, data: Data) -> None:
    """Read the sources of a macvlan: `remotes (2) 02:… 02:…`."""
    count = int(words[0].strip("()"))
    words.popleft()
    data["macaddr_count"] = count
    data["macaddr_data"] = [str(words.popleft()) for _ in range(count)]


def _encap_reader(key: str, convert: Callable[[str], Any]) -> WordReader:
    """Return a parser of an option of the encapsulation in UDP, an inner object of JSON."""

    def read_encap(words: Words, data: Data) -> None:
        value = convert(words[0])
        words.popleft()
        data.setdefault("encap", {})[key] = value

    return read_encap


def _encap_flag(key: str, value: bool) -> WordReader:
    """Return a parser of a flag of the encapsulation in UDP."""

    def read_flag_of_encap(_: Words, data: Data) -> None:
        data.setdefault("encap", {})[key] = value

    return read_flag_of_encap


def _parse_port(word: str) -> Any:
    """Parse a port: `auto` is 0 in JSON."""
    return 0 if word == "auto" else int(word)


def _inner_reader(key: str, name: str) -> WordReader:
    """Return a parser of a value that JSON has in an inner object."""

    def read_inner(words: Words, data: Data) -> None:
        data.setdefault(key, {})[name] = parse_value(words.popleft())

    return read_inner


def _timing_reader(key: str, name: str) -> WordReader:
    """Return a parser of a bit timing. A range, `1..4`, is a limit of the controller: not read."""

    def read_timing(words: Words, data: Data) -> None:
        is_point = name == "sample-point"
        value: Any = str(words[0]) if is_point else int(words[0])
        words.popleft()
        data.setdefault(key, {})[name.replace("-", "_")] = value

    return read_timing


def _read_bus_errors(words: Words, data: Data) -> None:
    """Read the error counters of a bus: `(berr-counter tx 0 rx 0)`."""
    sent, received = int(words[1]), int(words[3].removesuffix(")"))
    for _ in range(4):
        words.popleft()
    data["berr_counter"] = {"tx": sent, "rx": received}


def _querier_reader(family: str) -> WordReader:
    """Return a parser of a querier: its address, and optionally its port and its timer."""

    def read_querier(words: Words, data: Data) -> None:
        querier: Data = {f"mcast_querier_{family}_addr": str(words.popleft())}
        for suffix, convert in QUERIER_VALUES.items():
            keyword = f"mcast_querier_{family}_{suffix}"
            if len(words) > 1 and words[0] == keyword:
                words.popleft()
                querier[keyword] = convert(words.popleft())
        data[f"mcast_querier_state_{family}"] = querier

    return read_querier


def _parse_validation(word: str) -> str | None:
    """Parse what a bond validates; `none` is null in JSON."""
    return None if word == "none" else str(word)


def _list_of(word: str) -> list[str]:
    """Return the members of `A,B`."""
    return word.split(",")


TUNNEL_VALUES: Values = {
    "ttl": ("ttl", _parse_ttl),
    "hoplimit": ("ttl", _parse_ttl),
    "tos": ("tos", _parse_tos),
    "tclass": ("tclass", str),
    "flowlabel": ("flowlabel", str),
    "dev": ("link", str),
    "ikey": ("ikey", str),
    "okey": ("okey", str),
    "erspan_hwid": ("erspan_hwid", str),
    "erspan_index": ("erspan_index", int),
    "fwmark": ("fwmark", str),
    "6rd-relay_prefix": ("relay_prefix", str),
}
ENCAP: Special = {
    "encap": _encap_reader("type", str),
    "encap-sport": _encap_reader("sport", _parse_port),
    "encap-dport": _encap_reader("dport", _parse_port),
    **{f"encap-{name}": _encap_flag(name, True) for name in ("csum", "csum6", "remcsum")},
    **{f"noencap-{name}": _encap_flag(name, False) for name in ("csum", "csum6", "remcsum")},
}
TUNNEL: Special = {
    **ENCAP,
    "encaplimit": _read_encaplimit,
    "nopmtudisc": read_flag("pmtudisc", False),
    "pmtudisc": read_flag("pmtudisc", True),
    "external": read_flag("external"),
    "isatap": read_flag("isatap"),
    "6rd-prefix": _prefix_reader("prefix", "prefixlen"),
    "6rd-relay_prefix": _prefix_reader("relay_prefix", "relay_prefixlen"),
    **{
        name: read_flag("proto", name)
        for name in ("any", "ipip", "ip4ip4", "ip6ip", "ip6ip6", "ipip6", "mplsip", "ip6mpls")
    },
}
GRE = ("gre", "gretap", "erspan")
GRE6 = ("ip6gre", "ip6gretap", "ip6erspan")
IPTNL = ("ipip", "sit", "ip6tnl", "vti", "vti6")

QUERIER_VALUES: Mapping[str, Callable[[str], Any]] = {"port": int, "other_timer": parse_value}
TIMINGS = ("bitrate", "sample-point", "tq", "prop-seg", "phase-seg1", "phase-seg2", "sjw", "brp")
BRIDGE_TIMERS = ("hello_timer", "tcn_timer", "topology_change_timer", "gc_timer")
PORT_TIMERS = ("hold_timer", "message_age_timer", "forward_delay_timer")

VALUES: Mapping[str, Values] = {
    "bridge": {
        "designated_root": ("root_id", str),
        "group_fwd_mask": ("group_fwd_mask", str),
        "group_address": ("group_addr", str),
        **{name: (name, float) for name in BRIDGE_TIMERS},
    },
    "bridge_slave": {
        "port_id": ("id", str),
        "port_no": ("no", str),
        "designated_bridge": ("bridge_id", str),
        "designated_root": ("root_id", str),
        "mcast_router": ("multicast_router", int),
        "mcast_fast_leave": ("fastleave", parse_on_off),
        "group_fwd_mask": ("group_fwd_mask", str),
        "group_fwd_mask_str": ("group_fwd_mask_str", str),
        **{name: (name, float) for name in PORT_TIMERS},
    },
    "bond": {
        "lacp_active": ("ad_lacp_active", str),
        "primary_reselect": ("primary_reselect", str),
        "arp_validate": ("arp_validate", _parse_validation),
        "arp_ip_target": ("arp_ip_target", _list_of),
        "ns_ip6_target": ("ns_ip6_target", _list_of),
    },
    "bond_slave": {
        "ad_aggregator_id": ("ad_aggregator_id", int),
        "prio": ("prio", int),
    },
    "can": {"state": ("state", str), "restart-ms": ("restart_ms", int), "clock": ("clock", int)},
    "vlan": {"protocol": ("protocol", str)},
    "vxlan": {**TUNNEL_VALUES, "dstport": ("port", int), "maxaddr": ("limit", int)},
    "geneve": {**TUNNEL_VALUES, "dstport": ("port", int)},
    "vrf": {"table": ("table", int)},
    "vrf_slave": {"table": ("table", int)},
    "xfrm": {"if_id": ("if_id", str), "dev": ("link", str)},
    "macsec": {
        "sci": ("sci", str),
        "cipher": ("cipher_suite", str),
        "icvlen": ("icv_len", int),
        "encodingsa": ("encoding_sa", int),
        "validate": ("validation", str),
        "offload": ("offload", str),
        "send_sci": ("inc_sci", parse_on_off),
        "end_station": ("es", parse_on_off),
        "replay": ("replay_protect", parse_on_off),
    },
    "tun": {"user": ("user", str), "group": ("group", str)},
    "amt": {"dev": ("link", str)},
    **dict.fromkeys((*GRE, *GRE6, *IPTNL), TUNNEL_VALUES),
}


SPECIAL: Mapping[str, Special] = {
    "can": {
        "(berr-counter": _read_bus_errors,
        **{f"{name}": _timing_reader("bittiming", name) for name in TIMINGS},
        **{f"d{name}": _timing_reader("data_bittiming", name) for name in TIMINGS},
    },
    "bridge": {
        "mcast_querier_ipv4_addr": _querier_reader("ipv4"),
        "mcast_querier_ipv6_addr": _querier_reader("ipv6"),
    },
    "bond": {
        f"ad_{name}": _inner_reader("ad_info", name)
        for name in ("aggregator", "num_ports", "actor_key", "partner_key", "partner_mac")
    },
    "vlan": {
        "ingress-qos-map": _map_reader("ingress_qos"),
        "egress-qos-map": _map_reader("egress_qos"),
    },
    "vxlan": {
        "group": _endpoint_reader("group"),
        "remote": _endpoint_reader("remote"),
        "local": _endpoint_reader("local"),
        "srcport": _read_range,
        "gbp": read_flag("gbp", None),  # print_null()
        "gpe": read_flag("gpe", None),
        "external": read_flag("external"),
        "udpcsum": read_flag("udp_csum"),
        "noudpcsum": read_flag("udp_csum", False),
    },
    "geneve": {"remote": _endpoint_reader("remote"), "external": read_flag("external")},
    "macvlan": {"remotes": _read_remotes, "nopromisc": read_flag("nopromisc")},
    "macvtap": {"remotes": _read_remotes, "nopromisc": read_flag("nopromisc")},
    "tun": {"multi_queue": read_flag("multi_queue")},
    "amt": {name: read_flag("mode", name) for name in ("gateway", "relay")},
    **dict.fromkeys((*GRE, *GRE6, *IPTNL), TUNNEL),
}

# What JSON has and the text leaves out. print_bool_opt() in ip/iplink_vxlan.c, since 6.4, prints in
# JSON each option of the kernel, and in text those that are not as usual.
DEFAULTS: Mapping[str, Data] = {
    "vxlan": {
        "df": "unset",
        "external": False,
        "learning": True,
        "proxy": False,
        "rsc": False,
        "l2miss": False,
        "l3miss": False,
        "udp_csum": True,
        "udp_zero_csum6_tx": False,
        "udp_zero_csum6_rx": False,
        "remcsum_tx": False,
        "remcsum_rx": False,
    },
    "geneve": {"df": "unset"},
    "tun": {"multi_queue": False},
    **{kind: {"pmtudisc": True} for kind in GRE},
}
# The key of the words in angle brackets.
BRACKETED = {"can": "ctrlmode", "vlan": "flags"}
