"""Tests of links that were renamed or moved: they are brought back, and not made anew."""

from collections.abc import Iterator
from typing import Any

import pytest
from attrs import define

from ipwrap import Command, Result, Session
from ipwrap.apply import Applier, plan
from ipwrap.kinds import Bridge, Veth
from ipwrap.sessions.unrecorded import UnrecordedRunner
from tests import waiting
from tests.labs import open_sandbox

MAC = "02:00:00:00:00:01"


@pytest.fixture
def session() -> Iterator[Session]:
    """A session with namespaces, and a pair with addresses between two of them."""
    with open_sandbox() as session:
        for name in ("red", "blue", "green"):
            session.ip.netns.add(name)
        session.cable("red:eth0", "blue:eth0", addresses=("10.0.0.1/24", "10.0.0.2/24"))
        session.ip.link.add("v0", Veth(peer="v1"), up=True)
        session.ip.address.add("10.1.0.1/24", dev="v0")
        session.ip.route.add("10.9.0.0/16", via="10.1.0.2")
        yield session


def apply_lines(session: Session, wanted: object) -> list[str]:
    """Apply a state; return the lines of the commands. A second application runs none."""
    applied = session.apply(wanted)  # type: ignore[arg-type]
    assert () == session.apply(wanted).commands  # type: ignore[arg-type]
    return [command.line for command in applied.commands]


def test_a_renamed_link_gets_its_name_back(session: Session) -> None:
    """One command, and the link stays up: address and route stay."""
    wanted = session.snapshot()
    session.ip.link.set("v0", name="w0")

    assert ["ip link set dev w0 name v0"] == apply_lines(session, wanted)


def test_a_renamed_link_of_a_state_without_origin_gets_its_name_back(session: Session) -> None:
    """A MAC address that one link of each state has is enough, with that of the other end."""
    wanted = session.snapshot().state
    session.ip.link.set("v0", name="w0")

    assert ["ip link set dev w0 name v0"] == apply_lines(session, wanted)


def test_a_renamed_bridge_gets_its_name_back(session: Session) -> None:
    """Its address follows its ports: the index proves it, in the snapshot's own namespace."""
    session.ip.link.add("br0", Bridge(), up=True)
    session.ip.link.set("v1", master="br0", up=True)
    wanted = session.snapshot()
    session.ip.link.set("br0", name="br1")

    assert ["ip link set dev br1 name br0"] == apply_lines(session, wanted)


def test_a_bridge_is_made_anew_where_no_index_proves_it(session: Session) -> None:
    """A plain state does not tell of which place it is."""
    session.ip.link.add("br0", Bridge(), address="02:00:00:00:00:01")
    wanted = session.snapshot().state
    session.ip.link.set("br0", name="br1")

    assert [
        "ip link delete dev br1",
        "ip link add name br0 address 02:00:00:00:00:01 type bridge",
    ] == apply_lines(session, wanted)


def test_swapped_names_go_round(session: Session) -> None:
    """One of the links has another name meanwhile."""
    wanted = session.snapshot()
    for old, new in (("v0", "x"), ("v1", "v0"), ("x", "v1")):
        session.ip.link.set(old, name=new)

    assert [
        "ip link set dev v1 name tmp0",
        "ip link set dev v0 name v1",
        "ip link set dev tmp0 name v0",
    ] == apply_lines(session, wanted)


def test_a_moved_end_comes_back(session: Session) -> None:
    """It arrives down and without addresses; the other end is not touched."""
    wanted = session.snapshot()
    session.netns("red").ip.link.set("eth0", netns="green", name="eth7")

    assert [
        "ip -n green link set dev eth7 name eth0 netns red",
        "ip -n red link set dev eth0 up",
        "ip -n red address add local 10.0.0.1/24 dev eth0",
    ] == [line.replace(" brd 10.0.0.255", "") for line in apply_lines(session, wanted)]


def test_an_end_goes_back_to_the_first_namespace(session: Session) -> None:
    """Both ends are in one namespace again."""
    wanted = session.snapshot()
    session.ip.link.set("v1", netns="green")

    assert ["ip -n green link set dev v1 netns /proc/1/ns/net"] == apply_lines(session, wanted)


def test_a_link_leaves_a_namespace_that_is_deleted(session: Session) -> None:
    """It would go with the namespace."""
    wanted = session.snapshot()
    session.ip.netns.add("grey")
    session.ip.link.set("v1", netns="grey")

    assert [
        "ip -n grey link set dev v1 netns /proc/1/ns/net",
        "ip netns delete grey",
    ] == apply_lines(session, wanted)


def test_a_link_goes_to_a_namespace_that_is_made(session: Session) -> None:
    """The namespace that it was in is gone, and it is elsewhere."""
    session.ip.link.set("v1", netns="green")
    wanted = session.snapshot()
    session.netns("green").ip.link.set("v1", netns="red")
    session.ip.netns.delete("green")

    assert ["ip netns add green", "ip -n red link set dev v1 netns green"] == apply_lines(
        session, wanted
    )


def test_a_stranger_with_the_name_is_no_moved_link(session: Session) -> None:
    """A pair that somebody made anew has other addresses: it is made anew as before."""
    wanted = session.snapshot()
    session.ip.link.delete("v0")
    session.ip.link.add("v0", Veth(peer="w1"))

    lines = apply_lines(session, wanted)

    assert "ip link delete dev w1" in lines
    assert [] == [line for line in lines if " name " in line and " set " in line]


