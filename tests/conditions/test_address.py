"""An address exists, and duplicate address detection has ended."""

import pytest

from ipwrap import InvalidArgument, Session, until
from ipwrap.conditions import Condition
from ipwrap.kinds import Veth
from tests.conditions.agreement import OTHER, POD, Lab, check_agreement, pytest_id
from tests.waiting import LIMIT

CASES: list[tuple[Condition, bool, str | None]] = [
    (until.address("10.0.0.1"), True, POD),
    (until.address("10.0.0.1", dev="it's"), True, POD),
    (until.address("10.0.0.1", dev="a.b"), False, POD),
    (until.address("10.0.0.1", dev="absent"), False, POD),
    (until.address("10.0.0.1"), False, None),
    (until.address("10.0.0.1"), False, OTHER),
    (until.address("10.0.0.10"), False, POD),
    (until.address("2001:db8::1", dev="it's"), True, POD),
    (until.address("2001:DB8:0::1"), True, POD),
    (until.address("2001:db8::1", tentative=True), False, POD),
    (until.address("2001:db8::1", tentative=None), True, POD),
    (until.address("2001:db8:1::1"), False, POD),
    (until.address("2001:db8:1::1", tentative=True), True, POD),
    (until.address("2001:db8:1::1", dev="a.b", tentative=None), True, POD),
    (until.address("2001:db8:1::2", tentative=None), False, POD),
    (until.address(dev="it's"), True, POD),
    (until.address(dev="a.b"), False, POD),
    (until.address(dev="a.b", tentative=True), True, POD),
    (until.address(dev="a.b", tentative=None), True, POD),
    (until.address(dev="down0", tentative=None), False, POD),
    (until.address(), False, POD),
    (until.address(tentative=True), True, POD),
    (until.address("10.0.0.1", scope="global"), True, POD),
    (until.address("10.0.0.1", scope="link"), False, POD),
    (until.address(dev="it's", scope="link", tentative=None), True, POD),
    (until.address(dev="down0", scope="link"), False, POD),
    (until.address("127.0.0.1", dev="if1"), False, POD),
    (until.address(dev="if77"), True, POD),
]


@pytest.mark.parametrize(("condition", "expected", "netns"), CASES, ids=pytest_id)
def test_look_and_script_agree(
    lab: Lab, condition: Condition, expected: bool, netns: str | None
) -> None:
    """A look and a script find the same."""
    if condition == until.address(dev="if77"):
        lab.session.netns(POD).wait_for(condition, timeout=LIMIT)
    check_agreement(lab, condition, expected, netns)


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("10.0.0.1/24",), {}, "not an IP address; give it without a prefix length"),
        (("fe80::1%eth0",), {}, "has a zone; give the link as dev="),
        ((10,), {}, "local: 10 is a int"),
        ((), {"dev": "a/b"}, "dev: 'a/b'"),
        ((), {"scope": "links"}, "scope: 'links' is not one of global, site, link, host"),
        ((), {"tentative": 1}, "tentative: 1 is neither True nor False"),
    ],
)
def test_refused_values(
    arguments: tuple[str, ...], options: dict[str, object], message: str
) -> None:
    """A value that no address can have is refused with its name."""
    with pytest.raises(InvalidArgument, match=message):
        until.address(*arguments, **options)  # type: ignore[arg-type]


def test_duplicate_address_detection(session: Session) -> None:
    """A program can bind to an address that the wait has seen; without the wait it cannot."""
    session.ip.netns.add("red")
    red = session.netns("red")
    session.ip.link.add("v0", Veth(peer="v1", peer_netns="red"))
    session.ip.link.set("v0", up=True)
    red.ip.link.set("v1", up=True)
    red.wait_for(until.link("v1", carrier=True), timeout=LIMIT)

    red.ip.address.add("2001:db8::1/64", dev="v1")
    bind = "import socket; socket.socket(socket.AF_INET6).bind(('2001:db8::1', 8000))"
    early = red.exec("python3", "-c", bind, check=False)
    red.wait_for(until.address("2001:db8::1", dev="v1", tentative=False), timeout=LIMIT)

    assert "Cannot assign requested address" in early.stderr
    assert red.exec("python3", "-c", bind).ok


def test_duplicate_address(session: Session) -> None:
    """An address that another host has stays tentative, and the message says why."""
    session.ip.netns.add("red")
    red = session.netns("red")
    session.ip.link.add("v0", Veth(peer="v1", peer_netns="red"))
    session.ip.link.set("v0", up=True)
    red.ip.link.set("v1", up=True)
    session.ip.address.add("2001:db8::1/64", dev="v0", nodad=True)
    red.ip.address.add("2001:db8::1/64", dev="v1")

    condition = until.address("2001:db8::1", dev="v1")
    lab = Lab(session)
    red.wait_for(until.succeeds("sh", "-c", "ip address show dev v1 | grep dadfailed"), timeout=60)

    check_agreement(lab, condition, False, "red")
    assert "2001:db8::1/64 tentative dadfailed" == condition.look(lab, "red").seen


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (until.address(), "an address exists and is not tentative"),
        (until.address("::1", dev="lo"), "address ::1 of lo exists and is not tentative"),
        (until.address("::1", tentative=True), "address ::1 is tentative"),
        (until.address("::1", tentative=None), "address ::1 exists"),
    ],
)
def test_plain_english(condition: Condition, text: str) -> None:
    """A condition prints itself in plain English."""
    assert text == str(condition)
