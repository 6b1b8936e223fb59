"""A watch of a sandbox: changes come with their namespace, and namespaces come and go."""

import time
from collections.abc import Iterator

import pytest

from ipwrap import ExecutorError, InvalidArgument, NotSupported, Session, UsageError
from ipwrap.kinds import Bridge, Veth, Vxlan
from ipwrap.models import (
    Address,
    FdbEntry,
    Link,
    MdbEntry,
    PortVlan,
    PortVlans,
    Route,
    Vni,
    VxlanVnis,
)
from ipwrap.sessions.watch import Change, Watch
from tests.labs import open_sandbox

SECONDS = 60.0  # for a change to come: much longer than it takes, also on a busy machine


@pytest.fixture
def session() -> Iterator[Session]:
    """A session in a sandbox of its own, with a namespace."""
    with open_sandbox() as session:
        session.ip.netns.add("red")
        yield session


def lines_until(watch: Watch, *awaited: str) -> list[str]:
    """Return the lines of the changes until all that are awaited have come.

    The events of two namespaces come in any order.
    """
    lines: list[str] = []
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        for change in watch.changes(timeout=0.2):
            lines.append(str(change))
            if {*awaited}.issubset(lines):
                return lines
    raise AssertionError(f"no lines {awaited!r} within {SECONDS} s, but: {lines}")


def changes_until(watch: Watch, awaited: str) -> list[Change]:
    """Return the changes until one begins with the awaited words."""
    changes: list[Change] = []
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        for change in watch.changes(timeout=0.2):
            changes.append(change)
            if str(change).startswith(awaited):
                return changes
    raise AssertionError(f"no change {awaited!r} within {SECONDS} s, but: {changes}")


def make_switch(session: Session) -> None:
    """Make a bridge with VLANs, and a port of it. Skips the test where the kernel has no VLANs."""
    session.ip.link.add("br0", Bridge())
    session.ip.link.add("p0", Veth(peer="p1"), master="br0")
    try:
        session.ip.link.set("br0", Bridge(vlan_filtering=True))
    except NotSupported:
        pytest.skip("this kernel has no CONFIG_BRIDGE_VLAN_FILTERING")


def test_changes_of_all_namespaces_come_in_words(session: Session) -> None:
    """A watch tells what verbs change in the sandbox and in a namespace, and nothing else."""
    with session.watch(objects=("link",)) as watch:
        session.ip.link.add("v0", Veth(peer="eth0", peer_netns="red"))
        session.netns("red").ip.link.set("eth0", mtu=1400)

        expected = (
            "+ (host)  link v0 type veth",
            "+ red  link eth0 type veth",
            "~ red  link eth0: mtu 1500 -> 1400",
        )

        assert sorted(expected) == sorted(lines_until(watch, *expected))


def test_a_change_has_its_parts(session: Session) -> None:
    """A change is typed: its namespace, object, name, both sides and the model."""
    with session.watch("red") as watch:
        session.netns("red").ip.link.add("br0", Bridge())
        change = next(watch.changes(timeout=SECONDS))

    assert isinstance(change.model, Link)
    assert ("red", "link", "added", ("br0",), None, "bridge", "br0") == (
        change.netns,
        change.object,
        change.change,
        change.name,
        change.before,
        (change.after or {}).get("info_kind"),
        change.model.ifname,
    )


def test_a_new_namespace_joins_and_a_deleted_one_leaves(session: Session) -> None:
    """What a namespace has when it joins is told, then what changes in it, and its end."""
    with session.watch() as watch:
        session.ip.netns.add("blue")
        blue = session.netns("blue")
        blue.ip.link.add("b0", Bridge())
        joined = lines_until(watch, "+ blue  link b0 type bridge")
        names = watch.namespaces
        blue.ip.link.set("b0", mtu=1300)
        lines_until(watch, "~ blue  link b0: mtu 1500 -> 1300")
        session.ip.netns.delete("blue")
        lines_until(watch, "- (host)  netns blue")

        assert (["+ (host)  netns blue", "+ blue  link b0 type bridge"], True, False) == (
            joined,
            "blue" in names,
            "blue" in watch.namespaces,
        )


def test_a_namespace_that_is_made_anew_is_another_one(session: Session) -> None:
    """A name that gets another namespace is told as gone and as new."""
    with session.watch("red", objects=("netns", "link")) as watch:
        session.ip.netns.delete("red")
        session.ip.netns.add("red")
        session.netns("red").ip.link.add("fresh", Bridge())
        lines = lines_until(watch, "+ red  link fresh type bridge")

    assert ["- (host)  netns red", "+ (host)  netns red"] == lines[:2]


def test_only_chosen_namespaces_are_watched(session: Session) -> None:
    """Patterns choose namespaces by name; the empty one is the place's own."""
    session.ip.netns.add("pod1")
    with session.watch(["pod*", ""]) as watch:
        assert ["", "pod1"] == watch.namespaces