def test_a_place_that_a_stranger_has_is_left(session: Session) -> None:
    """The wanted link is deleted and made anew: nobody else's link is renamed for it."""
    wanted = session.snapshot()
    session.ip.link.set("v0", name="w0")
    session.ip.link.add("v0", Veth(peer="x1"))

    lines = apply_lines(session, wanted)

    assert {"ip link delete dev v1", "ip link delete dev x1"} <= {*lines}
    assert [] == [line for line in lines if " name " in line and " set " in line]


def test_an_untouched_pair_loses_no_packet(session: Session) -> None:
    """A ping goes on while links around it come back, and through a link that is renamed."""
    wanted = session.snapshot()
    session.ip.link.set("v1", netns="red")
    session.netns("blue").ip.link.set("eth0", name="eth9")

    ping = session.netns("red").spawn("ping", "-i", "0.02", "-c", "50", "10.0.0.2")
    session.apply(wanted)
    ping.wait(timeout=waiting.LIMIT)

    assert " 0% packet loss" in ping.stdout


def test_sysctls_of_a_renamed_link_stay(session: Session) -> None:
    """They go with it to its new name."""
    session.sysctl.set("net.ipv4.conf.v0.rp_filter", 2)
    wanted = session.snapshot()
    session.ip.link.set("v0", name="w0")

    assert ["ip link set dev w0 name v0"] == apply_lines(session, wanted)


def link(name: str, index: int, *, kind: str | None = None, **values: object) -> dict[str, Any]:
    """Return a link as `ip` prints it."""
    info = {} if kind is None else {"linkinfo": {"info_kind": kind, "info_data": {}}}
    return {"ifindex": index, "ifname": name, "address": MAC, "flags": [], **info, **values}


def vlan(name: str, index: int, *, vlan_id: int) -> dict[str, Any]:
    """Return a VLAN on eth0."""
    info = {"info_kind": "vlan", "info_data": {"id": vlan_id, "protocol": "802.1Q"}}
    return link(name, index, link="eth0", linkinfo=info)


def plan_lines(
    current: list[dict[str, Any]], wanted: list[dict[str, Any]], *, is_same_place: bool = False
) -> list[str]:
    """Return the lines of the commands from some links to others."""
    planned = plan({"": {"link": current}}, {"": {"link": wanted}}, is_same_place=is_same_place)
    return [command.line for command in planned.commands]


def test_vlans_are_told_by_index() -> None:
    """They have the address of the link below, all of them."""
    current = [link("eth0", 2), vlan("eth0.10", 7, vlan_id=10), vlan("users", 4, vlan_id=20)]
    wanted = [link("eth0", 2), vlan("eth0.10", 3, vlan_id=10), vlan("eth0.20", 4, vlan_id=20)]

    assert ["ip link set dev users name eth0.20"] == plan_lines(current, wanted, is_same_place=True)
    assert ["ip link delete dev users", "ip link add name eth0.20"] == [
        line.partition(" link eth0")[0] for line in plan_lines(current, wanted)
    ]


def test_a_link_that_would_be_made_anew_is_not_renamed() -> None:
    """A rename would be in vain: no command changes the id of a VLAN."""
    current = [link("eth0", 2), vlan("users", 4, vlan_id=20)]
    wanted = [link("eth0", 2), vlan("guests", 4, vlan_id=30)]

    assert ["ip link delete dev users", "ip link add name guests"] == [
        line.partition(" link eth0")[0] for line in plan_lines(current, wanted, is_same_place=True)
    ]


def test_hardware_gets_its_name_back() -> None:
    """The address that it was made with tells it, whatever address it has now."""
    current = [link("lan0", 2, address="02:00:00:00:00:99", permaddr=MAC)]
    wanted = [link("eth0", 9)]

    assert [
        "ip link set dev lan0 name eth0",
        f"ip link set dev eth0 address {MAC}",
    ] == plan_lines(current, wanted)


def test_two_links_with_an_address_prove_nothing() -> None:
    """Which of both would be the wanted one?"""
    current = [link("a", 2), link("b", 3)]

    assert [] == plan_lines(current, [link("c", 2)])


@define
class OlderKernel:
    """A runner that renames no link that is up, as kernels before Linux 6.2."""

    session: Session

    def run(self, command: Command, *, check: bool = True) -> Result:
        """Run a command, or refuse it."""
        renames = command.renames
        if renames is not None and renames.netns == command.netns:
            (found,) = self.session.ip.link.show(dev=renames.link)
            if "UP" in found.flags:
                refused = Result(command, 2, stderr="RTNETLINK answers: Device or resource busy\n")
                return refused.check() if check else refused
        return self.session.run(command, check=check)


def test_a_kernel_that_renames_no_link_that_is_up(session: Session) -> None:
    """The link goes down first, once the kernel has refused; no later command ran before."""
    wanted = session.snapshot()
    session.ip.link.set("v0", name="w0")
    reader = UnrecordedRunner(session.place, session.executor)
    applier = Applier(
        OlderKernel(session), reader, wanted.state, sleep=lambda _: None, origin=wanted.origin
    )

    applied = applier.run().check()

    assert [
        "ip link set dev w0 name v0",
        "ip link set dev w0 down",
        "ip link set dev w0 name v0",
        "ip link set dev v0 up",
    ] == [command.line for command in applied.commands][:4]
