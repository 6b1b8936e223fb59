"""What is heard of links: names that are made are no news, names that are lost are."""

import os
import socket
from collections.abc import Iterator

import pytest

from ipwrap import Session
from ipwrap.executors.link_names import (
    EVERYTHING,
    NOTIFICATION_BYTES,
    LinkNameCache,
    NetnsDeletionWatch,
)
from ipwrap.executors.spawner import Spawner
from ipwrap.kinds import Bridge, Veth

pytestmark = pytest.mark.live


@pytest.fixture
def names(session: Session) -> Iterator[LinkNameCache]:
    """The names of the links in the first namespace of a sandbox."""
    gate = Spawner.open(session.place)
    answer = gate.request(b"O")
    answer.get()
    opened = LinkNameCache.listen(answer.fds.pop())
    yield opened
    opened.close()
    gate.close()


def test_list_of_all_links_is_read_first(names: LinkNameCache) -> None:
    """When listening begins, the links that are there are known."""
    assert {frozenset({"lo"})} == set(names.by_index.values())


def test_new_link_breaks_no_name(session: Session, names: LinkNameCache) -> None:
    """A link that is made, set up and made a port is known, and no name is lost."""
    session.ip.link.add("br", Bridge(), up=True)
    session.ip.link.add("v0", Veth(peer="v1"), master="br", up=True)
    session.ip.link.set("v0", nomaster=True)
    assert frozenset() == names.invalidated()
    assert {"br", "v0", "v1"} == names.new
    assert names.is_current("v0")
    assert {"lo", "br", "v0", "v1"} == {name for each in names.by_index.values() for name in each}


def test_deleted_links_lose_their_names(session: Session, names: LinkNameCache) -> None:
    """A deleted veth loses both its names."""
    session.ip.link.add("v0", Veth(peer="v1"))
    session.ip.link.delete("v0")
    assert {"v0", "v1"} == names.invalidated()
    assert frozenset() == names.invalidated()


def test_renamed_link_loses_its_old_name(session: Session, names: LinkNameCache) -> None:
    """A renamed link loses the old name only."""
    session.ip.link.add("v0", Veth(peer="v1"))
    session.ip.link.set("v0", name="v9")
    assert {"v0"} == names.invalidated()


def test_alternative_names_are_heard_of(session: Session, names: LinkNameCache) -> None:
    """A link that is up is known by its alternative names too, and loses them one by one."""
    session.ip.link.add("v0", Veth(peer="v1"), up=True)
    session.ip.link.property_add("v0", "wan", "the-long-name-of-this-link")
    assert frozenset() == names.invalidated()
    assert names.has_altnames("v0")
    assert not names.has_altnames("v1")
    session.ip.link.property_del("v0", "wan")
    assert {"wan"} == names.invalidated()
    assert frozenset({"v0", "the-long-name-of-this-link"}) in names.by_index.values()


def test_lost_news_breaks_everything(session: Session, names: LinkNameCache) -> None:
    """When more has happened than the socket can hold, everything is in doubt."""
    names.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    session.ip.link.add("br", Bridge())
    with session.batch():
        for n in range(200):
            session.ip.link.set("br", mtu=1000 + n)
    assert EVERYTHING == names.invalidated()


def test_socket_that_fails_otherwise_says_so(names: LinkNameCache) -> None:
    """An error other than lost news is not swallowed."""
    spare = os.dup(names.listener.fileno())
    os.close(names.listener.detach())
    names.listener = socket.socket()
    names.listener.setblocking(False)
    with pytest.raises(OSError, match="not connected"):
        names.invalidated()
    os.close(spare)


def test_news_that_may_be_cut_off_breaks_everything() -> None:
    """A message as long as the buffer may have been longer."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    names = LinkNameCache(ours)
    theirs.send(bytes(NOTIFICATION_BYTES))
    assert EVERYTHING == names.invalidated()
    names.close()
    theirs.close()


def test_names_of_namespaces_that_go_are_heard(session: Session) -> None:
    """However many, each once; and those that come are no news."""
    session.ip.netns.add("n0")
    gate = Spawner.open(session.place)
    answer = gate.request(b"I")
    answer.get()
    deletions = NetnsDeletionWatch(answer.fds.pop())
    session.ip.netns.add("n1")
    assert [] == deletions.deleted_names()
    session.ip.netns.delete("n0")
    session.ip.netns.delete("n1")
    assert ["n0", "n1"] == deletions.deleted_names()
    assert [] == deletions.deleted_names()
    deletions.close()
    gate.close()