def test_a_watched_namespace_is_not_kept_alive(session: Session) -> None:
    """A watch that has ended leaves no monitor: a second close does nothing."""
    watch = session.watch("red")
    watch.close()
    watch.close()

    assert [] == watch.namespaces


def test_a_namespace_that_cannot_be_entered_is_told(session: Session) -> None:
    """A file in /run/netns that is no namespace, or another user's, does not stop the watch."""
    session.exec("touch", "/run/netns/fake")
    with session.watch() as watch:
        assert (["", "red"], ["fake"], True) == (
            watch.namespaces,
            [*watch.problems],
            "fake" in watch.problems["fake"],
        )


def test_a_watch_whose_monitors_were_ended_is_an_error(session: Session) -> None:
    """A watch that nothing can reach any more does not wait in silence."""
    with session.watch("red") as watch:
        watch._helper._process.kill()
        with pytest.raises(ExecutorError, match="was ended from outside"):
            next(watch.changes(timeout=SECONDS))


def test_the_recording_has_nothing_of_a_watch(session: Session) -> None:
    """A watch adds no command to the recording."""
    before = session.export(reads=True)
    with session.watch():
        pass

    assert before == session.export(reads=True)


def test_wrong_objects_are_refused(session: Session) -> None:
    """An object that cannot be watched is named, with those that can."""
    with pytest.raises(InvalidArgument, match="lantern cannot be watched; there are: link"):
        session.watch(objects=("lantern",))
    with pytest.raises(InvalidArgument, match="none cannot be watched"):
        session.watch(objects=())


def test_a_dry_run_has_nothing_to_watch(dry_session: Session) -> None:
    """A session in which no command runs raises an error."""
    with pytest.raises(ExecutorError, match="nothing changes"):
        dry_session.watch()


def test_a_namespace_that_is_soon_gone_is_told(session: Session) -> None:
    """Also where it is gone before anybody could look at it."""
    expected = ["+ (host)  netns brief", "- (host)  netns brief"]
    with session.watch() as watch:
        session.exec("sh", "-ec", "ip netns add brief; ip netns delete brief")
        lines = lines_until(watch, *expected)

    assert expected == lines


def test_only_chosen_namespaces_are_told(session: Session) -> None:
    """By a pattern; and no namespace where the objects are others."""
    with session.watch(["r*", "last"]) as watch, session.watch(objects=("link",)) as links:
        session.exec("sh", "-ec", "ip netns add brief; ip netns delete brief")
        session.ip.netns.add("last")
        lines = lines_until(watch, "+ (host)  netns last")
        session.netns("last").ip.link.add("br0", Bridge())
        link_lines = lines_until(links, "+ last  link br0 type bridge")

    assert (["+ (host)  netns last"], ["+ last  link br0 type bridge"]) == (lines, link_lines)


def test_the_first_namespace_is_told() -> None:
    """Before it there is no folder of namespaces, and none is made."""
    with open_sandbox() as session, session.watch() as watch:
        folders = session.exec("sh", "-c", "ls -d /run/netns || :", changes=False).stdout
        session.ip.netns.add("red")
        lines = lines_until(watch, "+ (host)  netns red")
        session.exec("sh", "-ec", "ip netns add brief; ip netns delete brief")
        session.ip.netns.delete("red")
        lines += lines_until(watch, "- (host)  netns brief", "- (host)  netns red")

    assert ("", "+ (host)  netns red") == (folders, lines[0])
    assert 4 == len(lines)


def test_what_bridges_forward_is_told(session: Session) -> None:
    """Entries and groups that are made and deleted are told, in a namespace as well."""
    red = session.netns("red")
    red.ip.link.add("br0", Bridge(), up=True)
    red.ip.link.add("p0", Veth(peer="p1"), master="br0", up=True)
    with session.watch("red", objects=("fdb", "mdb")) as watch:
        red.bridge.fdb.add("02:00:00:00:00:99", "p0", master=True, static=True)
        lines_until(watch, "+ red  bridge fdb 02:00:00:00:00:99 dev p0 master br0 static")
        red.bridge.mdb.add("239.1.1.1", "br0", port="p0", permanent=True)
        change = next(change for change in watch.changes(timeout=SECONDS) if change.object == "mdb")
        red.bridge.fdb.delete("02:00:00:00:00:99", "p0", master=True)
        lines_until(watch, "- red  bridge fdb 02:00:00:00:00:99 dev p0 master br0 static")

    assert isinstance(change.model, MdbEntry)
    assert ("red", "added", "br0 p0 239.1.1.1", "permanent", "239.1.1.1") == (
        change.netns,
        change.change,
        " ".join(change.name),
        (change.after or {})["state"],
        change.model.grp,
    )


