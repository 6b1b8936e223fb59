"""Values are written in the readable form of a user, and read as the same value."""

from typing import Any

import pytest

from ipwrap import Command, Secret
from ipwrap.command import CreatedObject
from ipwrap.export.python.source_writer import SourceWriter
from ipwrap.ip.encap import Xfrm as XfrmEncap
from ipwrap.ip.route import Locked, NextHop
from ipwrap.kinds import Kind, Veth, Xfrm
from ipwrap.kinds.link_options import Vf
from ipwrap.qdiscs import Netem, Qdisc, Tbf
from ipwrap.tc import Gact, Matchall


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, "None"),
        (True, "True"),
        (-7, "-7"),
        (1.5, "1.5"),
        ("text", '"text"'),
        ((1, "a"), '(1, "a")'),
        ((1,), "(1,)"),
        ([1, (2, 20)], "[1, (2, 20)]"),
        ({1: 5}, "{1: 5}"),
        ({"mtu": 9000}, '{"mtu": 9000}'),
        (Veth(), "Veth()"),
        (Veth(peer="a", peer_options={"mtu": 7}), 'Veth(peer="a", peer_options={"mtu": 7})'),
        (Kind("foo", {"a": True}), 'Kind("foo", {"a": True})'),
        (Qdisc("cake"), 'Qdisc("cake")'),
        (Netem(delay=0.1, loss=1, rate=10**7), 'Netem(delay="100ms", loss=1, rate="10mbit")'),
        (Netem(loss=1.5, loss_state=(1, 2.5)), "Netem(loss=1.5, loss_state=(1, 2.5))"),
        (
            Tbf(rate="1mbit", burst="10kb", latency=1),
            'Tbf(latency="1s", burst=10240, rate="1mbit")',
        ),
        (Matchall(action=(Gact("drop"),)), 'Matchall(action=Gact("drop"))'),
        (Matchall(action=(Gact("drop"), Gact(7))), 'Matchall(action=(Gact("drop"), Gact(7)))'),
        (Vf(num=1, vlan=7), "Vf(num=1, vlan=7)"),
        (Locked(1400), "Locked(1400)"),
        (NextHop(via=("inet6", "fe80::1")), 'NextHop(via=("inet6", "fe80::1"))'),
        (
            Command(("ip", "link"), "red", changes=False),
            'Command(("ip", "link"), "red", changes=False)',
        ),
        (
            CreatedObject("link", "a", {"dev": "a"}, None, ("b",)),
            'CreatedObject("link", "a", {"dev": "a"}, depends_on=("b",))',
        ),
    ],
    ids=str,
)
def test_value_as_source(value: Any, expected: str) -> None:
    """Defaults are omitted, times and rates have units, and one action has no tuple."""
    assert expected == SourceWriter().of(value).flat


def test_names_are_imported_from_the_public_module() -> None:
    """A name is imported from the outermost module that exports the name."""
    source = SourceWriter()
    for value in (
        Veth(),
        NextHop(),
        Matchall(),
        CreatedObject("a", "b", {"dev": "c"}),
        Command(("a",)),
        Vf(num=1),
    ):
        source.of(value)

    assert {
        ("ipwrap", "Command"),
        ("ipwrap.command", "CreatedObject"),
        ("ipwrap.ip", "NextHop"),
        ("ipwrap.kinds", "Veth"),
        ("ipwrap.kinds.link_options", "Vf"),
        ("ipwrap.tc", "Matchall"),
    } == set(source.names)


def test_the_second_class_of_one_name_gets_a_prefix() -> None:
    """The second class of a name is prefixed by the name of the module."""
    source = SourceWriter()

    assert "Xfrm(if_id=1)" == source.of(Xfrm(if_id=1)).flat
    assert "EncapXfrm(if_id=1)" == source.of(XfrmEncap(if_id=1)).flat


def test_a_secret_is_a_variable_or_comes_from_the_environment() -> None:
    """The value of a secret is never written."""
    source = SourceWriter(secrets={"EAST_KEY": "east_key"})

    assert "east_key" == source.of(Secret("x", "EAST_KEY")).flat
    assert 'Secret(None, "WG_KEY")' == source.of(Secret("x", "WG_KEY")).flat
