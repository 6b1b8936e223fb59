"""What counts of addresses: a link's own, and its neighbours'."""

from typing import Any

import pytest

from ipwrap.recording.mentioned import GENERATED
from tests.state.comparison.counted import MAC, Json, named, none, one


def address(**data: Any) -> Json:
    """Return a link with one address."""
    return {
        "ifname": "x",
        "addr_info": [{"family": "inet", "local": "10.0.0.1", "prefixlen": 24, **data}],
    }


def test_an_address_counts_by_link_and_prefix() -> None:
    """An address is told from others by its link and its length."""
    expected = (
        ("x", "10.0.0.1/24"),
        {"family": "inet", "local": "10.0.0.1", "prefixlen": 24, "valid": "forever"},
    )

    assert expected == one(
        "address", address(tentative=True, valid_life_time=2**32 - 1, preferred_life_time=5)
    )


def test_a_lifetime_counts_as_limited() -> None:
    """How long an address still lives passes; that it does not live forever stays."""
    assert "limited" == one("address", address(valid_life_time=59))[1]["valid"]


@pytest.mark.parametrize(
    ("data", "gone"),
    [
        ({"family": "inet6", "local": "fe80::1", "scope": "link"}, True),
        ({"family": "inet6", "local": "fd00::1", "scope": "global", "dynamic": True}, True),
        ({"family": "inet6", "local": "fd00::1", "scope": "global"}, False),
        ({"family": "inet6", "local": "fe80::7", "scope": "link"}, False),
        ({"family": "inet", "local": "169.254.0.1", "scope": "link"}, False),
    ],
)
def test_addresses_that_the_kernel_made_do_not_count(data: Json, gone: bool) -> None:
    """Nobody asked for a link-local address of IPv6 that no command named, or for one that a router announced."""
    assert gone == none("address", address(**data), named("ip address add local fe80::7/64 dev x"))


def test_a_link_without_addresses_has_none() -> None:
    """The list may be missing."""
    assert none("address", {"ifname": "x"})


@pytest.mark.parametrize(
    ("data", "gone"),
    [
        ({"state": ["PERMANENT"], "lladdr": MAC}, False),
        ({"state": ["REACHABLE"], "lladdr": MAC}, True),
        ({"state": ["NOARP"]}, True),
        ({"state": ["NOARP"], "dst": "10.0.0.7"}, False),
        ({"proxy": None}, False),
        ({"state": ["STALE"], "managed": None}, False),
        ({"state": ["STALE"], "extern_learn": None}, False),
        ({"state": ["STALE"], "router": None}, True),
    ],
)
def test_neighbours_that_were_learned_do_not_count(data: Json, gone: bool) -> None:
    """What was set counts, what was learned comes and goes."""
    words = named("ip neigh add to 10.0.0.7 dev x nud noarp")

    assert gone == none("neigh", {"dst": "10.0.0.5", "dev": "x", **data}, words)


def test_a_neighbour_counts_with_what_was_set() -> None:
    """Its state is the one that was set, and its address a token if nobody gave it."""
    data = {"dst": "10.0.0.5", "dev": "x", "lladdr": MAC, "state": ["PERMANENT"], "probes": 4}

    assert (
        ("10.0.0.5", "x"),
        {"dst": "10.0.0.5", "dev": "x", "lladdr": GENERATED, "state": ["PERMANENT"]},
    ) == one("neigh", data)


def test_a_proxied_neighbour_is_another_than_a_known_one() -> None:
    """An address that is answered for is told from one that is known."""
    assert ("10.0.0.5", "x", "proxy") == one(
        "neigh", {"dst": "10.0.0.5", "dev": "x", "proxy": None}
    )[0]


def test_a_multicast_address_counts_if_it_was_added() -> None:
    """The others are the kernel's, and of programs."""
    mine, its = (
        {"link": "01:00:5e:00:00:99", "features": "static"},
        {"family": "inet", "address": "224.0.0.1"},
    )
    assert (("x", "01:00:5e:00:00:99"), {}) == one(
        "maddress", {"ifindex": 7, "ifname": "x", "maddr": [its, mine]}
    )
