"""A name never reaches another device than a fresh process would have reached.

Links are renamed, moved and recreated by the session and by other programs, at any time.
"""

import random
from collections.abc import Iterator

import pytest

from ipwrap import NotSupported, Session
from ipwrap.kinds import Bridge, Veth
from tests.executors.links import names_of
from tests.executors.twins import Twins

pytestmark = pytest.mark.live

NAMES = ("v0", "v1", "v2", "v3", "a", "up")
NAMESPACES = (None, "red", "blue")


@pytest.fixture
def twins() -> Iterator[Twins]:
    """Two sandboxes, a session with workers in one, a session with processes in the other."""
    sandbox_pair = Twins.open()
    yield sandbox_pair
    sandbox_pair.close()


def test_names_swapped_after_a_list(twins: Twins) -> None:
    """After another program has swapped the names of two links, a change reaches the new owner."""
    twins.run("ip link add name v0 type veth peer name v1")
    twins.run("ip -j -d link show", changes=False)
    twins.run("ip address add local 10.0.0.1/24 dev v0")
    for old, new in (("v0", "tmp"), ("v1", "v0"), ("tmp", "v1")):
        twins.run_outside(f"ip link set dev {old} name {new}")
    twins.run("ip link set dev v0 mtu 1111")
    twins.run("ip address add local 10.0.0.2/24 dev v0")
    twins.assert_same_state()


def test_link_recreated_behind_a_change_that_failed(session: Session) -> None:
    """A change that the kernel refuses leaves the name of its link in the cache of `ip`."""
    for mtu in (1111, 1112):
        session.ip.link.add("v0", Veth(peer="v1"))
        with pytest.raises(NotSupported):
            session.ip.link.set("v0", master="v0")
        session.ip.link.delete("v1")

        session.ip.link.add("v0", Veth(peer="v1"))
        session.ip.link.set("v0", mtu=mtu)
        assert mtu == session.ip.link.show("v0")[0].mtu
        session.ip.link.delete("v1")


def test_link_recreated_behind_a_change_that_failed_in_a_block(session: Session) -> None:
    """The same in a block, where a name is noted before the outcome is known."""
    session.ip.netns.add("red")
    red = session.netns("red")
    with pytest.raises(NotSupported) as caught, session.batch():
        for mtu in (1111, 1112):
            session.ip.link.add("v0", Veth(peer="br0", peer_netns="red"))
            red.ip.link.set("br0", master="br0")
            session.ip.link.delete("v0")
            session.ip.link.add("v0", Veth(peer="br0", peer_netns="red"))
            red.ip.link.set("lo", up=True)
            red.ip.link.set("br0", mtu=mtu)
            session.ip.link.delete("v0")

    assert caught.value.__notes__[0].startswith("in a batch: 12 changes were done, 2 failed")


def test_link_recreated_by_another_program(twins: Twins) -> None:
    """After another program has recreated a link, an address goes to the new link."""
    for _ in range(3):
        twins.run_outside("ip link add name v0 type veth peer name v1")
        twins.run("ip address add local 10.0.0.1/24 dev v0")
        twins.run("ip -j -d address show", changes=False)
        twins.run_outside("ip link delete dev v1")
        twins.run("ip address add local 10.0.0.2/24 dev v0")
    twins.assert_same_state()


def test_alternative_name_given_to_another_link(twins: Twins) -> None:
    """An alternative name moved to a second link reaches the second link."""
    twins.run("ip link add name v0 type veth peer name v1")
    twins.run("ip link property add dev v0 altname wan")
    twins.run("ip address add local 10.0.0.1/24 dev v0")
    twins.run("ip link set dev v0 mtu 1400")
    twins.run_outside("ip link property del dev v0 altname wan")
    twins.run_outside("ip link property add dev v1 altname wan")
    twins.run("ip address add local 10.0.0.2/24 dev wan")
    twins.run("ip link set dev wan mtu 1300")
    twins.assert_same_state()


def test_alternative_name_moved_without_notification(twins: Twins) -> None:
    """The kernel does not notify of alternative names of links that are down.

    A moved name reaches the right link nevertheless.
    """
    for n in (0, 2):
        twins.run_outside(f"ip link add name v{n} type veth peer name v{n + 1}")

    twins.run_outside("ip link property add dev v0 altname wan")
    twins.run("ip address add local 10.0.0.1/24 dev v0")
    twins.run("ip address add local 10.0.0.2/24 dev wan")
    twins.run_outside("ip link property del dev v0 altname wan")
    twins.run_outside("ip link property add dev v2 altname wan")
    twins.run("ip address add local 10.0.0.3/24 dev wan")
    twins.run_outside("ip link property del dev v2 altname wan")
    twins.run_outside("ip link set dev v3 name wan")
    twins.run("ip address add local 10.0.0.4/24 dev wan")
    twins.run("ip link set dev wan mtu 1300")
    twins.assert_same_state()


