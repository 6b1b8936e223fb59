"""The kinds of qdiscs and classes: the arguments of every option, and the values from JSON."""

from datetime import timedelta
from typing import Any

import pytest

from ipwrap import InvalidArgument
from ipwrap.options.table import options_of
from ipwrap.qdiscs import (
    CLASSES,
    QDISCS,
    Bfifo,
    Cake,
    CakeMq,
    Clsact,
    Codel,
    Fq,
    FqCodel,
    Htb,
    HtbClass,
    Netem,
    Noqueue,
    Pfifo,
    Prio,
    Qdisc,
    Sfq,
    Tbf,
    TcKind,
    qdisc_from_json,
)

PRIOMAP = (1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1)
PRIOMAP_ARGUMENTS = " ".join(map(str, PRIOMAP))

CODEL: list[tuple[dict[str, Any], str]] = [
    ({"limit": 1000}, "limit 1000"),
    ({"target": "5ms"}, "target 5ms"),
    ({"interval": 0.1}, "interval 100ms"),
    ({"ce_threshold": timedelta(milliseconds=1)}, "ce_threshold 1ms"),
    ({"ecn": True}, "ecn"),
    ({"ecn": False}, "noecn"),
]

CASES: dict[type[TcKind], list[tuple[dict[str, Any], str]]] = {
    Netem: [
        ({"limit": 7}, "limit 7"),
        ({"delay": "100ms"}, "delay 100ms"),
        ({"delay": 0.1, "jitter": 0.01}, "delay 100ms 10ms"),
        ({"delay": 0.1, "jitter": 0.01, "delay_correlation": 25}, "delay 100ms 10ms 25%"),
        (
            {"delay": 1, "jitter": "1ns", "distribution": "pareto"},
            "delay 1s 1ns distribution pareto",
        ),
        ({"loss": 1.5}, "loss random 1.5%"),
        ({"loss": 1.5, "loss_correlation": 25}, "loss random 1.5% 25%"),
        ({"loss_state": (1,)}, "loss state 1%"),
        ({"loss_state": (1, 2, 3, 4, 5.5)}, "loss state 1% 2% 3% 4% 5.5%"),
        ({"loss_gemodel": 1}, "loss gemodel 1%"),
        ({"loss_gemodel": (1, 10, 70, 0.1)}, "loss gemodel 1% 10% 70% 0.1%"),
        ({"duplicate": 1}, "duplicate 1%"),
        ({"duplicate": 1, "duplicate_correlation": 50}, "duplicate 1% 50%"),
        ({"corrupt": 0.1}, "corrupt 0.1%"),
        ({"corrupt": 0.1, "corrupt_correlation": 5}, "corrupt 0.1% 5%"),
        ({"delay": 1, "reorder": 25}, "delay 1s reorder 25%"),
        (
            {"delay": 1, "reorder": 25, "reorder_correlation": 50, "gap": 5},
            "delay 1s reorder 25% 50% gap 5",
        ),
        ({"loss": 1, "ecn": True}, "loss random 1% ecn"),
        ({"rate": "10mbit"}, "rate 10mbit"),
        ({"rate": 8000, "packetoverhead": -4}, "rate 8kbit -4"),
        (
            {"rate": 8000, "packetoverhead": 20, "cellsize": 48, "celloverhead": -5},
            "rate 8kbit 20 48 -5",
        ),
        ({"slot": "800us"}, "slot 800us"),
        (
            {"slot": "1ms", "slot_max": "2ms", "slot_packets": 32, "slot_bytes": "64kb"},
            "slot 1ms 2ms packets 32 bytes 65536",
        ),
        (
            {
                "slot_distribution": "normal",
                "slot_delay": "2ms",
                "slot_jitter": "1ms",
                "slot_packets": 3,
            },
            "slot distribution normal 2ms 1ms packets 3",
        ),
        ({"seed": 2**64 - 1}, "seed 18446744073709551615"),
    ],
    Tbf: [
        (
            {"rate": "1mbit", "burst": "10kb", "latency": "50ms"},
            "latency 50ms burst 10240 rate 1mbit",
        ),
        ({"limit": "1kb"}, "limit 1024"),
        ({"peakrate": "2mbit", "mtu": 1540, "mpu": 64}, "mtu 1540 mpu 64 peakrate 2mbit"),
        ({"overhead": 24, "linklayer": "atm"}, "overhead 24 linklayer atm"),
    ],
    Htb: [
        ({"default": "20", "r2q": 10}, "default 20 r2q 10"),
        ({"direct_qlen": 500, "offload": True}, "direct_qlen 500 offload"),
        ({"direct_packets_stat": 3, "ver": "3.17"}, ""),
    ],
    HtbClass: [
        ({"rate": "1mbit", "ceil": "2mbit"}, "rate 1mbit ceil 2mbit"),
        ({"burst": "16kb", "cburst": 1600}, "burst 16384 cburst 1600"),
        ({"prio": 0, "quantum": 3000, "mtu": 1600}, "prio 0 quantum 3000 mtu 1600"),
        (
            {"mpu": 64, "overhead": 10, "linklayer": "ethernet"},
            "mpu 64 overhead 10 linklayer ethernet",
        ),
    ],
    Codel: CODEL,
    FqCodel: [
        *CODEL,
        ({"flows": 1024, "quantum": 300}, "flows 1024 quantum 300"),
        ({"memory_limit": "32mb", "drop_batch": 64}, "memory_limit 33554432 drop_batch 64"),
        ({"ce_threshold_selector": (1, 3)}, "ce_threshold_selector 1/3"),
    ],
    Fq: [
        ({"limit": 1, "flow_limit": 2}, "limit 1 flow_limit 2"),
        ({"quantum": 3028, "initial_quantum": "15kb"}, "quantum 3028 initial_quantum 15360"),
        ({"maxrate": "1gbit", "defrate": 8000}, "maxrate 1gbit defrate 8kbit"),
        ({"buckets": 1024, "pacing": False}, "buckets 1024 nopacing"),
        ({"pacing": True, "refill_delay": "40ms"}, "pacing refill_delay 40ms"),
        (
            {"priomap": PRIOMAP, "weights": (3, 2, 1)},
            f"bands 3 priomap {PRIOMAP_ARGUMENTS} weights 3 2 1",
        ),
        (
            {"low_rate_threshold": "550kbit", "orphan_mask": 1023},
            "low_rate_threshold 550kbit orphan_mask 1023",
        ),
        ({"timer_slack": "10us", "ce_threshold": "5ms"}, "timer_slack 10us ce_threshold 5ms"),
        ({"horizon": 10, "horizon_drop": True}, "horizon 10s horizon_drop"),
        ({"horizon_drop": False, "offload_horizon": 5}, "horizon_cap offload_horizon 5s"),
    ],
    Cake: [
        ({"bandwidth": "20mbit", "rtt": "30ms"}, "bandwidth 20mbit rtt 30ms"),
        ({"bandwidth": "unlimited", "autorate": True}, "unlimited autorate-ingress"),
        ({"diffserv": "diffserv4", "flowmode": "dual-srchost"}, "diffserv4 dual-srchost"),
        ({"nat": True, "wash": False, "ingress": True}, "nat nowash ingress"),
        ({"nat": False, "wash": True, "ingress": False}, "nonat wash egress"),
        ({"ack_filter": True, "split_gso": False}, "ack-filter no-split-gso"),
        ({"ack_filter": "aggressive", "split_gso": True}, "ack-filter-aggressive split-gso"),
        ({"ack_filter": False, "raw": True}, "no-ack-filter raw"),
        ({"atm": "ptm", "overhead": -4, "mpu": 64}, "ptm overhead -4 mpu 64"),
        ({"memlimit": "4mb", "fwmark": 255}, "memlimit 4194304 fwmark 255"),
    ],
    CakeMq: [({"bandwidth": 8000}, "bandwidth 8kbit")],
    Pfifo: [({"limit": 7}, "limit 7")],
    Bfifo: [({"limit": "10kb"}, "limit 10240")],
    Noqueue: [({}, "")],
    Clsact: [({}, "")],
    Prio: [
        ({"bands": 2, "priomap": (0, 1)}, "bands 2 priomap 0 1"),
        ({"priomap": PRIOMAP, "multiqueue": True}, f"multiqueue priomap {PRIOMAP_ARGUMENTS}"),
    ],
    Sfq: [
        ({"limit": 100, "perturb": 10, "quantum": 1514}, "limit 100 perturb 10 quantum 1514"),
        (
            {"divisor": 1024, "flows": 64, "depth": 32, "headdrop": True},
            "divisor 1024 flows 64 depth 32 headdrop",
        ),
        (
            {"redflowlimit": 100000, "min": 8000, "max": "60kb", "avpkt": 1000, "burst": 20},
            "redflowlimit 100000 min 8000 max 61440 avpkt 1000 burst 20",
        ),
        ({"probability": 0.1, "ecn": True, "harddrop": True}, "probability 0.1 ecn harddrop"),
    ],
}

