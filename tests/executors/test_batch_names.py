"""A name never reaches another device than a fresh process would have reached, whoever renames what, and when."""

import random
from collections.abc import Iterator

import pytest

from tests.executors.twins import Twins

pytestmark = pytest.mark.live

NAMES = ("v0", "v1", "v2", "v3", "a", "up")
SPACES = ("", "red", "blue")


@pytest.fixture
def twins() -> Iterator[Twins]:
    """Two sandboxes, one with workers, one with processes."""
    opened = Twins.open()
    yield opened
    opened.close()


def test_names_swapped_behind_a_worker_that_has_listed_them(twins: Twins) -> None:
    """After others have swapped two links' names, a change of one of them hits the one that bears the name now."""
    twins.do("ip", "link", "add", "name", "v0", "type", "veth", "peer", "name", "v1")
    twins.do("ip", "-j", "-d", "link", "show", changes=False)
    twins.do("ip", "address", "add", "local", "10.0.0.1/24", "dev", "v0")
    for old, new in (("v0", "tmp"), ("v1", "v0"), ("tmp", "v1")):
        twins.behind("ip", "link", "set", "dev", old, "name", new)
    twins.do("ip", "link", "set", "dev", "v0", "mtu", "1111")
    twins.do("ip", "address", "add", "local", "10.0.0.2/24", "dev", "v0")
    twins.compare()


def test_link_deleted_and_made_again_behind_a_worker(twins: Twins) -> None:
    """After others have deleted a link and made another of that name, an address goes to the new one."""
    for _ in range(3):
        twins.behind("ip", "link", "add", "name", "v0", "type", "veth", "peer", "name", "v1")
        twins.do("ip", "address", "add", "local", "10.0.0.1/24", "dev", "v0")
        twins.do("ip", "-j", "-d", "address", "show", changes=False)
        twins.behind("ip", "link", "delete", "dev", "v1")
        twins.do("ip", "address", "add", "local", "10.0.0.2/24", "dev", "v0")
    twins.compare()


def test_alternative_name_given_to_another_link(twins: Twins) -> None:
    """After an alternative name has gone from one link to another, it reaches the other."""
    twins.do("ip", "link", "add", "name", "v0", "type", "veth", "peer", "name", "v1")
    twins.do("ip", "link", "property", "add", "dev", "v0", "altname", "wan")
    twins.do("ip", "address", "add", "local", "10.0.0.1/24", "dev", "v0")
    twins.do("ip", "link", "set", "dev", "v0", "mtu", "1400")
    twins.behind("ip", "link", "property", "del", "dev", "v0", "altname", "wan")
    twins.behind("ip", "link", "property", "add", "dev", "v1", "altname", "wan")
    twins.do("ip", "address", "add", "local", "10.0.0.2/24", "dev", "wan")
    twins.do("ip", "link", "set", "dev", "wan", "mtu", "1300")
    twins.compare()


def test_alternative_name_that_moves_unheard(twins: Twins) -> None:
    """Of links that are down the kernel does not tell such changes; the name reaches the right one all the same."""
    for n in (0, 2):
        twins.behind(
            "ip", "link", "add", "name", f"v{n}", "type", "veth", "peer", "name", f"v{n + 1}"
        )
    twins.behind("ip", "link", "property", "add", "dev", "v0", "altname", "wan")
    twins.do("ip", "address", "add", "local", "10.0.0.1/24", "dev", "v0")
    twins.do("ip", "address", "add", "local", "10.0.0.2/24", "dev", "wan")
    twins.behind("ip", "link", "property", "del", "dev", "v0", "altname", "wan")
    twins.behind("ip", "link", "property", "add", "dev", "v2", "altname", "wan")
    twins.do("ip", "address", "add", "local", "10.0.0.3/24", "dev", "wan")
    twins.behind("ip", "link", "property", "del", "dev", "v2", "altname", "wan")
    twins.behind("ip", "link", "set", "dev", "v3", "name", "wan")
    twins.do("ip", "address", "add", "local", "10.0.0.4/24", "dev", "wan")
    twins.do("ip", "link", "set", "dev", "wan", "mtu", "1300")
    twins.compare()


