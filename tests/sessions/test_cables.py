"""`Session.cable`: its commands, the links and addresses in the kernel, and errors with the end."""

from ipaddress import ip_interface
from typing import Any

import pytest

from ipwrap import AlreadyExists, InvalidArgument, NotFound, Session
from ipwrap.kinds import Bridge


def lines_of(session: Session) -> list[str]:
    """Return the command lines of a session."""
    return [result.line for result in session.recording.results]


def addresses_of(session: Session, netns: str | None) -> list[str]:
    """Return the addresses of eth0 in a namespace, without the kernel's own."""
    commands = session if netns is None else session.netns(netns)
    addresses = commands.ip.address.get("eth0").addr_info
    return [address.prefix for address in addresses if address.scope == "global"]


def test_a_cable_is_commands_of_verbs(dry_session: Session) -> None:
    """A cable is the veth pair, and then the addresses of each end, which is set up."""
    dry_session.cable("red:eth0", "blue:eth1", addresses=("10.0.0.1/24", "10.0.0.2/24"))

    assert [
        "ip -n red link add name eth0 type veth peer name eth1 netns blue",
        "ip -n red address add local 10.0.0.1/24 dev eth0",
        "ip -n red link set dev eth0 up",
        "ip -n blue address add local 10.0.0.2/24 dev eth1",
        "ip -n blue link set dev eth1 up",
    ] == lines_of(dry_session)


@pytest.mark.parametrize(
    ("first", "second", "line"),
    [
        ("veth1", "red:eth0", "ip link add name veth1 type veth peer name eth0 netns red"),
        ("red:eth0", ":veth1", "ip link add name veth1 type veth peer name eth0 netns red"),
        ("veth1", ":veth2", "ip link add name veth1 type veth peer name veth2"),
        ("red:a", "red:b", "ip -n red link add name a type veth peer name b"),
        ("a:b:eth0", "veth1", "ip link add name veth1 type veth peer name eth0 netns a:b"),
    ],
)
def test_an_end_is_a_link_in_a_namespace(
    dry_session: Session, first: str, second: str, line: str
) -> None:
    """An end without a namespace is in the place's own one, whichever of the two it is."""
    dry_session.cable(first, second, up=False)

    assert [line] == lines_of(dry_session)


def test_every_option_of_a_cable(dry_session: Session) -> None:
    """Several addresses of both families, a master, the MTU of both links, and links left down."""
    dry_session.cable(
        "veth1",
        "red:eth0",
        addresses=(None, ["10.0.0.2/24", ip_interface("fd00::2/64")]),
        master="br0",
        mtu=9000,
        up=False,
    )

    assert [
        "ip link add name veth1 mtu 9000 type veth peer name eth0 mtu 9000 netns red",
        "ip link set dev veth1 master br0",
        "ip -n red address add local 10.0.0.2/24 dev eth0",
        "ip -n red address add local fd00::2/64 dev eth0 nodad",
    ] == lines_of(dry_session)


def test_the_second_end_has_a_master(dry_session: Session) -> None:
    """The masters of both ends are a pair."""
    dry_session.cable("red:eth0", "node:veth1", master=(None, "br0"), up=False)

    assert "ip -n node link set dev veth1 master br0" == lines_of(dry_session)[-1]


@pytest.mark.parametrize(
    ("ends", "options", "message"),
    [
        (("red:", "blue:eth0"), {}, "cable: 'red:' names no link; give 'red:eth0'"),
        (("red:eth0", ""), {}, "cable: '' names no link"),
        (("a/b:eth0", "eth1"), {}, "cable: a/b:eth0: 'a/b' is not a file's name"),
        (("red:interface-number1", "eth1"), {}, "cable: red:interface-number1: .* 17 bytes"),
        (("red:eth0", "red:eth0"), {}, "both ends are 'red:eth0'"),
        ((7, "eth0"), {}, "cable: 7 is no link"),
        (("eth0", "eth1"), {"addresses": "10.0.0.1/24"}, "'10.0.0.1/24' is no pair"),
        (("eth0", "eth1"), {"addresses": ["10.0.0.1/24"]}, "is no pair"),
        (("eth0", "red:eth1"), {"addresses": (None, "10.0.0/33")}, "address of red:eth1: .*/33"),
        (("eth0", "red:eth1"), {"master": (None, "b" * 128)}, "master of red:eth1"),
        (("eth0", "eth1"), {"mtu": -1}, "mtu: -1"),
    ],
)
def test_a_wrong_cable_is_refused(
    dry_session: Session, ends: tuple[Any, Any], options: dict[str, Any], message: str
) -> None:
    """What no cable can have is refused before a command runs, with the end."""
    with pytest.raises(InvalidArgument, match=message):
        dry_session.cable(*ends, **options)

    assert [] == lines_of(dry_session)


@pytest.mark.live
@pytest.mark.parametrize("in_batch", [False, True])
def test_a_cable_joins_two_namespaces(session: Session, in_batch: bool) -> None:
    """Both ends have their addresses, and reach each other at once, in both families."""
    for name in ("red", "blue"):
        session.ip.netns.add(name)
    addresses = (("10.0.0.1/24", "fd00::1/64"), ("10.0.0.2/24", "fd00::2/64"))

    if in_batch:
        with session.batch():
            session.cable("red:eth0", "blue:eth0", addresses=addresses, mtu=1400)
    else:
        session.cable("red:eth0", "blue:eth0", addresses=addresses, mtu=1400)

    assert list(addresses[0]) == addresses_of(session, "red")
    assert list(addresses[1]) == addresses_of(session, "blue")
    assert 1400 == session.netns("blue").ip.link.get("eth0").mtu
    for address in ("10.0.0.2", "fd00::2"):
        assert session.netns("red").exec("ping", "-c", "1", "-W", "9", address).ok


@pytest.mark.live
def test_a_cable_ends_at_a_bridge(session: Session) -> None:
    """The end with a master is a port of it."""
    session.ip.netns.add("red")
    session.ip.link.add("br0", Bridge(), up=True)
    session.cable("veth1", "red:eth0", master="br0")

    assert "br0" == session.ip.link.get("veth1").master
    assert "UP" == session.netns("red").ip.link.get("eth0").operstate


@pytest.mark.live
def test_the_end_that_is_there_already_is_named(session: Session) -> None:
    """The kernel does not say which of the two names is taken; the error does."""
    for name in ("red", "blue"):
        session.ip.netns.add(name)
    session.cable("red:eth0", "blue:eth0")

    message = r"File exists: the end 'blue:eth0' of the cable is there already \(EEXIST\)"
    with pytest.raises(AlreadyExists, match=message):
        session.cable("red:eth1", "blue:eth0")


@pytest.mark.live
@pytest.mark.parametrize("ends", [("red:eth0", "blue:eth0"), ("blue:eth0", "red:eth0")])
def test_a_missing_namespace_is_named(session: Session, ends: tuple[str, str]) -> None:
    """A namespace that is missing on either end is `NotFound`."""
    session.ip.netns.add("red")

    with pytest.raises(NotFound, match='"blue"'):
        session.cable(*ends)


@pytest.mark.live
def test_a_namespace_is_no_link(session: Session) -> None:
    """The name of a namespace alone is most likely a mistake: it would be a link of that name."""
    session.ip.netns.add("red")

    with pytest.raises(InvalidArgument, match=r"'red' is a namespace; give 'red:eth0'.* ':red'"):
        session.cable("red", "veth1")
    session.cable(":red", "veth1")
