"""`type bridge_slave`: the options of a bridge's port."""

from typing import TYPE_CHECKING, Any, ClassVar

from attrs import frozen

from ipwrap.errors import InvalidArgument
from ipwrap.kinds.base import LinkKind
from ipwrap.options.codecs import Codec, ExistingLink, Flag, Hex, Json, Number, OnOff, ZeroOne
from ipwrap.options.table import option, read_only_field

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

__all__ = ["STATES", "BridgeSlave"]

# BR_STATE_… of linux/if_bridge.h, in the order of their numbers.
STATES = ("disabled", "listening", "learning", "forwarding", "blocking")


class State(Codec, frozen=True):
    """The state of a port: a number on this command line, a word in JSON.

    iproute2 prints a state without a word as ``state_index``.
    """

    def format(self, keyword: str, value: Any) -> str:
        """Return the number of the state."""
        if value not in STATES:
            known = ", ".join(STATES)
            raise InvalidArgument(f"{keyword}: {value!r} is not one of {known}")

        number = STATES.index(value)
        return str(number)

    def from_json(self, data: Json, key: str) -> Any:
        """Return the word of the state, or its number."""
        # print_portstate() in ip/iplink_bridge_slave.c.
        return data.get(key, data.get("state_index"))

    def json_keys(self, key: str) -> tuple[str, ...]:
        """Return both keys."""
        return (key, "state_index")

    def parse(self, text: str) -> Any:
        """Return the word of the state."""
        number = Number(0, len(STATES) - 1).parse(text)
        return STATES[number]

    def strategy(self) -> "SearchStrategy[Any]":
        """Return a strategy of the words."""
        from hypothesis import strategies as st

        return st.sampled_from(STATES)


@frozen(kw_only=True)
class BridgeSlave(LinkKind):
    """A port of a bridge: ``ip link set dev PORT type bridge_slave …``.

    ip-link(8) "BRIDGE Slave Support"; ip/iplink_bridge_slave.c. ``bridge link set`` sets the same
    options.
    """

    kind: ClassVar[str] = "bridge_slave"

    fdb_flush: bool | None = option(Flag(), json_key="", since="4.11")
    state: str | int | None = option(State())
    priority: int | None = option(Number(0, 63), default=32)
    cost: int | None = option(Number(1, 65535))
    hairpin: bool | None = option(OnOff(), default=False)
    guard: bool | None = option(OnOff(), default=False)
    root_block: bool | None = option(OnOff(), default=False)
    fastleave: bool | None = option(OnOff(), default=False)
    learning: bool | None = option(OnOff(), default=True)
    flood: bool | None = option(OnOff(), default=True)
    proxy_arp: bool | None = option(OnOff(), default=False)
    proxy_arp_wifi: bool | None = option(OnOff(), default=False)
    mcast_router: int | None = option(Number(0, 3), json_key="multicast_router", default=1)
    mcast_flood: bool | None = option(OnOff(), default=True)
    bcast_flood: bool | None = option(OnOff(), since="5.18", default=True)
    mcast_to_unicast: bool | None = option(OnOff(), since="5.1", default=False)
    group_fwd_mask: int | None = option(Hex(0, 65535), since="4.15", default=0)
    neigh_suppress: bool | None = option(OnOff(), since="4.15", default=False)
    neigh_vlan_suppress: bool | None = option(OnOff(), since="6.4", default=False)
    neigh_forward_grat: bool | None = option(OnOff(), since="7.2")
    vlan_tunnel: bool | None = option(OnOff(), since="4.15", default=False)
    isolated: bool | None = option(OnOff(), since="4.19", default=False)
    locked: bool | None = option(OnOff(), since="5.18", default=False)
    mab: bool | None = option(OnOff(), since="6.2", default=False)
    backup_port: str | None = option(ExistingLink(), since="4.20")
    nobackup_port: bool | None = option(Flag(), json_key="", since="4.20")
    backup_nhid: int | None = option(Number(), since="6.6", default=0)

    # Read-only: bridge_slave_print_opt() in ip/iplink_bridge_slave.c.
    group_fwd_mask_str: str | None = read_only_field()
    id: int | None = read_only_field(Hex())
    no: int | None = read_only_field(Hex())
    designated_port: int | None = read_only_field()
    designated_cost: int | None = read_only_field()
    bridge_id: str | None = read_only_field()
    root_id: str | None = read_only_field()
    hold_timer: float | None = read_only_field()
    message_age_timer: float | None = read_only_field()
    forward_delay_timer: float | None = read_only_field()
    topology_change_ack: bool | None = read_only_field(ZeroOne())
    config_pending: bool | None = read_only_field(ZeroOne())
