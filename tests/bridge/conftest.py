"""Fixtures for the tests of `bridge`: a sandbox for a file, and namespaces with a bridge."""

from collections.abc import Iterator

import pytest

from ipwrap import PlaceError, Session
from ipwrap.kinds import Bridge, Veth, Vxlan
from ipwrap.session import Namespace


@pytest.fixture(scope="module")
def sandbox_session() -> Iterator[Session]:
    """A sandbox for the tests of a file."""
    try:
        opened = Session(sandbox=True).__enter__()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    with opened:
        yield opened


@pytest.fixture(scope="module")
def bridge_kind() -> Bridge:
    """The bridge in the namespaces of a file."""
    return Bridge()


def create_bridge_netns(sandbox_session: Session, name: str, bridge_kind: Bridge) -> Namespace:
    """Create a namespace with a bridge br0, its ports v0 and v1, and a vxlan vx0."""
    sandbox_session.ip.netns.add(name)
    where = sandbox_session.netns(name)
    where.ip.link.add("br0", bridge_kind, up=True)
    for port, end in (
        ("v0", "p0"),
        ("v1", "p1"),
    ):  # not two ends of one cable: frames would go round for ever
        where.ip.link.add(port, Veth(peer=end))
        for link in (
            end,
            port,
        ):  # with a carrier before it is a port: the kernel moves a port's state with it
            where.ip.link.set(link, up=True)
        where.ip.link.set(port, master="br0")
    where.ip.link.add("vx0", Vxlan(id=42, dstport=4789))
    return where


@pytest.fixture
def bridge_netns(sandbox_session: Session, bridge_kind: Bridge) -> Iterator[Namespace]:
    """A new namespace with a bridge, for a single test."""
    yield create_bridge_netns(sandbox_session, "ns1", bridge_kind)
    sandbox_session.ip.netns.delete("ns1")


@pytest.fixture(scope="module")
def module_netns(sandbox_session: Session, bridge_kind: Bridge) -> Namespace:
    """A namespace with a bridge, shared by the tests of a file that leave no object behind."""
    return create_bridge_netns(sandbox_session, "kept", bridge_kind)
