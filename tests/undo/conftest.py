"""A host in use that many tests change: each brings back the state before, or the next one gets a fresh one."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from attrs import define, field

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
    """The host that is open, and what closes it."""

    used: Used | None = None
    opened: ExitStack = field(factory=ExitStack)

    def get(self) -> Used:
        """Return a host in use, which takes a second to make, if there is none."""
        if self.used is None:
            host = self.opened.enter_context(in_use())
            self.used = Used(host, raw(host), seen(host))
        return self.used

    def close(self) -> None:
        """Close it."""
        self.used = None
        self.opened.close()


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
