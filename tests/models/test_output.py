"""What was printed is read from every container."""

import pytest

from ipwrap import parse
from ipwrap.errors import OutputError
from ipwrap.models import Address, Link


def test_several_lists_are_one() -> None:
    """`(ip -j -4 route; ip -j -6 route)` prints two lists."""
    text = '[{"dst":"default","dev":"a"}]\n[{"dst":"fe80::/64","dev":"a"}]\n'

    assert ["default", "fe80::/64"] == [route.dst for route in parse("route", text)]


def test_class_of_an_inner_object_is_read() -> None:
    """A class that no noun has is read as well; nothing tells whether its objects are others."""
    (address,) = parse(Address, '{"local":"10.0.0.1","prefixlen":24}')

    assert "10.0.0.1/24" == address.prefix


def test_partial_reads_whole_objects() -> None:
    """`partial` returns the objects before the place where the text is cut off."""
    text = '[{"ifname":"a"},{"ifname":"b"},{"ifna'

    assert ["a", "b"] == [link.ifname for link in parse(Link, text, partial=True)]
    with pytest.raises(OutputError, match="column 38: cut off behind 2 whole objects; --partial"):
        parse(Link, text)


def test_partial_changes_nothing_in_a_whole_text() -> None:
    """Damage before the end is refused, also with `partial`."""
    with pytest.raises(OutputError, match="line 1, column 12"):
        parse("link", '[{"ifname":},{"ifname":"b"}]', partial=True)


@pytest.mark.parametrize("text", ['{"dst":"default"}', '{"dst":"default"}\n{"dst":"default"}'])
def test_wrong_noun_is_refused_in_every_container(text: str) -> None:
    """Routes are no links, in whatever container they are."""
    with pytest.raises(OutputError, match="no object of 'link'"):
        parse("link", text)


def test_error_names_the_place_in_the_text() -> None:
    """The line and column are those of the text, not of the list that was made of it."""
    with pytest.raises(OutputError, match="not JSON at line 3, column 12"):
        parse("link", '$ ip -j link\n[{"ifname":"a"}]\n[{"ifname":}]')


def test_echo_of_a_route_is_read() -> None:
    """`ip -j -echo route del` prints its braces twice."""
    text = '[{{"deleted":true,"dst":"10.5.0.0/24","dev":"v0","flags":["linkdown"]}}]'

    (route,) = parse("route", text)

    assert ("10.5.0.0/24", True, {}) == (route.dst, route.deleted, route.extra)


def test_echo_of_an_address_is_a_link_with_it() -> None:
    """`ip -j -echo address del` prints no link around the address."""
    text = (
        '[{"deleted":true,"index":3,"dev":"v0","family":"inet","local":"10.1.1.1","prefixlen":24,'
        '"scope":"global","label":"v0","valid_life_time":4294967295}]'
    )

    (interface,) = parse("address", text)
    (address,) = interface.addr_info

    assert (3, "v0", {}) == (interface.ifindex, interface.ifname, interface.extra)
    assert ("10.1.1.1/24", True, {}) == (address.prefix, address.deleted, address.extra)


@pytest.mark.parametrize("text", ['[{"dev":"v0","dst":"10.0.0.1"}]', '[{"dev":"v0","a":1}]'])
def test_other_objects_with_a_link_are_no_addresses(text: str) -> None:
    """Only an address is put into a link."""
    with pytest.raises(OutputError, match="no object of 'address'"):
        parse("address", text)


def test_place_of_a_cut_is_that_of_the_text() -> None:
    """A message before the JSON does not move the place."""
    text = 'Dump was interrupted and may be inconsistent.\n[{"ifname":"a"},{"ifn'

    with pytest.raises(OutputError, match="line 2, column 22: cut off behind 1 whole object;"):
        parse("link", text)
