"""What the kernel drops of a link that is set down comes back with the link."""

from collections.abc import Iterator

import pytest

from ipwrap import PlaceError
from ipwrap.lab import Lab
from ipwrap.lab.pulling import read_port
from tests.every_way import differences_by_way


@pytest.fixture
def lab() -> Iterator[Lab]:
    """A router of both families with a network behind it, whose end of the link is pulled."""
    try:
        with Lab(pools=("10.0.0.0/16", "fd00::/48"), routes="none") as lab:
            lab.link(lab.node("h1"), lab.router("r1", routes="198.51.100.0/24 via 10.0.0.2"))
            lab.up()
            yield lab
    except PlaceError as error:
        pytest.skip(f"no sandbox on this machine: {error}")


def lines_of(lab: Lab) -> list[str]:
    """Return the routes and IPv6 addresses of the router, as people read them."""
    r1 = lab.get("r1")
    lines = []
    for arguments in ("-4 route show table all", "-6 route show table all", "-6 -br address"):
        result = r1.netns.run(f"ip {arguments}")
        # The kernel notes for how long an address is as it is.
        lines += [" ".join(line.split()) for line in result.stdout.splitlines()]
    return sorted(lines)


@pytest.mark.live
def test_routes_that_were_added_by_hand(lab: Lab) -> None:
    """All tables, both families, metrics, next hops; those to a gateway's network come first."""
    r1 = lab.get("r1")
    for line in (
        "address add 2001:db8::1/64 dev eth0 nodad",
        "route add 192.0.2.0/24 dev eth0 metric 77",
        "route add 203.0.113.0/24 via 192.0.2.9",
        "route add default via 10.0.0.2 table 100",
        "route add 233.252.0.0/24 nexthop via 10.0.0.2 nexthop via 192.0.2.7",
        "route add 2001:db8:1::/48 via fd00::2 metric 5",
        "route add blackhole 10.9.0.0/16",
    ):
        r1.netns.run(f"ip {line}")
    before = lines_of(lab)

    (link,) = lab.links
    link.pull()
    pulled = lines_of(lab)
    link.pull()
    link.plug()

    assert lines_of(lab) == before != pulled
    assert lab.made.pulled == {}


@pytest.mark.live
def test_what_is_there_again_is_left_alone(lab: Lab) -> None:
    """Without `pull`, what is declared comes back; another route of the destination stays."""
    r1 = lab.get("r1")
    (link,) = lab.links
    r1.netns.run("ip route add 192.0.2.0/24 dev eth0")
    link.pull()
    r1.netns.run("ip route add blackhole 192.0.2.0/24")
    link.plug()
    types = [route.type for route in r1.ip.route.show("192.0.2.0/24")]

    r1.ip.link.set("eth0", up=False)
    link.plug()

    assert types == ["blackhole"]
    assert len(r1.ip.route.show("198.51.100.0/24")) == 1
    assert "fd00::1" in [address["local"] for address in read_port(link.pulled_port).addresses]


@pytest.mark.live
@pytest.mark.parametrize("route", ["blackhole 192.0.2.0/24", "192.0.2.9/32 via 127.0.0.9"])
def test_a_route_that_stays_is_no_error(lab: Lab, route: str) -> None:
    """A declared route by another link, or by none, is there at `plug`, in the kernel's words."""
    node = lab.node("h2", routes=route)
    link = lab.link("h1", node)
    before = [item.dst for item in node.ip.route.show()]
    link.pull()
    link.plug()

    assert before == [item.dst for item in node.ip.route.show()]
    assert sum("192.0.2." in str(dst) for dst in before) == 1


@pytest.mark.live
def test_exports_have_what_comes_back(lab: Lab) -> None:
    """What is restored is recorded as plain commands, and the script rebuilds it."""
    lab.get("r1").netns.run("ip route add 192.0.2.0/24 dev eth0")
    (link,) = lab.links
    link.pull()
    link.plug()

    assert differences_by_way(lab.session.recording) == {}
