"""A host in use, shared by many tests; without a complete undo, the next test gets a new host."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from attrs import define, field

from ipwrap import Session
from ipwrap.state import State
from tests.undo.hosts import open_host, read_raw, read_settled, snapshot_of


@define
class UsedHost:
    """A session on a host in use, with the first reading and the first snapshot."""

    session: Session
    reading: list[Any]
    state: State


@define
class HostPool:
    """The open host, or None, and the contexts to close with the host."""

    host: UsedHost | None = None
    contexts: ExitStack = field(factory=ExitStack)

    def acquire(self) -> UsedHost:
        """Return the open host, or set up a host within about a second."""
        if self.host is None:
            session = self.contexts.enter_context(open_host())
            self.host = UsedHost(session, read_raw(session), snapshot_of(session))
        return self.host

    def close(self) -> None:
        """Close the host."""
        self.host = None
        self.contexts.close()


@pytest.fixture(scope="package")
def host_pool() -> Iterator[HostPool]:
    """The host for one test after another."""
    pool = HostPool()
    yield pool
    pool.close()


@pytest.fixture
def used_host(host_pool: HostPool) -> Iterator[UsedHost]:
    """A host in use, in the initial state."""
    host = host_pool.acquire()
    yield host
    if read_settled(host.session, host.reading) != host.reading:
        host_pool.close()
