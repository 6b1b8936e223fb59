"""`Encap`: what a route wraps its packets in, as `ip -j route show` shows it."""

from typing import Any

from attrs import field, frozen

from ipwrap.models.base import json_key, nested, null_means

__all__ = ["Encap", "EncapStats", "ErspanOpt", "GeneveOpt", "SegmentHeader", "VxlanOpt"]


@frozen(kw_only=True, slots=False)
class SegmentHeader:
    """A segment routing header: the segments in the order in which they are visited. print_srh()."""

    segs: tuple[str, ...] | None = None
    hmac: str | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@frozen(kw_only=True, slots=False)
class EncapStats:
    """What went through a segment's end, if it counts, with `-s`. print_seg6_local_counters()."""

    packets: int | None = None
    bytes: int | None = None
    errors: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@frozen(kw_only=True, slots=False)
class GeneveOpt:
    """An option of Geneve. ``data`` is in hexadecimal. The JSON key of ``class_`` is `class`."""

    class_: int | None = json_key("class")
    type: int | None = None
    data: str | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@frozen(kw_only=True, slots=False)
class VxlanOpt:
    """An option of VXLAN: the group policy."""

    gbp: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@frozen(kw_only=True, slots=False)
class ErspanOpt:
    """An option of ERSPAN."""

    ver: int | None = None
    index: int | None = None
    dir: int | None = None
    hwid: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@frozen(kw_only=True, slots=False)
class Encap:
    """A route's encapsulation. lwt_print_encap() in iproute2's ip/iproute_lwtunnel.c, since 6.3.

    Before 6.3 a route's ``encap`` is the type alone, and its keys stand in the route's ``extra``, or take the place of
    the route's own of the same name (``dst``): only the text of those releases tells them apart.
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
    in_: str | None = json_key("in")
    out: str | None = None
    xmit: str | None = None
    headroom: int | None = None
    if_id: int | None = None
    link_dev: str | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)
