"""What a lab has made is forgotten with what it deletes, and only with that."""

import pytest

from ipwrap import Session
from ipwrap.lab import Lab, NodeSpec, ProcessSpec
from ipwrap.lab.made import MadeState
from tests.labs import open_sandbox

SLEEP = ProcessSpec(line="sleep 1000", name="nap")


@pytest.fixture
def lab(sandbox_session: Session) -> Lab:
    """A router with a process and a node behind it, up, whose link is pulled."""
    lab = Lab(sandbox_session, pools="10.0.0.0/16", hostnames=True)
    sysctls = {"net.ipv4.ip_default_ttl": "63"}
    nodes = (
        NodeSpec(name="h1", processes=(SLEEP,), sysctls=sysctls),
        NodeSpec(name="r1", role="router", files={"hosts": "10.0.0.9 far\n"}),
    )
    lab.declare(nodes, ())
    lab.link("h1", "r1")
    lab.up()
    lab.links[0].pull()
    return lab


@pytest.mark.live
def test_down_forgets_all(lab: Lab) -> None:
    """What is made again has new processes, whose names the session has not had before."""
    before = lab.made
    nodes = lab.get("h1"), lab.get("r1")
    assert (set(before.ownership.nodes), set(before.hostnames.made)) == ({*nodes}, {"h1", "r1"})
    assert (before.gateways["h1"], set(before.pulled)) == (["10.0.0.1"], {*lab.links})
    assert before.initial_sysctls == {("h1", "net.ipv4.ip_default_ttl"): 64}
    (first_name,) = [process.name for process in before.processes.values()]

    lab.down()
    assert lab.made.ownership.nodes == []
    assert not any(lab.made.ownership.files.values())
    assert (lab.made.hostnames.made, lab.made.hostnames.files) == ({}, {})
    assert lab.made == MadeState(ownership=lab.made.ownership, hostnames=lab.made.hostnames)

    lab.up()
    (second_name,) = [process.name for process in lab.made.processes.values()]
    assert first_name != second_name
    assert second_name.startswith("nap_")
    lab.down()


@pytest.mark.live
def test_labs_of_one_session_may_name_a_process_alike() -> None:
    """The second one has a number, also where the first lab was another object."""
    names = []
    with open_sandbox() as session:
        for _ in range(2):
            lab = Lab(session)
            lab.declare((NodeSpec(name="h1", processes=(SLEEP,)),), ())
            lab.up()
            names += [process.name for process in lab.made.processes.values()]
            lab.down()

    assert names == ["nap", "nap_2"]


@pytest.mark.live
def test_what_was_pulled_is_read_again_after_down(lab: Lab) -> None:
    """`plug` brings the routes from before the last `pull`, and none of an earlier life."""
    lab.down()
    lab.up()
    (link,) = lab.links
    netns = link.pulled_port.node.netns
    netns.run(f"ip route add 192.0.2.0/24 dev {link.pulled_port.name}")
    link.pull()
    link.plug()

    assert "192.0.2.0/24" in [route.dst for route in netns.ip.route.show()]
    lab.down()


@pytest.mark.live
def test_a_deleted_link_is_no_longer_pulled(lab: Lab) -> None:
    """The nodes stay, with what belongs to them."""
    plan = lab.topology()
    lab.apply(type(plan)(nodes=plan.nodes, hostnames=True))

    assert lab.made.pulled == {}
    assert [process.running for process in lab.made.processes.values()] == [True]
    lab.down()


def test_a_new_lab_has_made_nothing() -> None:
    """No two labs share it."""
    first, second = MadeState(), MadeState()

    assert first == second
    assert first.gateways is not second.gateways