def test_next_hop_changed_after_a_route_was_shown(twins: Twins) -> None:
    """A route by a next hop's id is shown with the present next hop, whoever changed it."""
    twins.run("ip link add name v0 type veth peer name v1")
    twins.run("ip link set dev v0 up")
    twins.run("ip link set dev v1 up")
    twins.run("ip address add local 10.0.0.1/24 dev v0")
    twins.run("ip nexthop add id 5 via 10.0.0.8 dev v0")
    twins.run("ip route add to 10.1.0.0/24 nhid 5")
    for change in (twins.run, twins.run_outside):
        twins.run("ip -j -d route show", changes=False)
        change("ip nexthop replace id 5 via 10.0.0.9 dev v0")
        twins.run("ip -j -d route show", changes=False)
        change("ip nexthop replace id 5 via 10.0.0.8 dev v0")

    (route,) = (route for route in twins.workers.ip.route.show() if route.nhid == 5)

    assert route.nh_info is not None
    assert "10.0.0.8" == route.nh_info["gateway"]


def test_namespace_recreated_by_another_program(twins: Twins) -> None:
    """Commands reach the new namespace after another program has recreated the name."""
    twins.run("ip netns add red")
    twins.run("ip link set dev lo up", netns="red")
    twins.run_outside("ip netns delete red")
    twins.run("ip link set dev lo up", netns="red")
    twins.run_outside("ip netns add red")
    twins.run("ip -j -d link show", netns="red", changes=False)
    twins.assert_same_state()


def test_links_of_a_deleted_namespace_are_gone(twins: Twins) -> None:
    """Workers do not keep the links of a namespace alive that another program has deleted."""
    twins.run("ip netns add red")
    twins.run("ip link add name v0 type veth peer name v1 netns red")
    twins.run("ip link set dev v1 up", netns="red")
    twins.run("ip -j -d link show", netns="red", changes=False)
    twins.run_outside("ip netns delete red")
    for session in (twins.workers, twins.processes):
        for _ in range(200):
            if ["lo"] == names_of(session.ip.link.show()):
                break
            session.exec("sleep", "0.02", changes=False)
        assert ["lo"] == names_of(session.ip.link.show())


@pytest.mark.parametrize("seed", range(6))
def test_random_renames_and_recreations(twins: Twins, seed: int) -> None:
    """After random changes of links, both sandboxes are in the same state."""
    rng = random.Random(seed)
    twins.run("ip link add name br type bridge")
    for name in ("red", "blue"):
        twins.run(f"ip netns add {name}")
    for _ in range(60):
        run_random_command(twins, rng)
    twins.assert_same_state()


def run_random_command(twins: Twins, rng: random.Random) -> None:
    """Run a random command in a random namespace, by the session or by another program."""
    name, second_name = rng.sample(NAMES, 2)
    netns = rng.choice(NAMESPACES)
    line = rng.choice(
        (
            f"link add name {name} type veth peer name {second_name}",
            f"link add name {name} type veth peer name {second_name}",
            f"link add name {name} type macvlan",
            f"link delete dev {name}",
            f"link set dev {name} name {second_name}",
            f"link set dev {name} mtu {rng.randrange(1000, 1500)}",
            f"link set dev {name} up",
            # A single port: both ends of a veth in a bridge would be a loop.
            "link set dev v0 master br",
            f"link set dev {name} netns {rng.choice(('red', 'blue'))}",
            f"link property add dev {name} altname alt-{second_name}",
            f"link set dev alt-{name} mtu 1234",
            f"address add local 10.0.{rng.randrange(4)}.1/24 dev {name}",
            f"address delete local 10.0.{rng.randrange(4)}.1/24 dev {name}",
            f"route add to 10.9.{rng.randrange(4)}.0/24 dev {name}",
            f"neigh replace to 10.0.0.9 dev {name} lladdr 02:00:00:00:00:09",
        )
    )

    if rng.random() < 0.4:
        program = f"ip -n {netns}" if netns else "ip"
        twins.run_outside(f"{program} {line}")
    elif rng.random() < 0.3:
        object_name = rng.choice(("link", "address", "route", "neigh"))
        twins.run(f"ip -j -d {object_name} show", netns=netns, changes=False)
    else:
        twins.run(f"ip {line}", netns=netns)


def add_ports(session: Session, *names: str) -> None:
    """Add ports of br0; the names of both ends of each pair are given, so they are expected."""
    for name in names:
        peer = Veth(peer=f"peer-{name}")
        session.ip.link.add(name, peer, master="br0", up=True)


def test_names_that_bridge_has_listed(session: Session) -> None:
    """A link that is deleted and made again is another one for `bridge`, which has listed it."""
    session.ip.link.add("br0", Bridge(), up=True)
    add_ports(session, "v0", "v1")
    session.bridge.link.set("v1", cost=5)
    session.ip.link.delete("v0")
    add_ports(session, "v0")

    session.bridge.link.set("v0", cost=7)

    costs = {port.ifname: port.cost for port in session.bridge.link.show()}
    assert {"v0": 7, "v1": 5} == costs


def test_names_that_neigh_has_listed(session: Session) -> None:
    """`ip neigh` lists all links: one that goes with its peer is forgotten by the worker."""
    red = session.ip.netns.add("red")
    session.ip.link.add("v1", Veth(peer="w1"))
    session.ip.link.add("v0", Veth(peer="far", peer_netns="red"))
    session.ip.neigh.add("10.0.0.9", dev="v1", lladdr="02:00:00:00:00:09")
    red.exec("ip", "link", "delete", "far")
    session.ip.link.add("v0", Veth(peer="far", peer_netns="red"))

    session.ip.link.set("v0", mtu=1400)

    assert 1400 == session.ip.link.get("v0").mtu
