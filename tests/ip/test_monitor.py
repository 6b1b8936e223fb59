"""`ip monitor`: arguments, and events that agree with `show`."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import attrs
import pytest

from ipwrap import CommandError, InvalidArgument, Session, UsageError
from ipwrap.ip.monitor import MonitorObject
from ipwrap.kinds import Veth
from ipwrap.models import Address, Link, Neigh, Netns, NetnsId, Nexthop, Route, Rule
from ipwrap.models.event import ChangedObject, Event
from ipwrap.monitor import Monitor
from ipwrap.session import Namespace
from ipwrap.system.programs import find_program

# `show` prints a namespace's name in text only, and M-DOWN among the flags depends on the moment.
INCOMPARABLE = {
    "extra",
    "flags",
    "link_index",
}


def list_fields(model: Any) -> dict[str, Any]:
    """Return the fields that an event gives a value, without incomparable fields."""
    fields = attrs.asdict(model, recurse=False)

    return {
        name: value
        for name, value in fields.items()
        if value not in (None, ()) and name not in INCOMPARABLE
    }


def diff_fields(event_model: ChangedObject, shown: Any) -> dict[str, tuple[Any, Any]]:
    """Return the fields in which an event and `show` differ, with both values."""
    differences = {}
    for name, value in list_fields(event_model).items():
        shown_value = getattr(shown, name)
        if value != shown_value:
            differences[name] = (value, shown_value)

    return differences


def get_last_event(monitor: Monitor, object_name: str) -> Event:
    """Return the last event about an object, with every part of its text parsed."""
    events = [event for event in monitor.events() if event.object == object_name]
    last_event = events[-1]

    assert () == last_event.unread

    return last_event


def list_link_names(events: Iterable[Event]) -> set[str]:
    """Return the names of the links in events."""
    return {event.model.ifname for event in events if isinstance(event.model, Link)}


def summarise(events: Iterable[Event]) -> list[tuple[Any, ...]]:
    """Return object, deletion and model of every event."""
    return [(event.object, event.deleted, event.model) for event in events]


@pytest.mark.parametrize(
    ("objects", "options", "arguments"),
    [
        ((), {}, "label"),
        (("link", "address"), {}, "link address label"),
        (("route",), {"dev": "v0"}, "route label dev v0"),
        (("route",), {"all_nsid": True}, "route label all-nsid"),
    ],
)
def test_options_become_arguments(
    dry_session: Session,
    objects: tuple[MonitorObject, ...],
    options: dict[str, Any],
    arguments: str,
) -> None:
    """The monitor receives the objects and options, and always labels and times."""
    dry_session.netns("red").ip.monitor(*objects, **options)

    assert (
        f"ip -n red -o -ts monitor {arguments}" == dry_session.recording.commands[-1].command.line
    )


def test_family_is_a_global_option(dry_session: Session) -> None:
    """A family is an option of `ip`."""
    dry_session.ip.monitor("route", family="inet6")

    assert "ip -o -ts -6 monitor route label" == dry_session.recording.commands[-1].command.line


@pytest.mark.parametrize("name", ["links", "all", ""])
def test_unknown_object_is_refused(dry_session: Session, name: Any) -> None:
    """An unknown object is refused before a command runs."""
    with pytest.raises(InvalidArgument, match="is not one of acaddress, address, link"):
        dry_session.ip.monitor(name)


def test_missing_link_is_an_error(veth_netns: Namespace) -> None:
    """A missing link raises an error at once, and the recording holds the refusal."""
    with pytest.raises(CommandError, match="does not exist"):
        veth_netns.ip.monitor("link", dev="nosuch")

    assert 255 == veth_netns.session.recording.results[-1].status


def test_ifindex_lookalike_is_refused(veth_netns: Namespace) -> None:
    """`dev if1` is refused: iproute2 would take the name for `lo`."""
    with pytest.raises(InvalidArgument, match="index"):
        veth_netns.ip.monitor("link", dev="if1")


def test_links_and_addresses(veth_netns: Namespace) -> None:
    """The events of links and addresses hold the same values as `show`."""
    ip = veth_netns.ip
    with ip.monitor("link", "address") as monitor:
        ip.link.set("v0", mtu=1400, alias="a b")
        link = get_last_event(monitor, "link")
        ip.address.add("10.0.0.1/24", dev="v0", broadcast="10.0.0.255", label="v0:x")
        address = get_last_event(monitor, "address")
        (interface,) = ip.address.show("v0")
        ip.address.delete("10.0.0.1/24", dev="v0")
        deleted = get_last_event(monitor, "address")

    assert isinstance(link.model, Link)
    assert ("v0", 1400, True) == (link.model.ifname, link.model.mtu, link.model.up)
    assert {} == diff_fields(link.model, interface)

    shown_addresses = {shown.local: shown for shown in interface.addr_info}
    shown_address = shown_addresses["10.0.0.1"]

    assert isinstance(address.model, Address)
    assert "10.0.0.1/24" == address.model.prefix
    assert "v0" == address.model.dev
    assert "v0:x" == address.model.label

    comparable = attrs.evolve(address.model, dev=None, index=None)
    assert {} == diff_fields(comparable, shown_address)

    assert not address.deleted
    assert deleted.deleted
    assert address.model == deleted.model


def test_times(veth_netns: Namespace) -> None:
    """Events have times in ascending order."""
    with veth_netns.ip.monitor("link") as monitor:
        for mtu in (1400, 1401):
            veth_netns.ip.link.set("v0", mtu=mtu)
        times = [event.when for event in monitor.events()]

    assert times
    assert sorted(times, key=str) == times


def test_neighbours(veth_netns: Namespace) -> None:
    """The event of a neighbour holds the same values as `show`."""
    ip = veth_netns.ip
    mac = "02:00:00:00:00:07"

    def is_added(event: Event) -> bool:
        return isinstance(event.model, Neigh) and event.model.lladdr == mac

    with ip.monitor("neigh", dev="v0") as monitor:
        ip.neigh.add("10.0.0.7", dev="v0", lladdr=mac, router=True)
        event = monitor.wait(is_added)

    neighbours = ip.neigh.show()
    (shown,) = [neighbour for neighbour in neighbours if neighbour.dst == "10.0.0.7"]

    assert isinstance(event.model, Neigh)

    comparable = attrs.evolve(event.model, dev="v0")
    assert {} == diff_fields(comparable, shown)


@pytest.mark.parametrize(
    ("dst", "options"),
    [
        ("10.9.0.0/16", {"via": "10.0.0.2", "mtu": 1400, "metric": 7}),
        ("10.10.0.0/16", {"dev": "v0", "src": "10.0.0.1", "proto": "static", "table": 9}),
        ("blackhole 10.11.0.0/16", {}),
        ("10.12.0.0/16", {"via": ("inet6", "fe80::9"), "dev": "v0"}),
    ],
)
def test_routes(veth_netns: Namespace, dst: str, options: dict[str, Any]) -> None:
    """The event of a route holds the same values as `show`."""
    ip = veth_netns.ip
    ip.address.add("10.0.0.1/24", dev="v0")
    route_type, _, prefix = dst.rpartition(" ")
    add: Any = ip.route.add

    with ip.monitor("route") as monitor:
        add(prefix, type=route_type or None, **options)
        event = get_last_event(monitor, "route")

    routes = ip.route.show(table="all")
    (shown,) = [route for route in routes if route.dst == prefix]

    assert isinstance(event.model, Route)
    assert prefix == event.model.dst
    assert {} == diff_fields(event.model, shown)


def test_a_next_hop(veth_netns: Namespace) -> None:
    """The event of a next hop holds the same values as `show`."""
    ip = veth_netns.ip
    ip.address.add("10.0.0.1/24", dev="v0")
    with ip.monitor("nexthop") as monitor:
        ip.nexthop.add(7, via="10.0.0.2", dev="v0")
        event = get_last_event(monitor, "nexthop")

    assert isinstance(event.model, Nexthop)
    assert {} == diff_fields(event.model, ip.nexthop.show()[0])


def test_a_rule(veth_netns: Namespace) -> None:
    """The event of a rule holds the same values as `show`."""
    ip = veth_netns.ip
    with ip.monitor("rule") as monitor:
        try:
            ip.rule.add(from_="10.0.0.0/8", priority=77, table=100)
        except CommandError as error:
            pytest.skip(f"this kernel: {error.reason}")
        event = get_last_event(monitor, "rule")

    rules = ip.rule.show()
    (shown,) = [rule for rule in rules if rule.priority == 77]

    assert isinstance(event.model, Rule)
    assert {} == diff_fields(event.model, shown)


def test_namespace_ids(sandbox_session: Session, veth_netns: Namespace) -> None:
    """A link to a namespace creates an id; `all_nsid` adds the events of the namespace."""
    ip = veth_netns.ip
    sandbox_session.ip.netns.add("far")
    with ip.monitor("link", "nsid", all_nsid=True) as monitor:
        ip.link.add("w0", Veth(peer="w1", peer_netns="far"))
        (netns_id,) = [event.model for event in monitor.events() if event.object == "nsid"]

        sandbox_session.netns("far").ip.link.set("w1", up=True)
        ip.link.set("w0", mtu=1400)
        events = [event for event in monitor.events() if event.object == "link"]

    sandbox_session.ip.netns.delete("far")

    assert isinstance(netns_id, NetnsId)

    names = set()
    for event in events:
        if isinstance(event.model, Link):
            names.add((event.nsid, event.model.ifname))

    assert {(netns_id.nsid, "w1"), (None, "w0")} <= names


def test_peer_in_another_namespace(sandbox_session: Session, veth_netns: Namespace) -> None:
    """A veth peer in a second namespace is shown by its index."""
    sandbox_session.ip.netns.add("far")
    with veth_netns.ip.monitor("link") as monitor:
        veth_netns.ip.link.add("w0", Veth(peer="w1", peer_netns="far"))
        event = get_last_event(monitor, "link")

    peer_index = sandbox_session.netns("far").ip.link.show("w1")[0].ifindex
    sandbox_session.ip.netns.delete("far")

    assert isinstance(event.model, Link)
    assert (None, peer_index) == (event.model.link, event.model.link_index)


def test_dev_selects_one_link(veth_netns: Namespace) -> None:
    """`dev` selects the events of one link."""
    ip = veth_netns.ip
    with ip.monitor("link", dev="v1") as monitor:
        ip.link.set("v0", mtu=1400)
        ip.link.set("v1", mtu=1401)
        names = list_link_names(monitor.events())

    assert {"v1"} == names


def test_a_file(veth_netns: Namespace, tmp_path: Path) -> None:
    """The events in a file of `rtmon` are returned at once."""
    if find_program("rtmon") is None:
        pytest.skip("no rtmon here")

    names = set[str]()

    # rtmon writes the existing links and waits for changes. On a busy machine it starts late.
    for seconds in ("0.5", "2", "8"):
        veth_netns.exec(
            "timeout", seconds, "rtmon", "file", str(tmp_path / "log"), "link", check=False
        )

        events = veth_netns.ip.monitor.file(tmp_path / "log", "link")
        names = list_link_names(events)
        if {"lo", "v0", "v1"} <= names:
            break

    assert {"lo", "v0", "v1"} == names


def test_object_unknown_to_iproute2_is_an_error(veth_netns: Namespace) -> None:
    """An object that the installed iproute2 does not know raises an error at once."""
    if "maddress" in veth_netns.exec("ip", "monitor", "help", check=False, changes=False).stderr:
        pytest.skip("this iproute2 knows all words")

    with pytest.raises(UsageError, match="maddress"):
        veth_netns.ip.monitor("maddress")


def test_namespace_names(sandbox_session: Session) -> None:
    """`ip netns monitor` reports every change at once, in order."""
    ip = sandbox_session.ip
    with ip.netns.monitor() as monitor:
        ip.netns.add("far")
        added = list(monitor.events())

        ip.netns.delete("far")
        deleted = list(monitor.events())

    netns = Netns(name="far")

    assert [("netns", False, netns)] == summarise(added)
    assert [("netns", True, netns)] == summarise(deleted)
