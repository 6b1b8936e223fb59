"""`type bond`."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, ClassVar, Literal, TypedDict

from attrs import field, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.kinds.base import LinkKind
from ipwrap.kinds.tunnel import Endpoint
from ipwrap.options.codecs import (
    Choice,
    Codec,
    ExistingLink,
    Flag,
    Json,
    Mac,
    Number,
    OnOff,
    ZeroOne,
)
from ipwrap.options.converters import to_milliseconds, to_seconds
from ipwrap.options.table import option, option_metadata, read_only_field

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["AdInfo", "Bond", "NullChoice", "Targets"]

MILLISECONDS = Number(0, 2**31 - 1)
# BOND_MAX_ARP_TARGETS and BOND_MAX_NS_TARGETS of the kernel.
MAX_TARGETS = 16


class NullChoice(Choice, frozen=True):
    """One of several words; JSON shows the word ``null`` as null."""

    null: str = ""

    def from_json(self, data: Json, key: str) -> Any:
        """Return the word."""
        # print_null() for an arp_validate of 0, where the text output has nothing.
        if key in data and data[key] is None:
            return self.null
        return data.get(key)


class Targets(Codec, frozen=True):
    """Up to 16 addresses of one version of IP, as one argument with commas.

    An empty tuple removes the present addresses.
    """

    version: int = 4

    def format(self, keyword: str, value: Any) -> str:
        """Return the addresses with commas."""
        addresses = self._check_addresses(keyword, value)
        count = len(addresses)
        if count > MAX_TARGETS:
            raise InvalidArgument(
                f"{keyword}: {count} addresses; it takes 0 to {MAX_TARGETS}",
            )

        endpoint = Endpoint(version=self.version)
        texts = [endpoint.format(keyword, address) for address in addresses]
        return ",".join(texts)

    def from_json(self, data: Json, key: str) -> Any:
        """Return the addresses."""
        return tuple(data[key]) if key in data else None

    @staticmethod
    def _check_addresses(keyword: str, value: Any) -> tuple[Any, ...]:
        """Return the addresses as a tuple. Raises `InvalidArgument` for text and for `any`."""
        if not isinstance(value, Iterable) or isinstance(value, (str, bytes, dict)):
            raise InvalidArgument(f"{keyword}: {value!r} is not a tuple of addresses")

        addresses = tuple(value)
        # `Endpoint` accepts `any`, the missing end of a tunnel. A bond cannot send ARP to it.
        if "any" in addresses:
            raise InvalidArgument(f"{keyword}: 'any' is no address to look for")

        return addresses

    def parse(self, text: str) -> Any:
        """Return the addresses."""
        return tuple(text.split(",")) if text else ()

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of tuples of addresses."""
        from hypothesis import strategies as st

        from ipwrap.options.codecs.strategies import addresses

        lists = st.lists(
            addresses(self.version),
            max_size=MAX_TARGETS,
        )
        return lists.map(tuple)


class AdInfo(TypedDict, total=False):
    """The result of the negotiation of a bond of mode 802.3ad with its partner."""

    aggregator: int
    num_ports: int
    actor_key: int
    partner_key: int
    partner_mac: str