def test_next_hop_changed_behind_a_worker_that_has_shown_a_route_by_it(twins: Twins) -> None:
    """A route by a next hop's number is shown with what that next hop is now, whoever changed it."""
    twins.do("ip", "link", "add", "name", "v0", "type", "veth", "peer", "name", "v1")
    twins.do("ip", "link", "set", "dev", "v0", "up")
    twins.do("ip", "link", "set", "dev", "v1", "up")
    twins.do("ip", "address", "add", "local", "10.0.0.1/24", "dev", "v0")
    twins.do("ip", "nexthop", "add", "id", "5", "via", "10.0.0.8", "dev", "v0")
    twins.do("ip", "route", "add", "to", "10.1.0.0/24", "nhid", "5")
    for change in (twins.do, twins.behind):
        twins.do("ip", "-j", "-d", "route", "show", changes=False)
        change("ip", "nexthop", "replace", "id", "5", "via", "10.0.0.9", "dev", "v0")
        twins.do("ip", "-j", "-d", "route", "show", changes=False)
        change("ip", "nexthop", "replace", "id", "5", "via", "10.0.0.8", "dev", "v0")
    (route,) = (each for each in twins.workers.ip.route.show() if each.nhid == 5)
    assert route.nh_info is not None
    assert "10.0.0.8" == route.nh_info["gateway"]


def test_namespace_made_again_under_its_name(twins: Twins) -> None:
    """After others have deleted a namespace and made one of that name, its commands reach the new one."""
    twins.do("ip", "netns", "add", "red")
    twins.do("ip", "link", "set", "dev", "lo", "up", netns="red")
    twins.behind("ip", "netns", "delete", "red")
    twins.do("ip", "link", "set", "dev", "lo", "up", netns="red")
    twins.behind("ip", "netns", "add", "red")
    twins.do("ip", "-j", "-d", "link", "show", netns="red", changes=False)
    twins.compare()


def test_links_of_a_deleted_namespace_are_gone(twins: Twins) -> None:
    """When others delete a namespace whose workers live, the ends of its cables go, as they would from a shell."""
    twins.do("ip", "netns", "add", "red")
    twins.do(
        "ip", "link", "add", "name", "v0", "type", "veth", "peer", "name", "v1", "netns", "red"
    )
    twins.do("ip", "link", "set", "dev", "v1", "up", netns="red")
    twins.do("ip", "-j", "-d", "link", "show", netns="red", changes=False)
    twins.behind("ip", "netns", "delete", "red")
    for session in (twins.workers, twins.processes):
        for _ in range(200):
            if ["lo"] == [link.ifname for link in session.ip.link.show()]:
                break
            session.exec("sleep", "0.02", changes=False)
        assert ["lo"] == [link.ifname for link in session.ip.link.show()]


@pytest.mark.parametrize("seed", range(6))
def test_random_renames_and_re_creations(twins: Twins, seed: int) -> None:
    """Whatever is done to links, by the session and behind its back, every step leaves the state of processes."""
    choose = random.Random(seed)
    twins.do("ip", "link", "add", "name", "br", "type", "bridge")
    for name in ("red", "blue"):
        twins.do("ip", "netns", "add", name)
    for _ in range(60):
        step(twins, choose)
    twins.compare()


def step(twins: Twins, choose: random.Random) -> None:
    """Do one random thing, in one of the namespaces, as the session or behind its back."""
    one, other = choose.sample(NAMES, 2)
    netns = choose.choice(SPACES)
    argv = choose.choice(
        (
            ("link", "add", "name", one, "type", "veth", "peer", "name", other),
            ("link", "add", "name", one, "type", "veth", "peer", "name", other),
            ("link", "add", "name", one, "type", "macvlan"),
            ("link", "delete", "dev", one),
            ("link", "set", "dev", one, "name", other),
            ("link", "set", "dev", one, "mtu", str(choose.randrange(1000, 1500))),
            ("link", "set", "dev", one, "up"),
            (
                "link",
                "set",
                "dev",
                "v0",
                "master",
                "br",
            ),  # one port alone: two ends of a cable would be a storm
            ("link", "set", "dev", one, "netns", choose.choice(("red", "blue"))),
            ("link", "property", "add", "dev", one, "altname", f"alt-{other}"),
            ("link", "set", "dev", f"alt-{one}", "mtu", "1234"),
            ("address", "add", "local", f"10.0.{choose.randrange(4)}.1/24", "dev", one),
            ("address", "delete", "local", f"10.0.{choose.randrange(4)}.1/24", "dev", one),
            ("route", "add", "to", f"10.9.{choose.randrange(4)}.0/24", "dev", one),
            ("neigh", "replace", "to", "10.0.0.9", "dev", one, "lladdr", "02:00:00:00:00:09"),
        )
    )
    if choose.random() < 0.4:
        twins.behind("ip", *(("-n", netns) if netns else ()), *argv)
    elif choose.random() < 0.3:
        noun = choose.choice(("link", "address", "route", "neigh"))
        twins.do("ip", "-j", "-d", noun, "show", netns=netns or None, changes=False)
    else:
        twins.do("ip", *argv, netns=netns or None)
