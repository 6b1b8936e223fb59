"""`bridge vlan global`: what is set for a VLAN on a whole bridge. bridge(8); iproute2's bridge/vlan.c."""

from datetime import timedelta
from typing import Annotated, ClassVar, TypedDict, Unpack

from attrs import frozen

from ipwrap.bridge.number_range import VID, NumberOrRange, Numbers
from ipwrap.bridge.version_check import build_supported
from ipwrap.models import GlobalVlans
from ipwrap.options.codecs import Duration, Number, ZeroOne
from ipwrap.options.converters import HUNDREDTH
from ipwrap.options.table import Option
from ipwrap.result import Result
from ipwrap.verbs.base import ObjectCommands, device_word

__all__ = ["GlobalVlanOptions", "GlobalVlanVerbs"]

TICKS = Duration(0, 2**64 - 1, HUNDREDTH)  # USER_HZ


class GlobalVlanOptions(TypedDict, total=False):
    """Keywords of `bridge vlan global set`.

    Every ``…_interval`` is in hundredths of a second (USER_HZ), as a number or as a `timedelta`.
    What begins with ``mcast_`` needs ``mcast_vlan_snooping`` of the bridge, to have an effect. ``msti`` is the spanning
    tree that the VLAN belongs to, 0 to 4095; it needs ``mst_enabled``.
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
    """Verbs of `bridge vlan global`. They need iproute2 5.16, and a bridge with ``vlan_filtering``."""

    program: ClassVar[str] = "bridge"
    words: ClassVar[tuple[str, ...]] = ("vlan", "global")

    def set(self, vid: Numbers, dev: str, **options: Unpack[GlobalVlanOptions]) -> Result:
        """Change a VLAN, or a range of them, on a bridge (``dev``) that is in it.

        ::

            bridge vlan global set vid VID[-VID] dev BRIDGE [mcast_snooping 0 | 1] [mcast_querier 0 | 1] … [msti MSTI]

        Raises `NotFound` (no such link, or no such VLAN there), `RejectedByKernel` (not a bridge); `UnknownOption` for an
        option that the iproute2 here is too old for, as it would ignore it.
        """
        words = ("vid", NumberOrRange(VID).format("vid", vid), "dev", device_word(dev))
        return self._run_change(
            "set", *words, *build_supported(self.runner, GlobalVlanOptions, options)
        )

    def show(
        self, dev: str | None = None, *, vid: int | None = None, stats: bool = False
    ) -> list[GlobalVlans]:
        """Return the bridges with what is set for each of their VLANs, those that are alike in one object.

        ::

            bridge -j [-s] vlan global show [dev BRIDGE] [vid VID]

        ``stats`` asks for the timers of router ports. Raises `NotSupported` where the kernel has no VLAN filtering.
        """
        one = () if dev is None else ("dev", device_word(dev))
        number = () if vid is None else ("vid", VID.format("vid", vid))
        flags = ("-s",) if stats else ()
        return self._query(
            GlobalVlans, "show", *one, *number, flags=flags, alone=True
        )  # bridge aborts at the second
