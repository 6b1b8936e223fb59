"""A lab with every object of `bridge` is recorded, replayed, exported and torn down."""

from pathlib import Path

import pytest

from ipwrap import CommandError, Recording, Session
from ipwrap.kinds import Bridge, BridgeSlave, Veth, Vxlan
from ipwrap.replay import replay, replay_script
from tests.labs import (
    diff_states,
    kernel_version,
    open_sandbox,
    record_lab,
    run_script_inside,
    write_script,
)

pytestmark = pytest.mark.live

GROUP = "239.1.1.1"


def add_links(session: Session) -> None:
    """Add a bridge with VLAN filtering and spanning trees, ports, and a vxlan with a VNI filter."""
    # Every link has a given MAC address: a bridge without one takes the address of a port, and adds
    # entries for that address to every VLAN (br_stp_recalculate_bridge_id() in
    # net/bridge/br_stp_if.c).
    if kernel_version() < (6, 4):
        pytest.skip(
            "this kernel: groups of a vxlan and settings of a port's VLAN came with 6.3 and 6.4"
        )

    vlans = Bridge(
        vlan_filtering=True,
        mcast_vlan_snooping=True,
        mst_enabled=True,
        mcast_igmp_version=3,
    )
    tunnels = Vxlan(external=True, vnifilter=True, dstport=4789, local="10.0.0.1")
    try:
        session.ip.link.add("br0", vlans, up=True, address="02:00:00:00:00:01")
        session.ip.link.add("vx0", tunnels, up=True, address="02:00:00:00:00:02")
    except CommandError as error:
        pytest.skip(f"this kernel or iproute2: {error.reason.splitlines()[0]}")

    session.ip.link.set("vx0", master="br0")
    session.ip.link.set("vx0", BridgeSlave(vlan_tunnel=True))
    session.ip.link.add("v0", Veth(peer="p0"), address="02:00:00:00:00:03")
    for name in ("p0", "v0"):
        session.ip.link.set(name, up=True)

    session.ip.link.set("v0", master="br0")


def add_bridge_objects(session: Session) -> None:
    """Add VLANs, groups, spanning tree states and tunnels to the links."""
    bridge = session.bridge
    bridge.vlan.add((10, 12), "br0", self_=True)
    for port in ("v0", "vx0"):
        bridge.vlan.add((10, 12), port)

    bridge.vlan.add((10, 12), "vx0", tunnel_info=(1010, 1012))
    bridge.vlan.global_.set(10, "br0", mcast_querier=True, mcast_query_interval=5000, msti=3)
    bridge.vlan.set((11, 12), "v0", mcast_router=2, mcast_max_groups=7, neigh_suppress=True)
    bridge.mst.set("v0", msti=3, state="learning")
    bridge.mdb.add(GROUP, "br0", port="v0", vid=10, permanent=True)
    bridge.mdb.add(
        "239.1.1.2",
        "br0",
        port="v0",
        vid=11,
        filter_mode="include",
        source_list=["10.0.0.8", "10.0.0.9"],
    )
    bridge.mdb.replace(
        "239.1.1.2",
        "br0",
        port="v0",
        vid=11,
        filter_mode="exclude",
        source_list=["10.0.0.9"],
    )
    bridge.mdb.add(
        GROUP,
        "vx0",
        port="vx0",
        permanent=True,
        dst="10.0.0.5",
        dst_port=99,
        vni=7,
        src_vni=1010,
        via="v0",
    )
    bridge.vni.add([(1010, 1012), 2000], "vx0", remote="10.0.0.2")
    bridge.vni.delete(2000, "vx0")


def run_lab(session: Session) -> None:
    """Add the links and the bridge objects, and read the bridge objects."""
    add_links(session)
    add_bridge_objects(session)
    bridge = session.bridge
    bridge.mdb.show()
    bridge.mdb.get(GROUP, "br0", vid=10)
    bridge.vlan.show(details=True, stats=True)
    bridge.vlan.tunnelshow("vx0")
    bridge.vlan.global_.show()
    bridge.vni.show(stats=True)
    bridge.mst.show()


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Recording:
    """The recording of the lab."""
    return record_lab(run_lab, tmp_path_factory.mktemp("bridge") / "x.jsonl")


