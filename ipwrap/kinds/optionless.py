"""Kinds of links without options of their own. The options of every link apply.

The kernel shows only the kind of most of them; `team`, `wireguard` and others are configured by
their own programs.
"""

from typing import ClassVar

from attrs import frozen

from ipwrap.kinds.base import LinkKind

__all__ = [
    "Lowpan",
    "Netdevsim",
    "Nlmon",
    "Openvswitch",
    "Team",
    "TeamSlave",
    "Vcan",
    "VirtWifi",
    "Wireguard",
]


@frozen(kw_only=True)
class Lowpan(LinkKind):
    """IPv6 over a low-power link (``link=``), 6LoWPAN. ip-link(8); ip/iplink.c."""

    kind: ClassVar[str] = "lowpan"


@frozen(kw_only=True)
class Netdevsim(LinkKind):
    """A simulated network card, for tests. ip-link(8); ip/iplink_netdevsim.c.

    A write to /sys/bus/netdevsim/new_device creates it, not `ip link add`.
    """

    kind: ClassVar[str] = "netdevsim"


@frozen(kw_only=True)
class Nlmon(LinkKind):
    """A link that shows netlink messages to packet sniffers. ip-link(8); ip/iplink_nlmon.c."""

    kind: ClassVar[str] = "nlmon"


@frozen(kw_only=True)
class Openvswitch(LinkKind):
    """An internal port of Open vSwitch, read-only. ip-link(8); ip/iplink.c.

    The programs of Open vSwitch create it.
    """

    kind: ClassVar[str] = "openvswitch"


@frozen(kw_only=True)
class Team(LinkKind):
    """Several links as a single link, controlled by teamd. ip-link(8); ip/iplink_team.c."""

    kind: ClassVar[str] = "team"


@frozen(kw_only=True)
class TeamSlave(LinkKind):
    """A port of a team. ip-link(8); ip/iplink_team.c."""

    kind: ClassVar[str] = "team_slave"


@frozen(kw_only=True)
class Vcan(LinkKind):
    """A CAN link that loops all frames back. ip-link(8); ip/iplink_vcan.c."""

    kind: ClassVar[str] = "vcan"


@frozen(kw_only=True)
class VirtWifi(LinkKind):
    """An Ethernet link (``link=``) that looks like a wireless link.

    ip-link(8); ip/iplink_virt_wifi.c.
    """

    kind: ClassVar[str] = "virt_wifi"


@frozen(kw_only=True)
class Wireguard(LinkKind):
    """A WireGuard tunnel; the program `wg` sets its keys and peers. ip-link(8); ip/iplink.c."""

    kind: ClassVar[str] = "wireguard"
