"""All that `bridge` keeps, in one lab: it is recorded, its script builds it again, and takes it away."""

from pathlib import Path

import pytest

from ipwrap import CommandError, Recording, Session
from ipwrap.kinds import Bridge, BridgeSlave, Veth, Vxlan
from ipwrap.replay import replay, replay_script
from tests.labs import differences, exported, kernel, opened, recorded, sh_inside

pytestmark = pytest.mark.live

GROUP = "239.1.1.1"


def links(session: Session) -> None:
    """Make a bridge that filters VLANs and has several spanning trees, its ports, and a vxlan that filters tunnels.

    Each has an address: else the bridge has that of one port or the other, and so have its entries for each VLAN.
    """
    if kernel() < (6, 4):
        pytest.skip(
            "this kernel: groups of a vxlan, and what is set for a port's VLAN, came with 6.3 and 6.4"
        )
    vlans = Bridge(
        vlan_filtering=True, mcast_vlan_snooping=True, mst_enabled=True, mcast_igmp_version=3
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


def standing(session: Session) -> None:
    """Make what stands on these links."""
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
        "239.1.1.2", "br0", port="v0", vid=11, filter_mode="exclude", source_list=["10.0.0.9"]
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


def lab(session: Session) -> None:
    """Make all of it, and read it."""
    links(session)
    standing(session)
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
    """The lab's recording."""
    return recorded(lab, tmp_path_factory.mktemp("bridge") / "x.jsonl")


def test_what_was_asked_for_is_shown() -> None:
    """By every reading."""
    with opened() as session:
        links(session)
        standing(session)
        bridge = session.bridge
        (entry,) = bridge.mdb.get(GROUP, "vx0", src_vni=1010)
        assert ("10.0.0.5", 99, 7, "v0") == (entry.dst, entry.dst_port, entry.vni, entry.via)
        (star, *_) = (
            each
            for each in bridge.mdb.show(vid=11).mdb
            if each.grp == "239.1.1.2" and each.src is None
        )
        assert ("exclude", ["10.0.0.9"]) == (
            star.filter_mode,
            [each.address for each in star.source_list or ()],
        )
        (port,) = bridge.vlan.show("v0", details=True)
        _, ten, others = port.vlans
        assert (10, None, "learning", 1) == (ten.vlan, ten.vlanEnd, ten.state, ten.mcast_router)
        assert (11, 12, "forwarding", 2) == (
            others.vlan,
            others.vlanEnd,
            others.state,
            others.mcast_router,
        )
        assert (7, True) == (others.mcast_max_groups, others.neigh_suppress)
        assert [(0, "forwarding"), (3, "learning")] == [
            (each.msti, each.state) for found in bridge.mst.show("v0") for each in found.mst
        ]


def test_a_replay_finds_no_difference(recording: Recording) -> None:
    """Nor does it in what was read."""
    with opened() as session:
        found = replay(recording, session)
    assert ([], True) == (found.differences, found.state_compared)
    assert 7 == found.reads


def test_the_state_holds_groups_tunnels_and_numbers(recording: Recording) -> None:
    """A script that forgot them would be found out."""
    assert recording.end is not None
    assert recording.end.state is not None
    first = recording.end.state[""]
    assert {"bridge mdb", "bridge vni", "bridge vlan tunnelshow"} <= first.keys()
    assert {"bridge vlan details", "bridge vlan global", "bridge mst"} <= first.keys()
    assert [
        {"ifname": "vx0", "vnis": [{"vni": 1010, "vniEnd": 1012, "remote": "10.0.0.2"}]}
    ] == first["bridge vni"]


def test_the_script_builds_it_again(recording: Recording, tmp_path: Path) -> None:
    """Wherever it runs."""
    with opened() as session:
        found = replay_script(
            recording, session, script=str(exported(recording, tmp_path / "x.sh"))
        )
    assert ([], True) == (found.differences, found.state_compared)


GLOBALLY = "mcast_querier 1 -> 0, mcast_query_interval 5000 -> 12500, msti 3 -> 0"
SET = ("mcast_max_groups 7 -> (none)", "mcast_router 2 -> (none)", "neigh_suppress True -> (none)")


@pytest.mark.parametrize(
    ("forgotten", "expected"),
    [
        (
            "vlan set",
            f"vlan details v0: {', '.join(f'{vid} {each}' for vid in (11, 12) for each in SET)}",
        ),
        ("vlan global set", f"vlan global br0 10: {GLOBALLY}"),
        ("mst set", "mst v0 3: state learning -> disabled"),  # as a port begins in a spanning tree
    ],
)
def test_a_script_that_forgets_what_was_set_is_found_out(
    recording: Recording, tmp_path: Path, forgotten: str, expected: str
) -> None:
    """Of VLANs of ports and of bridges, and in spanning trees: the difference is told in words."""
    script = exported(recording, tmp_path / "x.sh")
    lines = script.read_text().splitlines(keepends=True)
    kept = [line for line in lines if f"bridge {forgotten}" not in line]
    assert len(lines) - 1 == len(kept)
    script.write_text("".join(kept))
    with opened() as session:
        found = replay_script(recording, session, script=str(script))
    assert f"~ (first)  bridge {expected}" in found.differences


def test_down_takes_away_what_stands_on_links_that_were_there(tmp_path: Path) -> None:
    """And leaves the links as they were."""
    with opened() as session:
        links(session)
        before = session.state()
        with Session(session.place) as inner:
            inner.bridge.vlan.add((10, 12), "v0")
            inner.bridge.vlan.add((20, 21), "vx0")
            inner.bridge.vlan.add((20, 21), "vx0", tunnel_info=(2020, 2021))
            inner.bridge.mdb.add(GROUP, "br0", port="v0", vid=10, permanent=True)
            inner.bridge.mdb.add(
                GROUP, "vx0", port="vx0", permanent=True, dst="10.0.0.5", src_vni=9
            )
            inner.bridge.vni.add([(30, 32), 40], "vx0")
            made = inner.state()
            inner.recording.save(tmp_path / "x.jsonl")
        script = exported(Recording.load(tmp_path / "x.jsonl"), tmp_path / "x.sh")
        assert differences(before, made)
        down = sh_inside(session, script, "down")
        assert (0, "") == (down.returncode, down.stderr)
        assert [] == differences(before, session.state())
