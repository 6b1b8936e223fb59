"""`FdbEntry`: an object of `bridge -j fdb show`."""

from typing import Any

from attrs import field

from ipwrap.models.base import added
from ipwrap.models.declaration import model
from ipwrap.models.old_keys import renamer

__all__ = ["FdbEntry"]


@model(kw_only=True)
class FdbEntry:
    """An entry of a forwarding table: the port for a MAC address.

    print_fdb() in iproute2's bridge/fdb.c. ``state`` is "permanent", "static", "stale", or "" for a
    learned entry. ``used`` and ``updated`` are in seconds (with `-s`). ``ifname`` is absent if
    `show` was filtered by ``dev``.
    """

    # print_fdb() in bridge/fdb.c through 4.16
    in_json = staticmethod(renamer({"dev": "ifname"}))

    mac: str | None = None
    ifname: str | None = None
    dst: str | None = None
    vlan: int | None = None
    port: int | None = None
    vni: int | None = None
    src_vni: int | None = None
    viaIf: str | None = None  # noqa: N815 - the JSON key
    viaIfIndex: int | None = None  # noqa: N815 - the JSON key
    nhid: int | None = added("5.9")
    linkNetNsId: int | None = None  # noqa: N815 - the JSON key
    activity_notify: bool | None = added("6.17", omitted=False)
    inactive: bool | None = added("6.17", omitted=False)
    used: int | None = None
    updated: int | None = None
    flags: tuple[str, ...] | None = None
    master: str | None = None
    # state_n2a() prints an unknown state as a hexadecimal number.
    state: str | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)
