"""`inet …`: how a link treats IPv4, of `ip link set`."""

from collections.abc import Sequence
from typing import Any

from attrs import frozen

from ipwrap.errors import BadValue
from ipwrap.options.codecs import Codec, Number, OnOff
from ipwrap.options.table import build, option, take

__all__ = ["Inet", "InetCodec"]

MOST = 2**31 - 1
MILLISECONDS = Number(0, MOST)


@frozen(kw_only=True)
class Inet:
    """The settings in /proc/sys/net/ipv4/conf/DEV, which Documentation/networking/ip-sysctl.rst of Linux explains.

    ip-link(8); iplink_parse_inet() in ip/iplink.c, since iproute2 7.2. Intervals are in milliseconds. No `show` tells
    of them but `ip netconf`, of some.
    """

    forwarding: bool | None = option(OnOff(), key="")
    proxy_arp: bool | None = option(OnOff(), key="")
    accept_redirects: bool | None = option(OnOff(), key="")
    secure_redirects: bool | None = option(OnOff(), key="")
    send_redirects: bool | None = option(OnOff(), key="")
    shared_media: bool | None = option(OnOff(), key="")
    rp_filter: int | None = option(Number(0, 2), key="")
    accept_source_route: bool | None = option(OnOff(), key="")
    bootp_relay: bool | None = option(OnOff(), key="")
    log_martians: bool | None = option(OnOff(), key="")
    tag: int | None = option(Number(-MOST - 1, MOST), key="")
    arp_filter: bool | None = option(OnOff(), key="")
    medium_id: int | None = option(Number(-1, MOST), key="")
    disable_xfrm: bool | None = option(OnOff(), key="")
    disable_policy: bool | None = option(OnOff(), key="")
    force_igmp_version: int | None = option(Number(0, 3), key="")
    arp_announce: int | None = option(Number(0, 2), key="")
    arp_ignore: int | None = option(Number(0, 8), key="")
    promote_secondaries: bool | None = option(OnOff(), key="")
    arp_accept: int | None = option(Number(0, 2), key="")
    arp_notify: bool | None = option(OnOff(), key="")
    accept_local: bool | None = option(OnOff(), key="")
    src_vmark: bool | None = option(OnOff(), key="")
    proxy_arp_pvlan: bool | None = option(OnOff(), key="")
    route_localnet: bool | None = option(OnOff(), key="")
    bc_forwarding: bool | None = option(OnOff(), key="")
    igmpv2_unsolicited_report_interval: int | None = option(MILLISECONDS, key="")
    igmpv3_unsolicited_report_interval: int | None = option(MILLISECONDS, key="")
    ignore_routes_with_linkdown: bool | None = option(OnOff(), key="")
    drop_unicast_in_l2_multicast: bool | None = option(OnOff(), key="")
    drop_gratuitous_arp: bool | None = option(OnOff(), key="")
    arp_evict_nocarrier: bool | None = option(OnOff(), key="")


@frozen
class InetCodec(Codec):
    """`inet` and what is set."""

    def words(self, word: str, value: Any) -> tuple[str, ...]:
        """Return the words."""
        said = build(Inet, value)
        if not said:
            raise BadValue(f"{word}: nothing is said; give at least one setting, such as Inet(forwarding=True)")
        return (word, *said)

    def take(self, _word: str, words: Sequence[str]) -> tuple[Any, int]:
        """Return the settings."""
        said, count = take(Inet, words[1:])
        return Inet(**said), count + 1