ALL_KINDS: list[type[TcKind]] = [*QDISCS.values(), *CLASSES.values()]


@pytest.mark.parametrize(
    ("cls", "options", "arguments"),
    [(cls, *case) for cls, cases in CASES.items() for case in cases],
    ids=str,
)
def test_kind_formats_its_options(
    cls: type[TcKind], options: dict[str, Any], arguments: str
) -> None:
    """Each option has tc's notation, with the values that follow without a keyword."""
    assert arguments.split() == list(cls(**options).to_args())


@pytest.mark.parametrize("cls", ALL_KINDS, ids=lambda cls: cls.__name__)
def test_every_option_has_a_case(cls: type[TcKind]) -> None:
    """Every option of a kind is tested, of the kind or of its base class."""
    names = {option.name for option in options_of(cls) if option.keyword}

    tested = set()
    for base, cases in CASES.items():
        if issubclass(cls, base):
            for options, _ in cases:
                tested |= set(options)

    assert names <= tested


@pytest.mark.parametrize(
    ("cls", "options", "reason"),
    [
        (Netem, {"jitter": 0.1}, "jitter: stands behind delay"),
        (Netem, {"delay": 0.1, "delay_correlation": 1}, "delay_correlation: stands behind jitter"),
        (Netem, {"loss_correlation": 1}, "loss_correlation: stands behind loss"),
        (Netem, {"rate": 8000, "cellsize": 48}, "cellsize: stands behind packetoverhead"),
        (Netem, {"slot_packets": 1}, "slot_packets: stands behind slot or slot_distribution"),
        (Netem, {"slot_delay": 1}, "slot_delay: stands behind slot_distribution"),
    ],
)
def test_option_without_its_preceding_option_is_refused(
    cls: type[TcKind], options: dict[str, Any], reason: str
) -> None:
    """A value without a keyword would belong to a different option without the preceding one."""
    with pytest.raises(InvalidArgument, match=f"^{reason}"):
        cls(**options).to_args()


