"""Tunnels that are no links: `ip -j tunnel show`, `l2tp show`, `fou show`, `ila list`."""

from typing import Any

from attrs import field

from ipwrap.models.base import json_key, null_means
from ipwrap.models.declaration import model

__all__ = ["FouPort", "IlaMapping", "L2tpSession", "L2tpTunnel", "Tunnel"]


@model(kw_only=True)
class Tunnel:
    """A tunnel of IPv4 or, with `-6`, of IPv6, whose keys are other ones.

    print_tunnel() in iproute2's ip/iptunnel.c and ip/ip6tunnel.c. ``remote`` and ``local`` may be
    "any"; a ``ttl``, ``tos`` or ``hoplimit`` that is inherited is not printed.
    """

    ifname: str = ""
    mode: str | None = None
    remote: str | None = None
    local: str | None = None
    dev: str | None = None
    link: str | None = None
    ttl: int | None = None
    tos: str | None = None
    nopmtudisc: bool | None = null_means()
    pdr: str | None = None
    pr: str | None = None
    sixrd_prefix: str | None = json_key("6rd-prefix")
    sixrd_prefixlen: int | None = json_key("6rd-prefixlen")
    sixrd_relay_prefix: str | None = json_key("6rd-relay_prefix")
    sixrd_relay_prefixlen: int | None = json_key("6rd-relay_prefixlen")
    encap_limit: int | None = None
    ip6_tnl_f_ign_encap_limit: bool | None = null_means()
    hoplimit: int | None = None
    tclass: str | None = None
    ip6_tnl_f_use_orig_tclass: bool | None = null_means()
    flowlabel: str | None = None
    ip6_tnl_f_use_orig_flowlabel: bool | None = null_means()
    flowinfo: str | None = None
    ip6_tnl_f_rcv_dscp_copy: bool | None = null_means()
    ip6_tnl_f_allow_local_remote: bool | None = null_means()
    key: int | None = None
    ikey: int | None = None
    okey: int | None = None
    flags: tuple[str, ...] = ()
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class L2tpTunnel:
    """A tunnel of L2TPv3, without its sessions. print_tunnel() in iproute2's ip/ipl2tp.c."""

    tunnel_id: int | None = None
    peer_tunnel: int | None = None
    encap: str | None = None
    local: str | None = None
    peer: str | None = None
    local_port: int | None = None
    peer_port: int | None = None
    checksum: bool | None = None
    checksum_tx: bool | None = None
    checksum_rx: bool | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class L2tpSession:
    """A session in a tunnel of L2TPv3, with its link. print_session() in iproute2's ip/ipl2tp.c."""

    session_id: int | None = None
    tunnel_id: int | None = None
    peer_session_id: int | None = None
    peer_tunnel_id: int | None = None
    interface: str | None = None
    cookie: str | None = None
    peer_cookie: str | None = None
    reorder_timeout: int | None = None
    send_seq: bool | None = null_means()
    recv_seq: bool | None = null_means()
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class FouPort:
    """A UDP port that receives tunnelled packets. print_fou_mapping() in iproute2's ip/ipfou.c."""

    port: int | None = None
    gue: bool | None = null_means()
    ipproto: int | None = None
    family: str | None = None
    local: str | None = None
    peer: str | None = None
    peer_port: int | None = None
    dev: str | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class IlaMapping:
    """A mapping of identifier-locator addresses. print_ila_mapping() in iproute2's ip/ipila.c."""

    locator_match: str | None = None
    locator: str | None = None
    interface: str | None = None
    csum_mode: str | None = None
    ident_type: str | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)
