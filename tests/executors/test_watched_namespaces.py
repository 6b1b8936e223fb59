"""`WatchedNamespaces`: identity, link names and deletion of namespaces with workers."""

import os
from collections.abc import Iterator

import pytest

from ipwrap import ExecutorError, Sandbox, Session
from ipwrap.errors import NotBatchable
from ipwrap.executors.spawner import Spawner
from ipwrap.executors.watched_namespaces import WatchedNamespaces, read_netns_names
from ipwrap.kinds import Bridge
from tests.labs import open_sandbox

pytestmark = pytest.mark.live


@pytest.fixture
def spawner(session: Session) -> Iterator[Spawner]:
    """A spawner in the place of the session."""
    opened = Spawner.open(session.place)
    yield opened
    opened.close()


@pytest.fixture
def namespaces() -> Iterator[WatchedNamespaces]:
    """No watched namespaces yet."""
    created = WatchedNamespaces()
    yield created
    created.close()


def test_name_is_current_until_it_is_given_away(
    session: Session, spawner: Spawner, namespaces: WatchedNamespaces
) -> None:
    """A watched name is current as long as it belongs to the same namespace."""
    session.ip.netns.add("red")
    namespaces.watch(spawner, None)
    namespaces.watch(spawner, "red")
    namespace = namespaces.get("red")
    assert namespace is not None
    names = namespace.finish_opening()

    assert names is namespace.finish_opening()
    assert namespaces.is_current(None, session.place)
    assert namespaces.is_current("red", session.place)

    session.ip.netns.delete("red")
    assert not namespaces.is_current("red", session.place)
    session.ip.netns.add("red")
    assert not namespaces.is_current("red", session.place)


def test_no_name_is_current_in_a_place_that_is_closed(
    session: Session, spawner: Spawner, namespaces: WatchedNamespaces
) -> None:
    """Where this process cannot see the names of a place, no worker is trusted."""
    session.ip.netns.add("red")
    namespaces.watch(spawner, "red")
    assert not namespaces.is_current("red", Sandbox())


def test_link_names_of_a_watched_namespace(
    session: Session, spawner: Spawner, namespaces: WatchedNamespaces
) -> None:
    """Links of the watched namespace are known, those of others are not."""
    session.ip.netns.add("red")
    session.netns("red").ip.link.add("br0", Bridge())
    namespaces.watch(spawner, None)
    namespaces.watch(spawner, "red")
    assert [None, "red"] == namespaces.netns_names()

    first, red = namespaces.get(None), namespaces.get("red")
    assert first is not None
    assert red is not None
    assert red.finish_opening().is_current("br0")
    assert not first.finish_opening().is_current("br0")


def test_missing_namespace_is_refused_when_it_is_opened(
    session: Session, spawner: Spawner, namespaces: WatchedNamespaces
) -> None:
    """The request does not wait; the reply is the error of the missing file."""
    session.ip.netns.add("red")
    namespaces.watch(spawner, "blue")
    blue = namespaces.get("blue")
    assert blue is not None
    with pytest.raises(ExecutorError, match="No such file"):
        blue.finish_opening()


def test_no_directory_of_namespaces(spawner: Spawner, namespaces: WatchedNamespaces) -> None:
    """Without /run/netns there is no deletion to watch, and the name is not watched either."""
    with pytest.raises(NotBatchable, match="no worker in red"):
        namespaces.watch(spawner, "red")
    assert "red" not in namespaces
    assert [] == namespaces.read_deleted_names()


def test_deleted_names_are_read_once(
    session: Session, spawner: Spawner, namespaces: WatchedNamespaces
) -> None:
    """Deletions are noticed from the first watched name on, also of names not watched."""
    session.ip.netns.add("red")
    session.ip.netns.add("blue")
    namespaces.watch(spawner, None)
    assert [] == namespaces.read_deleted_names()

    namespaces.watch(spawner, "red")
    session.ip.netns.delete("blue")
    session.ip.netns.delete("red")
    assert ["blue", "red"] == namespaces.read_deleted_names()
    assert [] == namespaces.read_deleted_names()


def test_no_descriptor_is_left_open(session: Session, spawner: Spawner) -> None:
    """Closing closes the sockets, whether their replies have been read or not."""
    session.ip.netns.add("red")
    before = len(os.listdir("/proc/self/fd"))
    namespaces = WatchedNamespaces()
    namespaces.watch(spawner, None)
    namespaces.watch(spawner, "red")
    first = namespaces.get(None)
    assert first is not None
    first.finish_opening()

    namespaces.unwatch("nope")
    namespaces.close()
    namespaces.close()
    assert before == len(os.listdir("/proc/self/fd"))


@pytest.mark.live
def test_names_are_those_of_netns_list() -> None:
    """Before the first name there are none."""
    with open_sandbox() as session:
        assert [] == read_netns_names(session.place)
        for name in ("red", "pod-1", "é"):
            session.ip.netns.add(name)

        listed = [namespace.name for namespace in session.ip.netns.list()]
        assert sorted(listed) == sorted(read_netns_names(session.place) or [])


def test_names_that_cannot_be_read_are_not_known() -> None:
    """A place that is closed has no directory; `ip netns list` then tells."""
    assert read_netns_names(Sandbox()) is None
