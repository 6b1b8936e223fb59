"""`ProcessIdentity`: the process that writes a recording, and the namespaces it runs in.

A recording without a living writer was left behind by a crash.
"""

import contextlib
import os
import socket
import struct
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Self

from ipwrap.errors import RecordingError
from ipwrap.system.facts import fact

__all__ = [
    "ENDED_STATES",
    "PARENT",
    "START_TIME",
    "STATE",
    "NamespaceIds",
    "ProcessIdentity",
    "crash_folder",
    "pids_here",
    "proc_is_of_this_pid_namespace",
    "start_ticks",
    "stat_fields",
]

# random(4): a new UUID at every boot
BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
PROC = Path("/proc")
# Fields of /proc/PID/stat behind the name: `state`, `ppid` and `starttime` of proc(5).
STATE, PARENT, START_TIME = 0, 1, 19
ENDED_STATES = "ZX"

# asm-generic/socket.h, since Linux 5.14; the number differs on the architectures below.
SO_NETNS_COOKIE = 71
OTHER_SOCKET_NUMBERS = ("alpha", "mips", "parisc", "sparc")


@fact
class NamespaceIds:
    """The namespaces of a process, as `DEVICE:INODE` of the files in /proc/PID/ns.

    The kernel reuses the inode of a deleted namespace: ``net_cookie`` is a number that no other
    network namespace of this boot gets. None on kernels before 5.14.
    """

    net: str
    mnt: str
    pid: str
    net_cookie: int | None = None

    @classmethod
    def current(cls) -> Self | None:
        """Return the namespaces of the current thread; None without /proc, and elsewhere."""
        if sys.platform != "linux":
            return None

        # os.setns() moves one thread: its commands run where the thread is.
        folder = PROC / "thread-self" / "ns"
        try:
            return cls(
                net=_file_id(folder / "net"),
                mnt=_file_id(folder / "mnt"),
                pid=_file_id(folder / "pid"),
                net_cookie=_net_cookie(),
            )
        except OSError:
            return None

    def differing_from(self, other: "NamespaceIds") -> tuple[str, ...]:
        """Return the kinds of the namespaces that are not the same: "net", "mnt", "pid"."""
        differing = [
            kind for kind in ("net", "mnt", "pid") if getattr(self, kind) != getattr(other, kind)
        ]

        cookies = {self.net_cookie, other.net_cookie}
        if "net" not in differing and None not in cookies and len(cookies) > 1:
            differing.insert(0, "net")
        return tuple(differing)

    def process_inside(self, kind: str) -> int | None:
        """Return the pid of a process in the namespace of a kind; None if none is to be seen."""
        wanted = getattr(self, kind)

        for folder in _process_folders():
            try:
                if _file_id(folder / "ns" / kind) == wanted:
                    return int(folder.name)
            except OSError:
                continue
        return None


@fact
class ProcessIdentity:
    """A process: the pid, the start time in clock ticks since boot, the id of the boot, and the
    namespaces.

    The kernel reuses pids, but not with the same start time: ``starttime`` of proc(5), `stat`.
    ``namespaces`` is None in recordings of versions that did not record them.
    """

    pid: int
    start_ticks: int
    boot: str
    namespaces: NamespaceIds | None = None

    @classmethod
    def current(cls) -> Self:
        """Return the identity of the current process."""
        # Below `unshare --pid` without a /proc of its own, /proc/PID is another process.
        ticks = start_ticks("self") or 0
        return cls(os.getpid(), ticks, _boot_id(), NamespaceIds.current())

    @property
    def is_from_this_boot(self) -> bool:
        """Whether the machine was not restarted since."""
        return self.boot == _boot_id()

    @property
    def is_in_this_pid_namespace(self) -> bool:
        """Whether /proc shows the process by the same number."""
        if not proc_is_of_this_pid_namespace():
            return False

        current = NamespaceIds.current()
        if self.namespaces is None or current is None:
            return True
        return self.namespaces.pid == current.pid

    @property
    def is_alive(self) -> bool:
        """Whether the process is seen to run.

        A process of another pid namespace is seen from the namespaces above only: for others, the
        lock of the recording tells (`ipwrap.system.live_lock`).
        """
        if not self.is_from_this_boot:
            return False
        if self.is_in_this_pid_namespace:
            return start_ticks(self.pid) == self.start_ticks
        return self._is_seen_by_namespace()

    def _is_seen_by_namespace(self) -> bool:
        """Return whether /proc has the process under another number: `NSpid` in proc(5)."""
        if self.namespaces is None:
            return False

        for folder in _process_folders():
            try:
                if _file_id(folder / "ns" / "pid") != self.namespaces.pid:
                    continue
                if _innermost_pid(folder) == self.pid:
                    return True
            except OSError:
                continue
        return False


