"""Addresses and durations of Python become the values of iproute2."""

from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, IPv6Interface, ip_interface, ip_network
from typing import Any

import pytest

from ipwrap import InvalidArgument, Session
from ipwrap.bridge.global_vlan import GlobalVlanOptions
from ipwrap.ip.address import AddressOptions
from ipwrap.kinds import Bond, Bridge, Can, Gre, Ip6gre, Ip6tnl, Ipip, LinkKind, Vti, Vxlan
from ipwrap.options.converters import (
    timedelta_to_units,
    to_centiseconds,
    to_lifetime,
    to_milliseconds,
    to_number,
    to_seconds,
    to_text,
)
from ipwrap.options.table import to_args

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        ("10.0.0.1", "10.0.0.1"),
        (IPv4Address("10.0.0.1"), "10.0.0.1"),
        (IPv6Address("fd00::0:1"), "fd00::1"),
        (IPv6Interface("fd00::1/64"), "fd00::1/64"),
    ],
)
def test_address_becomes_text(value: Any, expected: str | None) -> None:
    """Every type of address has a text."""
    assert expected == to_text(value)


@pytest.mark.parametrize(
    ("convert", "expected"),
    [(to_centiseconds, 250), (to_milliseconds, 2500), (to_seconds, None), (to_lifetime, None)],
)
def test_duration_becomes_a_number_of_units(convert: Any, expected: int | None) -> None:
    """A fraction of a unit is refused."""
    if expected is None:
        with pytest.raises(InvalidArgument, match=r"0:00:02\.500000 is no whole number of seconds"):
            convert(2.5 * SECOND)
    else:
        assert expected == convert(2.5 * SECOND)


@pytest.mark.parametrize("convert", [to_centiseconds, to_milliseconds, to_seconds, to_lifetime])
@pytest.mark.parametrize("value", [None, 0, 7])
def test_number_and_none_are_unchanged(convert: Any, value: int | None) -> None:
    """A number has the unit already, and None omits the option."""
    assert value == convert(value)


def test_word_is_unchanged() -> None:
    """`ageing none` is a word."""
    assert "none" == to_lifetime("none")


def test_error_names_the_option_and_the_unit() -> None:
    """The message begins with the label."""
    with pytest.raises(
        InvalidArgument, match=r"^expires: 0:00:00\.001000 is no whole number of seconds$"
    ):
        timedelta_to_units(SECOND / 1000, SECOND, label="expires")


@pytest.mark.parametrize(
    ("converted", "expected"),
    [
        (Bridge(forward_delay=4 * SECOND), Bridge(forward_delay=400)),
        (Bridge(mcast_query_interval=timedelta(minutes=2)), Bridge(mcast_query_interval=12000)),
        (Bond(miimon=SECOND / 10), Bond(miimon=100)),
        (Bond(lp_interval=2 * SECOND), Bond(lp_interval=2)),
        (Can(restart_ms=SECOND), Can(restart_ms=1000)),
        (Vxlan(ageing=timedelta(minutes=5)), Vxlan(ageing=300)),
        (Vxlan(local=IPv6Address("fd00::1")), Vxlan(local="fd00::1")),
        (Gre(remote=IPv4Address("192.0.2.1")), Gre(remote="192.0.2.1")),
    ],
)
def test_converted_kinds_are_equal(converted: LinkKind, expected: LinkKind) -> None:
    """Kinds with equal values are equal and have the same arguments."""
    assert expected == converted
    assert expected.to_args() == converted.to_args()


def test_verbs_convert_durations() -> None:
    """A VLAN's interval is in hundredths of a second, a lifetime in seconds."""
    interval = to_args(GlobalVlanOptions, {"mcast_query_interval": 2 * SECOND})
    lifetime = to_args(AddressOptions, {"valid_lft": 2 * SECOND})

    assert ("mcast_query_interval", "200") == interval
    assert ("valid_lft", "2") == lifetime


def test_duration_out_of_range_is_refused() -> None:
    """The range is the range of the number."""
    with pytest.raises(InvalidArgument, match="-100 is not within 0 to"):
        Bridge(forward_delay=-SECOND).to_args()


def test_address_of_the_wrong_version_is_refused() -> None:
    """An address object has the rules of its text."""
    with pytest.raises(InvalidArgument, match="not an IPv6 address"):
        Ip6gre(remote=IPv4Address("192.0.2.1")).to_args()


@pytest.mark.live
def test_verbs_accept_python_values(session: Session) -> None:
    """The kernel has the address, the route and the neighbour of the objects."""
    prefix = ip_network("10.9.0.0/16")
    gateway = IPv4Address("10.0.0.2")

    session.ip.link.add("v0", Bridge(), up=True)
    session.ip.address.add(
        ip_interface("10.0.0.1/24"),
        dev="v0",
        valid_lft=timedelta(hours=1),
        preferred_lft=60,
    )
    session.ip.route.add(prefix, via=gateway)
    session.ip.route.add("fd00::/64", dev="v0", expires=timedelta(minutes=1))
    session.ip.neigh.add(gateway, dev="v0", lladdr="02:00:00:00:00:01")

    (interface,) = session.ip.address.show("v0", to=ip_network("10.0.0.0/8"))
    address = interface.addr_info[0]
    assert 3600 == address.valid_life_time
    assert 60 == address.preferred_life_time

    (route,) = session.ip.route.show(prefix)
    assert "10.0.0.2" == route.gateway

    (neighbour,) = session.ip.neigh.show("v0")
    assert "10.0.0.2" == neighbour.dst


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (7, 7),
        ("0x1f", 31),
        ("0XFF", 255),
        ("0", 0),
        ("10", 10),
        ("010", "010"),
        ("-1", "-1"),
        ("inherit", "inherit"),
        ("", ""),
    ],
)
def test_number_as_text(value: int | str | None, expected: int | str | None) -> None:
    """A hexadecimal number, as manuals write marks, is a number; other text stays as it is."""
    assert expected == to_number(value)


def test_mark_of_a_tunnel_may_be_text() -> None:
    """A tunnel made with the mark "0x1" equals the one that is read with 1."""
    kinds: list[type[Any]] = [Gre, Ip6gre, Ipip, Ip6tnl, Vti]

    for kind in kinds:
        assert kind(fwmark=1) == kind(fwmark="0x1")
        assert ("fwmark", "1") == to_args(kind, kind(fwmark="0x1"))[-2:]
