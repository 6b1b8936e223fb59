"""The process that holds a sandbox: start it, map its users, enter its namespaces, end it.

Two levels of namespaces keep programs inside from undoing the confinement. The outer level mounts a
private /run, a /sys of an empty network and, for root, a read-only /proc/sys. The inner level is a
further user and mount namespace, in which the outer mounts are locked: umount(2) and a remount are
refused (mount_namespaces(7), "Restrictions on mount namespaces"; fs/namespace.c `lock_mnt_tree`).
The pid, cgroup and time namespaces belong to the outer level: the inner level can mount neither
another /proc, with a writable /proc/sys, nor cgroup2.

A chain of unshare(1) processes holds the namespaces (`Holder.pid` is the outermost), down to pid 1
of the sandbox. Pid 1 reads a pipe from the Python process and ends with the pipe, however the
Python process ended; with pid 1 the kernel ends everything inside.
"""

import contextlib
import os
import select
import subprocess
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import IO, NoReturn

from attrs import define, evolve, field

from ipwrap.errors import PlaceError
from ipwrap.places.id_maps import map_identity, map_identity_from_inside, map_sub_ids
from ipwrap.system.facts import fact
from ipwrap.system.forks import close_in_children
from ipwrap.system.process_identity import PARENT, start_ticks, stat_fields
from ipwrap.system.programs import command_environment, require_program
from ipwrap.system.shortage import raise_as

__all__ = [
    "DROPPED",
    "HOLDER",
    "MAPPED_BY_ROOT",
    "PRIVILEGED",
    "SELF_MAPPED",
    "SELF_MAPPED_ROOT",
    "SUB_IDS",
    "UNSHARE",
    "Confinement",
    "Holder",
    "HolderFailed",
    "enter_argv_of",
]

# The last line of every holder, which says that it is ready. The first process of a sandbox
# inherits the processes of a lab whose parents have ended: a shell that waits takes away those that
# end, so that `pgrep` of a lab no longer finds them. A shell gives what is in the background
# /dev/null as descriptor 0.
HOLD = "exec 3<&0; cat <&3 >/dev/null & echo ready; wait"

# The options and the script of a sandbox that has one level: of exported scripts, too.
UNSHARE = ("--net", "--mount", "--pid", "--fork", "--mount-proc", "--kill-child")
HOLDER = f"""
set -e
mount -t tmpfs -o mode=755 tmpfs "$(readlink -f /var/run)"
mount -t sysfs sysfs /sys
ip link set dev lo up
{HOLD}
"""

OUTER_UNSHARE = ("--net", "--mount", "--pid", "--fork", "--kill-child", "--cgroup")
INNER_UNSHARE = ("--user", "--mount", "--net", "--uts", "--ipc")

# Asks for the user map before the arguments run. exec(2) by a mapped root has all capabilities of
# the namespace, which the exec of an unmapped user has lost.
ASK_FOR_MAP = 'echo map; read -r _; exec "$@"'

MOUNT_OUTER = """
set -e
mount --all --fstab "$1"
shift 2
exec "$@"
"""
# /proc is put together below /run: `mount --all` skips what is mounted already, even if hidden.
# Read-only is set for /proc/sys when /proc/sys/net has been mounted on it, writable.
GUARD_PROC = """
mount -o remount,bind,ro,nosuid,nodev,noexec "$2/sys"
mount --move "$2" /proc
"""
MOUNT_OUTER_OF_ROOT = f"""
set -e
mount --all --fstab "$1"
{GUARD_PROC}
shift 2
exec "$@"
"""
INNER_HOLDER = f"""
set -e
mount -t sysfs sysfs /sys
ip link set dev lo up
{HOLD}
"""
# A program that gains capabilities by exec(2) loses the signal of `unshare --kill-child`: it is set
# again before the holder is ready.
INNER_HOLDER_MAPPED_FROM_OUTSIDE = f"""
set -e
echo map
read -r _
exec setpriv --pdeathsig KILL sh -c '{INNER_HOLDER}'
"""

# Without a user namespace nothing locks a mount: what would show below the new /run is taken away.
TAKE_RUN_AWAY = """
set -e
umount --recursive --lazy "$3" 2>/dev/null || :
mount --all --fstab "$1"
"""
DROPPED_HOLDER = f"""
ip link set dev lo up
shift 3
exec "$@" sh -c '{HOLD}'
"""

# Files of /proc by which uid 0, without any capability, acts on the whole machine.
ROOT_FILES = ("sysrq-trigger", "irq", "bus", "fs", "acpi", "scsi", "dynamic_debug")

