"""`type rmnet`."""

from typing import ClassVar

from attrs import frozen

from ipwrap.kinds.base import LinkKind
from ipwrap.options.codecs import FlagListMember, Number
from ipwrap.options.table import option

__all__ = ["Rmnet"]


@frozen(kw_only=True)
class Rmnet(LinkKind):
    """A channel of a modem (``link=``). ip-link(8) "RMNET Type Support"; ip/iplink_rmnet.c.

    ``mux_id`` is required for a new link.
    """

    kind: ClassVar[str] = "rmnet"

    mux_id: int | None = option(Number(1, 254))
    # rmnet_print_flags() lists the flags that are on.
    ingress_deaggregation: bool | None = option(
        FlagListMember("INGRESS_DEAGGREGATION"),
        keyword="ingress-deaggregation",
        json_key="flags",
        since="6.14",
    )
    ingress_commands: bool | None = option(
        FlagListMember("INGRESS_MAP_COMMANDS"),
        keyword="ingress-commands",
        json_key="flags",
        since="6.14",
    )
    ingress_mapv4_checksum: bool | None = option(
        FlagListMember("INGRESS_MAP_CKSUMV4"),
        keyword="ingress-mapv4-checksum",
        json_key="flags",
        since="6.14",
    )
    egress_mapv4_checksum: bool | None = option(
        FlagListMember("EGRESS_MAP_CKSUMV4"),
        keyword="egress-mapv4-checksum",
        json_key="flags",
        since="6.14",
    )
    ingress_mapv5_checksum: bool | None = option(
        FlagListMember("INGRESS_MAP_CKSUMV5"),
        keyword="ingress-mapv5-checksum",
        json_key="flags",
        since="6.14",
    )
    egress_mapv5_checksum: bool | None = option(
        FlagListMember("EGRESS_MAP_CKSUMV5"),
        keyword="egress-mapv5-checksum",
        json_key="flags",
        since="6.14",
    )
