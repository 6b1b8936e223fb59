"""A host in use that many tests change: each brings back the state before, or the next one gets a fresh one."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
from attrs import define

from ipwrap import Session
from ipwrap.state import State
from tests.undo.hosts import in_use, raw, seen, still


@define
class Used:
    """A host in use: what `ip` shows of it, and its state as ipwrap takes it."""

    host: Session
    before: list[Any]
    state: State


@define
class Hosts:
    """The host that is open."""

    opened: AbstractContextManager[Session] | None = None
    used: Used | None = None

    def get(self) -> Used:
        """Return a host in use, which takes a second to make, if there is none."""
        if self.used is None:
            self.opened = in_use()
            host = self.opened.__enter__()
            self.used = Used(host, raw(host), seen(host))
        return self.used

    def close(self) -> None:
        """Close it."""
        opened, self.opened, self.used = self.opened, None, None
        if opened is not None:
            opened.__exit__(None, None, None)


@pytest.fixture(scope="package")
def hosts() -> Iterator[Hosts]:
    """The host that tests have one after the other."""
    kept = Hosts()
    yield kept
    kept.close()


@pytest.fixture
def used(hosts: Hosts) -> Iterator[Used]:
    """A host in use, as every one is at first."""
    given = hosts.get()
    yield given
    if still(given.host, given.before) != given.before:
        hosts.close()