@frozen(kw_only=True)
class Bond(LinkKind):
    """Several links as a single link. ip-link(8); ip/iplink_bond.c.

    ``miimon``, ``arp_interval`` and every ``…delay`` are in milliseconds, ``lp_interval`` in
    seconds; each accepts a `timedelta`, too. ``miimon`` and ``arp_interval`` exclude each other.
    ``active_slave`` and ``primary`` are ports, so they are set after the bond has ports; most
    ``ad_…`` and ``lacp_…`` options need ``mode="802.3ad"``. The kernel shows all options and
    accepts only the options of the mode: its Documentation/networking/bonding.rst lists the
    requirements.
    """

    kind: ClassVar[str] = "bond"
    # The kernel refuses a link as the active port before the link is a port (bond_options.c).
    needs_port: ClassVar[frozenset[str]] = frozenset({"active_slave"})

    mode: (
        Literal[
            "balance-rr",
            "active-backup",
            "balance-xor",
            "broadcast",
            "802.3ad",
            "balance-tlb",
            "balance-alb",
        ]
        | None
    ) = option(Choice(), default="balance-rr")
    active_slave: str | None = option(ExistingLink())
    clear_active_slave: bool | None = option(Flag(), json_key="")
    miimon: int | None = field(
        default=None, converter=to_milliseconds, metadata=option_metadata(MILLISECONDS)
    )
    updelay: int | None = field(
        default=None, converter=to_milliseconds, metadata=option_metadata(MILLISECONDS, default=0)
    )
    downdelay: int | None = field(
        default=None, converter=to_milliseconds, metadata=option_metadata(MILLISECONDS, default=0)
    )
    peer_notify_delay: int | None = field(
        default=None,
        converter=to_milliseconds,
        metadata=option_metadata(Number(0, 300000), default=0),
    )
    use_carrier: bool | None = option(ZeroOne(), default=True)
    arp_interval: int | None = field(
        default=None, converter=to_milliseconds, metadata=option_metadata(MILLISECONDS, default=0)
    )
    arp_validate: (
        Literal["none", "active", "backup", "all", "filter", "filter_active", "filter_backup"]
        | None
    ) = option(NullChoice(null="none"), default="none")
    arp_all_targets: Literal["any", "all"] | None = option(Choice(), default="any")
    arp_ip_target: tuple[str, ...] | None = option(Targets())
    ns_ip6_target: tuple[str, ...] | None = option(Targets(6), since="5.18")
    arp_missed_max: int | None = option(Number(1, 255), since="5.17", default=2)
    primary: str | None = option(ExistingLink())
    primary_reselect: Literal["always", "better", "failure"] | None = option(
        Choice(), default="always"
    )
    fail_over_mac: Literal["none", "active", "follow"] | None = option(Choice(), default="none")
    xmit_hash_policy: (
        Literal["layer2", "layer3+4", "layer2+3", "encap2+3", "encap3+4", "vlan+srcmac"] | None
    ) = option(Choice(), default="layer2")
    resend_igmp: int | None = option(Number(0, 255), default=1)
    num_grat_arp: int | None = option(Number(0, 255), json_key="num_peer_notif", default=1)
    all_slaves_active: bool | None = option(ZeroOne(), default=False)
    min_links: int | None = option(Number(0, 2**31 - 1), default=0)
    lp_interval: int | None = field(
        default=None,
        converter=to_seconds,
        metadata=option_metadata(Number(1, 2**31 - 1), default=1),
    )
    packets_per_slave: int | None = option(Number(0, 65535), default=1)
    tlb_dynamic_lb: bool | None = option(ZeroOne(), default=True)
    lacp_rate: Literal["slow", "fast"] | None = option(
        Choice(), json_key="ad_lacp_rate", default="slow"
    )
    lacp_active: bool | None = option(
        OnOff(), json_key="ad_lacp_active", since="5.15", default=True
    )
    coupled_control: bool | None = option(OnOff(), since="6.9", default=True)
    broadcast_neighbor: bool | None = option(OnOff(), since="6.18", default=False)
    lacp_strict: bool | None = option(OnOff(), since="7.3", default=False)
    ad_select: Literal["stable", "bandwidth", "count", "actor_port_prio"] | None = option(
        Choice(), default="stable"
    )
    ad_user_port_key: int | None = option(Number(0, 1023), default=0)
    ad_actor_sys_prio: int | None = option(Number(1, 65535), default=65535)
    ad_actor_system: str | None = option(Mac(), default="00:00:00:00:00:00")

    # Read-only: bond_print_opt() in ip/iplink_bond.c.
    ad_info: AdInfo | None = read_only_field()
