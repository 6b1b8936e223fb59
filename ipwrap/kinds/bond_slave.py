"""`type bond_slave`: the options of a bond's port."""

from typing import Any, ClassVar

from attrs import frozen

from ipwrap.kinds.base import LinkKind
from ipwrap.options.codecs import Json, Number, ReadOnly
from ipwrap.options.table import option, read_only_field

__all__ = ["BondSlave", "TextOrNumberKey"]


class TextOrNumberKey(ReadOnly, frozen=True):
    """A word, or a number without a word, printed under a second key (``…_index``)."""

    def from_json(self, data: Json, key: str) -> Any:
        """Return the word, or the number."""
        # print_slave_state() and print_slave_mii_status() in ip/iplink_bond_slave.c.
        return data.get(key, data.get(f"{key}_index"))

    def json_keys(self, key: str) -> tuple[str, ...]:
        """Return both keys."""
        return (key, f"{key}_index")


@frozen(kw_only=True)
class BondSlave(LinkKind):
    """A port of a bond: ``ip link set dev PORT type bond_slave …``.

    ip-link(8) "Bonding Slave Support"; ip/iplink_bond_slave.c. ``queue_id`` 0 is no queue. Without
    a primary port of the bond, the port of the highest ``prio`` is active.
    """

    kind: ClassVar[str] = "bond_slave"

    queue_id: int | None = option(Number(0, 65535), default=0)
    prio: int | None = option(Number(-(2**31), 2**31 - 1), since="6.0", default=0)
    actor_port_prio: int | None = option(Number(0, 65535), since="6.18", default=255)

    # Read-only: bond_slave_print_opt() in ip/iplink_bond_slave.c.
    state: str | int | None = read_only_field(TextOrNumberKey())
    mii_status: str | int | None = read_only_field(TextOrNumberKey())
    link_failure_count: int | None = read_only_field()
    perm_hwaddr: str | None = read_only_field()
    ad_aggregator_id: int | None = read_only_field()
    ad_actor_oper_port_state: int | None = read_only_field()
    ad_actor_oper_port_state_str: list[str] | None = read_only_field(since="5.6")
    ad_partner_oper_port_state: int | None = read_only_field()
    ad_partner_oper_port_state_str: list[str] | None = read_only_field(since="5.6")
    churn_actor_state: str | int | None = read_only_field(since="7.1")
    churn_partner_state: str | int | None = read_only_field(since="7.1")
