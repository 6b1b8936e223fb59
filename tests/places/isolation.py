"""What a sandbox holds: attempts to reach the host from inside, and the table of their results.

`python -m tests.places.isolation` prints the table: as root for each kind of sandbox, with an
ordinary user's as well; as an ordinary user for that user's sandbox.
"""

import codecs
import contextlib
import json
import os
import platform
import subprocess
import tempfile
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

from attrs import frozen

from ipwrap.places import Sandbox, holder, sandbox

__all__ = ["ATTEMPTS", "COLUMNS", "MARKS", "Attempt", "available_columns", "markdown", "try_all"]

NOBODY = 65534
PYTHON = "/usr/bin/python3"  # for every user; that of the tests may be root's alone
MARKS = {False: "held", True: "reached", None: "not tried"}

# The kinds of sandboxes by the heading of their column.
COLUMNS = {
    "ordinary user": holder.SELF_MAPPED,
    "root": holder.MAPPED_BY_ROOT,
    "root, no user namespaces": holder.DROPPED,
    "privileged": holder.PRIVILEGED,
}
USER, ROOT, DROPPED, PRIVILEGED = COLUMNS
NOBODY_REACHES: frozenset[str] = frozenset()

# Reads a file and writes the same text again: where that succeeds, nothing has changed.
REWRITE = 'text=$(cat "{0}") && printf %s "$text" >"{0}"'
FORWARDING = "/proc/sys/net/ipv4/ip_forward"
CORE_PATTERN = "/proc/sys/kernel/core_pattern"
MODULE_CALLS = {"x86_64": 176, "aarch64": 106}  # delete_module(2)


@frozen
class Host:
    """What the attempts are about on the host.

    ``folder`` is a folder that both sides write, ``victim`` a process of the same user,
    ``forwarding`` the host's net.ipv4.ip_forward.
    """

    folder: Path
    victim: "subprocess.Popen[bytes]"
    forwarding: int

    def device_of(self, path: str) -> int:
        """Return the file system of a path on the host."""
        return os.stat(path).st_dev


@frozen
class Attempt:
    """An attempt to reach the host.

    ``script`` returns the shell script to run inside, or None where this machine lacks what is
    attacked. The attempt reached the host where the script ended with status 0, or where
    ``effect``, if any, finds the host changed. ``reaches`` has the columns in which it does so, on
    some machines only with ``depends_on_machine``.
    """

    title: str
    script: Callable[[Host], str | None]
    reaches: frozenset[str] = NOBODY_REACHES
    effect: Callable[[Host], bool] | None = None
    depends_on_machine: bool = False


def _shows_host_files(path: str) -> Callable[[Host], str]:
    """Return a script that ends with 0 where a path leads to the host's file system."""
    return lambda host: f"test $(stat -c %d {path}) = {host.device_of(path)}"


def _shows_host_files_unmounted(path: str) -> Callable[[Host], str]:
    """Return a script that takes mounts away before it looks at a path."""
    return lambda host: _after_each_umount(path, _shows_host_files(path)(host))


def _after_each_umount(path: str, test: str) -> str:
    """Return a script that takes mounts away one by one until a test holds."""
    return f"for _ in 1 2 3; do umount -l {path}; {test} && exit 0; done; exit 1"


def _is_same_namespace(kind: str) -> Callable[[Host], str]:
    """Return a script that ends with 0 in the host's namespace of a kind."""
    path = f"/proc/self/ns/{kind}"
    return lambda _: f"test $(readlink {path}) = '{os.readlink(path)}'"


def _set_host_name(host: Host) -> str | None:
    """Return a script that sets the host's name again: where that is the host's, it is reached."""
    if not os.access(PYTHON, os.X_OK):
        return None

    program = "import socket; socket.sethostname(socket.gethostname())"
    return f'{PYTHON} -c "{program}" && {_is_same_namespace("uts")(host)}'


def _rewrite(path: str, *, before: str = "") -> Callable[[Host], str | None]:
    """Return a script that writes a file's text into the file."""
    return lambda _: before + REWRITE.format(path) if os.path.exists(path) else None


def _write_sysfs(_: Host) -> str | None:
    """Return a script that opens a file of /sys that belongs to the machine for writing."""
    files = (file for file in Path("/sys/module").glob("*/parameters/*"))
    writable = [file for file in files if file.stat().st_mode & 0o200]
    return f"test -w {writable[0]}" if writable else None


