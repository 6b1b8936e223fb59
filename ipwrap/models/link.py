"""`Link`: an object of `ip -j -d link show`."""

from collections.abc import Mapping
from typing import Any, ClassVar

from attrs import field

from ipwrap.errors import OutputError
from ipwrap.kinds import LinkKind, kind_from_json
from ipwrap.models.base import Json, added, json_key, nested, null_means
from ipwrap.models.counters import CanStats, LinkStats
from ipwrap.models.declaration import model
from ipwrap.models.old_keys import rename_keys, renamer
from ipwrap.models.vf import VfInfo
from ipwrap.models.xdp import XdpInfo

__all__ = ["Link", "LinkInfo"]


def _rename_options(data: Json) -> Json:
    """Return the options of a kind with their later names.

    vxlan_print_opt() in ip/iplink_vxlan.c of 4.14, and geneve_print_opt(), have another one.
    """
    options = data.get("info_data")
    if not isinstance(options, dict):
        return data

    renamed = rename_keys(options, {"collect_metadata": "external"})
    return data if renamed is options else {**data, "info_data": renamed}


@model(kw_only=True)
class LinkInfo:
    """The kind of a link and its options, with `-d`.

    `Link.kind` and `Link.port` are the typed form.
    """

    untyped: ClassVar[tuple[str, ...]] = (
        *("info_kind", "info_data", "info_slave_kind", "info_slave_data"),
    )
    in_json = staticmethod(_rename_options)

    info_kind: str | None = None
    info_data: dict[str, Any] | None = None
    info_slave_kind: str | None = None
    info_slave_data: dict[str, Any] | None = None
    info_xstats: CanStats | None = nested(CanStats)
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class Link:
    """A network device in `ip -j -d link show`. print_linkinfo() in iproute2's ip/ipaddress.c.

    - ``link``: the lower device, or the peer of a veth in the same namespace; "NONE" for a tunnel
      without one
    - ``link_index`` with ``link_netnsid``: a lower device or peer in another namespace
    - ``kind``: the typed kind
    - ``port``: the options as a port of ``master``
    - ``xdp``: the output of ip/iplink_xdp.c
    - ``dpll_pin``: the number of the clock pin of a network card, since 7.3
    """

    repr_head: ClassVar[Mapping[str, str]] = {
        "ifname": "ifname",
        "kind": "linkinfo.info_kind",
        "operstate": "operstate",
        "master": "master",
    }
    typed_members: ClassVar[dict[str, str]] = {"kind": "kind", "port": "port"}
    # print_link_stats64() in ip/ipaddress.c of 4.14
    in_json = staticmethod(renamer({"stats644": "stats64"}))

    ifindex: int | None = None
    ifname: str = ""
    # print_name_and_link() in lib/utils.c: null for ifindex 0, no key without IFLA_LINK
    link: str | None = null_means("NONE")
    link_index: int | None = None
    link_netnsid: int | None = None
    flags: tuple[str, ...] = ()
    mtu: int | None = None
    qdisc: str | None = None
    master: str | None = None
    operstate: str | None = None
    operstate_index: int | None = None
    linkmode: str | None = None
    linkmode_index: int | None = None
    group: str | None = None
    txqlen: int | None = None
    event: str | int | None = None
    link_type: str | None = None
    address: str | None = None
    link_pointtopoint: bool | None = None
    broadcast: str | None = None
    permaddr: str | None = added("5.6")
    new_netnsid: int | None = None
    new_ifindex: int | None = None
    proto_down: bool | None = None
    proto_down_reason: tuple[str, ...] | None = added("5.10")
    promiscuity: int | None = None
    allmulti: int | None = added("6.1")
    min_mtu: int | None = None
    max_mtu: int | None = None
    # print_linkinfo() separates these words by a hyphen, other keys by underscores.
    netns_immutable: bool | None = json_key("netns-immutable", since="6.17")
    linkinfo: LinkInfo | None = nested(LinkInfo)
    inet6_addr_gen_mode: str | None = None
    num_tx_queues: int | None = None
    num_rx_queues: int | None = None
    gso_max_size: int | None = None
    gso_max_segs: int | None = None
    tso_max_size: int | None = added("6.0")
    tso_max_segs: int | None = added("6.0")
    gro_max_size: int | None = added("5.18")
    gso_ipv4_max_size: int | None = added("6.3")
    gro_ipv4_max_size: int | None = added("6.3")
    phys_port_name: str | None = None
    phys_port_id: str | None = None
    phys_switch_id: str | None = None
    parentbus: str | None = added("5.14")
    parentdev: str | None = added("5.14")
    dpll_pin: int | None = added("7.3")
    ifalias: str | None = None
    altnames: tuple[str, ...] | None = added("5.5")
    xdp: XdpInfo | None = nested(XdpInfo)
    vfinfo_list: tuple[VfInfo, ...] | None = nested(VfInfo)
    # __print_link_stats() chooses the key by the width of the kernel's counters: 64 or 32 bits.
    stats64: LinkStats | None = nested(LinkStats)
    stats: LinkStats | None = nested(LinkStats)
    deleted: bool | None = None  # with `-echo`
    extra: dict[str, Any] = field(factory=dict, hash=False)

    @property
    def up(self) -> bool:
        """Whether the link is set up: the flag UP. The flag for a carrier is LOWER_UP."""
        return "UP" in self.flags

    @property
    def kind(self) -> LinkKind | None:
        """The kind with its options; None for links without a kind: `lo`, a network card."""
        info = self.linkinfo
        if info is None or not info.info_kind:
            return None
        return _read_options(info.info_kind, info.info_data, path="$.linkinfo.info_data")

    @property
    def parts(self) -> dict[str, LinkKind]:
        """The kind and the options as a port, by their JSON paths."""
        options = {
            "linkinfo.info_data": self.kind,
            "linkinfo.info_slave_data": self.port,
        }
        return {path: kind for path, kind in options.items() if kind is not None}

    @property
    def port(self) -> LinkKind | None:
        """The options as a port of the master, or None."""
        info = self.linkinfo
        if info is None or info.info_slave_kind is None:
            return None
        kind = f"{info.info_slave_kind}_slave"
        return _read_options(kind, info.info_slave_data, path="$.linkinfo.info_slave_data")


def _read_options(kind: str, data: Json | None, *, path: str) -> LinkKind:
    """Return a kind with its options. Raises `OutputError` with the path in the link's JSON."""
    try:
        return kind_from_json(kind, data or {})
    except OutputError as error:
        raise OutputError(str(error).replace("at `$", f"at `{path}", 1)) from error