@pytest.mark.parametrize(
    ("cls", "options", "reason"),
    [
        (Netem, {"limit": -1}, "limit: -1 is not within 0 to 4294967295"),
        (Netem, {"loss_state": (1, 2, 3, 4, 5, 6)}, "1 to 5 percentages"),
        (Netem, {"loss_state": (101,)}, "0 to 100"),
        (Netem, {"loss_gemodel": ()}, "1 to 4 percentages"),
        (Netem, {"distribution": ""}, "distribution: an empty word"),
        (
            Netem,
            {"slot": 1, "slot_bytes": 2**31},
            "bytes: 2147483648 is not within 0 to 2147483647",
        ),
        (Netem, {"ecn": 1}, "ecn: 1 is not True or False"),
        (Htb, {"default": 20}, "give the text '20'"),
        (Htb, {"default": "0x20"}, "give the text '20'"),
        (Htb, {"default": "12345"}, "give the text '20'"),
        (HtbClass, {"prio": 8}, "prio: 8 is not within 0 to 7"),
        (HtbClass, {"mpu": 65536}, "mpu: 65536 is not within 0 to 65535 bytes"),
        (Tbf, {"linklayer": "adsl"}, "linklayer: 'adsl' is not one of ethernet, atm"),
        (FqCodel, {"ce_threshold_selector": 1}, "a value and its mask"),
        (FqCodel, {"ce_threshold_selector": (1, 256)}, "0 to 255"),
        (Fq, {"maxrate": "40gbit"}, "34359738360 bits a second"),
        (Fq, {"priomap": (1, 2)}, "priomap: .* is not 16 to 16 numbers"),
        (Fq, {"weights": (0, 1, 2)}, "weights: 0 is not within 1"),
        (Cake, {"ack_filter": 1}, "ack_filter: 1 is not True, False or 'aggressive'"),
        (Cake, {"bandwidth": "unlimite"}, "'unlimite' is not a rate"),
        (Cake, {"overhead": 257}, "overhead: 257 is not within -64 to 256"),
        (Prio, {"bands": 17}, "bands: 17 is not within 2 to 16"),
        (Sfq, {"limit": 1}, "limit: 1 is not within 2"),
        (Sfq, {"probability": 2}, "probability: 2 is not a probability"),
    ],
)
def test_invalid_value_is_refused(cls: type[TcKind], options: dict[str, Any], reason: str) -> None:
    """The error names the option and the accepted values."""
    with pytest.raises(InvalidArgument, match=reason):
        cls(**options).to_args()


