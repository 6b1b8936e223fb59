"""`ip monitor`: the words, and that the events say what `show` says."""

from pathlib import Path
from typing import Any

import attrs
import pytest

from ipwrap import CommandError, InvalidArgument, Session, UsageError
from ipwrap.ip.monitor import MonitorObject
from ipwrap.kinds import Veth
from ipwrap.models import Address, Link, Neigh, Netns, NetnsId, Nexthop, Route, Rule
from ipwrap.models.event import Changed, Event
from ipwrap.monitor import Monitor
from ipwrap.session import Namespace
from ipwrap.system.programs import find

UNLIKE = {
    "extra",
    "flags",
    "link_index",
}  # a namespace's name is in text only, M-DOWN depends on the moment


def told(model: Any) -> dict[str, Any]:
    """Return what the text of an event said of a model."""
    fields = attrs.asdict(model, recurse=False)
    return {
        name: value
        for name, value in fields.items()
        if value not in (None, ()) and name not in UNLIKE
    }


def agrees(said: Changed, shown: Any) -> dict[str, tuple[Any, Any]]:
    """Return where an event and `show` say different things."""
    return {
        name: (value, getattr(shown, name))
        for name, value in told(said).items()
        if value != getattr(shown, name)
    }


def last(monitor: Monitor, kind: str) -> Event:
    """Return the last event about an object, all of which was read."""
    found = [event for event in monitor.events() if event.object == kind]
    assert () == found[-1].unread
    return found[-1]


@pytest.mark.parametrize(
    ("objects", "options", "words"),
    [
        ((), {}, "label"),
        (("link", "address"), {}, "link address label"),
        (("route",), {"dev": "v0"}, "route label dev v0"),
        (("route",), {"all_nsid": True}, "route label all-nsid"),
    ],
)
def test_the_words(
    dry: Session, objects: tuple[MonitorObject, ...], options: dict[str, Any], words: str
) -> None:
    """Objects and options as one types them, and always labels and times."""
    dry.netns("red").ip.monitor(*objects, **options)

    assert f"ip -n red -o -ts monitor {words}" == dry.recording.commands[-1].command.line


def test_one_family(dry: Session) -> None:
    """A family is an option of `ip`."""
    dry.ip.monitor("route", family="inet6")

    assert "ip -o -ts -6 monitor route label" == dry.recording.commands[-1].command.line


@pytest.mark.parametrize("wrong", ["links", "all", ""])
def test_an_object_that_there_is_not(dry: Session, wrong: Any) -> None:
    """It is refused before anything runs."""
    with pytest.raises(InvalidArgument, match="is not one of acaddress, address, link"):
        dry.ip.monitor(wrong)


def test_a_link_that_there_is_not(there: Namespace) -> None:
    """iproute2's refusal is an error at once, and is recorded."""
    with pytest.raises(CommandError, match="does not exist"):
        there.ip.monitor("link", dev="nosuch")

    assert 255 == there.session.recording.results[-1].status


def test_a_name_that_ip_takes_for_an_index(there: Namespace) -> None:
    """`dev if1` would be `lo`."""
    with pytest.raises(InvalidArgument, match="index"):
        there.ip.monitor("link", dev="if1")


def test_links_and_addresses(there: Namespace) -> None:
    """What an event says of a link or an address is what `show` says of it then."""
    with there.ip.monitor("link", "address") as monitor:
        there.ip.link.set("v0", mtu=1400, alias="a b")
        link = last(monitor, "link")
        there.ip.address.add("10.0.0.1/24", dev="v0", broadcast="10.0.0.255", label="v0:x")
        address = last(monitor, "address")
        (interface,) = there.ip.address.show("v0")
        there.ip.address.delete("10.0.0.1/24", dev="v0")
        deleted = last(monitor, "address")

    assert isinstance(link.model, Link)
    assert ("v0", 1400, True) == (link.model.ifname, link.model.mtu, link.model.up)
    assert {} == agrees(link.model, interface)
    shown = next(each for each in interface.addr_info if each.local == "10.0.0.1")
    assert isinstance(address.model, Address)
    assert ("10.0.0.1/24", "v0", "v0:x") == (
        address.model.prefix,
        address.model.dev,
        address.model.label,
    )
    assert {} == agrees(attrs.evolve(address.model, dev=None, index=None), shown)
    assert (False, True, address.model) == (address.deleted, deleted.deleted, deleted.model)


def test_times(there: Namespace) -> None:
    """An event says when it was told; they are in order."""
    with there.ip.monitor("link") as monitor:
        for mtu in (1400, 1401):
            there.ip.link.set("v0", mtu=mtu)
        times = [event.when for event in monitor.events()]

    assert times
    assert sorted(times, key=str) == times


def test_neighbours(there: Namespace) -> None:
    """What an event says of a neighbour is what `show` says."""
    with there.ip.monitor("neigh", dev="v0") as monitor:
        there.ip.neigh.add("10.0.0.7", dev="v0", lladdr="02:00:00:00:00:07", router=True)
        event = monitor.wait(
            lambda each: isinstance(each.model, Neigh) and each.model.lladdr == "02:00:00:00:00:07"
        )
    (shown,) = [each for each in there.ip.neigh.show() if each.dst == "10.0.0.7"]

    assert isinstance(event.model, Neigh)
    assert {} == agrees(attrs.evolve(event.model, dev="v0"), shown)


