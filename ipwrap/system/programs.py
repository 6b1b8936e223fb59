"""Programs that ipwrap runs, with their Debian packages.

The `ip` of BusyBox has neither `-j` nor `-batch`. If a directory with this `ip` comes before
iproute2 on PATH, commands run with the directory at the end of PATH: `ip` is then iproute2's.
"""

import os
import stat
import subprocess
import sys
from collections.abc import Collection
from functools import cache

from ipwrap.errors import ExecutorError, PlaceError
from ipwrap.system.release import is_busybox

__all__ = [
    "PACKAGES",
    "PUBLIC_VARIABLES",
    "busybox_directories",
    "command_environment",
    "find_program",
    "install_advice",
    "require_linux",
    "require_program",
    "version_output",
    "withheld_variables",
]

PACKAGES = {
    "arping": "iputils-arping",
    "bridge": "iproute2",
    "cat": "coreutils",
    "conntrack": "conntrack",
    "curl": "curl",
    "dumpcap": "wireshark-common",
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
    "setpriv": "util-linux",
    "sh": "dash",
    "shellcheck": "shellcheck",
    "socat": "socat",
    "ss": "iproute2",
    "ssh": "openssh-client",
    "sudo": "sudo",
    "sysctl": "procps",
    "tc": "iproute2",
    "tcpdump": "tcpdump",
    "traceroute": "traceroute",
    "unshare": "util-linux",
}

# Debian installs bridge and tc in these directories, which the PATH of an ordinary user lacks.
SBIN = ("/usr/local/sbin", "/usr/sbin", "/sbin")

# Variables without secrets, which programs need to find files and to print for a person.
PUBLIC_VARIABLES = frozenset(
    {
        *("HOME", "LOGNAME", "PATH", "PWD", "SHELL", "TMPDIR", "USER"),
        *("COLUMNS", "LANG", "LANGUAGE", "LINES", "NO_COLOR", "TERM", "TZ"),
        # What the processor cannot do: programs may fail without it, as in scripts/kernel.
        *("GLIBC_TUNABLES", "OPENSSL_ia32cap"),
    }
)

VERSION_TIMEOUT = 10.0  # seconds for `ip -V`, even on a busy machine


def command_environment() -> dict[str, str]:
    """Return the environment of commands: ours, with `LC_ALL=C` and the search path of `find`."""
    return {**os.environ, "LC_ALL": "C", "PATH": _search_path()}


def withheld_variables(passed: Collection[str] | None) -> list[str]:
    """Return the variables of this process's environment that an untrusted program does not get.

    These are the variables except `PUBLIC_VARIABLES`, `LC_*` and ``passed``, since every variable
    may hold a token or a key. With None, no variable is withheld.
    """
    if passed is None:
        return []

    return [
        name
        for name in os.environ
        if name not in PUBLIC_VARIABLES and not name.startswith("LC_") and name not in passed
    ]


def _search_path() -> str:
    """Return our PATH with `SBIN` at its end, and behind `SBIN` the directories of BusyBox."""
    directories = _path_directories()

    busybox = busybox_directories()
    if busybox:
        directories = [directory for directory in directories if directory not in busybox]

    return os.pathsep.join([*directories, *busybox])


def _path_directories() -> list[str]:
    """Return the directories of PATH, followed by `SBIN`."""
    path = os.environ.get("PATH", os.defpath)
    directories = path.split(os.pathsep)

    missing = [directory for directory in SBIN if directory not in directories]
    return directories + missing


def busybox_directories() -> list[str]:
    """Return the PATH directories with an `ip` of BusyBox before iproute2's; none without both."""
    hiding: list[str] = []

    for directory in _path_directories():
        ip = os.path.join(directory, "ip")
        output = version_output(ip) if directory else None
        if output is None:
            continue
        if not is_busybox(output):
            return hiding
        hiding.append(directory)

    return []


def version_output(ip: str) -> str | None:
    """Return the output of `ip -V`, stdout and stderr; None for a path without a program.

    The output is cached for the file: a replaced `ip` runs again.
    """
    try:
        status = os.stat(ip)
    except OSError:
        return None

    is_program = stat.S_ISREG(status.st_mode) and status.st_mode & 0o111
    if not is_program:
        return None

    file_version = (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns)
    return _run_version(ip, file_version)


@cache
def _run_version(ip: str, _file_version: tuple[int, ...]) -> str:
    """Return the output of `ip -V`, stdout and stderr; empty if the program does not start."""
    try:
        result = subprocess.run(
            (ip, "-V"),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
            check=False,
            env={**os.environ, "LC_ALL": "C"},
            timeout=VERSION_TIMEOUT,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""

    return result.stdout + result.stderr


def find_program(program: str) -> str | None:
    """Return the path of a program, or None."""
    return _find_in(_search_path(), program)


def _find_in(search_path: str, program: str) -> str | None:
    """Return the path of a program, or None, as `shutil.which` does.

    That module loads three kinds of compression, a twentieth of the start of a script.
    """
    if sys.platform != "linux":
        import shutil

        return shutil.which(program, path=search_path)

    directories = [""] if os.path.dirname(program) else search_path.split(os.pathsep)
    for directory in directories:
        path = os.path.join(directory, program)
        if os.path.exists(path) and os.access(path, os.X_OK) and not os.path.isdir(path):
            return path
    return None


@cache
def _find_cached(program: str, search_path: str) -> str:
    """Return the path of a program; raise LookupError, which is not cached, if it is missing."""
    path = _find_in(search_path, program)
    if path is None:
        raise LookupError(program)
    return path


def require_linux() -> None:
    """Raise `PlaceError` on systems other than Linux; called before commands run."""
    if sys.platform != "linux":
        advice = "parse, show, export, schema and playback work here"
        raise PlaceError(f"this needs Linux: network namespaces and iproute2 are its own; {advice}")


def require_program(program: str) -> str:
    """Return the path of a program, or raise `ExecutorError` with the package to install.

    Raises `PlaceError` on systems other than Linux.
    """
    require_linux()
    try:
        path = _find_cached(program, _search_path())
    except LookupError:
        raise ExecutorError(f"{program}: {_describe_missing(program)}") from None

    if program == "ip" and is_busybox(version_output(path) or ""):
        problem = f"ip: {path} is BusyBox's, which lacks what ipwrap needs"
        advice = f"install iproute2: {install_advice('iproute2')} (on Alpine: apk add iproute2)"
        raise ExecutorError(f"{problem}; {advice}")

    return path


def _describe_missing(program: str) -> str:
    """Return why a program cannot be run, and the advice: its package, if known."""
    name = program.rpartition("/")[2]
    if os.path.isdir(program) and "/" in program:
        return "this is a directory; give the path of a program"
    if os.path.exists(program) and "/" in program:
        return "this file is not executable; make it so (chmod +x), or name its interpreter first"
    if name in PACKAGES:
        return f"no such program on this machine; install it: {install_advice(PACKAGES[name])}"
    if "/" in program:
        return "no such program on this machine; a relative path starts in the current directory"
    return "no such program on this machine; install it, or give its whole path"


def install_advice(package: str) -> str:
    """Return the commands that install a Debian package."""
    # A fresh system has no package lists before the first update.
    return f"apt-get update && apt-get install {package}"
