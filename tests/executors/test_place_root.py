"""`PlaceRoot`: the identity of named namespaces, seen from outside the place."""

import os
from collections.abc import Iterator

import pytest

from ipwrap import Sandbox, Session
from ipwrap.executors.place_root import PlaceRoot

pytestmark = pytest.mark.live


@pytest.fixture
def root(session: Session) -> Iterator[PlaceRoot]:
    """The root of the session's place."""
    opened = PlaceRoot.open(session.place)
    assert opened is not None
    yield opened
    opened.close()


def test_identity_is_that_of_the_file(session: Session, root: PlaceRoot) -> None:
    """The directory that is held open shows the same file as the path of the place."""
    session.ip.netns.add("red")
    status = os.stat(session.place.host_path("/run/netns/red"))
    assert (status.st_dev, status.st_ino) == root.read_netns_identity("red")


def test_name_that_is_given_away_has_another_identity(session: Session, root: PlaceRoot) -> None:
    """A name has the identity of the namespace that it belongs to now, and none once deleted."""
    session.ip.netns.add("red")
    first_identity = root.read_netns_identity("red")

    session.ip.netns.delete("red")
    assert root.read_netns_identity("red") is None
    session.ip.netns.add("red")
    assert root.read_netns_identity("red") not in (None, first_identity)


def test_namespace_mounted_over_a_name_is_seen(session: Session, root: PlaceRoot) -> None:
    """A mount changes the identity, as for a path: the walk begins at the root each time."""
    session.ip.netns.add("red")
    session.ip.netns.add("blue")
    session.exec("mount", "--bind", "/run/netns/blue", "/run/netns/red")
    assert root.read_netns_identity("blue") == root.read_netns_identity("red")


def test_directory_mounted_over_the_names_is_seen(session: Session, root: PlaceRoot) -> None:
    """A file system that hides the names hides them from the held root as well."""
    session.ip.netns.add("red")
    session.exec("mount", "-t", "tmpfs", "none", "/run/netns")
    assert root.read_netns_identity("red") is None


def test_closed_place_has_no_root() -> None:
    """The root of a closed sandbox cannot be opened."""
    assert PlaceRoot.open(Sandbox()) is None


def test_root_is_closed_once(root: PlaceRoot) -> None:
    """A second call leaves the number of the descriptor, which is another file's by then."""
    fd = root.fd
    root.close()
    file = os.open("/dev/null", os.O_RDONLY)
    root.close_in_child()

    is_open = os.path.exists(f"/proc/self/fd/{file}")
    os.close(file)
    assert (fd, True) == (file, is_open)
