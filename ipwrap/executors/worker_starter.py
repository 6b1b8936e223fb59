"""`WorkerStarter`: starts workers inside a place, through a `Spawner` opened on first use."""

import os

from attrs import define, field

from ipwrap.errors import ExecutorError, NotBatchable
from ipwrap.executors.spawner import Spawner
from ipwrap.executors.watched_namespaces import WatchedNamespace
from ipwrap.executors.worker import Worker
from ipwrap.executors.worker_key import WorkerKey
from ipwrap.places import Place
from ipwrap.system.programs import require_program

__all__ = ["WorkerStarter", "build_argv", "prestart_key"]


@define(eq=False)
class WorkerStarter:
    """A spawner for one place.

    ``unavailable`` is set after a spawner could not be started: commands then run as processes.
    """

    unavailable: bool = False
    spawner: Spawner | None = field(default=None, repr=False)

    def open(self, place: Place) -> Spawner:
        """Return the spawner of a place, started if necessary.

        Raises `NotBatchable` where the place cannot run a spawner, for example without Python.
        """
        if self.spawner is not None:
            return self.spawner

        try:
            self.spawner = Spawner.open(place)
            probe = WatchedNamespace(self.spawner.request(b"O"))
            probe.opened.get()
            probe.close()
        except (ExecutorError, OSError) as error:
            self.unavailable = True
            raise NotBatchable(f"no workers here: {error}") from error

        return self.spawner

    def start(self, key: WorkerKey) -> Worker:
        """Start the worker with a key. Requires an open spawner."""
        assert self.spawner is not None

        by_option = has_etc_files(key.netns)
        argv = build_argv(key, by_option=by_option)
        netns = None if by_option else key.netns

        return Worker.start(self.spawner, netns, argv=argv, remembers_all=not key.changes)

    def detach(self) -> Spawner | None:
        """Return the spawner for closing, and forget it: the next use starts a new spawner."""
        spawner, self.spawner = self.spawner, None

        return spawner


def has_etc_files(netns: str | None) -> bool:
    """Return whether a namespace has configuration files in /etc/netns.

    Only `ip -n NAME` binds them over /etc (netns_switch() in lib/namespace.c), setns(2) does not.
    """
    return bool(netns) and os.path.isdir(f"/etc/netns/{netns}")


def build_argv(key: WorkerKey, *, by_option: bool) -> tuple[str, ...]:
    """Return the argv of a worker; ``by_option`` enters the namespace by `-n NAME`."""
    argv = [require_program(key.program), "-force", *key.flags]
    if by_option and key.netns is not None:
        argv += ["-n", key.netns]
    argv += ["-batch", "-"]

    return tuple(argv)


def prestart_key(netns: str) -> WorkerKey:
    """Return the key of the worker to start ahead in a new namespace: `ip` for changes.

    A new namespace is configured before its state is read, usually by `ip` without options.
    """
    return WorkerKey("ip", netns, (), changes=True, reads_links=False)
