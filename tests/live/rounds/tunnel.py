"""Round trips of gre, ip6gre, erspan, ipip, sit, ip6tnl and vti.

Truths that are not set are not shown: True only.
"""

from typing import Any

from tests.live.rounds.base import Round

V4 = {"remote": "192.0.2.2", "local": "192.0.2.1"}
V6 = {"remote": "2001:db8::2", "local": "2001:db8::1"}

ENDS: dict[str, dict[str, list[Any]]] = {
    "4": {"remote": ["192.0.2.9"], "local": ["192.0.2.8"]},
    "6": {"remote": ["2001:db8::9"], "local": ["2001:db8::8"]},
}
UDP = {"encap": "fou", "encap_dport": 5555}
OPTIONS = ("encap", "encap_sport", "encap_dport", "encap_csum", "encap_udp6_csum", "encap_remcsum")
ENCAP: dict[str, dict[str, Any]] = dict.fromkeys(OPTIONS, UDP)
KEYS: dict[str, list[Any]] = {"key": [5, 2**32 - 1], "ikey": [5, 0], "okey": [5, 0]}
TRUTHS: dict[str, list[Any]] = {
    name: [True] for name in ("seq", "iseq", "oseq", "csum", "icsum", "ocsum")
}
COMMON: dict[str, list[Any]] = {"encap": ["fou", "gue"], "encap_dport": [5555], "dev": ["base"]}
TTL = [1, 255, 0]
MARKS = [1, 2**32 - 1]

GRE: dict[str, list[Any]] = {
    **(COMMON | KEYS | TRUTHS | ENDS["4"]),
    "ttl": TTL,
    "tos": [16, 1],
    "ignore_df": [True],
    "fwmark": MARKS,
}
IP6: dict[str, list[Any]] = {
    **(COMMON | ENDS["6"]),
    "ttl": TTL,
    "encaplimit": ["none", 0, 255],
    "tos": ["inherit", 0, 16, 255],
    "flowlabel": ["inherit", 0, 16, 2**20 - 1],
    "fwmark": ["inherit", *MARKS],
    "allow_localremote": [True],
}
# The kernel keeps the ERSPAN options of an ip6erspan only.
NO_ERSPAN: dict[str, list[Any]] = {
    name: [] for name in ("erspan", "erspan_ver", "erspan_dir", "erspan_hwid")
}
GRE6 = IP6 | KEYS | TRUTHS
IPTNL: dict[str, list[Any]] = {**(COMMON | ENDS["4"]), "ttl": TTL, "tos": [16, 1], "fwmark": MARKS}
VTI: dict[str, list[Any]] = {"key": [5], "ikey": [5], "okey": [5], "fwmark": MARKS, "dev": ["base"]}

ERSPAN: dict[str, list[Any]] = {
    "key": [5, 1023],
    "ikey": [5],  # not 0: the kernel reports 0 for a missing key, too
    "okey": [5],
    "erspan": [1, 2**20 - 1],
    "erspan_ver": [0, 1, 2],
    "erspan_hwid": [1, 63],
}
# An erspan has a key and sequence numbers and no checksums, unless its version is 0.
NO_SEQ = {"seq": None}
MIRROR: dict[str, dict[str, Any]] = {
    "ikey": {"key": None},
    "okey": {"key": None},
    "iseq": NO_SEQ,
    "oseq": NO_SEQ,
    **{name: {"erspan_ver": 0} for name in ("csum", "icsum", "ocsum")},
    "erspan_dir": {"erspan_ver": 2},
    "erspan_hwid": {"erspan_ver": 2},
}
SIT: dict[str, list[Any]] = {
    "external": [],  # the kernel ignores the option silently
    "sixrd_prefix": ["2001:db8::/32", "2002::/16"],
    "sixrd_relay_prefix": ["10.0.0.0/8"],
}
NO_PMTUDISC: dict[str, dict[str, Any]] = {"ignore_df": {"pmtudisc": False}}
RELAY = {"sixrd_relay_prefix": {"sixrd_prefix": "2001:db8::/32"}}

NO_ENDS = {"remote": None, "local": None}
EXTERNAL = {**NO_ENDS, "external": True}
VARIANTS: tuple[dict[str, Any], ...] = (NO_ENDS, EXTERNAL, UDP)
NO_KEY = {"key": None, "seq": None}
ERSPAN_VARIANTS: tuple[dict[str, Any], ...] = (
    UDP,
    {**EXTERNAL, **NO_KEY},
    {**NO_KEY, "erspan_ver": 0},
    {"erspan_ver": 2, "erspan_dir": "egress"},
)

ROUNDS = {
    "gre": Round(needed=V4, variants=VARIANTS, requires=ENCAP | NO_PMTUDISC, values=GRE),
    "gretap": Round(needed=V4, variants=VARIANTS, requires=ENCAP | NO_PMTUDISC, values=GRE),
    "erspan": Round(
        needed=V4 | {"key": 7, "seq": True},
        variants=ERSPAN_VARIANTS,
        requires=ENCAP | NO_PMTUDISC | MIRROR,
        values=GRE | ERSPAN,
    ),
    "ip6gre": Round(needed=V6, variants=VARIANTS, requires=ENCAP, values=GRE6 | NO_ERSPAN),
    "ip6gretap": Round(needed=V6, variants=VARIANTS, requires=ENCAP, values=GRE6 | NO_ERSPAN),
    "ip6erspan": Round(
        needed=V6 | {"key": 7, "seq": True},
        variants=ERSPAN_VARIANTS,
        requires=ENCAP | MIRROR,
        values=GRE6 | ERSPAN,
    ),
    "ipip": Round(
        needed=V4,
        variants=VARIANTS,
        requires=ENCAP,
        values=IPTNL | {"sixrd_prefix": [], "sixrd_relay_prefix": []},
    ),
    "sit": Round(
        config=dict.fromkeys(("sixrd_prefix", "sixrd_relay_prefix"), "CONFIG_IPV6_SIT_6RD"),
        needed=V4,
        variants=VARIANTS,
        requires=ENCAP | RELAY,
        values=IPTNL | SIT,
    ),
    "ip6tnl": Round(needed=V6, variants=VARIANTS, requires=ENCAP, values=IP6),
    "vti": Round(needed=V4, variants=(NO_ENDS,), values=VTI | ENDS["4"]),
    "vti6": Round(needed=V6, variants=(NO_ENDS,), values=VTI | ENDS["6"]),
}
