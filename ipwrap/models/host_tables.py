"""Tables of the host: `ip -j addrlabel list`, `netconf`, `ntable`, `tcp_metrics show`."""

from collections.abc import Iterable, Iterator
from typing import Any

from attrs import field

from ipwrap.models.base import added, schema_of
from ipwrap.models.declaration import model

__all__ = ["AddrLabel", "NeighTable", "Netconf", "TcpMetrics"]

FAMILIES = ("inet", "inet6", "mpls")
BOOLEANS = {"on": True, "off": False}


@model(kw_only=True)
class AddrLabel:
    """A label of a prefix, by which IPv6 chooses the source of a packet (RFC 6724).

    print_addrlabel() in iproute2's ip/ipaddrlabel.c.
    """

    address: str | None = None
    prefixlen: int | None = None
    ifname: str | None = None
    label: int | None = None
    deleted: bool | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class Netconf:
    """Sysctls of a link, of "all", or of "default", for one family.

    print_netconf() in iproute2's ip/ipnetconf.c, which prints that of one family of one link as
    text, also with `-j`.
    """

    family: str | None = None
    interface: str | None = None
    forwarding: bool | None = None
    rp_filter: str | int | None = None
    mc_forwarding: bool | None = None
    proxy_neigh: bool | None = None
    ignore_routes_with_linkdown: bool | None = None
    input: bool | None = None  # of MPLS
    deleted: bool | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)

    @classmethod
    def from_text(cls, text: str) -> "list[Netconf] | None":
        """Return the models of lines of text; None for another text."""
        lines = [line.split() for line in text.splitlines() if line.strip()]
        if not lines or not all(_is_netconf(words) for words in lines):
            return None
        return [cls(**dict(_netconf_members(words))) for words in lines]


def _is_netconf(words: list[str]) -> bool:
    """Return whether words are a line of `ip netconf`: a family, a link, and pairs."""
    return len(words) % 2 == 0 and words[0] in FAMILIES


def _netconf_members(words: list[str]) -> Iterator[tuple[str, Any]]:
    """Yield the keys and values of a line: the family, the link, and words in pairs."""
    yield "family", words[0]
    yield "interface", words[1]
    names = schema_of(Netconf).fields
    for key, value in _pairs(words[2:]):
        if key in names:
            yield key, value if key == "rp_filter" else BOOLEANS.get(value)


def _pairs(words: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield words two by two."""
    remaining = iter(words)
    yield from zip(remaining, remaining, strict=False)


@model(kw_only=True)
class NeighTable:
    """A table of neighbours, or with ``dev`` the parameters of a link. Times are milliseconds.

    print_ntable() in iproute2's ip/ipntable.c. What is behind ``locktime`` needs `-s`.
    """

    family: str | None = None
    name: str | None = None
    dev: str | None = None
    thresh1: int | None = None
    thresh2: int | None = None
    thresh3: int | None = None
    gc_interval: int | None = None
    refcnt: int | None = None
    reachable: int | None = None
    base_reachable: int | None = None
    retrans: int | None = None
    gc_stale: int | None = None
    delay_probe: int | None = None
    queue: int | None = None
    app_probes: int | None = None
    ucast_probes: int | None = None
    mcast_probes: int | None = None
    mcast_reprobes: int | None = added("6.17")
    anycast_delay: int | None = None
    proxy_delay: int | None = None
    proxy_queue: int | None = None
    locktime: int | None = None
    key_length: int | None = None
    entry_size: int | None = None
    entries: int | None = None
    last_flush: str | None = None
    last_rand: str | None = None
    hash_rnd: int | None = None
    hash_mask: str | None = None
    hash_chain_gc: int | None = None
    proxy_qlen: int | None = None
    allocs: int | None = None
    destroys: int | None = None
    hash_grows: int | None = None
    res_failed: int | None = None
    lookups: int | None = None
    hits: int | None = None
    rcv_probes_mcast: int | None = None
    rcv_probes_ucast: int | None = None
    periodic_gc_runs: int | None = None
    forced_gc_runs: int | None = None
    table_fulls: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class TcpMetrics:
    """What TCP remembers of a destination. Times are in seconds.

    process_msg() in iproute2's ip/tcp_metrics.c, whose key of the MSS is `fopen_miss`.
    """

    dst: str | None = None
    source: str | None = None
    age: float | None = None
    tw_ts_stamp: str | None = None
    ssthresh: int | None = None
    cwnd: int | None = None
    reordering: int | None = None
    rtt: float | None = None
    rttvar: float | None = None
    fopen_miss: int | None = None
    fopen_syn_drops: int | None = None
    fopen_syn_drop_ts: float | None = None
    fo_cookie: str | None = None
    deleted: bool | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)