def pids_here(pid: int) -> dict[int, int]:
    """Return the pids in /proc of the processes in the pid namespace of a process.

    The keys are the pids in that namespace. Empty for a process that has ended.
    """
    try:
        namespace = _file_id(PROC / str(pid) / "ns" / "pid")
    except OSError:
        return {}

    pids: dict[int, int] = {}
    for folder in _process_folders():
        with contextlib.suppress(OSError):  # the process has ended, or belongs to another user
            if _file_id(folder / "ns" / "pid") == namespace:
                inner = _innermost_pid(folder)
                if inner is not None:
                    pids[inner] = int(folder.name)
    return pids


def stat_fields(pid: int | str) -> list[str] | None:
    """Return the fields of /proc/PID/stat from the state on; None for a missing process.

    See STATE, PARENT and START_TIME for their positions.
    """
    try:
        text = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None

    # proc(5): the fields follow the name in brackets, which may contain blanks and brackets.
    fields = text.rpartition(")")[2].split()
    return fields if len(fields) > START_TIME else None


def start_ticks(pid: int | str) -> int | None:
    """Return the start time of a process; None for a missing process or a zombie."""
    fields = stat_fields(pid)
    if fields is None or fields[STATE] in ENDED_STATES:
        return None
    return int(fields[START_TIME])


def _file_id(path: Path) -> str:
    """Return the device and the inode of a file. Raises `OSError`."""
    status = path.stat()
    return f"{status.st_dev}:{status.st_ino}"


def _net_cookie() -> int | None:
    """Return the cookie of the current network namespace; None on a kernel without cookies."""
    if os.uname().machine.startswith(OTHER_SOCKET_NUMBERS):
        return None

    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
            data = any_socket.getsockopt(socket.SOL_SOCKET, SO_NETNS_COOKIE, 8)
    except OSError:
        return None

    cookie: int = struct.unpack("=Q", data)[0]
    return cookie


def _process_folders() -> Iterator[Path]:
    """Yield the folders of the visible processes."""
    try:
        names = os.listdir(PROC)
    except OSError:
        return

    for name in names:
        if name.isdigit():
            yield PROC / name


def _innermost_pid(folder: Path) -> int | None:
    """Return the pid of a process in its own pid namespace. Raises `OSError`."""
    for line in (folder / "status").read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("NSpid:"):
            return int(line.split()[-1])
    return None


def proc_is_of_this_pid_namespace() -> bool:
    """Return whether /proc numbers processes as this process does."""
    try:
        return os.readlink(PROC / "self") == str(os.getpid())
    except OSError:
        return False


def _boot_id() -> str:
    """Return the id of the current boot, empty if unknown."""
    try:
        return BOOT_ID.read_text(encoding="ascii").strip()
    except OSError:
        return ""


def crash_folder() -> Path:
    """Return the folder for recordings without a path: `ipwrap` in the user's state directory.

    Raises `RecordingError` for a user without a home directory.
    """
    base = os.environ.get("XDG_STATE_HOME")
    if base:
        return Path(base) / "ipwrap"

    # Without HOME and without an entry in /etc/passwd, as in many containers, `~` stays as is.
    home = os.path.expanduser("~")
    if not os.path.isabs(home):
        advice = "set HOME or XDG_STATE_HOME"
        raise RecordingError(f"this user has no home directory; {advice}", "~/.local/state/ipwrap")

    return Path(home) / ".local" / "state" / "ipwrap"
