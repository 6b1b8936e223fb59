"""`Rule`: an object of `ip -j rule show`."""

from typing import Any

from attrs import field

from ipwrap.models.base import added, json_key, null_means
from ipwrap.models.declaration import model
from ipwrap.models.old_keys import renamer

__all__ = ["Rule"]


@model(kw_only=True)
class Rule:
    """A rule of the routing policy. print_rule() in iproute2's ip/iprule.c.

    - ``src``, ``dst``: an address, "all", or "0" with a length; ``srclen`` and ``dstlen`` are
      absent for a full-length prefix
    - ``fwmark``, ``fwmask``, and the masks of ports, ``dscp`` and ``flowlabel``: hexadecimal text
    - ``table``, ``protocol``, ``ipproto``, ``dscp`` and realms: names, or numbers as text
    - ``goto``: the priority of the target; "none" if the kernel reports no target
    - ``iif_detached``, ``oif_detached``: whether no link has the name at present
    - ``protocol``: shown with `-d`, or if neither 0 nor "kernel"
    """

    # print_rule() in ip/iprule.c from 4.17 to 5.0
    in_json = staticmethod(renamer({"to_tbl": "action"}))

    priority: int = 0
    # a keyword of Python
    not_: bool | None = json_key("not", null=True)
    src: str | None = None
    srclen: int | None = None
    dst: str | None = None
    dstlen: int | None = None
    tos: str | None = None
    fwmark: str | None = None
    # print_rule() omits a mask of 32 ones.
    fwmask: str | None = None
    iif: str | None = None
    iif_detached: bool | None = null_means()
    oif: str | None = None
    oif_detached: bool | None = null_means()
    l3mdev: bool | None = null_means()
    uid_start: int | None = None
    uid_end: int | None = None
    ipproto: str | None = None
    sport: int | None = None
    sport_mask: str | None = added("6.15", omitted="0xffff")
    sport_start: int | None = None
    sport_end: int | None = None
    dport: int | None = None
    dport_mask: str | None = added("6.15", omitted="0xffff")
    dport_start: int | None = None
    dport_end: int | None = None
    tun_id: int | None = None
    table: str | None = None
    suppress_prefixlen: int | None = None
    suppress_ifgroup: str | None = None
    flow_from: str | None = None
    flow_to: str | None = None
    nat_gateway: str | None = None
    masquerade: bool | None = null_means()
    # print_rule() prints "none" without FRA_GOTO.
    goto: int | str | None = None
    unresolved: bool | None = null_means()
    nop: bool | None = null_means()
    action: str | None = None
    protocol: str | None = None
    dscp: str | None = added("6.13")
    dscp_mask: str | None = added("6.15")
    flowlabel: str | None = added("6.14")
    flowlabel_mask: str | None = added("6.14")
    deleted: bool | None = None  # with `-echo`
    extra: dict[str, Any] = field(factory=dict, hash=False)
