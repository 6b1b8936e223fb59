"""`bridge link`: the ports of bridges. bridge(8); iproute2's bridge/link.c."""

from typing import Annotated, ClassVar, TypedDict, Unpack

from attrs import frozen

from ipwrap import models
from ipwrap.kinds.bridge_slave import STATES
from ipwrap.options.codecs import Choice, ChoiceOr, ExistingLink, Flag, Number, OnOff
from ipwrap.options.table import Option, to_args
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, format_device

__all__ = ["BridgeLinkVerbs", "PortOptions"]


class PortOptions(TypedDict, total=False):
    """Keywords of `bridge link set`.

    ``self_`` configures the device itself, ``master`` (the default) the port of the bridge.
    """

    guard: Annotated[bool | None, Option(OnOff())]
    hairpin: Annotated[bool | None, Option(OnOff())]
    fastleave: Annotated[bool | None, Option(OnOff())]
    root_block: Annotated[bool | None, Option(OnOff())]
    learning: Annotated[bool | None, Option(OnOff())]
    learning_sync: Annotated[bool | None, Option(OnOff())]
    flood: Annotated[bool | None, Option(OnOff())]
    # bridge/link.c reads mcast_router, cost and priority by atoi(), which takes any other text for
    # 0.
    mcast_router: Annotated[int | None, Option(Number(0, 3), since="5.18")]
    mcast_flood: Annotated[bool | None, Option(OnOff())]
    bcast_flood: Annotated[bool | None, Option(OnOff(), since="5.18")]
    mcast_to_unicast: Annotated[bool | None, Option(OnOff(), since="5.1")]
    mcast_max_groups: Annotated[int | None, Option(Number(0, 2**31 - 1), since="6.3")]
    cost: Annotated[int | None, Option(Number(1, 65535))]
    priority: Annotated[int | None, Option(Number(0, 63))]
    state: Annotated[str | int | None, Option(ChoiceOr(STATES, Number(0, 4)))]
    hwmode: Annotated[str | None, Option(Choice(("vepa", "veb"), upper=True))]
    neigh_suppress: Annotated[bool | None, Option(OnOff(), since="4.15")]
    neigh_vlan_suppress: Annotated[bool | None, Option(OnOff(), since="6.4")]
    neigh_forward_grat: Annotated[bool | None, Option(OnOff(), since="7.2")]
    vlan_tunnel: Annotated[bool | None, Option(OnOff(), since="4.15")]
    isolated: Annotated[bool | None, Option(OnOff(), since="4.19")]
    locked: Annotated[bool | None, Option(OnOff(), since="5.18")]
    mab: Annotated[bool | None, Option(OnOff(), since="6.2")]
    backup_port: Annotated[str | None, Option(ExistingLink(), since="4.20")]
    nobackup_port: Annotated[bool | None, Option(Flag(), json_key="", since="4.20")]
    backup_nhid: Annotated[int | None, Option(Number(), since="6.6")]
    self_: Annotated[bool | None, Option(Flag(), keyword="self", json_key="")]
    master: Annotated[bool | None, Option(Flag(), json_key="")]


@frozen
class BridgeLinkVerbs(ObjectCommands):
    """Verbs of `bridge link`."""

    program: ClassVar[str] = "bridge"
    words: ClassVar[tuple[str, ...]] = ("link",)

    def set(self, dev: str, **options: Unpack[PortOptions]) -> Result:
        """Change a port of a bridge.

        ::

            bridge link set dev DEV [cost 1..65535] [priority 0..63] [state STATE]
                [hairpin on | off] [isolated …] …

        Raises `NotFound` (no such link), `NotSupported` (not a port of a bridge),
        `RejectedByKernel`.

        Options, from `PortOptions`::

            guard=True|False, hairpin=True|False, fastleave=True|False, root_block=True|False,
            learning=True|False, learning_sync=True|False, flood=True|False,
            mcast_router=0..3 (5.18+), mcast_flood=True|False, bcast_flood=True|False (5.18+),
            mcast_to_unicast=True|False (5.1+), mcast_max_groups=int (6.3+), cost=1..65535,
            priority=0..63, state="disabled"|"listening"|"learning"|"forwarding"|"blocking"|0..4,
            hwmode=str, neigh_suppress=True|False (4.15+), neigh_vlan_suppress=True|False (6.4+),
            neigh_forward_grat=True|False (7.2+), vlan_tunnel=True|False (4.15+),
            isolated=True|False (4.19+), locked=True|False (5.18+), mab=True|False (6.2+),
            backup_port=LINK (4.20+), nobackup_port=True (4.20+), backup_nhid=int (6.6+),
            self_=True, master=True
        """
        return self._run_change(
            "set",
            "dev",
            format_device(dev),
            *to_args(PortOptions, options),
        )

    def show(
        self,
        dev: str | None = None,
        *,
        master: str | None = None,
        stats: bool = False,
    ) -> "list[models.Port]":
        """Return the ports of all bridges, a single port, or with ``master`` the ports of a bridge.

        ::

            bridge -j -d [-s] link show [dev DEV]

        ipwrap itself applies ``master``, a keyword of iproute2 only since 6.5.
        """
        device = () if dev is None else ("dev", format_device(dev))

        # The filters in bridge/link.c are static and never reset: a reused process would apply them
        # again.
        ports = self._query(
            models.Port,
            "show",
            *device,
            flags=("-d", "-s") if stats else ("-d",),
            own_process=bool(device),
        )

        if master is None:
            return ports

        return [port for port in ports if port.master == master]
