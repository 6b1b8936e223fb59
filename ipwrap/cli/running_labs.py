"""The running labs of this user: a running lab has an entry in the runtime folder.

The process that holds a lab open writes the entry, and holds a lock on the entry's file. The next
reader removes an entry of an ended process, or of an earlier boot.
"""

import contextlib
import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from attrs import define, evolve, field, frozen

from ipwrap.cli.suggestions import did_you_mean
from ipwrap.errors import IpwrapError
from ipwrap.places.attached import HolderAddress
from ipwrap.system.live_lock import LiveLock, writer_lives
from ipwrap.system.process_identity import ProcessIdentity
from ipwrap.system.runtime_folder import runtime_folder
from ipwrap.system.uts import enter_uts_argv, uts_path

if TYPE_CHECKING:
    from ipwrap.places import Place, Ssh

__all__ = ["LabEntry", "RunningHost", "RunningLab", "enter_argv", "find_lab", "read_labs"]

SUFFIX = ".json"
SANDBOX_NETNS_FOLDER = "/run/netns"


@frozen(kw_only=True)
class RunningHost:
    """A host of a lab over several hosts: the ssh destination, the nodes, and the recording.

    ``config`` is a file in place of ~/.ssh/config.
    """

    name: str
    ssh: str
    sudo: bool = False
    config: str | None = None
    nodes: tuple[str, ...] = ()
    recording: str | None = None

    def make_place(self) -> "Ssh":
        """Return the place, which is not connected."""
        from ipwrap.places import Ssh

        return Ssh(self.ssh, config=self.config, sudo=self.sudo)


@frozen(kw_only=True)
class RunningLab:
    """A running lab, as described by the lab's process.

    - ``name``: the name of the script, with a number if another lab has the name
    - ``place``: "sandbox", "local" …, as in a recording's header
    - ``condition``: "running", "shell" or "kept"
    - ``since``: seconds since the epoch
    - ``owner``: the process that holds the lab open
    - ``holder``: how to enter the sandbox; None for a lab on this host
    - ``host_netns``: the namespaces made by a lab on this host
    - ``file``: the path of the lab's file, for a lab of `ipwrap up`
    - ``hosts``: the hosts of a lab over several hosts
    """

    name: str
    place: str
    since: float
    owner: ProcessIdentity
    condition: str = "running"
    recording: str | None = None
    holder: HolderAddress | None = None
    host_netns: tuple[str, ...] = ()
    file: str | None = None
    hosts: tuple[RunningHost, ...] = ()

    @property
    def recordings(self) -> list[str]:
        """The paths of the recordings: of the lab, or of the lab's hosts."""
        recordings = (self.recording, *(host.recording for host in self.hosts))
        return [path for path in recordings if path is not None]

    def host_of(self, node: str) -> RunningHost | None:
        """Return the host of a node; None for a lab on a single one."""
        return next((host for host in self.hosts if node in host.nodes), None)

    def open_place(self) -> "Place":
        """Return the place, to run programs inside. Raises `PlaceError` for an ended place."""
        from ipwrap.places import Local, Sandbox

        if self.holder is None:
            return Local(sudo=self.place == "sudo")
        return Sandbox.attach(self.holder)

    def exec_argv(self, netns: str) -> tuple[str, ...]:
        """Return the arguments before a program in a namespace of the lab, with its hostname."""
        root = "" if self.holder is None else f"/proc/{self.holder.init}/root"
        return enter_argv(netns, has_hostname=os.path.exists(root + uts_path(netns)))

    def netns_names(self) -> list[str]:
        """Return the names of the lab's namespaces, in natural order; none for one that ends."""
        from ipwrap.state.snapshot import natural_key

        if self.hosts:
            return sorted((node for host in self.hosts for node in host.nodes), key=natural_key)
        if self.holder is None:
            present = _names_in(SANDBOX_NETNS_FOLDER)
            return [name for name in self.host_netns if name in present]

        folder = f"/proc/{self.holder.init}/root{SANDBOX_NETNS_FOLDER}"
        return sorted(_names_in(folder), key=natural_key)


def enter_argv(netns: str, *, has_hostname: bool) -> tuple[str, ...]:
    """Return the arguments before a program in a namespace, and in its UTS namespace if it has one.

    ::

        ip netns exec NAME nsenter --uts=/run/utsns/NAME PROGRAM…
    """
    return ("ip", "netns", "exec", netns, *(enter_uts_argv(netns) if has_hostname else ()))


def _names_in(folder: str) -> list[str]:
    """Return the names of the files of a folder; none for a folder that is missing."""
    try:
        return os.listdir(folder)
    except OSError:
        return []


