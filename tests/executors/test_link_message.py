"""`describe_link_message`: the keys of `ip -j -d link show` that identify a link."""

import struct
from typing import Any

import pytest

from ipwrap import CommandError, Session
from ipwrap.executors.link_message import (
    ATTRIBUTE_HEADER,
    IFLA_IFNAME,
    LINK_HEADER,
    attributes_of,
    describe_link_message,
)
from ipwrap.executors.link_names import LinkNameCache
from ipwrap.kinds import Bond, Bridge, Dummy, Ipip, Macvlan, Veth
from ipwrap.sessions.link_query import describe_link

ETHERNET, TUNNEL = 1, 768
IFLA_ADDRESS, IFLA_PERM_ADDRESS = 1, 54


def message(attributes: dict[int, bytes], *, link_type: int = ETHERNET) -> bytes:
    """Return a message of link 7."""
    parts = [LINK_HEADER.pack(0, link_type, 7, 0, 0)]
    for attribute_type, value in attributes.items():
        padding = b"\0" * (-len(value) % 4)
        parts.append(ATTRIBUTE_HEADER.pack(4 + len(value), attribute_type) + value + padding)
    return b"".join(parts)


@pytest.mark.live
@pytest.mark.parametrize("kind", [Bridge(), Veth(peer="other"), Dummy(), Macvlan(), Bond()])
def test_a_link_is_described_as_ip_describes_it(
    session: Session, link_names: LinkNameCache, kind: Any
) -> None:
    """Index, kind and addresses of a new and of a changed link are those of `ip link show`."""
    session.ip.link.add("below", Veth(peer="peer"))
    parent = "below" if isinstance(kind, Macvlan) else None
    try:
        session.ip.link.add("x", kind, link=parent)
    except CommandError as error:
        pytest.skip(f"this kernel: {error.result.stderr}")
    session.ip.link.set("x", address="02:00:00:00:00:07", up=True)

    link_names.invalidated()
    command = session.run("ip -j -d link show dev x", changes=False)
    described = link_names.describe("x")

    assert described is not None
    assert describe_link(command.json()[0], None) == describe_link(described, None)


@pytest.mark.live
def test_a_port_has_the_kind_of_its_master(session: Session, link_names: LinkNameCache) -> None:
    """The kind of a port tells whether its address is its own."""
    session.ip.link.add("br0", Bridge())
    session.ip.link.add("v0", Veth(peer="v1"), master="br0")

    link_names.invalidated()
    described = link_names.describe("v0")

    assert described is not None
    assert {"info_kind": "veth", "info_slave_kind": "bridge"} == described["linkinfo"]


@pytest.mark.live
def test_a_deleted_link_is_not_described(session: Session, link_names: LinkNameCache) -> None:
    """Nothing is known of a link that is gone, nor of a name that no link has."""
    session.ip.link.add("v0", Veth(peer="v1"))
    session.ip.link.delete("v0")

    link_names.invalidated()

    assert link_names.describe("v0") is None
    assert link_names.describe("nothing") is None


@pytest.mark.live
def test_a_tunnel_is_not_described(session: Session, link_names: LinkNameCache) -> None:
    """The address of a tunnel has another form than that of an Ethernet link."""
    try:
        session.ip.link.add("t0", Ipip(local="10.0.0.1", remote="10.0.0.2"))
    except CommandError as error:
        pytest.skip(f"this kernel: {error.result.stderr}")

    link_names.invalidated()

    assert link_names.describe("t0") is None


def test_the_address_of_the_hardware_is_told_once() -> None:
    """It is there only where it differs from the address in use, as `ip` prints it."""
    own, other = bytes.fromhex("020000000001"), bytes.fromhex("020000000002")
    name = {IFLA_IFNAME: b"eth0\0"}

    same = describe_link_message(message({**name, IFLA_ADDRESS: own, IFLA_PERM_ADDRESS: own}))
    changed = describe_link_message(message({**name, IFLA_ADDRESS: own, IFLA_PERM_ADDRESS: other}))

    assert same == {
        "ifindex": 7,
        "ifname": "eth0",
        "address": "02:00:00:00:00:01",
        "permaddr": None,
        "linkinfo": {},
    }
    assert changed is not None
    assert "02:00:00:00:00:02" == changed["permaddr"]


@pytest.mark.parametrize(
    ("attributes", "link_type"),
    [
        ({IFLA_IFNAME: b"t0\0", IFLA_ADDRESS: b"\n\0\0\1"}, TUNNEL),
        ({IFLA_IFNAME: b"w0\0"}, ETHERNET),
    ],
)
def test_other_messages_are_left_to_ip(attributes: dict[int, bytes], link_type: int) -> None:
    """A link of another type, and a message without an address, have no description."""
    assert describe_link_message(message(attributes, link_type=link_type)) is None


def test_a_broken_length_ends() -> None:
    """An attribute of length 0 is passed over, so that the walk ends."""
    data = struct.pack("=HH", 0, IFLA_IFNAME) * 3

    assert 3 == len(list(attributes_of(data, 0, end=len(data))))