def test_an_entry_of_a_bridge_is_typed(session: Session) -> None:
    """A forwarding entry that came is as `bridge fdb show` has it; one that went, as it was."""
    session.ip.link.add("br0", Bridge(), up=True)
    session.ip.link.add("p0", Veth(peer="p1"), master="br0", up=True)
    mac = "02:00:00:00:00:99"
    with session.watch("", objects=("fdb",)) as watch:
        session.bridge.fdb.add(mac, "p0", master=True, static=True)
        added = changes_until(watch, f"+ (host)  bridge fdb {mac}")[0]
        listed = session.bridge.fdb.show()
        session.bridge.fdb.delete(mac, "p0", master=True)
        deleted = changes_until(watch, f"- {str(added).removeprefix('+ ')}")[-1]

    assert isinstance(added.model, FdbEntry)
    assert (mac, "p0", "static") == (added.model.mac, added.model.ifname, added.model.state)
    assert (True, added.model) == (added.model in listed, deleted.model)


def test_what_a_new_namespace_has_is_typed(session: Session) -> None:
    """Objects that are there when their namespace joins have models, too."""
    with session.watch(["blue"], objects=("link", "address", "route", "fdb")) as watch:
        session.ip.netns.add("blue")
        blue = session.netns("blue")
        blue.ip.link.add("v0", Veth(peer="v1"), up=True)
        blue.ip.link.set("v1", up=True)
        blue.ip.address.add("10.0.0.1/24", dev="v0")
        blue.ip.route.add("10.9.0.0/16", via="10.0.0.2")
        changes = changes_until(watch, "+ blue  route 10.9.0.0/16")

    models = {change.object: change.model for change in changes}
    assert (Link, Address, Route) == tuple(
        type(models[noun]) for noun in ("link", "address", "route")
    )
    assert ("10.0.0.1", "v0") == (
        getattr(models["address"], "local", None),
        getattr(models["address"], "dev", None),
    )


def test_vlans_of_ports_are_told(session: Session) -> None:
    """The VLANs of a port come and go."""
    make_switch(session)
    with session.watch("", objects=("vlan", "fdb")) as watch:
        session.bridge.vlan.add((10, 11), "p0")
        changes = changes_until(watch, "+ (host)  bridge vlan 11")
        session.bridge.vlan.delete(10, "p0")
        changes += changes_until(watch, "- (host)  bridge vlan 10")

    vlans = [change for change in changes if change.object == "vlan"]
    assert [
        ("+ (host)  bridge vlan 10 dev p0", PortVlans(ifname="p0", vlans=(PortVlan(vlan=10),))),
        ("+ (host)  bridge vlan 11 dev p0", PortVlans(ifname="p0", vlans=(PortVlan(vlan=11),))),
        ("- (host)  bridge vlan 10 dev p0", PortVlans(ifname="p0", vlans=(PortVlan(vlan=10),))),
    ] == [(str(change), change.model) for change in vlans]


def test_tunnels_of_a_vxlan_are_told(session: Session) -> None:
    """The VNIs that a vxlan with a filter accepts come, change and go, beside VLANs."""
    make_switch(session)
    try:
        session.ip.link.add("vx0", Vxlan(external=True, vnifilter=True, dstport=4789))
        session.bridge.vni.show()
    except (NotSupported, UsageError):
        pytest.skip("this kernel or iproute2 has no vnifilter")
    session.ip.link.set("vx0", master="br0")

    with session.watch("", objects=("vni", "vlan")) as watch:
        session.bridge.vni.add((100, 101), "vx0")
        changes = changes_until(watch, "+ (host)  bridge vni vx0 101")
        session.bridge.vni.add(101, "vx0", remote="10.0.0.2")
        changes += changes_until(watch, "~ (host)  bridge vni vx0 101")
        session.bridge.vni.delete(100, "vx0")
        changes += changes_until(watch, "- (host)  bridge vni vx0 100")

    expected: list[tuple[str, object]] = [
        ("+ (host)  bridge vni vx0 100", VxlanVnis(ifname="vx0", vnis=(Vni(vni=100),))),
        ("+ (host)  bridge vni vx0 101", VxlanVnis(ifname="vx0", vnis=(Vni(vni=101),))),
        (
            "~ (host)  bridge vni vx0 101: remote (none) -> 10.0.0.2",
            VxlanVnis(ifname="vx0", vnis=(Vni(vni=101, remote="10.0.0.2"),)),
        ),
        ("- (host)  bridge vni vx0 100", VxlanVnis(ifname="vx0", vnis=(Vni(vni=100),))),
    ]
    assert expected == [(str(change), change.model) for change in changes]


def test_bridges_are_watched_on_demand_only(session: Session) -> None:
    """By default, nothing is told of what bridges forward: one monitor follows a namespace."""
    session.ip.link.add("br0", Bridge(), up=True)
    with session.watch("") as watch:
        session.bridge.fdb.add("02:00:00:00:00:99", "br0", self_=True, local=True)
        session.ip.link.set("br0", mtu=1400)
        lines = lines_until(watch, "~ (host)  link br0: mtu 1500 -> 1400")

    assert ["~ (host)  link br0: mtu 1500 -> 1400"] == lines