@define
class LabEntry:
    """The entry of a lab of this process: written by `announce`, removed by `withdraw`.

    ``file`` is the path of the lab's file, for one of `ipwrap up`.
    """

    name: str
    file: str | None = None
    lab: RunningLab | None = field(default=None, init=False)
    _folder: Path | None = field(default=None, init=False)
    _lock: LiveLock | None = field(default=None, init=False)

    def announce(
        self,
        place: "Place",
        *,
        condition: str = "running",
        recording: str | os.PathLike[str] | None = None,
        host_netns: Iterable[str] = (),
        hosts: Iterable[RunningHost] = (),
    ) -> RunningLab:
        """Write the entry, or write it anew. Raises `IpwrapError` where it cannot be written."""
        from ipwrap.places import Sandbox

        hosts = tuple(hosts)
        described = RunningLab(
            name=self.name if self.lab is None else self.lab.name,
            place=", ".join(host.make_place().name for host in hosts) or place.name,
            since=time.time() if self.lab is None else self.lab.since,
            owner=ProcessIdentity.current(),
            condition=condition,
            recording=None if recording is None else os.path.abspath(recording),
            holder=place.address if isinstance(place, Sandbox) else None,
            host_netns=tuple(host_netns),
            file=self.file,
            hosts=hosts,
        )

        if self._folder is None:
            self._folder = labs_folder()
        try:
            self.lab = self._write(self._folder, described)
        except OSError as error:
            raise IpwrapError(f"{self._folder}: cannot be written: {error.strerror}") from error
        return self.lab

    def withdraw(self) -> None:
        """Remove the entry. A second call has no effect."""
        lab, self.lab = self.lab, None
        if lab is not None and self._folder is not None:
            with contextlib.suppress(OSError):
                entry_path(self._folder, lab.name).unlink(missing_ok=True)
        if self._lock is not None:
            self._lock.release()

    def _write(self, folder: Path, lab: RunningLab) -> RunningLab:
        """Write the file of a lab, under a name that no other lab has, and lock it."""
        partial = folder / f".{os.getpid()}"

        with _locked(folder):
            if self.lab is None:
                lab = evolve(lab, name=_free_name(folder, lab.name))

            partial.write_bytes(msgspec.json.encode(lab))
            lock = LiveLock.hold(partial)
            partial.replace(entry_path(folder, lab.name))

        if self._lock is not None:
            self._lock.release()
        self._lock = lock
        return lab


def labs_folder() -> Path:
    """Return the folder of the entries, which is created if necessary. Raises `IpwrapError`."""
    folder = runtime_folder() / "labs"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise IpwrapError(f"{folder}: cannot be made: {error.strerror}") from error
    return folder


def entry_path(folder: Path, name: str) -> Path:
    """Return the path of a lab's entry."""
    return folder / f"{name}{SUFFIX}"


def socket_path(name: str) -> Path:
    """Return the path of the socket by which a lab of `ipwrap up` takes requests."""
    return labs_folder() / f"{name}.sock"


def log_path(name: str) -> Path:
    """Return the path of the file with a kept lab's output, which `ipwrap stop` shows."""
    return labs_folder() / f"{name}.log"


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let one process at a time choose a name, or remove ended labs."""
    import fcntl

    descriptor = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _free_name(folder: Path, name: str) -> str:
    """Return an unused name: the name itself, or with a number behind."""
    taken = {lab.name for lab in _living_labs(folder)}
    names = (name, *(f"{name}-{number}" for number in range(2, len(taken) + 3)))
    return next(candidate for candidate in names if candidate not in taken)


def read_labs() -> list[RunningLab]:
    """Return the labs that run for this user, the oldest first. Raises `IpwrapError`."""
    folder = labs_folder()
    try:
        with _locked(folder):
            labs = _living_labs(folder)
    except OSError as error:
        raise IpwrapError(f"{folder}: cannot be read: {error.strerror}") from error
    return sorted(labs, key=lambda lab: lab.since)


def _living_labs(folder: Path) -> list[RunningLab]:
    """Return the labs whose process lives, and remove the entries of the others."""
    labs = []
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        lab = _read_entry(path)
        if lab is not None and writer_lives(lab.owner, path):
            labs.append(lab)
        else:
            path.unlink(missing_ok=True)
            for file in (log_path(path.stem), socket_path(path.stem)):
                file.unlink(missing_ok=True)
    return labs


def _read_entry(path: Path) -> RunningLab | None:
    """Return the lab of an entry; None for a file that another version has written."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=RunningLab)
    except (OSError, msgspec.DecodeError):
        return None


def find_lab(name: str | None) -> RunningLab:
    """Return the lab of a name, or the only lab. Raises `IpwrapError`, with a suggestion."""
    labs = read_labs()
    names = [lab.name for lab in labs]

    if not labs:
        raise IpwrapError("no lab runs; `ipwrap run FILE --keep` keeps one up")
    if name is None and len(labs) > 1:
        raise IpwrapError(f"several labs run: {', '.join(names)}; name one of them")
    if name is None:
        return labs[0]
    if name not in names:
        suggestion = did_you_mean(name, names) or f"; these run: {', '.join(names)}"
        raise IpwrapError(f"no lab {name!r} runs{suggestion}")
    return labs[names.index(name)]
