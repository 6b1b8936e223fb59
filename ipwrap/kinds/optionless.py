"""Kinds of links without options of their own: what is said of them is said of every link.

Of most of them the kernel tells nothing but the kind; `team`, `wireguard` and others are set up by programs of their
own.
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
    """IPv6 over a link of low power (``link=``), 6LoWPAN. ip-link(8); ip/iplink.c."""

    kind: ClassVar[str] = "lowpan"


@frozen(kw_only=True)
class Netdevsim(LinkKind):
    """A make-believe network card, for tests. ip-link(8); ip/iplink_netdevsim.c.

    It is made by writing into /sys/bus/netdevsim/new_device, not by `ip link add`.
    """

    kind: ClassVar[str] = "netdevsim"


@frozen(kw_only=True)
class Nlmon(LinkKind):
    """A link by which netlink messages can be watched. ip-link(8); ip/iplink_nlmon.c."""

    kind: ClassVar[str] = "nlmon"


@frozen(kw_only=True)
class Openvswitch(LinkKind):
    """An inner port of Open vSwitch, as it is shown: its own programs make it. ip-link(8); ip/iplink.c."""

    kind: ClassVar[str] = "openvswitch"


@frozen(kw_only=True)
class Team(LinkKind):
    """Several links as one, as the program teamd says. ip-link(8); ip/iplink_team.c."""

    kind: ClassVar[str] = "team"


@frozen(kw_only=True)
class TeamSlave(LinkKind):
    """A port of a team. ip-link(8); ip/iplink_team.c."""

    kind: ClassVar[str] = "team_slave"


@frozen(kw_only=True)
class Vcan(LinkKind):
    """A CAN link that returns what is sent. ip-link(8); ip/iplink_vcan.c."""

    kind: ClassVar[str] = "vcan"


@frozen(kw_only=True)
class VirtWifi(LinkKind):
    """An Ethernet link (``link=``) that looks like a wireless one. ip-link(8); ip/iplink_virt_wifi.c."""

    kind: ClassVar[str] = "virt_wifi"


@frozen(kw_only=True)
class Wireguard(LinkKind):
    """A WireGuard tunnel; the program `wg` sets its keys and peers. ip-link(8); ip/iplink.c."""

    kind: ClassVar[str] = "wireguard"
