"""The first process of a fresh system: mount, change the root, run the command, reap.

The process has mount, process, host name and IPC namespaces of its own, so every process in the
system ends with the command. pivot_root changes the root, not chroot: in a chroot the kernel
forbids user namespaces (user_namespaces(7)).
"""

import ctypes
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

__all__ = ["main"]

DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
LINKS = {
    "fd": "/proc/self/fd",
    "stdin": "fd/0",
    "stdout": "fd/1",
    "stderr": "fd/2",
    "ptmx": "pts/ptmx",
}
MNT_DETACH = 2  # linux/mount.h
NOT_FOUND = 127  # the status of a shell for a missing command


def main() -> int:
    """Enter the directory and run the command as the user; return the status as a shell would."""
    root, uid, environment, *command = sys.argv[1:]
    variables: dict[str, str] = json.loads(environment)
    _mount(Path(root))
    _pivot(Path(root))

    child = os.fork()
    if child == 0:
        _execute(int(uid), variables, command)

    return _reap(child)


def _mount(root: Path) -> None:
    """Mount /proc, /sys, /dev and /run, and copy the files for name resolution."""
    # pivot_root(2) requires that the new root is a mount point.
    mount("--bind", root, root)
    mount("-t", "proc", "proc", root / "proc")
    mount("-t", "sysfs", "sysfs", root / "sys")
    for name in ("dev", "run"):
        mount("-t", "tmpfs", "-o", "mode=755", "tmpfs", root / name)

    for name in DEVICES:
        (root / "dev" / name).touch()
        mount("--bind", f"/dev/{name}", root / "dev" / name)

    for name in ("pts", "shm", "net"):
        (root / "dev" / name).mkdir()

    mount("-t", "devpts", "-o", "newinstance,ptmxmode=0666,mode=620", "devpts", root / "dev/pts")
    mount("-t", "tmpfs", "-o", "mode=1777", "tmpfs", root / "dev/shm")
    for name, target in LINKS.items():
        (root / "dev" / name).symlink_to(target)

    if Path("/dev/net/tun").exists():
        (root / "dev/net/tun").touch()
        mount("--bind", "/dev/net/tun", root / "dev/net/tun")

    for name in ("etc/resolv.conf", "etc/hosts"):
        shutil.copyfile(Path("/", name), root / name)


def mount(*arguments: str | Path) -> None:
    """Run mount with some arguments."""
    subprocess.run(["mount", *map(str, arguments)], check=True)


def _pivot(root: Path) -> None:
    """Make the directory the root of this mount namespace, and detach the old root.

    The system calls are libc's: a minimal Debian sid has no program pivot_root.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    os.chdir(root)
    Path(".old-root").mkdir(exist_ok=True)

    if libc.pivot_root(b".", b".old-root"):
        raise OSError(ctypes.get_errno(), "cannot make the directory the root")

    if libc.umount2(b"/.old-root", MNT_DETACH):
        raise OSError(ctypes.get_errno(), "cannot detach the old root")

    Path("/.old-root").rmdir()


def _execute(uid: int, variables: dict[str, str], command: list[str]) -> None:
    """Change to the user, and replace this process with the command."""
    if uid:
        os.setgroups([])
        os.setgid(uid)
        os.setuid(uid)

    try:
        os.chdir(variables["HOME"])
        os.execvpe(command[0], command, variables)
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr, flush=True)

    os._exit(NOT_FOUND)


def _reap(child: int) -> int:
    """Reap every child until the command ends. Ctrl-C reaches the command by itself."""
    while True:
        try:
            pid, status = os.wait()
        except KeyboardInterrupt:
            continue

        if pid == child:
            # A negative code is a signal, which a shell adds to 128.
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


if __name__ == "__main__":
    sys.exit(main())
