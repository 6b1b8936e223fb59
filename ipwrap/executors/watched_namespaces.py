"""`WatchedNamespaces`: the network namespaces with workers, their identity, and their link names.

A name of a namespace is no identity: `ip netns delete red` and `ip netns add red` make another
namespace of the same name. The device and inode of the file are the identity (namespaces(7)).
"""

import contextlib
import os

from attrs import define, field

from ipwrap.errors import ExecutorError, NotBatchable, PlaceError
from ipwrap.executors.link_names import LinkNameCache, NetnsDeletionWatch
from ipwrap.executors.place_root import PlaceRoot
from ipwrap.executors.spawner import PendingReply, Spawner, encode_netns
from ipwrap.places import Place

__all__ = ["WatchedNamespace", "WatchedNamespaces", "read_netns_names"]

NETNS_DIR = os.path.realpath("/var/run") + "/netns"


@define(eq=False)
class WatchedNamespace:
    """A namespace with workers: its identity, and the names of its links.

    ``identity`` and ``names`` are known after `finish_opening`.
    """

    opened: PendingReply
    identity: tuple[int, int] | None = None
    names: LinkNameCache | None = None

    def finish_opening(self) -> LinkNameCache:
        """Wait until the socket for link notifications is open, and read the list of links.

        Raises `ExecutorError` where the namespace cannot be opened.
        """
        if self.names is None:
            device, inode = self.opened.get().split()
            self.identity = (int(device), int(inode))
            descriptor = self.opened.take_fd()
            try:
                self.names = LinkNameCache.listen(descriptor)
            except OSError as error:
                raise ExecutorError(f"the list of links cannot be read: {error}") from error

        return self.names

    def close(self) -> None:
        """Close the socket, also where the reply with the socket has not been read yet."""
        if self.names is not None:
            self.names.close()
            return

        with contextlib.suppress(ExecutorError):
            self.opened.get()
        self.opened.close()


@define(eq=False)
class WatchedNamespaces:
    """The watched namespaces of a place by name; None is the place's first namespace.

    The first watched name also starts the watch for deleted names. Callers serialise the calls.
    """

    _by_name: dict[str | None, WatchedNamespace] = field(factory=dict)
    _deletions: NetnsDeletionWatch | None = None
    _root: PlaceRoot | None = None

    def __contains__(self, netns: str | None) -> bool:
        return netns in self._by_name

    def get(self, netns: str | None) -> WatchedNamespace | None:
        """Return a watched namespace, None if the name is not watched."""
        return self._by_name.get(netns)

    def netns_names(self) -> list[str | None]:
        """Return the watched names."""
        return list(self._by_name)

    def watch(self, spawner: Spawner, netns: str | None) -> None:
        """Request the socket for a namespace's link notifications, without waiting for it.

        Raises `NotBatchable` where no namespace has been named in the place yet.
        """
        # "O" opens a namespace, "I" the inotify descriptor: see spawner_main.
        self._by_name[netns] = WatchedNamespace(spawner.request(b"O" + encode_netns(netns)))

        if netns is not None and self._deletions is None:
            reply = spawner.request(b"I")
            try:
                reply.get()
            except ExecutorError as error:
                self.unwatch(netns)
                raise NotBatchable(f"no worker in {netns}: {error}") from error
            self._deletions = NetnsDeletionWatch(reply.take_fd())

    def unwatch(self, netns: str | None) -> None:
        """Close the socket of a namespace. An unwatched name is ignored."""
        namespace = self._by_name.pop(netns, None)
        if namespace is not None:
            namespace.close()

    def read_deleted_names(self) -> list[str]:
        """Return the names deleted from the directory of namespaces since the last call."""
        if self._deletions is None:
            return []

        return self._deletions.deleted_names()

    def is_current(self, netns: str | None, place: Place) -> bool:
        """Return whether a watched name still belongs to the namespace that it belonged to."""
        if netns is None:
            return True
        if self._root is None:
            self._root = PlaceRoot.open(place)

        identity = None if self._root is None else self._root.read_netns_identity(netns)
        return identity is not None and identity == self._by_name[netns].identity

    def close(self) -> None:
        """Close all sockets and the watch for deleted names. A second call has no effect."""
        for netns in self.netns_names():
            self.unwatch(netns)

        deletions, self._deletions = self._deletions, None
        if deletions is not None:
            deletions.close()

        root, self._root = self._root, None
        if root is not None:
            root.close()


def read_netns_names(place: Place) -> list[str] | None:
    """Return the names of the namespaces of a place; None if unreadable from here.

    `ip netns list` prints the same names: the entries of a directory (netns_list() in
    ip/ipnetns.c).
    """
    try:
        return os.listdir(place.host_path(NETNS_DIR))
    except FileNotFoundError:  # nobody has given a name yet
        return []
    except (OSError, PlaceError):
        return None
