"""`ip mroute`: arguments, and the routes of a small routing daemon."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from ipwrap import InvalidArgument, NotFound, Session, UnknownOption, UsageError
from ipwrap.ip.mroute import MrouteFilter
from ipwrap.models import Mroute, Oif
from ipwrap.options.table import options_of
from ipwrap.session import Namespace

FILTERS: list[tuple[str, Any, str]] = [
    ("from_", "10.0.0.2", " from 10.0.0.2"),
    ("iif", "v0", " iif v0"),
    ("table", "all", " table all"),
    ("table", 100, " table 100"),
]

# A routing daemon with two links, by their addresses, and two routes from the first link to the
# second: MRT_INIT, MRT_ADD_VIF and MRT_ADD_MFC of linux/mroute.h. The kernel deletes the routes
# when the socket is closed.
DAEMON = """
import socket, struct, sys
inet = socket.inet_aton
control = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_IGMP)
try:
    control.setsockopt(socket.IPPROTO_IP, 200, 1)
except OSError as error:
    print(error, flush=True)
    raise SystemExit
for number, address in enumerate(("10.0.0.1", "10.0.1.1")):
    vif = struct.pack("=HBBI4s4s", number, 0, 1, 0, inet(address), inet("0.0.0.0"))
    control.setsockopt(socket.IPPROTO_IP, 202, vif)
for source, ttl in (("10.0.0.2", 1), ("10.0.0.3", 7)):
    ttls = bytes((0, ttl)).ljust(32, bytes(1))
    mfc = struct.pack("4s4sH32sIIIi", inet(source), inet("239.1.2.3"), 0, ttls, 0, 0, 0, 0)
    control.setsockopt(socket.IPPROTO_IP, 204, mfc)
print("ready", flush=True)
sys.stdin.read()
"""


def get_last_command(session: Session) -> str:
    """Return the last command line of a session."""
    return session.recording.commands[-1].command.line


def test_every_filter_has_a_case() -> None:
    """Every filter of the table has a test case."""
    options = {option.name for option in options_of(MrouteFilter)}
    assert options == {name for name, *_ in FILTERS}


@pytest.mark.parametrize(("name", "value", "arguments"), FILTERS)
def test_filter_becomes_arguments(
    dry_session: Session, name: str, value: Any, arguments: str
) -> None:
    """Every filter has the spelling of iproute2."""
    dry_session.ip.mroute.show("239.1.2.3", **{name: value})
    assert f"ip -j -d mroute show to 239.1.2.3{arguments}" == get_last_command(dry_session)


@pytest.mark.parametrize(("family", "word"), [("inet", " -4"), ("inet6", " -6"), (None, "")])
def test_family_is_a_global_option(dry_session: Session, family: str | None, word: str) -> None:
    """The family and `-s` come before the object."""
    dry_session.netns("ns1").ip.mroute.show(family=family, stats=True)
    assert f"ip -n ns1 -j -d -s{word} mroute show" == get_last_command(dry_session)


@pytest.mark.parametrize(
    ("to", "filters", "error"), [("x", {}, InvalidArgument), (None, {"dev": "v0"}, UnknownOption)]
)
def test_invalid_filter_is_refused(
    dry_session: Session, to: Any, filters: Any, error: type[InvalidArgument]
) -> None:
    """An invalid value or an unknown filter is refused before a command runs."""
    with pytest.raises(error):
        dry_session.ip.mroute.show(to, **filters)

    assert [] == dry_session.recording.commands


@pytest.fixture
def mroute_netns(veth_netns: Namespace) -> Iterator[Namespace]:
    """A namespace with a daemon that routes two sources from v0 to v1."""
    veth_netns.ip.address.add("10.0.0.1/24", "v0")
    veth_netns.ip.address.add("10.0.1.1/24", "v1")
    argv = ("ip", "netns", "exec", "ns1", sys.executable, "-c", DAEMON)
    place = veth_netns.session.place

    with subprocess.Popen(
        place.wrap(argv), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as daemon:
        assert daemon.stdin
        assert daemon.stdout

        reply = daemon.stdout.readline().strip()
        if reply != "ready":
            pytest.skip(f"this kernel: {reply}")

        yield veth_netns

        with contextlib.suppress(BrokenPipeError):
            daemon.stdin.close()


def list_sources(veth_netns: Namespace, to: str | None = None, **filters: Any) -> list[str]:
    """Return the source addresses of the routes that match filters."""
    routes = veth_netns.ip.mroute.show(to, **filters)
    return sorted(route.src or "" for route in routes)


@pytest.mark.live
def test_route_is_shown(mroute_netns: Namespace) -> None:
    """A route has source, group, input link, output links, and a TTL above 1."""
    routes = {route.src: route for route in mroute_netns.ip.mroute.show()}
    common: dict[str, Any] = {"dst": "239.1.2.3", "iif": "v0", "state": "resolved"}
    default_ttl = Mroute(src="10.0.0.2", multipath=(Oif(oif="v1"),), **common)
    ttl_7 = Mroute(src="10.0.0.3", multipath=(Oif(oif="v1", ttl=7),), **common)

    assert default_ttl == routes["10.0.0.2"]
    assert ttl_7 == routes["10.0.0.3"]


@pytest.mark.live
def test_counters_are_shown(mroute_netns: Namespace) -> None:
    """`stats=True` adds the counters, 0 without traffic."""
    for route in mroute_netns.ip.mroute.show(stats=True):
        assert 0 == route.packets
        assert 0 == route.bytes
        assert route.wrong_if is None
        assert {} == route.extra


@pytest.mark.live
@pytest.mark.parametrize(
    ("to", "filters", "expected"),
    [
        (None, {}, ["10.0.0.2", "10.0.0.3"]),
        ("239.1.2.3", {}, ["10.0.0.2", "10.0.0.3"]),
        ("239.1.2.4", {}, []),
        (None, {"from_": "10.0.0.3"}, ["10.0.0.3"]),
        (None, {"iif": "v0"}, ["10.0.0.2", "10.0.0.3"]),
        (None, {"iif": "v1"}, []),
        (None, {"table": "all"}, ["10.0.0.2", "10.0.0.3"]),
        (None, {"table": "default"}, ["10.0.0.2", "10.0.0.3"]),
        (None, {"family": "inet6"}, []),
    ],
)
def test_show_lists_matching_routes(
    mroute_netns: Namespace, to: str | None, filters: dict[str, Any], expected: list[str]
) -> None:
    """`show` returns the matching routes only, and the next `show` is unfiltered."""
    try:
        assert expected == list_sources(mroute_netns, to, **filters)
    except UsageError as error:
        if to is None and "from_" not in filters:
            raise
        pytest.skip(f"this iproute2: {error.reason}")

    assert ["10.0.0.2", "10.0.0.3"] == list_sources(mroute_netns)


@pytest.mark.live
def test_table_is_shown_without_a_filter(mroute_netns: Namespace) -> None:
    """With the table "all", `show` names the table of every route."""
    routes = mroute_netns.ip.mroute.show(table="all")
    assert {"default"} == {route.table for route in routes}


@pytest.mark.live
def test_missing_link_is_not_found(veth_netns: Namespace) -> None:
    """A missing link raises `NotFound`."""
    with pytest.raises(NotFound):
        veth_netns.ip.mroute.show(iif="nope")

    assert [] == veth_netns.ip.mroute.show()
