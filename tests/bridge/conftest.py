"""What the tests of `bridge` share: a sandbox a file, and namespaces in it with a bridge."""

from collections.abc import Iterator

import pytest

from ipwrap import PlaceError, Session
from ipwrap.kinds import Bridge, Veth, Vxlan
from ipwrap.session import Namespace


@pytest.fixture(scope="module")
def shared() -> Iterator[Session]:
    """One sandbox for all tests of a file."""
    try:
        opened = Session(sandbox=True).__enter__()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    with opened:
        yield opened


@pytest.fixture(scope="module")
def switch() -> Bridge:
    """The bridge of a file's namespaces."""
    return Bridge()


def furnish(shared: Session, name: str, switch: Bridge) -> Namespace:
    """Make a namespace with a bridge br0, its ports v0 and v1, and a vxlan vx0."""
    shared.ip.netns.add(name)
    where = shared.netns(name)
    where.ip.link.add("br0", switch, up=True)
    for port, end in (
        ("v0", "p0"),
        ("v1", "p1"),
    ):  # not two ends of one cable: frames would go round for ever
        where.ip.link.add(port, Veth(peer=end))
        for each in (
            end,
            port,
        ):  # with a carrier before it is a port: the kernel moves a port's state with it
            where.ip.link.set(each, up=True)
        where.ip.link.set(port, master="br0")
    where.ip.link.add("vx0", Vxlan(id=42, dstport=4789))
    return where


@pytest.fixture
def there(shared: Session, switch: Bridge) -> Iterator[Namespace]:
    """The verbs of a fresh namespace."""
    yield furnish(shared, "ns1", switch)
    shared.ip.netns.delete("ns1")


@pytest.fixture(scope="module")
def kept(shared: Session, switch: Bridge) -> Namespace:
    """The verbs of one namespace for all tests of a file that leave nothing in it: to make one takes its time."""
    return furnish(shared, "kept", switch)
