"""`Mdb`: the object of `bridge -j mdb show`, and `MdbEntry`: an object of `bridge -j mdb get`."""

from typing import Any

from attrs import field

from ipwrap.models.base import Json, added, keyed_by_name, nested
from ipwrap.models.declaration import model

__all__ = ["Mdb", "MdbEntry", "MdbSource", "RouterPort"]


@model(kw_only=True)
class MdbSource:
    """A source of a group; ``timer`` is the remaining time in seconds, as text.

    print_src_entry().
    """

    address: str | None = None
    # format_timer() in bridge/mdb.c
    timer: str | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class MdbEntry:
    """A multicast group on a port. print_mdb_entry() in iproute2's bridge/mdb.c.

    ``dev`` is the bridge or vxlan, ``index`` its ifindex; ``state`` is "permanent" or "temp".
    ``filter_mode`` ("include" or "exclude") and ``source_list`` need `-d`, and a bridge with IGMPv3
    or MLDv2; ``protocol`` needs `-d`; ``timer`` needs `-s`, and is text with leading blanks, in
    seconds. ``dst`` and the fields below belong to a vxlan.
    """

    index: int | None = None
    dev: str | None = None
    port: str | None = None
    grp: str | None = None
    src: str | None = added("5.10")
    state: str | None = None
    filter_mode: str | None = added("5.10")
    source_list: tuple[MdbSource, ...] | None = nested(MdbSource, since="5.10")
    protocol: str | None = added("5.10")
    flags: tuple[str, ...] | None = None
    vid: int | None = None
    timer: str | None = None
    dst: str | None = added("6.4")
    dst_port: int | None = added("6.4")
    vni: int | None = added("6.4")
    src_vni: int | None = added("6.4")
    via: str | None = added("6.4")
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class RouterPort:
    """A port with a multicast router. ``type`` ("permanent" or "temp") and ``timer`` need `-s`.

    br_print_router_port_stats() in iproute2's bridge/mdb.c, print_vlan_router_ports() in
    bridge/vlan.c. ``timer`` is text with leading blanks, in seconds.
    """

    port: str | None = None
    timer: str | None = None
    type: str | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


def _object_of_routers(data: Json) -> Json:
    """Return an object with an object of router ports.

    Without `-d` print_router_entries() in bridge/mdb.c of 4.17 to 5.0 prints an empty list.
    """
    return {**data, "router": {}} if data.get("router") == [] else data


@model(kw_only=True)
class Mdb:
    """The entries of every bridge and vxlan, and with `-d` the router ports, keyed by bridge names.

    mdb_show() in iproute2's bridge/mdb.c, which prints a list of a single object; releases before
    5.1 print an object for each bridge, or two.
    """

    in_json = staticmethod(_object_of_routers)

    mdb: tuple[MdbEntry, ...] = nested(MdbEntry, ())
    router: dict[str, tuple[RouterPort, ...]] = keyed_by_name(RouterPort)
    extra: dict[str, Any] = field(factory=dict, hash=False)