# What is kept where no user namespace can be had: capabilities(7). Mounts and namespaces of
# `ip netns` need CAP_SYS_ADMIN. Gone are modules, devices, raw memory, the clock, reboot, tracing.
KEPT_CAPABILITIES = (
    "audit_write",
    "chown",
    "dac_override",
    "dac_read_search",
    "fowner",
    "fsetid",
    "kill",
    "net_admin",
    "net_bind_service",
    "net_broadcast",
    "net_raw",
    "setfcap",
    "setgid",
    "setpcap",
    "setuid",
    "sys_admin",
    "sys_chroot",
)
DROP_CAPABILITIES = (
    "setpriv",
    "--no-new-privs",
    "--inh-caps=-all",
    f"--bounding-set=-all,{','.join(f'+{name}' for name in KEPT_CAPABILITIES)}",
)

OPEN_SECONDS = 60.0  # for the holder to be ready, even on the busiest machine
STOP_SECONDS = 5  # for the holder to end before it is killed


@fact(kw_only=True)
class Confinement:
    """The confinement of a sandbox: the name, the levels of namespaces, and the mapping of users.

    - ``has_user_namespaces``: two levels, the inner level with a separate user namespace
    - ``has_outer_user_namespace``: the outer level has a user namespace, too
    - ``uses_sub_ids``: the outer user namespace has the ids of /etc/subuid and /etc/subgid
    - ``has_own_proc``: /proc shows the sandbox's processes, and is not the surrounding sandbox's
    - ``guards_root_files``: the user inside is root of the machine to the files of /proc
    - ``guard``: the argv before every program inside, except iproute2
    - ``guards_iproute2``: iproute2 runs behind ``guard``, too
    """

    title: str
    has_user_namespaces: bool = True
    has_outer_user_namespace: bool = False
    uses_sub_ids: bool = False
    has_own_proc: bool = True
    guards_root_files: bool = False
    guard: tuple[str, ...] = ("setpriv", "--no-new-privs")
    guards_iproute2: bool = False

    @property
    def is_mapped_from_outside(self) -> bool:
        """Whether the inner user namespace has more than one user, which another process maps."""
        return self.has_user_namespaces and (self.uses_sub_ids or not self.has_outer_user_namespace)


# Where /proc is put together, below /run.
PROC_FOLDER = "mount/proc"
# unshare(1) or mount(8) say this where another /proc would show what a sandbox around this hides.
PROC_REFUSED = ("mount /proc failed", f"{PROC_FOLDER}: permission denied")

MAPPED_BY_ROOT = Confinement(title="a user namespace of root's", guards_root_files=True)
SUB_IDS = Confinement(
    title="a user namespace with the ids of /etc/subuid",
    has_outer_user_namespace=True,
    uses_sub_ids=True,
)
SELF_MAPPED = Confinement(title="a user namespace", has_outer_user_namespace=True)
# Root without CAP_SYS_ADMIN, as in a container.
SELF_MAPPED_ROOT = Confinement(
    title="a user namespace of root's alone", has_outer_user_namespace=True, guards_root_files=True
)
DROPPED = Confinement(
    title="fewer capabilities, no user namespace",
    has_user_namespaces=False,
    guards_root_files=True,
    guard=DROP_CAPABILITIES,
    guards_iproute2=True,
)
PRIVILEGED = Confinement(title="all privileges of root", has_user_namespaces=False, guard=())


class HolderFailed(PlaceError):
    """A holder that hangs or lacks resources: a retry with another confinement is useless."""


