"""`Sandbox`: a throw-away place with namespaces of its own, which needs no root and leaves nothing behind.

A holder process is pid 1 of a new pid namespace, with its own network and mount namespaces (and user namespace, when
we are not root). It mounts its own /run, so that `ip netns` names are its own, its own /sys and /proc, sets `lo` up,
and then reads a pipe from us. When the pipe ends, however we died, the holder ends, and with pid 1 the kernel ends
everything inside. Commands enter by nsenter(1). See unshare(1), pid_namespaces(7), user_namespaces(7).
"""

import contextlib
import os
import subprocess
from pathlib import Path
from typing import IO, NoReturn

from attrs import define, field

from ipwrap.errors import PlaceError
from ipwrap.system.programs import environment, need, need_linux

__all__ = ["HOLDER", "UNSHARE", "Sandbox", "forbidden_by"]

UNSHARE = ("--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child")

HOLDER = """
set -e
mount -t tmpfs -o mode=755 tmpfs "$(readlink -f /var/run)"
mount -t sysfs sysfs /sys
ip link set dev lo up
echo ready
exec cat >/dev/null
"""

INSIDE = (
    "sh",
    "mount",
    "readlink",
    "ip",
    "cat",
    "nsenter",
    "env",
)  # what the holder runs, and who enters

SETTINGS = (  # what forbids user namespaces: file, the value that does, what to do
    ("/proc/sys/user/max_user_namespaces", "0", "sysctl user.max_user_namespaces=15000"),
    (
        "/proc/sys/kernel/unprivileged_userns_clone",
        "0",
        "sysctl kernel.unprivileged_userns_clone=1",
    ),
    (
        "/proc/sys/kernel/apparmor_restrict_unprivileged_userns",
        "1",
        "sysctl kernel.apparmor_restrict_unprivileged_userns=0",
    ),
)


@define
class Sandbox:
    """A fresh network of one's own: only `lo`, up, no named namespaces. Gone when it is closed or its owner dies.

    Programs run in it see the files of this machine, but for /run, /sys and /proc. As an ordinary user they are root
    only inside.
    """

    isolated: bool = True
    name: str = "sandbox"
    _holder: "subprocess.Popen[bytes] | None" = field(default=None, repr=False, eq=False)
    _enter: tuple[str, ...] = field(default=(), repr=False, eq=False)
    _cwd: str = field(default="/", repr=False, eq=False)

    @property
    def pid(self) -> int | None:
        """The process that holds the sandbox, as this host numbers it."""
        return self._holder.pid if self._holder else None

    def open(self) -> bool:
        """Make the sandbox, if it is not there; return whether it was made.

        Raises `PlaceError` naming the setting that forbids it and what to do; `ExecutorError`, with the package to
        install, for a program that is missing.
        """
        if self._holder is not None:
            return False
        need_linux()
        for program in INSIDE:
            need(program)
        user = () if os.geteuid() == 0 else ("--user", "--map-root-user")
        argv = (need("unshare"), *user, *UNSHARE, need("sh"), "-c", HOLDER)
        try:
            self._cwd = os.getcwd()
        except OSError as error:
            raise PlaceError(
                f"the current directory is gone ({error.strerror}); change to another one"
            ) from error
        holder = _start_holder(argv)
        self._enter = _enter_argv(holder.pid, user=bool(user))
        self._holder = holder
        return True

    def close(self) -> None:
        """End everything inside, and the sandbox with it. Calling it again does nothing."""
        holder, self._holder, self._enter = self._holder, None, ()
        if holder is not None:
            _stop_holder(holder)

    def host_path(self, path: str) -> str:
        """Return the path of a file inside, by the holder's root."""
        return f"/proc/{self.pid}/root{path}"

    def wrap(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        """Return the words that run these words inside, in the directory where the sandbox was opened."""
        if self._holder is None:
            raise PlaceError("the sandbox is not open; use it in a `with` block, or call open()")
        if self._holder.poll() is not None:
            raise PlaceError(
                f"the sandbox is gone: its holder ended with status {self._holder.returncode}"
            )
        if argv[0] in ("ip", "bridge", "tc") and "exec" not in argv:
            return (*self._enter, *argv)
        return (*self._enter, "env", f"--chdir={self._cwd}", *argv)


def _start_holder(argv: tuple[str, ...]) -> "subprocess.Popen[bytes]":
    """Return the process that holds a sandbox, which is ready. Raises `PlaceError`."""
    holder = subprocess.Popen(
        argv,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment(),
        start_new_session=True,  # so that Ctrl-C reaches only us
    )
    assert holder.stdout is not None
    try:
        ready = holder.stdout.readline() == b"ready\n"
    except BaseException:  # such as Ctrl-C: what is half open must not look like a sandbox
        _stop_holder(holder)
        raise
    if not ready:
        _raise_forbidden(holder)
    return holder


def _enter_argv(pid: int, *, user: bool) -> tuple[str, ...]:
    """Return the words that enter the namespaces of the process that unshared them.

    Its own pid namespace is still the outer one; that of its children is the new one.
    """
    base = f"/proc/{pid}/ns"
    who = (f"--user={base}/user", "--preserve-credentials") if user else ()
    return (
        "nsenter",
        *who,
        f"--net={base}/net",
        f"--mount={base}/mnt",
        f"--pid={base}/pid_for_children",
        "--",
    )


def _raise_forbidden(holder: "subprocess.Popen[bytes]") -> NoReturn:
    """Say why the holder did not come up."""
    _, said = holder.communicate()
    reason = (
        said.decode(errors="replace").strip() or f"unshare ended with status {holder.returncode}"
    )
    raise PlaceError(
        f"a sandbox cannot be made here: {reason}\n  {forbidden_by() or GENERAL_ADVICE}"
    )


def _stop_holder(holder: "subprocess.Popen[bytes]") -> None:
    """End a holder, and with it everything inside."""
    for pipe in (holder.stdin, holder.stdout, holder.stderr):
        _close(pipe)
    try:
        holder.wait(timeout=5)
    except subprocess.TimeoutExpired:
        holder.kill()  # --kill-child: pid 1 inside dies with it, and the kernel ends the rest
        holder.wait()


def _close(pipe: IO[bytes] | None) -> None:
    """Close a pipe whose other end may be gone."""
    if pipe is not None:
        with contextlib.suppress(BrokenPipeError):
            pipe.close()


GENERAL_ADVICE = "a container may forbid it (seccomp, a masked /proc): run this as root, or allow user namespaces there"


def forbidden_by() -> str | None:
    """Return which setting forbids user namespaces to ordinary users, and what allows them; None if no setting does."""
    for path, value, remedy in SETTINGS:
        file = Path(path)
        if file.exists() and file.read_text(encoding="ascii").strip() == value:
            setting = path.removeprefix("/proc/sys/").replace("/", ".")
            return f"{setting} = {value} forbids user namespaces; allow them (as root: {remedy}) or run this as root"
    return None
