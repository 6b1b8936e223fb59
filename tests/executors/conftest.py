"""Fixtures of several tests of executors."""

from collections.abc import Iterator

import pytest

from ipwrap import Session
from ipwrap.executors.link_names import LinkNameCache
from ipwrap.executors.spawner import Spawner


@pytest.fixture
def link_names(session: Session) -> Iterator[LinkNameCache]:
    """The names of the links in the first namespace of a sandbox."""
    spawner = Spawner.open(session.place)
    reply = spawner.request(b"O")
    reply.get()
    cache = LinkNameCache.listen(reply.fds.pop())
    yield cache
    cache.close()
    spawner.close()