@pytest.mark.parametrize(
    ("dst", "options"),
    [
        ("10.9.0.0/16", {"via": "10.0.0.2", "mtu": 1400, "metric": 7}),
        ("10.10.0.0/16", {"dev": "v0", "src": "10.0.0.1", "proto": "static", "table": 9}),
        ("blackhole 10.11.0.0/16", {}),
        ("10.12.0.0/16", {"via": ("inet6", "fe80::9"), "dev": "v0"}),
    ],
)
def test_routes(there: Namespace, dst: str, options: dict[str, Any]) -> None:
    """What an event says of a route is what `show` says."""
    there.ip.address.add("10.0.0.1/24", dev="v0")
    kind, _, prefix = dst.rpartition(" ")
    add: Any = there.ip.route.add
    with there.ip.monitor("route") as monitor:
        add(prefix, type=kind or None, **options)
        event = last(monitor, "route")
    (shown,) = [each for each in there.ip.route.show(table="all") if each.dst == prefix]

    assert isinstance(event.model, Route)
    assert prefix == event.model.dst
    assert {} == agrees(event.model, shown)


def test_a_next_hop(there: Namespace) -> None:
    """What an event says of a next hop is what `show` says."""
    there.ip.address.add("10.0.0.1/24", dev="v0")
    with there.ip.monitor("nexthop") as monitor:
        there.ip.nexthop.add(7, via="10.0.0.2", dev="v0")
        event = last(monitor, "nexthop")

    assert isinstance(event.model, Nexthop)
    assert {} == agrees(event.model, there.ip.nexthop.show()[0])


def test_a_rule(there: Namespace) -> None:
    """What an event says of a rule is what `show` says."""
    with there.ip.monitor("rule") as monitor:
        try:
            there.ip.rule.add(from_="10.0.0.0/8", priority=77, table=100)
        except CommandError as error:
            pytest.skip(f"this kernel: {error.reason}")
        event = last(monitor, "rule")
    (shown,) = [each for each in there.ip.rule.show() if each.priority == 77]

    assert isinstance(event.model, Rule)
    assert {} == agrees(event.model, shown)


def test_numbers_of_namespaces(shared: Session, there: Namespace) -> None:
    """A namespace gets a number when a link leads there; with `all_nsid` what happens there is told, too."""
    shared.ip.netns.add("far")
    with there.ip.monitor("link", "nsid", all_nsid=True) as monitor:
        there.ip.link.add("w0", Veth(peer="w1", peer_netns="far"))
        (number,) = [event.model for event in monitor.events() if event.object == "nsid"]
        shared.netns("far").ip.link.set("w1", up=True)
        there.ip.link.set("w0", mtu=1400)
        events = [event for event in monitor.events() if event.object == "link"]
    shared.ip.netns.delete("far")

    assert isinstance(number, NetnsId)
    names = {(event.nsid, event.model.ifname) for event in events if isinstance(event.model, Link)}
    assert {(number.nsid, "w1"), (None, "w0")} <= names


def test_a_link_elsewhere(shared: Session, there: Namespace) -> None:
    """The other end of a veth in another namespace is an index there."""
    shared.ip.netns.add("far")
    with there.ip.monitor("link") as monitor:
        there.ip.link.add("w0", Veth(peer="w1", peer_netns="far"))
        event = last(monitor, "link")
    there_index = shared.netns("far").ip.link.show("w1")[0].ifindex
    shared.ip.netns.delete("far")

    assert isinstance(event.model, Link)
    assert (None, there_index) == (event.model.link, event.model.link_index)


def test_only_one_link(there: Namespace) -> None:
    """With `dev` other links say nothing."""
    with there.ip.monitor("link", dev="v1") as monitor:
        there.ip.link.set("v0", mtu=1400)
        there.ip.link.set("v1", mtu=1401)
        names = {event.model.ifname for event in monitor.events() if isinstance(event.model, Link)}

    assert {"v1"} == names


def test_a_file(there: Namespace, tmp_path: Path) -> None:
    """What `rtmon` has written is read at once."""
    if find("rtmon") is None:
        pytest.skip("no rtmon here")

    names = set[str]()
    for seconds in (
        "0.5",
        "2",
        "8",
    ):  # it writes what is there, and waits for more: on a busy machine it begins late
        there.exec("timeout", seconds, "rtmon", "file", str(tmp_path / "log"), "link", check=False)
        found = there.ip.monitor.file(tmp_path / "log", "link")
        names = {event.model.ifname for event in found if isinstance(event.model, Link)}
        if {"lo", "v0", "v1"} <= names:
            break

    assert {"lo", "v0", "v1"} == names


def test_a_word_that_this_iproute2_does_not_know(there: Namespace) -> None:
    """It says so at once."""
    if "maddress" in there.exec("ip", "monitor", "help", check=False, changes=False).stderr:
        pytest.skip("this iproute2 knows all words")

    with pytest.raises(UsageError, match="maddress"):
        there.ip.monitor("maddress")


def test_names_of_namespaces(shared: Session) -> None:
    """`ip netns monitor` tells of each at once, in order."""
    with shared.ip.netns.monitor() as monitor:
        shared.ip.netns.add("far")
        first = list(monitor.events())
        shared.ip.netns.delete("far")
        second = list(monitor.events())

    assert [("netns", False, Netns(name="far"))] == [(e.object, e.deleted, e.model) for e in first]
    assert [("netns", True, Netns(name="far"))] == [(e.object, e.deleted, e.model) for e in second]
