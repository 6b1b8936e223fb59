"""`LinkNameCache`: new names invalidate nothing, lost names are reported."""

import os
import socket

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


def test_list_of_all_links_is_read_first(link_names: LinkNameCache) -> None:
    """The links that exist before the subscription are known."""
    assert {frozenset({"lo"})} == set(link_names.names_by_index.values())


def test_new_link_invalidates_no_name(session: Session, link_names: LinkNameCache) -> None:
    """A link that is created, set up and enslaved loses no name."""
    session.ip.link.add("br", Bridge(), up=True)
    session.ip.link.add("v0", Veth(peer="v1"), master="br", up=True)
    session.ip.link.set("v0", nomaster=True)

    assert frozenset() == link_names.invalidated()
    assert {"br", "v0", "v1"} == link_names.new_names
    assert link_names.is_current("v0")
    assert {"lo", "br", "v0", "v1"} == {
        name for names in link_names.names_by_index.values() for name in names
    }


def test_deleted_links_lose_their_names(session: Session, link_names: LinkNameCache) -> None:
    """A deleted veth loses the names of both ends."""
    session.ip.link.add("v0", Veth(peer="v1"))
    session.ip.link.delete("v0")

    assert {"v0", "v1"} == link_names.invalidated()
    assert frozenset() == link_names.invalidated()


def test_renamed_link_loses_its_old_name(session: Session, link_names: LinkNameCache) -> None:
    """A renamed link loses only the old name."""
    session.ip.link.add("v0", Veth(peer="v1"))
    session.ip.link.set("v0", name="v9")

    assert {"v0"} == link_names.invalidated()


def test_alternative_names_of_a_link_that_is_up(
    session: Session, link_names: LinkNameCache
) -> None:
    """Alternative names of a link that is up are known, and lost one by one."""
    session.ip.link.add("v0", Veth(peer="v1"), up=True)
    session.ip.link.property_add("v0", "wan", "the-long-name-of-this-link")

    assert frozenset() == link_names.invalidated()
    assert link_names.has_altnames("v0")
    assert not link_names.has_altnames("v1")

    session.ip.link.property_del("v0", "wan")

    assert {"wan"} == link_names.invalidated()
    assert frozenset({"v0", "the-long-name-of-this-link"}) in link_names.names_by_index.values()


def test_overflow_invalidates_every_name(session: Session, link_names: LinkNameCache) -> None:
    """After an overflow of the socket, every name is invalid."""
    link_names.listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    session.ip.link.add("br", Bridge())
    with session.batch():
        for n in range(200):
            session.ip.link.set("br", mtu=1000 + n)

    assert EVERYTHING == link_names.invalidated()


def test_socket_error_is_raised(link_names: LinkNameCache) -> None:
    """An error other than an overflow is raised."""
    duplicate_fd = os.dup(link_names.listener.fileno())
    os.close(link_names.listener.detach())
    link_names.listener = socket.socket()
    link_names.listener.setblocking(False)

    with pytest.raises(OSError, match="not connected"):
        link_names.invalidated()
    os.close(duplicate_fd)


def test_truncated_notification_invalidates_every_name() -> None:
    """A message as long as the buffer may have been cut off."""
    reading_socket, writing_socket = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    link_names = LinkNameCache(reading_socket)
    writing_socket.send(bytes(NOTIFICATION_BYTES))

    assert EVERYTHING == link_names.invalidated()

    link_names.close()
    writing_socket.close()


def test_deleted_names_of_namespaces(session: Session) -> None:
    """Deleted names are reported once each; created names are not reported."""
    session.ip.netns.add("n0")
    spawner = Spawner.open(session.place)
    reply = spawner.request(b"I")
    reply.get()
    deletions = NetnsDeletionWatch(reply.fds.pop())
    session.ip.netns.add("n1")

    assert [] == deletions.deleted_names()

    session.ip.netns.delete("n0")
    session.ip.netns.delete("n1")

    assert ["n0", "n1"] == deletions.deleted_names()
    assert [] == deletions.deleted_names()

    deletions.close()
    spawner.close()