@define(eq=False)
class Holder:
    """A running holder, and how to enter its namespaces.

    ``pid`` is the pid of the process that waits for pid 1 of the sandbox, ``init`` the pid of pid
    1, both on this host. ``opened_by`` is the process that has started the holder.
    """

    process: "subprocess.Popen[bytes]"
    confinement: Confinement
    init: int = 0
    enter_argv: tuple[str, ...] = field(default=(), repr=False)
    opened_by: int = field(factory=os.getpid)
    _start_ticks: int | None = field(default=None, repr=False)

    @property
    def pid(self) -> int:
        """The pid of the holder on this host."""
        return self.process.pid

    @property
    def first_process(self) -> int:
        """The pid of pid 1 of the sandbox as the sandbox's /proc shows it."""
        return 1 if self.confinement.has_own_proc else self.init

    @classmethod
    def start(cls, confinement: Confinement) -> "Holder":
        """Start a holder, and wait for its ready message. Raises `PlaceError` with its stderr.

        If the kernel refuses another /proc, as inside another sandbox or a container that masks
        /proc, the existing /proc is kept.
        """
        try:
            return cls._start(confinement)
        except PlaceError as error:
            is_refused = any(message in str(error) for message in PROC_REFUSED)
            if confinement == PRIVILEGED or not is_refused:
                raise

        # The masks over the existing /proc stay in force.
        return cls._start(evolve(confinement, has_own_proc=False, guards_root_files=False))

    @classmethod
    def _start(cls, confinement: Confinement) -> "Holder":
        """Start a holder as `start` does, without a second attempt."""
        with (
            raise_as(HolderFailed, "a sandbox cannot be made"),
            _mount_table(guards_root_files=confinement.guards_root_files) as table,
        ):
            process = subprocess.Popen(
                _holder_argv(confinement, table=f"/proc/self/fd/{table}"),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                env=command_environment(),
                pass_fds=(table,),
                start_new_session=True,  # a terminal's Ctrl-C does not reach the holder
            )

        holder = cls(process, confinement)
        holder._start_ticks = start_ticks(process.pid)
        try:
            holder._wait_until_ready()
        except BaseException:  # such as Ctrl-C: a half-open sandbox must not stay
            holder.stop()
            raise

        # A child's copy of the pipe would keep the sandbox alive.
        close_in_children(holder)
        return holder

    def _wait_until_ready(self) -> None:
        """Map the users when asked to, and return when the holder is ready."""
        assert self.process.stdin is not None
        needs_sub_ids = self.confinement.uses_sub_ids

        while (line := self._read_line()) == b"map\n":
            if needs_sub_ids:
                map_sub_ids(self.pid)
                needs_sub_ids = False
            elif self.confinement.has_outer_user_namespace:
                map_identity_from_inside(_child_of(self.pid), parent=self.pid)
            else:
                map_identity(_child_of(self.pid))

            self.process.stdin.write(b"\n")
            self.process.stdin.flush()

        if line != b"ready\n":
            self._raise_failure()

        self.init = _child_of(self.pid)
        self.enter_argv = enter_argv_of(self.confinement, outer=self.pid, inner=self.init)

    def _read_line(self) -> bytes:
        """Return the next line of the holder. Raises `PlaceError` for a holder that hangs."""
        assert self.process.stdout is not None
        poll = select.poll()
        poll.register(self.process.stdout, select.POLLIN)

        if not poll.poll(OPEN_SECONDS * 1000):
            raise HolderFailed(
                f"the sandbox was not ready within {OPEN_SECONDS:.0f} s: `mount` or `ip link set "
                "dev lo up` hangs inside; try `ip -V` in a shell"
            )
        # Each line is written by a single write(2), and awaited before the next.
        return self.process.stdout.readline()

    def describe_end(self) -> str | None:
        """Return how the holder ended; None for a holder that still runs."""
        if self.opened_by == os.getpid():
            status = self.process.poll()
            return None if status is None else f"its holder ended with status {status}"

        # The holder is no child of a process forked later: waitpid(2) knows nothing of it.
        if start_ticks(self.pid) != self._start_ticks:
            return f"it ended with process {self.opened_by}, its owner"
        return None

    def close_in_child(self) -> None:
        """Close this child's copies of the pipes. The sandbox can still be entered."""
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            _close(pipe)

    def _raise_failure(self) -> NoReturn:
        """Raise `PlaceError` with what the ended holder wrote to stderr."""
        _, stderr = self.process.communicate()
        reason = stderr.decode(errors="replace").strip()

        raise PlaceError(reason or f"unshare ended with status {self.process.returncode}")

    def stop(self) -> None:
        """End the holder, and with it everything inside; nothing in a forked child."""
        if self.opened_by != os.getpid():
            return

        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            _close(pipe)

        try:
            self.process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            # By --kill-child, pid 1 inside is killed as well, and the kernel kills the rest.
            self.process.kill()
            self.process.wait()


def _holder_argv(confinement: Confinement, *, table: str) -> tuple[str, ...]:
    """Return the argv that starts a holder; ``table`` is the path of its mounts."""
    unshare, shell = require_program("unshare"), require_program("sh")

    if confinement == PRIVILEGED:
        return (unshare, *UNSHARE, shell, "-c", HOLDER)

    # unshare(1) mounts /proc where nothing is to be guarded there.
    mounts_proc = confinement.has_own_proc and not confinement.guards_root_files
    mount_proc = ("--mount-proc",) if mounts_proc else ()
    outer = (*OUTER_UNSHARE, *mount_proc, *_time_option())

    run = os.path.realpath("/var/run")
    paths = (table, f"{run}/{PROC_FOLDER}")

    if not confinement.has_user_namespaces:
        guard_proc = GUARD_PROC if confinement.guards_root_files else ""
        script = (shell, "-c", TAKE_RUN_AWAY + guard_proc + DROPPED_HOLDER, "sh", *paths, run)
        return (unshare, *outer, "--uts", "--ipc", *script, *confinement.guard)

    inner: tuple[str, ...]
    if confinement.is_mapped_from_outside:
        inner = (*INNER_UNSHARE, shell, "-c", INNER_HOLDER_MAPPED_FROM_OUTSIDE)
    else:
        inner = (*INNER_UNSHARE, "--map-root-user", shell, "-c", INNER_HOLDER)

    script_text = MOUNT_OUTER_OF_ROOT if confinement.guards_root_files else MOUNT_OUTER
    mounting = (shell, "-c", script_text, "sh", *paths)
    rest = (*outer, *mounting, unshare, *inner)

    if confinement.uses_sub_ids:
        return (unshare, "--user", shell, "-c", ASK_FOR_MAP, "sh", unshare, *rest)
    if confinement.has_outer_user_namespace:
        return (unshare, "--user", "--map-root-user", *rest)

    return (unshare, *rest)


