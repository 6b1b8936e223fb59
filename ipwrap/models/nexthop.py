"""`Nexthop` and `NexthopBucket`: objects of `ip -j nexthop show` and `nexthop bucket show`."""

from typing import Any, ClassVar

from attrs import field

from ipwrap.models.base import PairsForm, added, nested, null_means
from ipwrap.models.declaration import model
from ipwrap.models.encap import FLAT_ENCAP, Encap

__all__ = ["Bucket", "HwStats", "Member", "MemberStats", "Nexthop", "NexthopBucket", "Resilient"]


@model(kw_only=True)
class Member:
    """A next hop of a group; ``weight`` is absent if 1. print_nh_group() in ip/ipnexthop.c."""

    id: int = 0
    weight: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class MemberStats:
    """The packets of a group member (`-s`), and its hardware packets (`-s -s`).

    print_nh_grp_stats().
    """

    id: int = 0
    packets: int | None = None
    packets_hw: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class HwStats:
    """Hardware counting: requested (``enabled``), and supported by a device (``used``).

    With `-s`.
    """

    enabled: bool | None = None
    used: bool | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class Resilient:
    """The options of a resilient group, times in seconds.

    print_nh_res_group() in ip/ipnexthop.c.
    """

    buckets: int | None = None
    # print_tv() prints fractions of a second, but no fraction for whole seconds.
    idle_timer: int | float | None = None
    unbalanced_timer: int | float | None = None
    unbalanced_time: int | float | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class Nexthop:
    """A next hop, or a group of next hops. __print_nexthop_entry() in iproute2's ip/ipnexthop.c.

    ``type`` is "resilient", or absent for a group of type mpath. ``scope`` and ``protocol`` are
    shown with `-d`, or if not 0.
    """

    pairs_form: ClassVar[PairsForm] = FLAT_ENCAP
    in_json = staticmethod(FLAT_ENCAP.prepare)

    id: int = 0
    group: tuple[Member, ...] | None = nested(Member)
    type: str | None = added("5.13")
    resilient_args: Resilient | None = nested(Resilient, since="5.13")
    encap: str | Encap | None = nested(Encap)
    gateway: str | None = None
    dev: str | None = None
    scope: str | None = None
    blackhole: bool | None = null_means()
    protocol: str | None = None
    flags: tuple[str, ...] | None = None
    fdb: bool | None = null_means(since="5.9")
    dst_port: int | None = added("7.3")
    hw_stats: HwStats | None = nested(HwStats, since="6.10")
    group_stats: tuple[MemberStats, ...] | None = nested(MemberStats, since="6.10")
    deleted: bool | None = None  # with `-echo`
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class Bucket:
    """The index of a bucket, its next hop (``nhid``), and its idle time in seconds."""

    index: int = 0
    idle_time: int | float | None = None
    nhid: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class NexthopBucket:
    """A bucket of the resilient group ``id``.

    print_nexthop_bucket() in iproute2's ip/ipnexthop.c.
    """

    id: int = 0
    bucket: Bucket | None = nested(Bucket)
    flags: tuple[str, ...] | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)