def _read_disk(_: Host) -> str | None:
    """Return a script that opens a disk, if there is one."""
    disks = [f"/dev/{disk.name}" for disk in Path("/sys/block").glob("*")]
    existing = [disk for disk in disks if Path(disk).is_block_device() and _is_readable(disk)]
    return f"exec 9<{existing[0]}" if existing else None


def _is_readable(disk: str) -> bool:
    """Return whether a disk has a medium, to a user who may read it."""
    try:
        with open(disk, "rb"):
            return True
    except PermissionError:
        return True
    except OSError:
        return False


def _unload_module(_: Host) -> str | None:
    """Return a script that unloads a module that does not exist: refused for other reasons only."""
    number = MODULE_CALLS.get(platform.machine())
    has_modules = os.path.exists("/proc/modules")
    if number is None or not has_modules or not os.access(PYTHON, os.X_OK):
        return None

    program = (
        "import ctypes; libc = ctypes.CDLL(None, use_errno=True); "
        f"libc.syscall({number}, b'no_such_module', 0); raise SystemExit(ctypes.get_errno() == 1)"
    )
    return f'{PYTHON} -c "{program}"'


def _connect_abstract(host: Host) -> str | None:
    """Return a script that connects to an abstract Unix socket of the host."""
    if not os.access(PYTHON, os.X_OK):
        return None

    program = (
        "import socket; client = socket.socket(socket.AF_UNIX); "
        f"client.connect(chr(0) + 'ipwrap-{host.victim.pid}')"
    )
    return f'{PYTHON} -c "{program}"'


def _mount(arguments: str, then: str = ":") -> Callable[[Host], str]:
    """Return a script that mounts a file system on a new folder."""
    return lambda host: (
        f"mkdir -p {host.folder}/mounted && mount {arguments} {host.folder}/mounted && {then}"
    )


ALL = frozenset(COLUMNS)
OF_ROOT = frozenset({ROOT, DROPPED, PRIVILEGED})
UNLOCKED = frozenset({DROPPED, PRIVILEGED})
ONLY_PRIVILEGED = frozenset({PRIVILEGED})

ATTEMPTS = (
    Attempt("be in the host's network namespace", _is_same_namespace("net")),
    Attempt("see the host's network devices in /sys", _shows_host_files("/sys")),
    Attempt("the same after `umount -l /sys`", _shows_host_files_unmounted("/sys"), UNLOCKED),
    Attempt("connect to an abstract Unix socket of the host", _connect_abstract),
    Attempt("read the host's /run", _shows_host_files("/run")),
    Attempt(
        "the same after `umount -l /run`",
        _shows_host_files_unmounted("/run"),
        UNLOCKED,
        depends_on_machine=True,
    ),
    Attempt(
        "end a process of the same user on the host",
        lambda host: f"kill -TERM {host.victim.pid}; exit 1",
        effect=lambda host: host.victim.poll() is not None,
    ),
    Attempt(
        "see a process of the host in /proc, after `umount -l /proc`",
        lambda host: _after_each_umount("/proc", f"test -e /proc/{host.victim.pid}/stat"),
        UNLOCKED,
    ),
    Attempt(
        "set the host's name",
        _set_host_name,
        ONLY_PRIVILEGED,
    ),
    Attempt("share System V and POSIX queues", _is_same_namespace("ipc"), ONLY_PRIVILEGED),
    Attempt(
        "write net.ipv4.ip_forward of the host",
        lambda host: f"echo {1 - host.forwarding} >{FORWARDING} || exit 1",
        effect=lambda host: host.forwarding != int(Path(FORWARDING).read_text()),
    ),
    Attempt("write kernel.core_pattern", _rewrite(CORE_PATTERN), ONLY_PRIVILEGED),
    Attempt(
        "write kernel.core_pattern after a remount of /proc/sys",
        _rewrite(CORE_PATTERN, before="mount -o remount,bind,rw /proc/sys; umount -l /proc/sys; "),
        UNLOCKED,
    ),
    Attempt(
        "write kernel.core_pattern in a /proc mounted anew",
        lambda host: _mount(
            "-t proc proc", REWRITE.format(f"{host.folder}/mounted/sys/kernel/core_pattern")
        )(host),
        UNLOCKED,
    ),
    Attempt("write vm.swappiness", _rewrite("/proc/sys/vm/swappiness"), ONLY_PRIVILEGED),
    Attempt("make a device node", lambda host: f"mknod {host.folder}/null c 1 3", ONLY_PRIVILEGED),
    Attempt("mount cgroup2", _mount("-t cgroup2 cgroup2"), UNLOCKED),
    Attempt("load and unload kernel modules", _unload_module, ONLY_PRIVILEGED),
    Attempt(
        "gain privileges by a setuid program",
        lambda _: "grep -q '^NoNewPrivs:.*0' /proc/self/status",
        ONLY_PRIVILEGED,
    ),
    Attempt(
        "write the files of the same user",
        lambda host: f"echo >{host.folder}/written",
        ALL,
    ),
    Attempt("open a disk in /dev", _read_disk, OF_ROOT),
    Attempt("write parameters of kernel modules in /sys", _write_sysfs, OF_ROOT),
)


