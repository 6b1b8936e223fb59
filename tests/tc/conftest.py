"""What the tests of `tc` share: a sandbox a file, and a fresh namespace in it for every test."""

from collections.abc import Iterator

import pytest

from ipwrap import PlaceError, Session
from ipwrap.kinds import Veth
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


@pytest.fixture
def there(shared: Session) -> Iterator[Namespace]:
    """The verbs of a fresh namespace, where the veths v0 and v1 are up."""
    shared.ip.netns.add("ns1")
    where = shared.netns("ns1")
    where.ip.link.add("v0", Veth(peer="v1"))
    for link in ("v0", "v1"):
        where.ip.link.set(link, up=True)
    yield where
    shared.ip.netns.delete("ns1")
