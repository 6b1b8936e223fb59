"""Fixtures for the tests of `ip`: one sandbox for a file, and a new namespace for every test."""

from collections.abc import Iterator

import pytest

from ipwrap import PlaceError, Session
from ipwrap.kinds import Veth
from ipwrap.session import Namespace


@pytest.fixture(scope="module")
def sandbox_session() -> Iterator[Session]:
    """One sandbox for the tests of a file."""
    try:
        session = Session(sandbox=True).__enter__()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")

    with session:
        yield session


@pytest.fixture
def veth_netns(sandbox_session: Session) -> Iterator[Namespace]:
    """The commands of a new namespace `ns1`, with `lo` and the veth pair v0 and v1 up."""
    sandbox_session.ip.netns.add("ns1")
    netns = sandbox_session.netns("ns1")

    netns.ip.link.add("v0", Veth(peer="v1"))
    for link in ("lo", "v0", "v1"):
        netns.ip.link.set(link, up=True)

    yield netns

    sandbox_session.ip.netns.delete("ns1")


@pytest.fixture(scope="module")
def shared(sandbox_session: Session) -> Session:
    """Another name of `sandbox_session`."""
    return sandbox_session


@pytest.fixture
def there(veth_netns: Namespace) -> Namespace:
    """Another name of `veth_netns`."""
    return veth_netns
