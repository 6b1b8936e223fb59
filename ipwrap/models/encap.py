"""`Encap`: the encapsulation of a route in `ip -j route show`."""

from typing import Any

from attrs import field

from ipwrap.models.base import json_key, nested, null_means
from ipwrap.models.declaration import model

__all__ = ["Encap", "EncapStats", "ErspanOpt", "GeneveOpt", "SegmentHeader", "VxlanOpt"]


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

    lwt_print_encap() in iproute2's ip/iproute_lwtunnel.c, since 6.3. Before 6.3 the ``encap`` of a
    route is the type alone. Its keys are then in the ``extra`` of the route, or replace the keys of
    the route with the same name (``dst``): only the text of these releases is unambiguous.
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
