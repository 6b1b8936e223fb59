"""`Encap`: the encapsulation of a route in `ip -j route show`."""

import re
from typing import Any

from attrs import field

from ipwrap.models.base import Json, Pairs, PairsForm, json_key, nested, null_means
from ipwrap.models.declaration import model

__all__ = [
    "FLAT_ENCAP",
    "Encap",
    "EncapStats",
    "ErspanOpt",
    "GeneveOpt",
    "SegmentHeader",
    "VxlanOpt",
    "nest_encap",
]

IP_KEYS = frozenset({"id", "src", "dst", "ttl", "tos", "hoplimit", "tc", "key", "csum", "seq"})
IP_OPTIONS = frozenset({"geneve_opts", "vxlan_opts", "erspan_opts"})
# The keys of each type: print_encap_ip() and its siblings in ip/iproute_lwtunnel.c.
KEYS_OF_TYPE = {
    "bpf": frozenset({"in", "out", "xmit", "headroom"}),
    "ila": frozenset({"locator", "csum_mode", "ident_type", "hook_type"}),
    "ioam6": frozenset(
        {*("freqk", "freqn", "mode", "tundst", "trace", "prealloc"), *("type", "ns", "size")}
    ),
    "ip": IP_KEYS | IP_OPTIONS,
    "ip6": IP_KEYS | IP_OPTIONS,
    "mpls": frozenset({"dst", "ttl"}),
    "rpl": frozenset({"segs"}),
    "seg6": frozenset({"mode", "segs", "hmac"}),
    "seg6local": frozenset(
        {
            *("action", "srh", "table", "vrftable", "nh4", "nh6", "iif", "oif", "endpoint"),
            *("stats64", "flavors", "lblen", "nflen"),
        }
    ),
    "xfrm": frozenset({"if_id", "link_dev"}),
}
# The actions of seg6local with a table, which a route has as well: seg6local_actions in the
# kernel's net/ipv6/seg6_local.c.
TABLE_ACTIONS = frozenset({"End.T", "End.DT4", "End.DT6", "End.DT46"})


@model(kw_only=True)
class SegmentHeader:
    """A segment routing header; ``segs`` are in the order of travel. print_srh()."""

    segs: tuple[str, ...] | None = None
    hmac: str | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class EncapStats:
    """The counters of a segment's end, if enabled, with `-s`. print_seg6_local_counters()."""

    packets: int | None = None
    bytes: int | None = None
    errors: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class GeneveOpt:
    """An option of Geneve; ``data`` is hexadecimal. The JSON key of ``class_`` is `class`."""

    # a keyword of Python
    class_: int | None = json_key("class")
    type: int | None = None
    data: str | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class VxlanOpt:
    """An option of VXLAN: the group policy."""

    gbp: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class ErspanOpt:
    """An option of ERSPAN."""

    ver: int | None = None
    index: int | None = None
    dir: int | None = None
    hwid: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class Encap:
    """The encapsulation of a route.

    lwt_print_encap() in iproute2's ip/iproute_lwtunnel.c. Before 6.3 its keys are printed among
    those of the route, some of them twice (``dst``); `nest_encap` tells them apart.
    """

    encap_type: str | None = None
    mode: str | None = None
    tunsrc: str | None = None
    tundst: str | None = None
    segs: tuple[str, ...] | None = None
    hmac: str | None = None
    lookup: str | None = None
    freqk: int | None = None
    freqn: int | None = None
    trace: bool | None = null_means()
    prealloc: bool | None = null_means()
    type: str | int | None = None
    ns: int | None = None
    size: int | None = None
    action: str | None = None
    srh: SegmentHeader | None = nested(SegmentHeader)
    table: str | None = None
    vrftable: str | None = None
    nh4: str | None = None
    nh6: str | None = None
    iif: str | None = None
    oif: str | None = None
    endpoint: str | None = None
    stats64: EncapStats | None = nested(EncapStats)
    flavors: tuple[str, ...] | None = None
    lblen: int | None = None
    nflen: int | None = None
    dst: str | None = None
    src: str | None = None
    id: int | None = None
    ttl: int | None = None
    tos: int | None = None
    tc: int | None = None
    hoplimit: int | None = None
    key: bool | None = None
    csum: bool | None = None
    seq: bool | None = None
    geneve_opts: tuple[GeneveOpt, ...] | None = nested(GeneveOpt)
    vxlan_opts: tuple[VxlanOpt, ...] | None = nested(VxlanOpt)
    erspan_opts: tuple[ErspanOpt, ...] | None = nested(ErspanOpt)
    locator: str | None = None
    csum_mode: str | None = None
    ident_type: str | None = None
    hook_type: str | None = None
    # a keyword of Python
    in_: str | None = json_key("in")
    out: str | None = None
    xmit: str | None = None
    headroom: int | None = None
    if_id: int | None = None
    link_dev: str | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


def nest_encap(pairs: Pairs) -> Json:
    """Return an object with the keys of its encapsulation in an object, as since 6.3.

    Before, lwt_print_encap() printed the type, and right behind it the keys of the type: a key
    that comes again behind these belongs to the route.
    """
    data: Json = {}
    encap: Json | None = None
    is_within = False

    for key, value in pairs:
        if key == "encap" and isinstance(value, str):
            encap = data["encap"] = {"encap_type": value}
            is_within = True
        elif encap is not None and is_within and _belongs_to_encap(key, encap):
            # print_encap_seg6local() prints the number of a table before 5.5, and its name since.
            encap[key] = str(value) if key == "table" and isinstance(value, int) else value
        else:
            data[key] = value
            is_within = False

    return data


def _belongs_to_encap(key: str, encap: Json) -> bool:
    """Return whether a key behind those of an encapsulation is a further one of it."""
    if key in encap or key not in KEYS_OF_TYPE.get(encap["encap_type"], ()):
        return False
    return key != "table" or encap.get("action") in TABLE_ACTIONS


FLAT_ENCAP = PairsForm(re.compile(r'"encap":\s*"'), nest_encap)
