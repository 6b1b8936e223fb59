"""`inet …` of `ip link set`: the IPv4 settings of a link."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from attrs import frozen

from ipwrap.errors import InvalidArgument
from ipwrap.options.codecs import Codec, Number, OnOff
from ipwrap.options.table import option, parse_args, to_args

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["Ipv4Conf", "Ipv4ConfCodec"]

MAX_INT = 2**31 - 1  # the kernel keeps each setting in an int
MILLISECONDS = Number(0, MAX_INT)


@frozen(kw_only=True)
class Ipv4Conf:
    """The settings in /proc/sys/net/ipv4/conf/DEV.

    Documentation/networking/ip-sysctl.rst of Linux explains them. ip-link(8); iplink_parse_inet()
    in ip/iplink.c, since iproute2 7.2. Intervals are in milliseconds. No `show` of iproute2 prints
    them, except `ip netconf` for a few.
    """

    forwarding: bool | None = option(OnOff(), json_key="")
    proxy_arp: bool | None = option(OnOff(), json_key="")
    accept_redirects: bool | None = option(OnOff(), json_key="")
    secure_redirects: bool | None = option(OnOff(), json_key="")
    send_redirects: bool | None = option(OnOff(), json_key="")
    shared_media: bool | None = option(OnOff(), json_key="")
    rp_filter: int | None = option(Number(0, 2), json_key="")
    accept_source_route: bool | None = option(OnOff(), json_key="")
    bootp_relay: bool | None = option(OnOff(), json_key="")
    log_martians: bool | None = option(OnOff(), json_key="")
    tag: int | None = option(Number(-MAX_INT - 1, MAX_INT), json_key="")
    arp_filter: bool | None = option(OnOff(), json_key="")
    medium_id: int | None = option(Number(-1, MAX_INT), json_key="")
    disable_xfrm: bool | None = option(OnOff(), json_key="")
    disable_policy: bool | None = option(OnOff(), json_key="")
    force_igmp_version: int | None = option(Number(0, 3), json_key="")
    arp_announce: int | None = option(Number(0, 2), json_key="")
    arp_ignore: int | None = option(Number(0, 8), json_key="")
    promote_secondaries: bool | None = option(OnOff(), json_key="")
    arp_accept: int | None = option(Number(0, 2), json_key="")
    arp_notify: bool | None = option(OnOff(), json_key="")
    accept_local: bool | None = option(OnOff(), json_key="")
    src_vmark: bool | None = option(OnOff(), json_key="")
    proxy_arp_pvlan: bool | None = option(OnOff(), json_key="")
    route_localnet: bool | None = option(OnOff(), json_key="")
    bc_forwarding: bool | None = option(OnOff(), json_key="")
    igmpv2_unsolicited_report_interval: int | None = option(MILLISECONDS, json_key="")
    igmpv3_unsolicited_report_interval: int | None = option(MILLISECONDS, json_key="")
    ignore_routes_with_linkdown: bool | None = option(OnOff(), json_key="")
    drop_unicast_in_l2_multicast: bool | None = option(OnOff(), json_key="")
    drop_gratuitous_arp: bool | None = option(OnOff(), json_key="")
    arp_evict_nocarrier: bool | None = option(OnOff(), json_key="")


class Ipv4ConfCodec(Codec, frozen=True):
    """`inet` and the settings of an `Ipv4Conf`."""

    def format_args(self, keyword: str, value: Any) -> tuple[str, ...]:
        """Return the keyword and the settings."""
        settings = to_args(Ipv4Conf, value)
        if not settings:
            raise InvalidArgument(
                f"{keyword}: no setting is given; give at least one,"
                " such as Ipv4Conf(forwarding=True)"
            )
        return (keyword, *settings)

    def parse_args(self, _keyword: str, arguments: Sequence[str]) -> tuple[Any, int]:
        """Return the settings."""
        settings, count = parse_args(Ipv4Conf, arguments[1:])
        return Ipv4Conf(**settings), count + 1

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of settings, at least one."""
        from hypothesis import strategies as st

        return st.builds(
            Ipv4Conf,
            forwarding=st.booleans(),
            rp_filter=st.none() | st.integers(0, 2),
        )