@contextlib.contextmanager
def _mount_table(*, guards_root_files: bool) -> Iterator[int]:
    """Yield the descriptor of a file in the format of fstab(5), with the mounts of a sandbox."""
    run = os.path.realpath("/var/run")
    # A new name: `mount --all` would skip a file system of a known name, as /run has on the host.
    source = f"sandbox-{os.getpid()}-{time.monotonic_ns()}"
    lines = [f"{source} {run} tmpfs mode=755 0 0", f"{source} /sys sysfs defaults 0 0"]

    if guards_root_files:
        proc = f"{run}/{PROC_FOLDER}"
        lines.append(f"{source} {proc} proc nosuid,nodev,noexec,X-mount.mkdir 0 0")
        lines += [f"{proc}/{name} {proc}/{name} none bind 0 0" for name in ("sys", "sys/net")]
        for name in ROOT_FILES:
            if os.path.exists(f"/proc/{name}"):
                lines.append(f"{proc}/{name} {proc}/{name} none bind,ro 0 0")

    table = os.memfd_create("mounts")
    try:
        os.write(table, "\n".join([*lines, ""]).encode())
        yield table
    finally:
        os.close(table)


def _child_of(pid: int) -> int:
    """Return the only child of a process."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except FileNotFoundError:  # a kernel without CONFIG_PROC_CHILDREN
        children = [entry.name for entry in Path("/proc").iterdir() if _parent_of(entry) == pid]

    if not children:
        raise PlaceError("the holder of the sandbox has ended")
    return int(children[0])


def _parent_of(process: Path) -> int | None:
    """Return the parent of a process by its directory in /proc; None for another directory."""
    if not process.name.isdigit():
        return None

    fields = stat_fields(process.name)
    return None if fields is None else int(fields[PARENT])


def enter_argv_of(confinement: Confinement, *, outer: int, inner: int) -> tuple[str, ...]:
    """Return the argv for entering the namespaces of a holder.

    An ordinary user gains the right to enter the pid, cgroup and time namespaces by entering the
    outer user namespace, and the right to the others by the inner one. Root needs neither, and
    nsenter(1) enters the user namespace last then.
    """
    namespace = f"/proc/{inner}/ns"
    network: tuple[str, ...] = (f"--net={namespace}/net", f"--mount={namespace}/mnt")
    processes: tuple[str, ...] = (f"--pid={namespace}/pid",)

    if confinement == PRIVILEGED:
        return ("nsenter", *network, *processes, "--")

    network = (*network, f"--uts={namespace}/uts", f"--ipc={namespace}/ipc")
    processes = (*processes, f"--cgroup={namespace}/cgroup")
    if _time_option():
        processes = (*processes, f"--time={namespace}/time")

    if not confinement.has_user_namespaces:
        return ("nsenter", *network, *processes, "--")

    user = (f"--user={namespace}/user", "--preserve-credentials")
    if not confinement.has_outer_user_namespace:
        return ("nsenter", *user, *network, *processes, "--")

    outer_user = (f"--user=/proc/{outer}/ns/user", "--preserve-credentials")
    return ("nsenter", *outer_user, *processes, "--", "nsenter", *user, *network, "--")


def _time_option() -> tuple[str, ...]:
    """Return the option for a time namespace, where the kernel and util-linux know it.

    Linux 5.6 has time namespaces, and util-linux 2.36 their options.
    """
    if not os.path.exists("/proc/self/ns/time_for_children"):
        return ()

    return ("--time",) if _has_time_option(require_program("nsenter")) else ()


@cache
def _has_time_option(nsenter: str) -> bool:
    """Return whether a nsenter(1) has `--time`."""
    usage = subprocess.run(
        (nsenter, "--help"), capture_output=True, check=False, env=command_environment()
    )
    return b"--time" in usage.stdout


def _close(pipe: IO[bytes] | None) -> None:
    """Close a pipe whose other end may be closed."""
    if pipe is not None:
        with contextlib.suppress(BrokenPipeError):
            pipe.close()
