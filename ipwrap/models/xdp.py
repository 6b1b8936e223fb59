"""`XdpInfo`: the programs that a link runs on what it receives, as `ip -d link show` shows them."""

from typing import Any

from attrs import field, frozen

from ipwrap.models.base import nested

__all__ = ["XdpAttached", "XdpInfo", "XdpProgram"]


@frozen(kw_only=True, slots=False)
class XdpProgram:
    """A program that the kernel holds. bpf_dump_prog_info() in iproute2's lib/bpf_legacy.c.

    ``jited`` is 1 for one that is compiled; ``load_time`` is in nanoseconds since the machine started, and shown with
    `-d`. Who may not ask the kernel for it sees only ``id``.
    """

    id: int | None = None
    name: str | None = None
    tag: str | None = None
    jited: int | None = None
    load_time: int | None = None
    created_by_uid: int | None = None
    btf_id: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@frozen(kw_only=True, slots=False)
class XdpAttached:
    """A program where it runs: ``mode`` is 1 in the driver, 2 generic, 3 on the card."""

    mode: int | None = None
    prog: XdpProgram | None = nested(XdpProgram)
    extra: dict[str, Any] = field(factory=dict, hash=False)


@frozen(kw_only=True, slots=False)
class XdpInfo:
    """All programs of a link; ``mode`` is 4 where there are several. xdp_dump_json() in iproute2's ip/iplink_xdp.c."""

    mode: int | None = None
    prog: XdpProgram | None = nested(XdpProgram)
    attached: tuple[XdpAttached, ...] = nested(XdpAttached, ())
    extra: dict[str, Any] = field(factory=dict, hash=False)
