"""Programs that ipwrap runs or is often asked to run, and the Debian packages they come in.

BusyBox has an `ip` of its own, with neither `-j` nor `-batch`. Where it is first on PATH and the real one is behind it,
the directories of BusyBox are looked through last: commands go on to say `ip`, and run iproute2's.
"""

import os
import shutil
import stat
import subprocess
import sys
from functools import cache

from ipwrap.errors import ExecutorError, PlaceError
from ipwrap.system.release import is_busybox

__all__ = [
    "PACKAGES",
    "busybox_directories",
    "environment",
    "find",
    "how_to_install",
    "need",
    "need_linux",
    "version_output",
]

PACKAGES = {
    "arping": "iputils-arping",
    "bridge": "iproute2",
    "cat": "coreutils",
    "curl": "curl",
    "env": "coreutils",
    "ethtool": "ethtool",
    "ip": "iproute2",
    "iperf3": "iperf3",
    "ipwrap": "ipwrap",
    "mount": "mount",
    "nc": "netcat-openbsd",
    "nft": "nftables",
    "nsenter": "util-linux",
    "ping": "iputils-ping",
    "python3": "python3",
    "readlink": "coreutils",
    "sh": "dash",
    "shellcheck": "shellcheck",
    "socat": "socat",
    "ss": "iproute2",
    "sudo": "sudo",
    "sysctl": "procps",
    "tc": "iproute2",
    "tcpdump": "tcpdump",
    "traceroute": "traceroute",
    "unshare": "util-linux",
}

SBIN = (
    "/usr/local/sbin",
    "/usr/sbin",
    "/sbin",
)  # where Debian keeps bridge, tc and others, off an ordinary user's PATH


PATIENCE = 10.0  # seconds within which `ip -V` answers, even on a machine that is busy


def environment() -> dict[str, str]:
    """Return the environment that commands run in: ours, with `LC_ALL=C` and the PATH on which `find` looks."""
    return {**os.environ, "LC_ALL": "C", "PATH": _search_path()}


def _search_path() -> str:
    """Return our PATH with the directories of sbin behind it, and behind all those whose `ip` is BusyBox's."""
    path = _path()
    busybox = busybox_directories()
    ordered = [*(each for each in path if each not in busybox), *busybox] if busybox else path
    return os.pathsep.join(ordered)


def _path() -> list[str]:
    """Return the directories on PATH, and behind them those of sbin."""
    path = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return [*path, *(directory for directory in SBIN if directory not in path)]


def busybox_directories() -> list[str]:
    """Return the directories on PATH whose `ip` is BusyBox's and hides iproute2's; none where that is not there."""
    hiding: list[str] = []

    for directory in _path():
        ip = os.path.join(directory, "ip")
        output = version_output(ip) if directory else None
        if output is None:
            continue
        if not is_busybox(output):
            return hiding
        hiding.append(directory)

    return []


def version_output(ip: str) -> str | None:
    """Return what `ip -V` prints, on stdout and stderr; None where that is no program. It is run once for each file."""
    try:
        about = os.stat(ip)
    except OSError:
        return None

    if not stat.S_ISREG(about.st_mode) or not about.st_mode & 0o111:
        return None
    return _version_output(ip, (about.st_dev, about.st_ino, about.st_size, about.st_mtime_ns))


@cache
def _version_output(ip: str, _file: tuple[int, ...]) -> str:
    """Return what `ip -V` prints; nothing if it cannot be run. An `ip` that was replaced is another file."""
    try:
        ran = subprocess.run(
            (ip, "-V"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            env={**os.environ, "LC_ALL": "C"},
            timeout=PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return ran.stdout + ran.stderr


def find(program: str) -> str | None:
    """Return the path of a program, or None."""
    return shutil.which(program, path=_search_path())


@cache
def _found(program: str, path: str) -> str:
    """Return the path of a program that is on this PATH; what is not there is looked for anew each time."""
    found = shutil.which(program, path=path)
    if found is None:
        raise LookupError(program)
    return found


def need_linux() -> None:
    """Raise `PlaceError` where this is not Linux: what runs a command asks this first."""
    if sys.platform != "linux":
        here = "parse, show, export, schema and playback work here"
        raise PlaceError(f"this needs Linux: network namespaces and iproute2 are its own; {here}")


def need(program: str) -> str:
    """Return the path of a program, or raise `ExecutorError` naming the package to install.

    Raises `PlaceError` where this is not Linux.
    """
    need_linux()
    try:
        path = _found(program, _search_path())
    except LookupError:
        package = PACKAGES.get(program.rpartition("/")[2])
        advice = (
            f"install it: {how_to_install(package)}"
            if package
            else "install it, or give its whole path"
        )
        raise ExecutorError(f"{program}: no such program on this machine; {advice}") from None

    if program == "ip" and is_busybox(version_output(path) or ""):
        raise ExecutorError(
            f"ip: {path} is BusyBox's, which lacks what ipwrap needs; install iproute2: {how_to_install('iproute2')} "
            "(on Alpine: apk add iproute2)"
        )
    return path


def how_to_install(package: str) -> str:
    """Return the commands that install a Debian package; a fresh system knows of none before the first."""
    return f"apt-get update && apt-get install {package}"
