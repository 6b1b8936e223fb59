"""`TcQdisc`: an object of `tc -j -d qdisc show`."""

from collections.abc import Mapping
from typing import Any, ClassVar

from attrs import field

from ipwrap.errors import OutputError
from ipwrap.models import tc_text_options
from ipwrap.models.base import nested
from ipwrap.models.declaration import model
from ipwrap.models.tc_stats import TcStats
from ipwrap.qdiscs import TcKind, qdisc_from_json

__all__ = ["CakeTin", "SizeTable", "TcQdisc"]


@model(kw_only=True)
class SizeTable:
    """The size table `stab`: link-layer overhead, in bytes. print_size_table() in tc/tc_stab.c."""

    linklayer: str | None = None
    overhead: int | None = None
    mpu: int | None = None
    mtu: int | None = None
    tsize: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class CakeTin:
    """The counters of a tin, a class of priority, of a cake. cake_print_json_tin() in tc/q_cake.c.

    ``threshold_rate`` is in bytes a second; times are in microseconds. With three tins the first is
    Bulk, then Best Effort and Voice; with four, Video stands before Voice.
    """

    threshold_rate: int | None = None
    sent_bytes: int | None = None
    backlog_bytes: int | None = None
    target_us: int | None = None
    interval_us: int | None = None
    peak_delay_us: int | None = None
    avg_delay_us: int | None = None
    base_delay_us: int | None = None
    sent_packets: int | None = None
    way_indirect_hits: int | None = None
    way_misses: int | None = None
    way_collisions: int | None = None
    drops: int | None = None
    ecn_mark: int | None = None
    ack_drops: int | None = None
    sparse_flows: int | None = None
    bulk_flows: int | None = None
    unresponsive_flows: int | None = None
    max_pkt_len: int | None = None
    flow_quantum: int | None = None
    extra: dict[str, Any] = field(factory=dict, hash=False)


@model(kw_only=True)
class TcQdisc(TcStats):
    """A queueing discipline of a link. print_qdisc() in iproute2's tc/tc_qdisc.c.

    ``parent`` is the class that contains the qdisc; ``root`` is true for the root qdisc of the
    link. ``dev`` is absent if `show` was filtered by a link. ``options`` are in iproute2's units:
    rates in bytes a second. `typed` has the kind with its options.

    The fields of `TcStats` (tc/tc_util.c) need `-s`. Further counters belong to single kinds
    (tc/q_fq_codel.c, tc/q_codel.c, tc/q_fq.c, tc/q_sfq.c, tc/q_netem.c, tc/q_cake.c): times are in
    microseconds, except ``next_packet_delay`` and ``latency`` of fq in nanoseconds; the
    ``capacity_estimate`` of cake is in bytes a second. ``stab`` is of tc/tc_stab.c.
    """

    repr_head: ClassVar[Mapping[str, str]] = {
        "kind": "kind",
        "handle": "handle",
        "dev": "dev",
        "root": "root",
        "parent": "parent",
        "options": "options",
    }
    typed_members: ClassVar[dict[str, str]] = {"options": "typed"}

    kind: str = ""
    handle: str | None = None
    dev: str | None = None
    root: bool | None = None
    parent: str | None = None
    refcnt: int | None = None
    offloaded: bool | None = None
    ingress_block: int | None = None
    egress_block: int | None = None
    options: dict[str, Any] | None = None
    stab: SizeTable | None = nested(SizeTable)
    maxpacket: int | None = None
    drop_overlimit: int | None = None
    new_flow_count: int | None = None
    ecn_mark: int | None = None
    ce_mark: int | None = None
    memory_used: int | None = None
    drop_overmemory: int | None = None
    new_flows_len: int | None = None
    old_flows_len: int | None = None
    count: int | None = None
    lastcount: int | None = None
    ldelay: int | None = None
    dropping: bool | None = None
    drop_next: int | None = None
    flows: int | None = None
    inactive: int | None = None
    throttled: int | None = None
    band0_pkts: int | None = None
    band1_pkts: int | None = None
    band2_pkts: int | None = None
    next_packet_delay: int | None = None
    gc: int | None = None
    highprio: int | None = None
    fastpath: int | None = None
    retrans: int | None = None
    latency: int | None = None
    flows_plimit: int | None = None
    pkts_too_long: int | None = None
    alloc_errors: int | None = None
    horizon_drops: int | None = None
    horizon_caps: int | None = None
    band0_drops: int | None = None
    band1_drops: int | None = None
    band2_drops: int | None = None
    allot: int | None = None
    delayed: int | None = None
    dropped: int | None = None
    corrupted: int | None = None
    duplicated: int | None = None
    reordered: int | None = None
    ecn_marked: int | None = None
    memory_limit: int | None = None
    capacity_estimate: int | None = None
    min_network_size: int | None = None
    max_network_size: int | None = None
    min_adj_size: int | None = None
    max_adj_size: int | None = None
    active_queues: int | None = None
    avg_hdr_offset: int | None = None
    deficit: int | None = None
    blue_prob: int | None = None
    blue_timer: int | None = None
    tins: tuple[CakeTin, ...] | None = nested(CakeTin)
    # red, choke, sfb: tc/q_red.c, tc/q_choke.c, tc/q_sfb.c
    marked: int | None = None
    early: int | None = None
    pdrop: int | None = None
    other: int | None = None
    matched: int | None = None
    earlydrop: int | None = None
    penaltydrop: int | None = None
    bucketdrop: int | None = None
    queuedrop: int | None = None
    childdrop: int | None = None
    maxqlen: int | None = None
    maxprob: int | float | None = None
    avgprob: int | float | None = None
    # pie, fq_pie, hhf: tc/q_pie.c, tc/q_fq_pie.c, tc/q_hhf.c
    prob: int | float | None = None
    delay: int | None = None
    avg_dq_rate: int | None = None
    pkts_in: int | None = None
    overlimit: int | None = None
    overmemory: int | None = None
    maxq: int | None = None
    hh_overlimit: int | None = None
    tot_hh: int | None = None
    cur_hh: int | None = None
    warn: str | None = None

    # Before 5.5 the options of a tbf are text.
    in_json = staticmethod(tc_text_options.repair_options)

    @property
    def typed(self) -> TcKind:
        """The kind with its options; times are in seconds, rates in bits a second."""
        try:
            return qdisc_from_json(self.kind, self.options or {})
        except OutputError as error:
            raise OutputError(str(error).replace("at `$", "at `$.options", 1)) from error