@contextlib.contextmanager
def _host() -> Iterator[Host]:
    """Yield the part of the host that is attacked, which is gone afterwards."""
    listen = (
        "import os, socket, time; server = socket.socket(socket.AF_UNIX); "
        "server.bind(chr(0) + f'ipwrap-{os.getpid()}'); server.listen(); print(1, flush=True); "
        "time.sleep(600)"
    )
    argv = (PYTHON, "-c", listen) if os.access(PYTHON, os.X_OK) else ("sleep", "600")
    with tempfile.TemporaryDirectory(prefix="isolation-") as folder:
        victim = subprocess.Popen(argv, stdout=subprocess.PIPE)
        try:
            assert victim.stdout is not None
            if argv[0] == PYTHON:
                victim.stdout.readline()  # it listens
            yield Host(Path(folder), victim, int(Path(FORWARDING).read_text()))
        finally:
            victim.kill()
            victim.wait()
            if victim.stdout is not None:
                victim.stdout.close()


def _try_attempt(attempt: Attempt, place: Sandbox, host: Host) -> bool | None:
    """Return whether an attempt reached the host; None where this machine cannot tell."""
    script = attempt.script(host)
    if script is None:
        return None

    completed = subprocess.run(
        place.wrap(("sh", "-c", script)), capture_output=True, check=False, stdin=subprocess.DEVNULL
    )
    if attempt.effect is not None:
        return attempt.effect(host)

    return completed.returncode == 0


def _try_here(column: str) -> dict[str, bool | None]:
    """Return the result of every attempt as this user, each in a new sandbox."""
    confinements = sandbox._confinements
    results = {}

    sandbox._confinements = lambda **_: iter((COLUMNS[column],))
    try:
        with _host() as host:
            for attempt in ATTEMPTS:
                place = Sandbox()
                place.open()
                try:
                    results[attempt.title] = _try_attempt(attempt, place, host)
                finally:
                    place.close()
    finally:
        sandbox._confinements = confinements

    return results


def try_all(column: str) -> dict[str, bool | None]:
    """Return for each attempt whether it reached the host from a kind of sandbox."""
    if column != USER or os.geteuid() != 0:
        return _try_here(column)

    # An ordinary user's sandbox: in a child that has given up root, and perhaps can't read Python's
    # files any more.
    codecs.lookup("ascii")
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        with os.fdopen(writer, "w") as stream:
            try:
                os.chdir("/")
                os.setgroups([])
                os.setresgid(NOBODY, NOBODY, NOBODY)
                os.setresuid(NOBODY, NOBODY, NOBODY)
                stream.write(json.dumps(_try_here(column)))
            except BaseException:  # the parent reports it
                stream.write(traceback.format_exc())
        os._exit(0)

    os.close(writer)
    with os.fdopen(reader) as stream:
        text = stream.read()
    os.waitpid(child, 0)
    assert text.startswith("{"), text
    results: dict[str, bool | None] = json.loads(text)
    return results


def available_columns() -> list[str]:
    """Return the kinds of sandboxes that this user can try."""
    return list(COLUMNS) if os.geteuid() == 0 else [USER]


def markdown(results: dict[str, dict[str, bool | None]]) -> str:
    """Return the results by column as a table in Markdown."""
    lines = [
        f"| attempt | {' | '.join(results)} |",
        f"|---|{'---|' * len(results)}",
    ]
    for attempt in ATTEMPTS:
        marks = [MARKS[column[attempt.title]] for column in results.values()]
        lines.append(f"| {attempt.title} | {' | '.join(marks)} |")

    return "\n".join(lines)


if __name__ == "__main__":
    print(markdown({column: try_all(column) for column in available_columns()}))  # noqa: T201
