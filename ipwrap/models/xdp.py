"""`XdpInfo`: the XDP programs of a link in `ip -d link show`."""

from typing import Any

from attrs import field

from ipwrap.models.base import nested
from ipwrap.models.declaration import model

__all__ = ["XdpAttached", "XdpInfo", "XdpProgram"]


@model(kw_only=True)
class XdpProgram:
    """A program in the kernel. bpf_dump_prog_info() in iproute2's lib/bpf_legacy.c.

    ``jited`` is 1 for a compiled program; ``load_time`` is in nanoseconds since boot, with `-d`.
    Without permission to query the program, only ``id`` is shown.
    """

    id: int | None = None
    name: str | None = None
    tag: str | None = None
    jited: int | None = None
    load_time: int | None = None
    created_by_uid: int | None = None
    btf_id: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class XdpAttached:
    """A program at its hook: ``mode`` 1 is the driver, 2 is generic, 3 is the network card."""

    mode: int | None = None
    prog: XdpProgram | None = nested(XdpProgram)
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class XdpInfo:
    """The programs of a link; ``mode`` is 4 for several. xdp_dump_json() in ip/iplink_xdp.c."""

    mode: int | None = None
    prog: XdpProgram | None = nested(XdpProgram)
    attached: tuple[XdpAttached, ...] = nested(XdpAttached, ())
    extra: dict[str, Any] = field(factory=dict, hash=False)
