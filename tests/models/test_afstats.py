"""MPLS counters of print_af_stats_attr(): a list with objects without braces."""

from ipwrap.models import AfCounts, AfStats, parse

COUNTED = (
    '"rx":{"bytes":84,"packets":1,"errors":0,"dropped":0,"noroute":2},'
    '"tx":{"bytes":1,"packets":2,"errors":3,"dropped":4}'
)


def test_objects_without_braces_are_split() -> None:
    """A new object starts at every key `ifindex`."""
    text = f'["ifindex":1,"ifname":"lo",{COUNTED},"ifindex":7,"ifname":"v0",{COUNTED}]\n'
    rx = AfCounts(bytes=84, packets=1, errors=0, dropped=0, noroute=2)
    tx = AfCounts(bytes=1, packets=2, errors=3, dropped=4)

    expected = [
        AfStats(ifindex=1, ifname="lo", rx=rx, tx=tx),
        AfStats(ifindex=7, ifname="v0", rx=rx, tx=tx),
    ]

    assert expected == parse("link afstats", text)


def test_link_with_counters_of_an_unknown_family() -> None:
    """iproute2 reports families that it does not know on stderr, and prints no counters."""
    assert [AfStats(ifindex=1, ifname="lo")] == parse("link afstats", '["ifindex":1,"ifname":"lo"]')


def test_output_without_links() -> None:
    """Without an MPLS link iproute2 prints an empty list, before 6.1 nothing."""
    assert [] == parse(AfStats, "[]") == parse(AfStats, "")


def test_objects_with_braces() -> None:
    """The regular JSON of a future release is read as well."""
    assert [AfStats(ifindex=1, ifname="lo")] == parse(AfStats, '[{"ifindex":1,"ifname":"lo"}]')
