"""Every option of the qdiscs and classes of this kernel is built and read back as equal."""

from collections.abc import Callable
from typing import Any

import pytest
from attrs import field, frozen

from ipwrap import CommandError, Session, UsageError
from ipwrap.kinds import Veth
from ipwrap.models import TcQdisc
from ipwrap.options.table import Option, options_of
from ipwrap.qdiscs import (
    QDISCS,
    Bfifo,
    Cake,
    CakeMq,
    Codel,
    Fq,
    FqCodel,
    Htb,
    HtbClass,
    Netem,
    Pfifo,
    PfifoHeadDrop,
    Prio,
    Sfq,
    Tbf,
    TcKind,
)
from tests.labs import missing_kernel_reason

pytestmark = pytest.mark.live

MAP = (1, 2, 2, 2, 1, 2, 0, 0, 1, 1, 1, 1, 1, 1, 1, 1)


@frozen
class Trips:
    """The values to test for each option, and further options that the kind or option requires."""

    values: dict[str, list[Any]]
    needed: dict[str, Any] = field(factory=dict)
    requires: dict[str, dict[str, Any]] = field(factory=dict)


TIMES = [0.00512, "51.2ms", 0.000128]  # multiples of CoDel's clock of 1024 ns
DELAY: dict[str, Any] = {"delay": 0.1}
CODEL: dict[str, list[Any]] = {
    "limit": [1, 500],
    "target": [*TIMES, "5ms", 0.007],
    "interval": [*TIMES, "100ms"],
    "ce_threshold": [*TIMES, "1ms"],
    "ecn": [True, False],
}

