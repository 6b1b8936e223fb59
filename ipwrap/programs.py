"""Programs that ipwrap runs or is often asked to run, and the Debian packages they come in."""

import os
import shutil
import sys
from functools import cache

from ipwrap.errors import ExecutorError, PlaceError

__all__ = ["PACKAGES", "environment", "find", "need", "need_linux"]

PACKAGES = {
    "arping": "iputils-arping",
    "bridge": "iproute2",
    "curl": "curl",
    "ethtool": "ethtool",
    "ip": "iproute2",
    "iperf3": "iperf3",
    "ipwrap": "ipwrap",
    "nc": "netcat-openbsd",
    "nft": "nftables",
    "nsenter": "util-linux",
    "ping": "iputils-ping",
    "python3": "python3",
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


def environment() -> dict[str, str]:
    """Return the environment that commands run in: ours, with `LC_ALL=C` and the directories of sbin on PATH."""
    path = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return {**os.environ, "LC_ALL": "C", "PATH": os.pathsep.join([*path, *(d for d in SBIN if d not in path)])}


def find(program: str) -> str | None:
    """Return the path of a program, or None."""
    return shutil.which(program, path=environment()["PATH"])


@cache
def _found(program: str) -> str:
    """Return the path of a program that is there; what is not there is looked for anew each time."""
    path = find(program)
    if path is None:
        raise LookupError(program)
    return path


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
        return _found(program)
    except LookupError:
        package = PACKAGES.get(program.rpartition("/")[2])
        advice = f"install it: apt-get install {package}" if package else "install it, or give its whole path"
        raise ExecutorError(f"{program}: no such program on this machine; {advice}") from None
