"""`ip mroute`: its words, and the routes that a small routing daemon makes."""

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

# Two links by their addresses, and a route from the first to the second: linux/mroute.h's MRT_INIT, MRT_ADD_VIF and
# MRT_ADD_MFC. The routes are there for as long as the socket is.
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


def line(session: Session) -> str:
    """Return the last command."""
    return session.recording.commands[-1].command.line


def test_every_filter_has_a_case() -> None:
    """No filter of the table is left untested."""
    assert {row.name for row in options_of(MrouteFilter)} == {name for name, *_ in FILTERS}


@pytest.mark.parametrize(("name", "value", "words"), FILTERS)
def test_filter_becomes_words(dry: Session, name: str, value: Any, words: str) -> None:
    """Each filter is spelled as iproute2 spells it."""
    dry.ip.mroute.show("239.1.2.3", **{name: value})
    assert f"ip -j -d mroute show to 239.1.2.3{words}" == line(dry)


@pytest.mark.parametrize(("family", "word"), [("inet", " -4"), ("inet6", " -6"), (None, "")])
def test_family_is_a_global_option(dry: Session, family: str | None, word: str) -> None:
    """It is said before the object, as is that packets are counted."""
    dry.netns("ns1").ip.mroute.show(family=family, stats=True)
    assert f"ip -n ns1 -j -d -s{word} mroute show" == line(dry)


@pytest.mark.parametrize(
    ("to", "which", "error"), [("x", {}, InvalidArgument), (None, {"dev": "v0"}, UnknownOption)]
)
def test_what_iproute2_cannot_take_is_refused(
    dry: Session, to: Any, which: Any, error: type[InvalidArgument]
) -> None:
    """Before anything runs."""
    with pytest.raises(error):
        dry.ip.mroute.show(to, **which)
    assert [] == dry.recording.commands


@pytest.fixture
def routed(there: Namespace) -> Iterator[Namespace]:
    """A namespace in which a daemon routes what comes from two senders on v0 out of v1."""
    there.ip.address.add("10.0.0.1/24", "v0")
    there.ip.address.add("10.0.1.1/24", "v1")
    argv = ("ip", "netns", "exec", "ns1", sys.executable, "-c", DAEMON)
    place = there.session.place
    with subprocess.Popen(
        place.wrap(argv), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as daemon:
        assert daemon.stdin
        assert daemon.stdout
        said = daemon.stdout.readline().strip()
        if said != "ready":
            pytest.skip(f"this kernel: {said}")
        yield there
        with contextlib.suppress(BrokenPipeError):
            daemon.stdin.close()


def senders(there: Namespace, to: str | None = None, **which: Any) -> list[str]:
    """Return the senders of the routes that a filter lists."""
    return sorted(each.src or "" for each in there.ip.mroute.show(to, **which))


@pytest.mark.live
def test_route_is_shown(routed: Namespace) -> None:
    """From where, to where, by which links, and with which TTL if that is more than 1."""
    found = {each.src: each for each in routed.ip.mroute.show()}
    common: dict[str, Any] = {"dst": "239.1.2.3", "iif": "v0", "state": "resolved"}
    assert Mroute(src="10.0.0.2", multipath=(Oif(oif="v1"),), **common) == found["10.0.0.2"]
    assert Mroute(src="10.0.0.3", multipath=(Oif(oif="v1", ttl=7),), **common) == found["10.0.0.3"]


@pytest.mark.live
def test_packets_are_counted(routed: Namespace) -> None:
    """With `-s`; none has come."""
    for found in routed.ip.mroute.show(stats=True):
        assert (0, 0, None, {}) == (found.packets, found.bytes, found.wrong_if, found.extra)


@pytest.mark.live
@pytest.mark.parametrize(
    ("to", "which", "expected"),
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
def test_filter_lists_the_routes_that_match(
    routed: Namespace, to: str | None, which: dict[str, Any], expected: list[str]
) -> None:
    """Those and no others; and no filter is kept."""
    try:
        assert expected == senders(routed, to, **which)
    except UsageError as error:
        if to is None and "from_" not in which:
            raise
        pytest.skip(f"this iproute2: {error.reason}")
    assert ["10.0.0.2", "10.0.0.3"] == senders(routed)


@pytest.mark.live
def test_table_is_shown_where_none_was_asked_for(routed: Namespace) -> None:
    """`show` asks for one, but for all."""
    assert {"default"} == {each.table for each in routed.ip.mroute.show(table="all")}


@pytest.mark.live
def test_link_that_is_not_there_is_not_found(there: Namespace) -> None:
    """It is an error, not an empty list."""
    with pytest.raises(NotFound):
        there.ip.mroute.show(iif="nope")
    assert [] == there.ip.mroute.show()
