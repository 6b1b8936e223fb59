"""`bridge vlan global`: bridge-wide options of VLANs. bridge(8); iproute2's bridge/vlan.c."""

from datetime import timedelta
from typing import Annotated, ClassVar, TypedDict, Unpack

from attrs import frozen

from ipwrap import models
from ipwrap.bridge.number_range import VID, NumberOrRange, Numbers
from ipwrap.bridge.version_check import build_supported
from ipwrap.options.codecs import Duration, Number, ZeroOne
from ipwrap.options.converters import HUNDREDTH
from ipwrap.options.table import Option
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, format_device

__all__ = ["GlobalVlanOptions", "GlobalVlanVerbs"]

# The kernel counts clock_t: hundredths of a second (USER_HZ), with 64 bits.
TICKS = Duration(0, 2**64 - 1, HUNDREDTH)


class GlobalVlanOptions(TypedDict, total=False):
    """Keywords of `bridge vlan global set`.

    Every ``…_interval`` is in hundredths of a second (USER_HZ), as a number or as a `timedelta`.
    The ``mcast_…`` options have no effect without ``mcast_vlan_snooping`` of the bridge. ``msti``
    is the spanning tree of the VLAN, 0 to 4095; needs ``mst_enabled``.
    """

    mcast_snooping: Annotated[bool | None, Option(ZeroOne(), since="5.16")]
    mcast_querier: Annotated[bool | None, Option(ZeroOne(), since="5.16")]
    mcast_igmp_version: Annotated[int | None, Option(Number(2, 3), since="5.16")]
    mcast_mld_version: Annotated[int | None, Option(Number(1, 2), since="5.16")]
    mcast_last_member_count: Annotated[int | None, Option(Number(), since="5.16")]
    mcast_last_member_interval: Annotated[int | timedelta | None, Option(TICKS, since="5.16")]
    mcast_startup_query_count: Annotated[int | None, Option(Number(), since="5.16")]
    mcast_startup_query_interval: Annotated[int | timedelta | None, Option(TICKS, since="5.16")]
    mcast_membership_interval: Annotated[int | timedelta | None, Option(TICKS, since="5.16")]
    mcast_querier_interval: Annotated[int | timedelta | None, Option(TICKS, since="5.16")]
    mcast_query_interval: Annotated[int | timedelta | None, Option(TICKS, since="5.16")]
    mcast_query_response_interval: Annotated[int | timedelta | None, Option(TICKS, since="5.16")]
    msti: Annotated[int | None, Option(Number(0, 4095), since="6.11")]


@frozen
class GlobalVlanVerbs(ObjectCommands):
    """Verbs of `bridge vlan global`.

    They need iproute2 5.16, and a bridge with ``vlan_filtering``.
    """

    program: ClassVar[str] = "bridge"
    words: ClassVar[tuple[str, ...]] = ("vlan", "global")

    def set(self, vid: Numbers, dev: str, **options: Unpack[GlobalVlanOptions]) -> Result:
        """Change a VLAN, or a range of VLANs, of a bridge (``dev``) inside the VLAN.

        ::

            bridge vlan global set vid VID[-VID] dev BRIDGE
                [mcast_snooping 0 | 1] [mcast_querier 0 | 1] … [msti MSTI]

        Raises `NotFound` (no such link, or no such VLAN on the bridge), `RejectedByKernel` (not a
        bridge); `UnknownOption` for an option newer than the installed iproute2, which would ignore
        the option.

        Options, from `GlobalVlanOptions`::

            mcast_snooping=True|False (5.16+), mcast_querier=True|False (5.16+),
            mcast_igmp_version=2..3 (5.16+), mcast_mld_version=1..2 (5.16+),
            mcast_last_member_count=int (5.16+),
            mcast_last_member_interval=int hundredths of a second|timedelta (5.16+),
            mcast_startup_query_count=int (5.16+),
            mcast_startup_query_interval=int hundredths of a second|timedelta (5.16+),
            mcast_membership_interval=int hundredths of a second|timedelta (5.16+),
            mcast_querier_interval=int hundredths of a second|timedelta (5.16+),
            mcast_query_interval=int hundredths of a second|timedelta (5.16+),
            mcast_query_response_interval=int hundredths of a second|timedelta (5.16+),
            msti=0..4095 (6.11+)
        """
        return self._run_change(
            "set",
            "vid",
            NumberOrRange(VID).format("vid", vid),
            "dev",
            format_device(dev),
            *build_supported(self.runner, GlobalVlanOptions, options=options),
        )

    def show(
        self,
        dev: str | None = None,
        *,
        vid: int | None = None,
        stats: bool = False,
    ) -> "list[models.GlobalVlans]":
        """Return the bridges with the options of their VLANs; equal VLANs share an object.

        ::

            bridge -j [-s] vlan global show [dev BRIDGE] [vid VID]

        ``stats`` adds the timers of router ports. Raises `NotSupported` for a kernel without VLAN
        filtering.
        """
        device = () if dev is None else ("dev", format_device(dev))
        number = () if vid is None else ("vid", VID.format("vid", vid))

        # vlan_rtm_cur_ifidx in bridge/vlan.c is static and outlives a dump: a second dump in the
        # same process closes a JSON object that is not open, and aborts.
        return self._query(
            models.GlobalVlans,
            "show",
            *device,
            *number,
            flags=("-s",) if stats else (),
            own_process=True,
        )