def test_settings_are_shown() -> None:
    """Every reading shows the settings of the lab."""
    with open_sandbox() as session:
        add_links(session)
        add_bridge_objects(session)
        bridge = session.bridge
        (entry,) = bridge.mdb.get(GROUP, "vx0", src_vni=1010)

        assert ("10.0.0.5", 99, 7, "v0") == (entry.dst, entry.dst_port, entry.vni, entry.via)
        (any_source_entry, *_) = (
            entry
            for entry in bridge.mdb.show(vid=11).mdb
            if entry.grp == "239.1.1.2" and entry.src is None
        )

        assert ("exclude", ["10.0.0.9"]) == (
            any_source_entry.filter_mode,
            [entry.address for entry in any_source_entry.source_list or ()],
        )
        (port,) = bridge.vlan.show("v0", details=True)
        _, vlan_10, vlans_11_12 = port.vlans

        assert (10, None, "learning", 1) == (
            vlan_10.vlan,
            vlan_10.vlanEnd,
            vlan_10.state,
            vlan_10.mcast_router,
        )
        assert (11, 12, "forwarding", 2) == (
            vlans_11_12.vlan,
            vlans_11_12.vlanEnd,
            vlans_11_12.state,
            vlans_11_12.mcast_router,
        )
        assert (7, True) == (vlans_11_12.mcast_max_groups, vlans_11_12.neigh_suppress)
        assert [(0, "forwarding"), (3, "learning")] == [
            (entry.msti, entry.state)
            for port_trees in bridge.mst.show("v0")
            for entry in port_trees.mst
        ]


def test_a_replay_finds_no_difference(recording: Recording) -> None:
    """A replay finds no difference in the state and in the readings."""
    with open_sandbox() as session:
        report = replay(recording, session)

    assert ([], True) == (report.differences, report.state_compared)
    assert 7 == report.reads


def test_the_state_has_every_bridge_object(recording: Recording) -> None:
    """The end state has groups, tunnels, VLAN settings and spanning trees."""
    assert recording.end is not None
    assert recording.end.state is not None
    objects = recording.end.state[""]

    assert {"bridge mdb", "bridge vni", "bridge vlan tunnelshow"} <= objects.keys()
    assert {"bridge vlan details", "bridge vlan global", "bridge mst"} <= objects.keys()
    assert [
        {"ifname": "vx0", "vnis": [{"vni": 1010, "vniEnd": 1012, "remote": "10.0.0.2"}]}
    ] == objects["bridge vni"]


def test_the_script_builds_the_same_state(recording: Recording, tmp_path: Path) -> None:
    """The exported script builds the recorded state."""
    with open_sandbox() as session:
        report = replay_script(
            recording, session, script=str(write_script(recording, tmp_path / "x.sh"))
        )

    assert ([], True) == (report.differences, report.state_compared)


GLOBALLY = "mcast_querier 1 -> 0, mcast_query_interval 5000 -> 12500, msti 3 -> 0"
VLAN_DIFFERENCES = (
    "11 mcast_max_groups 7 -> (none)",
    "11 mcast_router 2 -> (none)",
    "11 neigh_suppress True -> (none)",
    "12 mcast_max_groups 7 -> (none)",
    "12 mcast_router 2 -> (none)",
    "12 neigh_suppress True -> (none)",
)


@pytest.mark.parametrize(
    ("removed_command", "expected"),
    [
        (
            "vlan set",
            f"vlan details v0: {', '.join(VLAN_DIFFERENCES)}",
        ),
        ("vlan global set", f"vlan global br0 10: {GLOBALLY}"),
        ("mst set", "mst v0 3: state learning -> disabled"),  # as a port begins in a spanning tree
    ],
)
def test_an_incomplete_script_differs(
    recording: Recording,
    tmp_path: Path,
    removed_command: str,
    expected: str,
) -> None:
    """A script without the settings of VLANs or spanning trees differs from the recording."""
    script = write_script(recording, tmp_path / "x.sh")
    lines = script.read_text().splitlines(keepends=True)
    kept = [line for line in lines if f"bridge {removed_command}" not in line]

    assert len(lines) - 1 == len(kept)
    script.write_text("".join(kept))
    with open_sandbox() as session:
        report = replay_script(recording, session, script=str(script))

    assert f"~ (host)  bridge {expected}" in report.differences


def test_down_deletes_objects_on_pre_existing_links(tmp_path: Path) -> None:
    """`down` deletes the session's bridge objects and keeps the pre-existing links."""
    with open_sandbox() as session:
        add_links(session)
        with Session(session.place) as inner:
            inner.bridge.vlan.add((10, 12), "v0")
            inner.bridge.vlan.add((20, 21), "vx0")
            inner.bridge.vlan.add((20, 21), "vx0", tunnel_info=(2020, 2021))
            inner.bridge.mdb.add(GROUP, "br0", port="v0", vid=10, permanent=True)
            inner.bridge.mdb.add(
                GROUP,
                "vx0",
                port="vx0",
                permanent=True,
                dst="10.0.0.5",
                src_vni=9,
            )
            inner.bridge.vni.add([(30, 32), 40], "vx0")
            inner.recording.save(tmp_path / "x.jsonl")

    script = write_script(Recording.load(tmp_path / "x.jsonl"), tmp_path / "x.sh")
    with open_sandbox() as session:
        add_links(session)
        before = session.state()

        up = run_script_inside(session, script, "up")
        assert (0, "") == (up.returncode, up.stderr)
        assert diff_states(before, session.state())

        down = run_script_inside(session, script, "down")

        assert (0, "") == (down.returncode, down.stderr)
        assert [] == diff_states(before, session.state())
