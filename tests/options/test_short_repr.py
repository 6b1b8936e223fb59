"""Short reprs: one line of what a model or a kind says."""

from collections.abc import Iterator
from typing import Any

import pytest

from ipwrap.kinds import Bridge, Kind, Vxlan
from ipwrap.models import Interface, Link, Route, Rule, TcQdisc, load
from ipwrap.models.address import Address
from ipwrap.models.link import LinkInfo

CABLE = {
    "ifname": "v0",
    "mtu": 1500,
    "operstate": "UP",
    "master": "br0",
    "linkinfo": {"info_kind": "veth"},
}
ADDRESSES = [
    {"local": "10.0.0.1", "prefixlen": 24, "scope": "global"},
    {"local": "fe80::1", "prefixlen": 64, "tentative": True, "valid_life_time": 4294967295},
]

REPRS: tuple[tuple[Any, str], ...] = (
    (load(Link, [CABLE])[0], "Link(ifname='v0', kind='veth', operstate='UP', master='br0', …)"),
    (Link(ifname="v0"), "Link(ifname='v0')"),
    (Link(mtu=1500), "Link(…)"),
    (
        load(Interface, [{"ifname": "v0", "addr_info": ADDRESSES}])[0],
        "Interface(ifname='v0', prefixes=('10.0.0.1/24', 'fe80::1/64'), …)",
    ),
    (
        load(Address, ADDRESSES)[1],
        "Address(prefix='fe80::1/64', tentative=True, …)",
    ),
    (Route(dst="default", gateway="10.0.0.1"), "Route(dst='default', gateway='10.0.0.1')"),
    (Rule(src="all", table="local"), "Rule(priority=0, src='all', table='local')"),
    (
        TcQdisc(kind="netem", handle="1:", root=True, options={"limit": 9}, packets=7),
        "TcQdisc(kind='netem', handle='1:', root=True, options={'limit': 9}, …)",
    ),
    (Bridge(), "Bridge()"),
    (Vxlan.from_json({"id": 7, "ageing": 300, "ttl": 9}), "Vxlan(id=7, ttl=9, …)"),
    (Vxlan(ageing=300), "Vxlan(ageing=300)"),
    (Route(flags=("x" * 120,)), f"Route(flags=('{'x' * 98}…)"),
    (Vxlan(id=7, learning=False), "Vxlan(id=7, learning=False)"),
    (Kind("foo", {"mode": "fast"}), "Kind(name='foo', options={'mode': 'fast'})"),
)


@pytest.mark.parametrize(("value", "expected"), REPRS, ids=[text for _, text in REPRS])
def test_repr_is_one_line_of_what_there_is(value: object, expected: str) -> None:
    """A repr has no field that is None or empty, and only the head of a model that names one."""
    assert expected == repr(value)


def test_control_characters_are_escaped() -> None:
    """A name that would move the cursor of a terminal does not."""
    assert "Link(ifname='v\\x1b[2J')" == repr(Link(ifname="v\x1b[2J"))


def test_rich_shows_every_field() -> None:
    """`rich.pretty` shows the fields beyond the head as well, and none that is None."""
    (link,) = load(Link, [CABLE])

    assert {**CABLE, "linkinfo": LinkInfo(info_kind="veth")} == dict(rich_fields(link))
    assert [("id", 7)] == list(rich_fields(Vxlan(id=7)))


def rich_fields(value: Any) -> Iterator[tuple[str, Any]]:
    """Yield the fields that `rich.pretty` gets, by the method that it asks."""
    fields: Iterator[tuple[str, Any]] = value.__rich_repr__()
    yield from fields
