"""Counters of bridges and bonds: bridge_print_stats_attr() and bond_print_stats_attr()."""

import pytest

from ipwrap.jsonio.reader import encode
from ipwrap.models import LacpStats, MulticastStats, StpStats, Versions, Xstats, dump_all, parse

BRIDGE = {
    "ifname": "br0",
    "multicast": {
        "igmp_queries": {"rx_v1": 0, "rx_v2": 0, "rx_v3": 1, "tx_v1": 0, "tx_v2": 2, "tx_v3": 0},
        "igmp_reports": {"rx_v1": 0, "rx_v2": 0, "rx_v3": 0, "tx_v1": 0, "tx_v2": 0, "tx_v3": 0},
        "igmp_leaves": {"rx": 0, "tx": 0},
        "igmp_parse_errors": 0,
        "mld_queries": {"rx_v1": 0, "rx_v2": 0, "tx_v1": 3, "tx_v2": 0},
        "mld_reports": {"rx_v1": 0, "rx_v2": 4, "tx_v1": 0, "tx_v2": 0},
        "mld_leaves": {"rx": 0, "tx": 0},
        "mld_parse_errors": 0,
    },
    "stp": {
        "rx_bpdu": 1,
        "tx_bpdu": 2,
        "rx_tcn": 3,
        "tx_tcn": 4,
        "transition_blk": 5,
        "transition_fwd": 6,
    },
}
BOND = {
    "ifname": "bond0",
    "802.3ad": {
        "lacpdu_rx": 1,
        "lacpdu_tx": 2,
        "lacpdu_unknown_rx": 3,
        "lacpdu_illegal_rx": 4,
        "marker_rx": 5,
        "marker_tx": 6,
        "marker_response_rx": 7,
        "marker_response_tx": 8,
        "marker_unknown_rx": 9,
    },
}


def parse_xstats(data: object) -> Xstats:
    """Return the model of a JSON object, parsed from its text."""
    (xstats,) = parse(Xstats, encode([data]))
    return xstats


def test_bridge_counters() -> None:
    """A bridge has multicast counters by protocol version, and spanning tree counters."""
    xstats = parse_xstats(BRIDGE)

    stp = StpStats(rx_bpdu=1, tx_bpdu=2, rx_tcn=3, tx_tcn=4, transition_blk=5, transition_fwd=6)
    assert isinstance(xstats.multicast, MulticastStats)
    assert Versions(rx_v1=0, rx_v2=0, tx_v1=3, tx_v2=0) == xstats.multicast.mld_queries
    assert stp == xstats.stp


def test_bond_counters() -> None:
    """A bond has LACP counters; their key `802.3ad` is the attribute ``lacp``."""
    xstats = parse_xstats(BOND)

    assert isinstance(xstats.lacp, LacpStats)
    assert (1, 9) == (xstats.lacp.lacpdu_rx, xstats.lacp.marker_unknown_rx)


@pytest.mark.parametrize("data", [BRIDGE, BOND, {"ifname": "x", "802.3ad": {"new": 1}, "newer": 2}])
def test_json_is_preserved(data: object) -> None:
    """`dump_all` returns the same JSON, with unknown keys."""
    assert [data] == dump_all([parse_xstats(data)])
