"""`WorkerStarter`: starts workers inside a place, through a `Spawner` opened on first use."""

import os

from attrs import define, field

from ipwrap.errors import ExecutorError, NotBatchable
from ipwrap.executors.spawner import Spawner
from ipwrap.executors.watched_namespaces import WatchedNamespace
from ipwrap.executors.worker import Worker
from ipwrap.executors.worker_key import WorkerKey
from ipwrap.places import Place
from ipwrap.places.remote import is_remote
from ipwrap.system.programs import require_program

__all__ = ["SURVEY_FLAGS", "WorkerStarter", "build_argv", "prestart_key"]

# Changes print nothing, so that their workers can have the options of a snapshot's reads: such a
# worker runs these as its last lines (see `ipwrap.executors.survey`).
SURVEY_FLAGS = ("-j", "-d")


@define(eq=False)
class WorkerStarter:
    """A spawner for one place.

    ``unavailable`` is set after a spawner could not be started: commands then run as processes.
    """

    unavailable: bool = False
    spawner: Spawner | None = field(default=None, repr=False)
    # Searched for once, since a search takes as long as a start. The spawner keeps its PATH, too.
    _program_paths: dict[str, str] = field(factory=dict, init=False, repr=False)
    _probe: WatchedNamespace | None = field(default=None, init=False, repr=False)
    _retired: list[Spawner] = field(factory=list, init=False, repr=False)

    def start_ahead(self, place: Place) -> None:
        """Start the spawner of a place, without waiting for it: a Python starts in the meantime.

        Raises `ExecutorError`, `PlaceError` and `OSError` where it does not start; `open` tries
        again.
        """
        if self.spawner is None and not self.unavailable and not is_remote(place):
            self._start_spawner(place)

    def open(self, place: Place) -> Spawner:
        """Return the spawner of a place, started if necessary.

        Raises `NotBatchable` where the place cannot run a spawner, for example without Python.
        """
        is_open = self.spawner is not None and not self.spawner.is_closed
        if self.spawner is not None and is_open and self._probe is None:
            return self.spawner

        if is_remote(place):
            raise NotBatchable(f"{place.name}: nothing tells from there that links were renamed")

        try:
            if not is_open:
                self._start_spawner(place)
            return self._finish_probe()
        except (ExecutorError, OSError) as error:
            self._retire()
            self.unavailable = True
            raise NotBatchable(f"no workers here: {error}") from error
        except BaseException:  # such as Ctrl-C: a spawner that was not probed is not used
            self._retire()
            raise

    def _start_spawner(self, place: Place) -> None:
        """Start a spawner in place of the present one, and ask it for a first reply."""
        self._retire()
        self._program_paths = {}
        self.spawner = Spawner.open(place)
        self._probe = WatchedNamespace(self.spawner.request(b"O"))

    def _finish_probe(self) -> Spawner:
        """Return the spawner once it has given its first reply."""
        assert self.spawner is not None

        if self._probe is not None:
            self._probe.opened.get()
            self._probe.close()
            self._probe = None
        return self.spawner

    def _retire(self) -> None:
        """Put the present spawner aside, to be ended by `close`."""
        self._probe = None
        if self.spawner is not None:
            self._retired.append(self.spawner)
            self.spawner = None

    def start(self, key: WorkerKey) -> Worker:
        """Start the worker with a key. Requires an open spawner."""
        assert self.spawner is not None

        by_option = has_etc_files(key.netns)
        program, *arguments = build_argv(key, by_option=by_option)
        argv = (self._path_of(program), *arguments)
        netns = None if by_option else key.netns

        return Worker.start(self.spawner, netns, argv=argv, remembers_all=not key.changes)

    def start_program(self, netns: str | None, *, argv: tuple[str, ...]) -> Worker:
        """Start a program of iproute2 in a namespace. Requires an open spawner.

        Raises `ExecutorError` for a missing program.
        """
        assert self.spawner is not None

        program, *arguments = argv
        full_argv = [self._path_of(program), *arguments]
        if netns is not None and has_etc_files(netns):
            full_argv[1:1] = ["-n", netns]
            netns = None

        return Worker.start(self.spawner, netns, argv=full_argv, remembers_all=True)

    def _path_of(self, program: str) -> str:
        """Return the path of a program. Raises `ExecutorError` for a missing one."""
        path = self._program_paths.get(program)
        if path is None:
            path = self._program_paths[program] = require_program(program)
        return path

    def close(self) -> None:
        """End the spawner, and those that an interruption has put aside."""
        self._retire()
        while self._retired:
            self._retired.pop().close()


def has_etc_files(netns: str | None) -> bool:
    """Return whether a namespace has configuration files in /etc/netns.

    Only `ip -n NAME` binds them over /etc (netns_switch() in lib/namespace.c), setns(2) does not.
    """
    return bool(netns) and os.path.isdir(f"/etc/netns/{netns}")


def build_argv(key: WorkerKey, *, by_option: bool) -> tuple[str, ...]:
    """Return the argv of a worker; ``by_option`` enters the namespace by `-n NAME`."""
    flags = SURVEY_FLAGS if key == prestart_key(key.netns) else key.flags
    argv = [key.program, "-force", *flags]
    if by_option and key.netns is not None:
        argv += ["-n", key.netns]
    argv += ["-batch", "-"]

    return tuple(argv)


def prestart_key(netns: str | None) -> WorkerKey:
    """Return the key of the worker to start ahead in a new namespace: `ip` for changes.

    A new namespace is configured before its state is read, usually by `ip` without options.
    """
    return WorkerKey("ip", netns, (), changes=True, reads_links=False)