TRIPS: dict[type[TcKind], Trips] = {
    Netem: Trips(
        values={
            "limit": [1, 1000, 100000],
            # multiples of 64 ns, the ticks of older releases of tc, which round other times down
            "delay": [0.1, "100ms", "16us", 0.000128, 1, 12.5],
            "jitter": [0.01, "3ms", "16us"],
            "delay_correlation": [25, 0.5, 99.9],
            "loss": [1.5, 0.01, 100, 33.3],
            "loss_correlation": [25],
            "loss_state": [(1.5, 90.0, 2.0, 50.0, 0.25)],
            "loss_gemodel": [(1.0, 10.0, 70.0, 0.5)],
            "duplicate": [1, 0.25],
            "duplicate_correlation": [50],
            "corrupt": [0.1, 2],
            "corrupt_correlation": [12.5],
            "reorder": [25],
            "reorder_correlation": [50],
            "gap": [5],
            "ecn": [True],
            "rate": ["10mbit", 8, 1_000_000, "100gbit", "1.5mbit"],
            "packetoverhead": [20, -4],
            "cellsize": [48],
            "celloverhead": [5, -1],
            "slot": ["1ms", 0.0008],
            "slot_max": ["2ms"],
            "slot_delay": ["2ms"],
            "slot_jitter": ["0.5ms"],
            "slot_packets": [32],
            "slot_bytes": [65536, "64kb"],
            "seed": [11, 2**63],
        },
        requires={
            "jitter": DELAY,
            "delay_correlation": {**DELAY, "jitter": 0.01},
            "loss_correlation": {"loss": 1},
            "duplicate_correlation": {"duplicate": 1, "loss": 1, "loss_correlation": 5},
            "corrupt_correlation": {"corrupt": 1},
            "reorder": DELAY,
            "reorder_correlation": {**DELAY, "reorder": 25},
            "gap": {**DELAY, "reorder": 25},
            "ecn": {"loss": 1},
            "packetoverhead": {"rate": "1mbit"},
            "cellsize": {"rate": "1mbit", "packetoverhead": 0},
            "celloverhead": {"rate": "1mbit", "packetoverhead": 0, "cellsize": 48},
            "slot_max": {"slot": "1ms"},
            "slot_delay": {"slot_distribution": "normal", "slot_jitter": "1ms"},
            "slot_jitter": {"slot_distribution": "normal", "slot_delay": "1ms"},
            "slot_packets": {"slot": "1ms"},
            "slot_bytes": {"slot": "1ms"},
        },
    ),
    Tbf: Trips(
        needed={"rate": "8mbit", "burst": "10kb", "latency": "50ms"},
        values={
            "rate": ["1mbit", 8_000_000, "1gbit", "40gbit"],
            "burst": ["10kb", 20480],
            "latency": ["50ms", 0.4],
            "mtu": [2048],
            "mpu": [64],
            "overhead": [24],
            "linklayer": ["ethernet", "atm"],
        },
        requires={"mtu": {"peakrate": "16mbit"}, "rate": {"burst": "1mb"}},
    ),
    Htb: Trips(values={"default": ["20", "fff"], "r2q": [10, 100], "direct_qlen": [1, 500]}),
    Codel: Trips(values=CODEL),
    FqCodel: Trips(
        values={
            **CODEL,
            "flows": [1, 1024],
            "quantum": [300, "1kb"],
            "memory_limit": ["4mb", 1_000_000],
            "drop_batch": [1, 32],
            "ce_threshold_selector": [(1, 3)],
        },
        requires={"ce_threshold_selector": {"ce_threshold": "5.12ms"}},
    ),
    Fq: Trips(
        values={
            "limit": [10, 10000],
            "flow_limit": [100],
            "quantum": [3000, "4kb"],
            "initial_quantum": [15000],
            "maxrate": ["10mbit", "30gbit"],
            "buckets": [1024],
            "pacing": [True, False],
            "refill_delay": ["40ms"],
            "priomap": [MAP],
            "weights": [(600000, 200000, 100000)],
            "low_rate_threshold": ["500kbit"],
            "orphan_mask": [1023],
            "timer_slack": ["10us", 0.000001234],
            "ce_threshold": ["5ms"],
            "horizon": ["10s", 1],
            "horizon_drop": [True, False],
            "offload_horizon": ["5s"],
        }
    ),
    Cake: Trips(
        values={
            "bandwidth": ["20mbit", "unlimited"],
            "autorate": [True],
            "diffserv": ["besteffort", "diffserv8"],
            "flowmode": ["flowblind", "dual-dsthost"],
            "nat": [True, False],
            "wash": [True, False],
            "ingress": [True, False],
            "ack_filter": [True, False, "aggressive"],
            "split_gso": [True, False],
            "rtt": ["30ms", 0.1],
            "raw": [True],
            "atm": ["atm", "ptm"],
            "overhead": [18, -4],
            "mpu": [64],
            "memlimit": ["4mb"],
            "fwmark": [255],
        }
    ),
    CakeMq: Trips(values={}),
    Pfifo: Trips(values={"limit": [0, 7, 1000]}),
    PfifoHeadDrop: Trips(values={"limit": [7]}),
    Bfifo: Trips(values={"limit": [100, "10kb"]}),
    Prio: Trips(
        values={"bands": [3, 16], "priomap": [MAP, (1, 1, *MAP[2:])]},
    ),
    Sfq: Trips(
        values={
            "limit": [2, 100],
            "perturb": [10],
            "quantum": [1514, "3kb"],
            "divisor": [1024],
            "flows": [64],
            "depth": [64],
            "headdrop": [True],
            "min": [8000],
            "max": [60000],
            "probability": [0.25],
            "ecn": [True],
            "harddrop": [True],
        },
        requires={
            name: {"redflowlimit": 100000, "min": 8000, "max": 60000, "probability": 0.1}
            for name in ("min", "max", "probability", "ecn", "harddrop")
        },
    ),
}

CLASS_TRIPS = Trips(
    needed={
        "rate": "8mbit",
        "burst": 16000,
        "cburst": 16000,
    },  # of whole microseconds, as older releases count
    values={
        "rate": ["8mbit", 16_000_000],
        "ceil": ["16mbit"],
        "burst": [16000],
        "cburst": [32000],
        "prio": [0, 7],
        "quantum": [3000],
        "mpu": [64],
        "overhead": [24],
        "linklayer": ["ethernet", "atm"],
    },
)


def cases(cls: type[TcKind], trips: Trips) -> list[Any]:
    """Return the round trips of a kind."""
    options = {option.name: option for option in options_of(cls)}

    parameters = []
    for name, values in trips.values.items():
        for value in values:
            built = build_trip(cls, trips, options[name], value)
            case_id = f"{cls.__name__}-{name}-{value}"
            parameters.append(pytest.param(built, options[name], id=case_id))

    return parameters


def build_trip(cls: type[TcKind], trips: Trips, option: Option, value: Any) -> TcKind:
    """Return the kind with one option, and with the required options."""
    return cls(**{**trips.needed, **trips.requires.get(option.name, {}), option.name: value})


CASES: list[Any] = []
for kind_cls, kind_trips in TRIPS.items():
    CASES += cases(kind_cls, kind_trips)


