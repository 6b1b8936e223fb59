"""Fixtures for the tests of `ip`: one sandbox for a file, and a new namespace for every test."""

from collections.abc import Iterator

import pytest

from ipwrap import Session
from ipwrap.kinds import Veth
from ipwrap.session import Namespace


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
