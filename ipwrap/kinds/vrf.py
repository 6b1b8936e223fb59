"""`type vrf`, and the output for its ports."""

from typing import Any, ClassVar

from attrs import frozen

from ipwrap.kinds.base import LinkKind
from ipwrap.options import validation
from ipwrap.options.codecs import Number
from ipwrap.options.table import option, read_only_field

__all__ = ["Table", "Vrf", "VrfSlave"]


class Table(Number, frozen=True):
    """A routing table: its number, or its name in /etc/iproute2/rt_tables. JSON has the number."""

    def format(self, keyword: str, value: Any) -> str:
        """Return the name, or the number in decimal."""
        # rtnl_rttable_a2n() in lib/rt_names.c looks names up.
        if isinstance(value, str):
            return validation.check_argument(value, keyword)
        return super().format(keyword, value)


@frozen(kw_only=True)
class Vrf(LinkKind):
    """A routing domain: its ports use a routing table of their own.

    ip-link(8) "VRF Type Support"; ip/iplink_vrf.c. ``table`` is required for a new link.
    """

    kind: ClassVar[str] = "vrf"

    table: int | str | None = option(Table(1, 2**32 - 1))


@frozen(kw_only=True)
class VrfSlave(LinkKind):
    """A port of a VRF, read-only. ip-link(8); ip/iplink_vrf.c. It has no options."""

    kind: ClassVar[str] = "vrf_slave"

    table: int | None = read_only_field()
