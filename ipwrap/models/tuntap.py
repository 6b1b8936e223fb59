"""`Tuntap`: an object of `ip -j -d tuntap show`."""

from typing import Any

from attrs import field

from ipwrap.models.base import nested
from ipwrap.models.declaration import model

__all__ = ["TunProcess", "Tuntap"]


@model(kw_only=True)
class TunProcess:
    """A process that has the link open. show_processes() in iproute2's ip/iptuntap.c."""

    name: str | None = None
    pid: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class Tuntap:
    """A TUN or TAP link. print_tuntap() in iproute2's ip/iptuntap.c.

    ``flags`` are "tun" or "tap", "persist", and the flags of creation; before 5.15 "0x100" means
    "multi_queue". ``user`` and ``group`` are numbers. ``processes`` need `-d`, and permission to
    read /proc of the process.
    """

    ifname: str = ""
    # print_flags() prints unknown flags as a hexadecimal number.
    flags: tuple[str, ...] = ()
    user: int | None = None
    group: int | None = None
    processes: tuple[TunProcess, ...] | None = nested(TunProcess)
    extra: dict[str, Any] = field(factory=dict, hash=False)
