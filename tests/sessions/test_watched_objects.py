"""What an event changes in the objects of a namespace."""

from typing import Any

import pytest

from ipwrap.sessions.watch import WATCHED_OBJECTS
from ipwrap.sessions.watched_objects import ObjectMemory
from ipwrap.state.difference_words import describe

Json = dict[str, Any]

LINK: Json = {
    "ifindex": 2,
    "ifname": "eth0",
    "flags": ["UP"],
    "mtu": 1500,
    "group": "default",
    "linkinfo": {"info_kind": "veth"},
}
ADDRESS: Json = {"family": "inet", "local": "10.0.0.1", "prefixlen": 24, "scope": "global"}
ROUTE: Json = {"dst": "default", "gateway": "10.0.0.2", "dev": "eth0", "flags": []}


@pytest.fixture
def memory() -> ObjectMemory:
    """The memory of a namespace with a link, an address and a route."""
    memory = ObjectMemory(frozenset(WATCHED_OBJECTS))
    memory.replace(
        {
            "link": [LINK],
            "address": [{"ifname": "eth0", "addr_info": [ADDRESS]}],
            "route": [ROUTE],
        }
    )
    return memory


def lines(memory: ObjectMemory, noun: str, data: Json, *, deleted: bool = False) -> list[str]:
    """Return the lines of what an event changes."""
    return [describe(change.difference) for change in memory.apply(noun, data, deleted=deleted)]


def test_an_event_that_repeats_what_is_known_changes_nothing(memory: ObjectMemory) -> None:
    """The kernel tells of a link again, with keys that only the text has: nothing has changed."""
    address = {**ADDRESS, "index": 2, "dev": "eth0", "label": "eth0"}

    assert ([], [], []) == (
        lines(memory, "link", {**LINK, "num_tx_queues": 2}),
        lines(memory, "address", address),
        lines(memory, "route", {**ROUTE, "table": "main", "type": "unicast"}),
    )


def test_a_change_is_told_with_both_values(memory: ObjectMemory) -> None:
    """Only the value that has changed is told, once."""
    changed = {**LINK, "mtu": 1400, "flags": []}

    assert (["~ (host)  link eth0: up -> down, mtu 1500 -> 1400"], []) == (
        lines(memory, "link", changed),
        lines(memory, "link", changed),
    )


def test_a_link_joins_and_leaves_a_bridge(memory: ObjectMemory) -> None:
    """A master that the event does not have any more is gone."""
    port = {**LINK, "master": "br0"}

    assert (
        ["~ (host)  link eth0: master (none) -> br0"],
        ["~ (host)  link eth0: master br0 -> (none)"],
    ) == (lines(memory, "link", port), lines(memory, "link", LINK))


def test_the_event_of_a_port_is_no_deletion_of_the_link(memory: ObjectMemory) -> None:
    """A port that leaves its bridge is told as a deleted link, without the group of a link."""
    port = {key: value for key, value in LINK.items() if key != "group"}

    assert ([], []) == (
        lines(memory, "link", port, deleted=True),
        lines(memory, "link", LINK),
    )


def test_a_renamed_link_is_the_same_link(memory: ObjectMemory) -> None:
    """The index identifies a link; its addresses are told with the new name."""
    address = {**ADDRESS, "local": "10.0.0.9", "index": 2, "dev": "eth0"}

    assert (
        ["~ (host)  link eth5: ifname eth0 -> eth5"],
        ["+ (host)  address 10.0.0.9/24 dev eth5"],
    ) == (
        lines(memory, "link", {**LINK, "ifname": "eth5"}),
        lines(memory, "address", address),
    )


def test_objects_come_and_go(memory: ObjectMemory) -> None:
    """A new object is told with what describes it; one that nobody knew is not told as deleted."""
    rule = {"priority": 100, "src": "10.0.0.0", "srclen": 8, "table": "7"}

    assert (
        ["+ (host)  rule priority 100 from 10.0.0.0/8 table 7"],
        ["- (host)  rule priority 100 from 10.0.0.0/8 table 7"],
        [],
        ["- (host)  route default dev eth0 via 10.0.0.2"],
    ) == (
        lines(memory, "rule", rule),
        lines(memory, "rule", rule, deleted=True),
        lines(memory, "rule", rule, deleted=True),
        lines(memory, "route", ROUTE, deleted=True),
    )


def test_what_the_kernel_makes_by_itself_is_told_on_request() -> None:
    """Local routes, link-local addresses and learned neighbours are left out unless asked for."""
    events: list[tuple[str, Json]] = [
        ("neigh", {"dst": "10.0.0.2", "dev": "eth0", "state": ["REACHABLE"]}),
        ("route", {"dst": "10.0.0.1", "dev": "eth0", "table": "local", "protocol": "kernel"}),
        ("address", {"family": "inet6", "local": "fe80::1", "prefixlen": 64, "scope": "link"}),
        ("link", LINK),
    ]
    counts = []
    for everything in (False, True):
        memory = ObjectMemory(frozenset(WATCHED_OBJECTS), everything=everything)
        counts.append([len(memory.apply(*event, deleted=False)) for event in events])

    assert [[0, 0, 0, 1], [1, 1, 1, 1]] == counts


def test_a_forwarding_entry_is_no_neighbour(memory: ObjectMemory) -> None:
    """An event of the family bridge has a MAC address only."""
    assert [] == lines(memory, "neigh", {"dev": "eth0", "lladdr": "02:00:00:00:00:01"})


def test_lost_events_are_made_up_for_by_the_state(memory: ObjectMemory) -> None:
    """A state tells what differs from what was known, also what has gone."""
    changes = memory.replace({"link": [{**LINK, "mtu": 9000}]})

    assert [
        "- (host)  address 10.0.0.1/24 dev eth0",
        "~ (host)  link eth0: mtu 1500 -> 9000",
        "- (host)  route default dev eth0 via 10.0.0.2",
    ] == [describe(change.difference) for change in changes]


def test_what_each_new_namespace_has_is_not_told() -> None:
    """Of a namespace that joins, `lo` and the rules of the kernel are no news; another link is."""
    memory = ObjectMemory(frozenset(WATCHED_OBJECTS))
    changes = memory.replace(
        {
            "link": [{"ifindex": 1, "ifname": "lo", "flags": []}, LINK],
            "address": [
                {"ifname": "lo", "addr_info": [{**ADDRESS, "scope": "host"}]},
            ],
            "rule": [{"priority": 0, "src": "all", "table": "local", "protocol": "kernel"}],
            "rule inet6": [{"priority": 0, "src": "all", "table": "local", "protocol": "kernel"}],
        }
    )

    assert ["+ (host)  link eth0 type veth"] == [describe(change.difference) for change in changes]