# Kinds, and the JSON of tc 6.15 for qdiscs with these options, unless a comment names a function.
SHOWN: list[tuple[TcKind, dict[str, Any]]] = [
    (
        Netem(
            limit=1000,
            delay="100ms",
            jitter="10ms",
            delay_correlation=25,
            loss=1.5,
            loss_correlation=25,
            duplicate=1,
            duplicate_correlation=0,
            reorder=25,
            reorder_correlation=50,
            corrupt=0.1,
            corrupt_correlation=0,
            rate="10mbit",
            packetoverhead=20,
            cellsize=48,
            celloverhead=5,
            slot="1ms",
            slot_max="2ms",
            slot_packets=32,
            slot_bytes="64kb",
            seed=11,
            ecn=False,
            gap=5,
        ),
        {
            "limit": 1000,
            "delay": {"delay": 0.1, "jitter": 0.01, "correlation": 0.25},
            "loss-random": {"loss": 0.015, "correlation": 0.25},
            "duplicate": {"duplicate": 0.01, "correlation": 0},
            "reorder": {"reorder": 0.25, "correlation": 0.5},
            "corrupt": {"corrupt": 0.001, "correlation": 0},
            "rate": {"rate": 1250000, "packetoverhead": 20, "cellsize": 48, "celloverhead": 5},
            "slot": {"min-delay": 0.001, "max-delay": 0.002, "packets": 32, "bytes": 65536},
            "seed": 11,
            "ecn": False,
            "gap": 5,
        },
    ),
    (  # written after netem_print_opt()
        Netem(
            limit=7,
            loss_state=(1, 99, 0, 100, 0),
            slot_delay="2ms",
            slot_jitter="1ms",
            slot_packets=0,
            slot_bytes=0,
            ecn=True,
            gap=0,
        ),
        {
            "limit": 7,
            "loss-state": {"p13": 0.01, "p31": 0.99, "p32": 0, "p23": 1, "p14": 0},
            "slot": {"distribution": 0.002, "jitter": 0.001, "packets": 0, "bytes": 0},
            "ecn": True,
            "gap": 0,
        },
    ),
    (  # written after netem_print_opt()
        Netem(loss_gemodel=(1, 10, 70, 0.1)),
        {"loss-gemodel": {"p": 0.01, "r": 0.1, "1-h": 0.7, "1-k": 0.001}},
    ),
    (
        Tbf(rate="1mbit", burst="10kb", mpu=0, mtu=1540, latency="50ms", linklayer="ethernet"),
        {
            "rate": 125000,
            "burst": "10Kb/1",
            "mpu": 0,
            "mtu": "1540b/1",
            "lat": 50000,
            "linklayer": "ethernet",
        },
    ),
    (  # written after tbf_print_opt(), without -d
        Tbf(rate="1mbit", burst="10kb", mtu=1540, latency="50ms"),
        {"rate": 125000, "burst": 10240, "minburst": 1540, "lat": 50000},
    ),
    (
        Htb(default="20", r2q=10, direct_qlen=1000, direct_packets_stat=1, ver="3.17"),
        {
            "r2q": 10,
            "default": "0x20",
            "direct_packets_stat": 1,
            "ver": "3.17",
            "direct_qlen": 1000,
        },
    ),
    (  # written after htb_print_opt()
        Htb(default="0", r2q=10, offload=True),
        {"r2q": 10, "default": "0", "offload": None},
    ),
    (
        FqCodel(
            limit=10240,
            flows=1024,
            quantum=1514,
            target="5ms",
            interval="100ms",
            memory_limit="32mb",
            ecn=True,
            drop_batch=64,
        ),
        {
            "limit": 10240,
            "flows": 1024,
            "quantum": 1514,
            "target": 4999,
            "interval": 99999,
            "memory_limit": 33554432,
            "ecn": True,
            "drop_batch": 64,
        },
    ),
    (  # written after fq_codel_print_opt()
        FqCodel(ce_threshold="1.024ms", ce_threshold_selector=(1, 3), ecn=False),
        {"ce_threshold": 1024, "ce_threshold_selector": 1, "ce_threshold_mask": 3},
    ),
    (
        Codel(limit=1000, target="5ms", interval="100ms", ecn=False),
        {"limit": 1000, "target": 4999, "interval": 99999},
    ),
    (
        Fq(
            limit=10000,
            flow_limit=100,
            buckets=1024,
            orphan_mask=1023,
            pacing=True,
            priomap=PRIOMAP,
            weights=(589824, 196608, 65536),
            quantum=3028,
            initial_quantum=15140,
            low_rate_threshold="550kbit",
            refill_delay="40ms",
            timer_slack="10us",
            horizon="10s",
            horizon_drop=True,
        ),
        {
            "limit": 10000,
            "flow_limit": 100,
            "buckets": 1024,
            "orphan_mask": 1023,
            "bands": 3,
            "priomap ": list(PRIOMAP),
            "weights ": [589824, 196608, 65536],
            "quantum": 3028,
            "initial_quantum": 15140,
            "low_rate_threshold": 68750,
            "refill_delay": 40000,
            "timer_slack": 10000,
            "horizon": 10000000,
            "horizon_drop": None,
        },
    ),
    (  # written after fq_print_opt()
        Fq(
            pacing=False, horizon_drop=False, maxrate="8mbit", ce_threshold="1ms", offload_horizon=5
        ),
        {
            "pacing": False,
            "horizon_cap": None,
            "maxrate": 1000000,
            "ce_threshold": 1000,
            "offload_horizon": 5000000,
        },
    ),
    (
        Prio(bands=3, priomap=PRIOMAP, multiqueue=False),
        {"bands": 3, "priomap": list(PRIOMAP), "multiqueue": False},
    ),
    (  # written after the source of 5.4
        Prio(bands=3, priomap=PRIOMAP),
        {"bands": 3, "priomap ": list(PRIOMAP)},
    ),
    (
        Sfq(
            limit=127,
            quantum=1514,
            depth=127,
            flows=128,
            divisor=1024,
            ewma=3,
            min=8333,
            max=25000,
            probability=0.02,
            ecn=False,
            harddrop=False,
            adaptive=False,
            nodrop=False,
            prob_mark=0,
            prob_mark_head=0,
            prob_drop=0,
            forced_mark=0,
            forced_mark_head=0,
            forced_drop=0,
        ),
        {
            "limit": 127,
            "quantum": 1514,
            "depth": 127,
            "flows": 128,
            "divisor": 1024,
            "ewma": 3,
            "min": 8333,
            "max": 25000,
            "probability": 0.02,
            "ecn": False,
            "harddrop": False,
            "adaptive": False,
            "nodrop": False,
            "prob_mark": 0,
            "prob_mark_head": 0,
            "prob_drop": 0,
            "forced_mark": 0,
            "forced_mark_head": 0,
            "forced_drop": 0,
        },
    ),
    (
        Cake(
            bandwidth="unlimited",
            diffserv="diffserv3",
            flowmode="triple-isolate",
            nat=False,
            wash=False,
            ingress=False,
            ack_filter=False,
            split_gso=True,
            rtt="100ms",
            raw=True,
            overhead=0,
            fwmark=0,
        ),
        {
            "bandwidth": "unlimited",
            "diffserv": "diffserv3",
            "flowmode": "triple-isolate",
            "nat": False,
            "wash": False,
            "ingress": False,
            "ack-filter": "disabled",
            "split_gso": True,
            "rtt": 100000,
            "raw": True,
            "overhead": 0,
            "fwmark": "0",
        },
    ),
    (  # written after cake_print_opt()
        Cake(
            bandwidth="10mbit",
            autorate=True,
            ack_filter="aggressive",
            raw=False,
            atm="ptm",
            overhead=30,
            mpu=64,
            memlimit="4mb",
            fwmark=255,
        ),
        {
            "bandwidth": 1250000,
            "autorate": "autorate-ingress",
            "ack-filter": "aggressive",
            "raw": False,
            "atm": "ptm",
            "overhead": 30,
            "mpu": 64,
            "memlimit": 4194304,
            "fwmark": "0xff",
        },
    ),
    (Cake(ack_filter=True), {"ack-filter": "enabled"}),
    (Qdisc("pie", {"limit": 1000}), {"limit": 1000}),
]


