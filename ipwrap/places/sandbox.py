"""`Sandbox`: a temporary place with its own namespaces; needs no root and leaves nothing behind.

A holder process is pid 1 of a new pid namespace, with new network and mount namespaces (and a new
user namespace for ordinary users). The holder mounts a private /run for private names of `ip
netns`, new /sys and /proc, sets `lo` up, and then reads a pipe from the Python process. When the
pipe ends, however the Python process died, the holder ends, and with pid 1 the kernel ends
everything inside. Commands enter by nsenter(1). See unshare(1), pid_namespaces(7),
user_namespaces(7).
"""

import contextlib
import os
import subprocess
from pathlib import Path
from typing import IO, NoReturn

from attrs import define, field

from ipwrap.errors import PlaceError
from ipwrap.system.programs import command_environment, require_linux, require_program
from ipwrap.system.shortage import raise_as

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

# Of the holder's script and of wrap(). A missing program is reported before anything is started.
REQUIRED_PROGRAMS = ("sh", "mount", "readlink", "ip", "cat", "nsenter", "env")

# Settings that forbid user namespaces: file, forbidding value, remedy.
SETTINGS = (
    (
        "/proc/sys/user/max_user_namespaces",
        "0",
        "sysctl user.max_user_namespaces=15000",
    ),
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
GENERAL_ADVICE = (
    "a container may forbid it (seccomp, a masked /proc): run this as root, or allow user "
    "namespaces there"
)

STOP_SECONDS = 5  # for the holder to end before it is killed


@define
class Sandbox:
    """A new network with only `lo`, up, and no named namespaces.

    `close` ends the sandbox, and so does the death of the process with the open sandbox. Programs
    inside see the files of the machine, except /run, /sys and /proc. An ordinary user is root only
    inside.
    """

    isolated: bool = True
    name: str = "sandbox"
    _holder: "subprocess.Popen[bytes] | None" = field(default=None, repr=False, eq=False)
    _enter: tuple[str, ...] = field(default=(), repr=False, eq=False)
    _cwd: str = field(default="/", repr=False, eq=False)

    @property
    def pid(self) -> int | None:
        """The pid of the holder process on this host, None for a closed sandbox."""
        return self._holder.pid if self._holder else None

    def open(self) -> bool:
        """Create the sandbox unless open already; return whether a sandbox was created.

        Raises `PlaceError` with the forbidding setting and the remedy; `ExecutorError`, with
        the package to install, for a missing program.
        """
        if self._holder is not None:
            return False

        require_linux()
        for program in REQUIRED_PROGRAMS:
            require_program(program)

        is_root = os.geteuid() == 0
        user_arguments = () if is_root else ("--user", "--map-root-user")
        argv = (
            require_program("unshare"),
            *user_arguments,
            *UNSHARE,
            require_program("sh"),
            "-c",
            HOLDER,
        )

        self._cwd = _current_directory()
        holder = _start_holder(argv)
        self._enter = _enter_argv(holder.pid, user=not is_root)
        self._holder = holder

        return True

    def close(self) -> None:
        """End the sandbox and everything inside. A second call has no effect."""
        holder = self._holder
        self._holder = None
        self._enter = ()

        if holder is not None:
            _stop_holder(holder)

    def host_path(self, path: str) -> str:
        """Return the path of a file inside, below the root of the holder."""
        return f"/proc/{self.pid}/root{path}"

    def wrap(self, argv: tuple[str, ...]) -> tuple[str, ...]:
        """Return the argv that runs ``argv`` inside.

        Programs run in the directory where the sandbox was opened. Raises `PlaceError` for a
        sandbox that is closed, or whose holder has ended.
        """
        if self._holder is None:
            raise PlaceError("the sandbox is not open; use it in a `with` block, or call open()")
        if self._holder.poll() is not None:
            raise PlaceError(
                f"the sandbox is gone: its holder ended with status {self._holder.returncode}"
            )

        # A process that enters a mount namespace is moved to the root directory (setns(2)).
        # iproute2 itself needs no directory, which saves an exec; a program of `ip netns exec` may.
        needs_no_directory = argv[0] in ("ip", "bridge", "tc") and "exec" not in argv
        if needs_no_directory:
            return (*self._enter, *argv)

        return (*self._enter, "env", f"--chdir={self._cwd}", *argv)


def _current_directory() -> str:
    """Return the current directory. Raises `PlaceError` for a deleted directory."""
    try:
        return os.getcwd()
    except OSError as error:
        raise PlaceError(
            f"the current directory is gone ({error.strerror}); change to another one"
        ) from error


def _start_holder(argv: tuple[str, ...]) -> "subprocess.Popen[bytes]":
    """Start the holder of a sandbox, and wait for the ready message. Raises `PlaceError`."""
    # Commands enter by the files of /proc/PID/ns.
    if not os.path.exists("/proc/self/ns/net"):
        raise PlaceError(
            "a sandbox cannot be made: /proc is not mounted here; "
            "mount it: mount -t proc proc /proc"
        )

    with raise_as(PlaceError, "a sandbox cannot be made"):
        holder = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=command_environment(),
            start_new_session=True,  # a terminal's Ctrl-C does not reach the holder
        )
    assert holder.stdout is not None

    try:
        is_ready = holder.stdout.readline() == b"ready\n"
    except BaseException:  # such as Ctrl-C: a half-open sandbox must not stay
        _stop_holder(holder)
        raise

    if not is_ready:
        _raise_forbidden(holder)
    return holder


def _enter_argv(pid: int, *, user: bool) -> tuple[str, ...]:
    """Return the argv for entering the namespaces of the holder.

    The caller of unshare(2) stays in the outer pid namespace: only children are in the new
    namespace.
    """
    base = f"/proc/{pid}/ns"
    user_arguments = (f"--user={base}/user", "--preserve-credentials") if user else ()

    return (
        "nsenter",
        *user_arguments,
        f"--net={base}/net",
        f"--mount={base}/mnt",
        f"--pid={base}/pid_for_children",
        "--",
    )


def _raise_forbidden(holder: "subprocess.Popen[bytes]") -> NoReturn:
    """Raise `PlaceError` with the reason why the holder did not start."""
    _, stderr = holder.communicate()
    reason = stderr.decode(errors="replace").strip()
    if not reason:
        reason = f"unshare ended with status {holder.returncode}"
    advice = forbidden_by() or GENERAL_ADVICE

    raise PlaceError(f"a sandbox cannot be made here: {reason}\n  {advice}")


def _stop_holder(holder: "subprocess.Popen[bytes]") -> None:
    """End a holder, and with it everything inside."""
    for pipe in (holder.stdin, holder.stdout, holder.stderr):
        _close(pipe)

    try:
        holder.wait(timeout=STOP_SECONDS)
    except subprocess.TimeoutExpired:
        # By --kill-child, pid 1 inside is killed as well, and the kernel kills the rest.
        holder.kill()
        holder.wait()


def _close(pipe: IO[bytes] | None) -> None:
    """Close a pipe whose other end may be closed."""
    if pipe is not None:
        with contextlib.suppress(BrokenPipeError):
            pipe.close()


def forbidden_by() -> str | None:
    """Return the setting that forbids user namespaces to ordinary users, with the remedy.

    None if no known setting does.
    """
    for path, value, remedy in SETTINGS:
        file = Path(path)
        if file.exists() and file.read_text(encoding="ascii").strip() == value:
            setting = path.removeprefix("/proc/sys/").replace("/", ".")
            return (
                f"{setting} = {value} forbids user namespaces; allow them (as root: {remedy}) or "
                "run this as root"
            )

    return None
