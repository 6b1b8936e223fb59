"""Fixtures for the tests of `bridge`: a sandbox for a file, and namespaces with a bridge."""

from collections.abc import Iterator

import pytest

from ipwrap import Session
from ipwrap.kinds import Bridge, Veth, Vxlan
from ipwrap.session import Namespace


@pytest.fixture(scope="module")
def bridge_kind() -> Bridge:
    """The bridge in the namespaces of a file."""
    return Bridge()


def create_bridge_netns(session: Session, name: str, *, bridge: Bridge) -> Namespace:
    """Create a namespace with a bridge br0, its ports v0 and v1, and a vxlan vx0."""
    session.ip.netns.add(name)
    netns = session.netns(name)
    netns.ip.link.add("br0", bridge, up=True)

    # Ports of different veth pairs: with both ends of a pair in the bridge, frames would loop.
    for port, peer in (("v0", "p0"), ("v1", "p1")):
        netns.ip.link.add(port, Veth(peer=peer))

        # The carrier comes first, since the kernel changes a port's state with its carrier.
        netns.ip.link.set(peer, up=True)
        netns.ip.link.set(port, up=True)
        netns.ip.link.set(port, master="br0")

    netns.ip.link.add("vx0", Vxlan(id=42, dstport=4789))

    return netns


@pytest.fixture
def bridge_netns(sandbox_session: Session, bridge_kind: Bridge) -> Iterator[Namespace]:
    """A new namespace with a bridge, for a single test."""
    yield create_bridge_netns(sandbox_session, "ns1", bridge=bridge_kind)

    sandbox_session.ip.netns.delete("ns1")


@pytest.fixture(scope="module")
def module_netns(sandbox_session: Session, bridge_kind: Bridge) -> Namespace:
    """A namespace with a bridge, shared by the tests of a file that leave no object behind."""
    return create_bridge_netns(sandbox_session, "kept", bridge=bridge_kind)
