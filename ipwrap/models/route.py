"""`Route`: an object of `ip -j route show` and `ip -j route get`."""

from typing import Any, ClassVar

from attrs import field

from ipwrap.models.base import PairsForm, added, json_key, nested, null_means
from ipwrap.models.declaration import model
from ipwrap.models.encap import FLAT_ENCAP, Encap

__all__ = ["Metrics", "Route", "RouteNextHop", "Via"]


@model(kw_only=True)
class Via:
    """A gateway of another address family than the route."""

    family: str | None = None
    host: str | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class Metrics:
    """The metrics of a route, times in milliseconds. The JSON lacks `lock`."""

    mtu: int | None = None
    window: int | None = None
    rtt: int | float | None = None
    rttvar: int | float | None = None
    ssthresh: int | None = None
    cwnd: int | None = None
    advmss: int | None = None
    reordering: int | None = None
    hoplimit: int | None = None
    initcwnd: int | None = None
    rto_min: int | float | None = None
    initrwnd: int | None = None
    quickack: int | None = None
    congestion: str | None = None
    fastopen_no_cookie: int | None = None
    ecn: bool | None = null_means()
    tcp_usec_ts: bool | None = null_means(since="6.8")
    features: str | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class RouteNextHop:
    """A next hop of a multipath route, as `show` prints it; `ipwrap.ip.NextHop` adds one."""

    in_json = staticmethod(FLAT_ENCAP.prepare)

    gateway: str | None = None
    via: Via | None = nested(Via)
    dev: str | None = None
    to: str | None = None
    flow: dict[str, str] | None = None
    encap: str | Encap | None = nested(Encap)
    weight: int | None = None
    ttl: int | None = None
    flags: tuple[str, ...] = ()
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class Route:
    """A route. print_route() in iproute2's ip/iproute.c.

    ``type`` is shown with `-d`, or if not unicast. Keys by which `show` was filtered (``dev``,
    ``table``, ``protocol`` …) are absent. ``table`` is a name, or a number as text.
    """

    pairs_form: ClassVar[PairsForm] = FLAT_ENCAP
    in_json = staticmethod(FLAT_ENCAP.prepare)

    type: str | None = None
    dst: str | None = None
    # a keyword of Python
    from_: str | None = json_key("from")
    src: str | None = None
    to: str | None = None
    tos: str | int | None = None
    nhid: int | None = None
    gateway: str | None = None
    via: Via | None = nested(Via)
    dev: str | None = None
    table: str | None = None
    protocol: str | None = None
    scope: str | None = None
    prefsrc: str | None = None
    metric: int | None = None
    flags: tuple[str, ...] = ()
    flow: dict[str, str] | None = None
    mark: str | int | None = None
    uid: int | None = None
    expires: int | None = None
    error: int | None = None
    users: int | None = None
    used: int | None = None
    age: int | None = None
    ipid: str | None = None
    ts: str | None = None
    tsage: int | None = None
    # print_rta_metrics() prints a list of a single object.
    metrics: tuple[Metrics, ...] | None = nested(Metrics)
    pref: str | None = None
    # iproute2 misspells the key.
    ttl_propagate: bool | None = json_key("ttl-propogate")
    encap: str | Encap | None = nested(Encap)
    nh_info: dict[str, Any] | None = added("5.16")
    nexthops: tuple[RouteNextHop, ...] | None = nested(RouteNextHop)
    iif: str | None = None
    cache: tuple[str, ...] | None = None
    deleted: bool | None = None  # with `-echo`
    extra: dict[str, Any] = field(factory=dict, hash=False)
