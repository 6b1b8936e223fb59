"""What a link counts of MPLS, as print_af_stats_attr() prints it: objects without braces in a list."""

from ipwrap.models import AfCounts, AfStats, parse

COUNTED = (
    '"rx":{"bytes":84,"packets":1,"errors":0,"dropped":0,"noroute":2},'
    '"tx":{"bytes":1,"packets":2,"errors":3,"dropped":4}'
)


def test_links_are_told_apart() -> None:
    """Each starts with its index."""
    text = f'["ifindex":1,"ifname":"lo",{COUNTED},"ifindex":7,"ifname":"v0",{COUNTED}]\n'
    rx, tx = (
        AfCounts(bytes=84, packets=1, errors=0, dropped=0, noroute=2),
        AfCounts(bytes=1, packets=2, errors=3, dropped=4),
    )
    expected = [
        AfStats(ifindex=1, ifname="lo", rx=rx, tx=tx),
        AfStats(ifindex=7, ifname="v0", rx=rx, tx=tx),
    ]
    assert expected == parse("link afstats", text)


def test_a_link_of_another_family_has_a_name_only() -> None:
    """What iproute2 does not know, it tells on stderr."""
    assert [AfStats(ifindex=1, ifname="lo")] == parse("link afstats", '["ifindex":1,"ifname":"lo"]')


def test_no_link_is_no_object() -> None:
    """None at all where no link takes MPLS; no output at all before 6.1."""
    assert [] == parse(AfStats, "[]") == parse(AfStats, "")


def test_braces_do_no_harm() -> None:
    """A release that prints them is read as well."""
    assert [AfStats(ifindex=1, ifname="lo")] == parse(AfStats, '[{"ifindex":1,"ifname":"lo"}]')
