"""Fixtures of the tests of `tc`: one sandbox for each file, and a fresh namespace for each test."""

from collections.abc import Iterator

import pytest

from ipwrap import Session
from ipwrap.kinds import Veth
from ipwrap.session import Namespace


@pytest.fixture
def veth_netns(sandbox_session: Session) -> Iterator[Namespace]:
    """A fresh namespace with the veth pair v0 and v1, both up."""
    sandbox_session.ip.netns.add("ns1")
    namespace = sandbox_session.netns("ns1")
    namespace.ip.link.add("v0", Veth(peer="v1"))

    for link in ("v0", "v1"):
        namespace.ip.link.set(link, up=True)

    yield namespace
    sandbox_session.ip.netns.delete("ns1")