@pytest.fixture
def link(sandbox_session: Session) -> str:
    """A link for a qdisc."""
    sandbox_session.ip.link.add("v0", Veth(peer="v1"), up=True)
    return "v0"


def skip_unsupported(option: Option, error: CommandError) -> None:
    """Skip options without support in this kernel or iproute2, and raise further errors."""
    if isinstance(error, UsageError) and option.since is not None:
        pytest.skip(f"this kernel or iproute2: {error.reason}; the option came with {option.since}")
    if "unknown" in error.reason or "not supported" in error.reason:
        pytest.skip(f"this kernel: {error.reason}")
    if reason := missing_kernel_reason(option):
        pytest.skip(reason)

    raise error


def show_qdisc(session: Session, link: str) -> TcQdisc:
    """Return the qdisc of a link, from the full list that a worker prints."""
    (match,) = (qdisc for qdisc in session.tc.qdisc.show() if qdisc.dev == link)
    return match


def compare(
    option: Option,
    built: TcKind,
    shown: TcKind,
    record_property: Callable[[str, object], None],
) -> None:
    """Compare the built option with the shown option."""
    expected, value = getattr(built, option.name), getattr(shown, option.name)
    record_property("built", True)
    if value is None and option.since is not None:
        pytest.skip(
            f"this kernel or iproute2 does not show it: the option came with {option.since}"
        )

    record_property("read back", value is not None)

    assert expected == value
    assert {} == shown.extra
    record_property("equal", True)


@pytest.mark.parametrize(("built", "option"), CASES)
def test_option_of_a_qdisc_is_read_back_as_it_was_built(
    sandbox_session: Session,
    link: str,
    built: TcKind,
    option: Option,
    record_property: Callable[[str, object], None],
) -> None:
    """A qdisc with one option shows the same value of the option."""
    record_property("round trip", f"{built.kind} {option.name}")
    try:
        sandbox_session.tc.qdisc.add(link, built)
    except CommandError as error:
        skip_unsupported(option, error)

    shown = show_qdisc(sandbox_session, link)

    assert built.kind == shown.kind
    assert {} == shown.extra
    compare(option, built, shown.typed, record_property)


@pytest.mark.parametrize(("built", "option"), cases(HtbClass, CLASS_TRIPS))
def test_option_of_a_class_is_read_back_as_it_was_built(
    sandbox_session: Session,
    link: str,
    built: TcKind,
    option: Option,
    record_property: Callable[[str, object], None],
) -> None:
    """A class with one option shows the same value of the option."""
    record_property("round trip", f"htb_class {option.name}")
    try:
        sandbox_session.tc.qdisc.add(link, Htb(), handle="1:")
    except CommandError as error:
        skip_unsupported(option, error)

    sandbox_session.tc.class_.add(link, built, classid="1:10", parent="1:")
    (shown,) = sandbox_session.tc.class_.show(link)

    assert ("htb", "1:10", {}) == (shown.class_, shown.handle, shown.extra)
    assert shown.typed is not None
    compare(option, built, shown.typed, record_property)


def test_every_shown_option_has_a_round_trip() -> None:
    """Every option has a round trip, except options of removed kernels and of hardware."""
    untested = {"offload", "multiqueue", "defrate"}
    for cls, trips in {**TRIPS, HtbClass: CLASS_TRIPS}.items():
        shown_options = {
            option.name for option in options_of(cls) if option.keyword and option.json_key
        } - untested
        shown_options -= {"limit"} if cls is Tbf else set()  # shown as a latency

        assert cls is CakeMq or shown_options == set(trips.values), cls

    assert set(QDISCS) == {cls.kind for cls in TRIPS} | {
        "clsact",
        "ingress",
        "noqueue",
        "pfifo_fast",
    }


@pytest.mark.parametrize("cls", TRIPS, ids=lambda cls: cls.__name__)
def test_a_qdisc_that_was_shown_can_be_built_again(
    sandbox_session: Session,
    link: str,
    cls: type[TcKind],
) -> None:
    """A qdisc with the shown options is shown with the same options."""
    built = cls(**TRIPS[cls].needed)
    try:
        sandbox_session.tc.qdisc.add(link, built)
    except CommandError as error:
        skip_unsupported(options_of(cls)[0], error)

    first = show_qdisc(sandbox_session, link).typed
    sandbox_session.tc.qdisc.delete(link)
    sandbox_session.tc.qdisc.add(link, first)

    assert first == show_qdisc(sandbox_session, link).typed
