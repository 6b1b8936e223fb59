"""What a kind of link counts besides, as bridge_print_stats_attr() and bond_print_stats_attr() print it."""

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


def xstats(data: object) -> Xstats:
    """Return one object, read from its text."""
    (found,) = parse(Xstats, encode([data]))
    return found


def test_a_bridge_counts_multicast_and_spanning_tree() -> None:
    """Each message by its version."""
    found = xstats(BRIDGE)
    assert isinstance(found.multicast, MulticastStats)
    assert Versions(rx_v1=0, rx_v2=0, tx_v1=3, tx_v2=0) == found.multicast.mld_queries
    assert (
        StpStats(rx_bpdu=1, tx_bpdu=2, rx_tcn=3, tx_tcn=4, transition_blk=5, transition_fwd=6)
        == found.stp
    )


def test_a_bond_counts_lacp() -> None:
    """Its key is no name in Python."""
    found = xstats(BOND)
    assert isinstance(found.lacp, LacpStats)
    assert (1, 9) == (found.lacp.lacpdu_rx, found.lacp.marker_unknown_rx)


@pytest.mark.parametrize("data", [BRIDGE, BOND, {"ifname": "x", "802.3ad": {"new": 1}, "newer": 2}])
def test_nothing_is_lost(data: object) -> None:
    """What is read is written again, also what is not known yet."""
    assert [data] == dump_all([xstats(data)])