@pytest.mark.parametrize(
    ("kind", "printed"), SHOWN, ids=lambda argument: getattr(argument, "type", "")
)
def test_kind_from_json_equals_the_built_kind(kind: TcKind, printed: dict[str, Any]) -> None:
    """Times, rates and percentages are converted back."""
    assert kind == qdisc_from_json(kind.type, printed)


@pytest.mark.parametrize("cls", ALL_KINDS, ids=lambda cls: cls.__name__)
def test_unknown_json_key_is_kept(cls: type[TcKind]) -> None:
    """A key of a newer release is in `extra`."""
    assert {"new": 1} == cls.from_json({"new": 1}).extra


def test_qdisc_formats_any_kind_by_its_name() -> None:
    """True is a flag, None is omitted, a tuple has several arguments."""
    pie = Qdisc("pie", {"limit": 10, "ecn": True, "target": None, "range": (1, 2)})

    assert "pie" == pie.type
    assert ("limit", "10", "ecn", "range", "1", "2") == pie.to_args()


GARBAGE: list[Any] = [
    "",
    "x",
    "\ud800",
    "a\0b",
    -1,
    0,
    1,
    2**70,
    1.5,
    True,
    False,
    (),
    [],
    {},
    (1, 2),
    {"a": 1},
    b"x",
    ...,
    int,
]


@pytest.mark.parametrize("cls", ALL_KINDS, ids=lambda cls: cls.__name__)
def test_any_value_is_formatted_or_refused(cls: type[TcKind]) -> None:
    """Any value gives arguments of text, or an `InvalidArgument`, and no other error."""
    for option in options_of(cls):
        for value in GARBAGE:
            values: dict[str, Any] = {option.name: value}
            try:
                arguments = cls(**values).to_args()
            except InvalidArgument:
                continue

            for argument in arguments:
                assert isinstance(argument, str), (option.name, value)
                assert "\0" not in argument, (option.name, value)
