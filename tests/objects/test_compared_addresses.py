"""The comparison of addresses and neighbours."""

from typing import Any

import pytest

from ipwrap.recording.mentioned import GENERATED
from tests.objects.counted import MAC, Json, has_no_item, mentioned, only_item


def link_with_address(**data: Any) -> Json:
    """Return a link with one address."""
    return {
        "ifname": "x",
        "addr_info": [{"family": "inet", "local": "10.0.0.1", "prefixlen": 24, **data}],
    }


def test_an_address_is_identified_by_link_and_prefix() -> None:
    """The identity of an address is the link and the prefix."""
    expected = (
        ("x", "10.0.0.1/24"),
        {"family": "inet", "local": "10.0.0.1", "prefixlen": 24, "valid": "forever"},
    )

    assert expected == only_item(
        "address",
        link_with_address(tentative=True, valid_life_time=2**32 - 1, preferred_life_time=5),
    )


def test_a_lifetime_is_compared_as_limited() -> None:
    """The remaining lifetime is not compared, only whether the lifetime is limited."""
    assert "limited" == only_item("address", link_with_address(valid_life_time=59))[1]["valid"]


@pytest.mark.parametrize(
    ("data", "is_ignored"),
    [
        ({"family": "inet6", "local": "fe80::1", "scope": "link"}, True),
        ({"family": "inet6", "local": "fd00::1", "scope": "global", "dynamic": True}, True),
        ({"family": "inet6", "local": "fd00::1", "scope": "global"}, False),
        ({"family": "inet6", "local": "fe80::7", "scope": "link"}, False),
        ({"family": "inet", "local": "169.254.0.1", "scope": "link"}, False),
    ],
)
def test_kernel_assigned_addresses_are_not_compared(data: Json, is_ignored: bool) -> None:
    """Link-local and announced IPv6 addresses are compared only if named."""
    assert is_ignored == has_no_item(
        "address",
        link_with_address(**data),
        mentioned("ip address add local fe80::7/64 dev x"),
    )


def test_a_link_without_addresses_has_no_item() -> None:
    """A link without a list of addresses has no items."""
    assert has_no_item("address", {"ifname": "x"})


@pytest.mark.parametrize(
    ("data", "is_ignored"),
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
def test_learned_neighbours_are_not_compared(data: Json, is_ignored: bool) -> None:
    """Neighbours that a command set are compared, and learned neighbours are not."""
    mentioned_words = mentioned("ip neigh add to 10.0.0.7 dev x nud noarp")

    assert is_ignored == has_no_item(
        "neigh",
        {"dst": "10.0.0.5", "dev": "x", **data},
        mentioned_words,
    )


def test_a_neighbour_is_compared_by_its_settings() -> None:
    """A neighbour is compared by state and address, with unnamed MAC addresses masked."""
    data = {"dst": "10.0.0.5", "dev": "x", "lladdr": MAC, "state": ["PERMANENT"], "probes": 4}

    assert (
        ("10.0.0.5", "x"),
        {"dst": "10.0.0.5", "dev": "x", "lladdr": GENERATED, "state": ["PERMANENT"]},
    ) == only_item("neigh", data)


def test_a_proxied_neighbour_has_its_own_identity() -> None:
    """A proxied address and a known neighbour have different identities."""
    assert ("10.0.0.5", "x", "proxy") == only_item(
        "neigh",
        {"dst": "10.0.0.5", "dev": "x", "proxy": None},
    )[0]


def test_only_added_multicast_addresses_are_compared() -> None:
    """Static multicast addresses are compared, and joined groups are not."""
    added, joined = (
        {"link": "01:00:5e:00:00:99", "features": "static"},
        {"family": "inet", "address": "224.0.0.1"},
    )

    assert (("x", "01:00:5e:00:00:99"), {}) == only_item(
        "maddress",
        {"ifindex": 7, "ifname": "x", "maddr": [joined, added]},
    )


def test_an_address_of_a_neighbour_counts_if_a_command_gave_it() -> None:
    """The kernel resolves the address of a managed neighbour some time after the command."""
    resolved = {"dst": "10.0.0.5", "dev": "x", "managed": None, "lladdr": MAC, "state": ["STALE"]}
    unresolved = {"dst": "10.0.0.5", "dev": "x", "managed": None, "state": ["INCOMPLETE"]}
    named = mentioned(f"ip neigh add to 10.0.0.5 lladdr {MAC} dev x managed")

    assert only_item("neigh", unresolved) == only_item("neigh", resolved)
    assert MAC == only_item("neigh", resolved, named)[1]["lladdr"]


def test_neighbours_of_an_address_are_not_compared() -> None:
    """The kernel adds a neighbour without ARP for an address of its own, once packets go there."""
    neighbour = {"dst": "10.0.0.7", "dev": "lo", "state": ["NOARP"]}

    assert has_no_item("neigh", neighbour, mentioned("ip address add local 10.0.0.7/24 dev x"))


@pytest.mark.parametrize("flag", ["tentative", "dadfailed", "optimistic"])
def test_duplicate_address_detection_is_not_compared(flag: str) -> None:
    """The flags of the detection go a second or two after the address has come."""
    plain, flagged = link_with_address(), link_with_address(**{flag: True})

    assert only_item("address", plain) == only_item("address", flagged)
