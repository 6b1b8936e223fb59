"""Tests of the waits in saved scripts: for IPv6 addresses that are sources of routes."""

from ipwrap import until
from ipwrap.apply import save
from ipwrap.kinds import Veth
from tests.apply.test_round_trips import list_differences
from tests.labs import open_sandbox


def test_a_route_waits_for_its_source() -> None:
    """The script waits for the address of a route's `src`, and builds the state."""
    with open_sandbox() as session:
        session.ip.link.add("v0", Veth(peer="v1"), up=True)
        session.ip.link.set("v1", up=True)
        session.ip.address.add("fd00::1/64", dev="v0")
        session.ip.address.add("fd01::1/64", dev="v0", nodad=True)
        session.wait_for(until.address("fd00::1", dev="v0"))
        session.ip.route.add("fd02::/64", via="fd00::2", src="fd00::1")
        session.ip.route.add("fd03::/64", via="fd00::2", src="fd01::1")
        wanted = session.snapshot().state
    script = save(wanted, format="plain")

    with open_sandbox() as session:
        result = session.exec("sh", "-c", script, check=False)
        differences = list_differences(session, wanted)

    assert ("", [], 1) == (result.stderr, differences, script.count("wait_for 10"))
