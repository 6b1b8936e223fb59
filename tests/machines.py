"""Odd machines: a PATH that lacks programs, or has other ones first."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from ipwrap.system.programs import find

__all__ = ["LAB_PROGRAMS", "busybox_ip", "ip_that_answers", "path_of"]

LAB_PROGRAMS = ("ip", "bridge", "tc", "mount", "unshare", "nsenter", "sh", "readlink", "cat", "env")

# What Debian's BusyBox 1.35 prints for `ip -V`, on stderr, for a machine without one.
BUSYBOX = """#!/bin/sh
echo "BusyBox v1.35.0 (Debian 1:1.35.0-4) multi-call binary.

Usage: ip [OPTIONS] address|route|link|tunnel|neigh|rule [ARGS]" >&2
exit 1
"""


def path_of(
    monkeypatch: pytest.MonkeyPatch, folder: Path, programs: Iterable[str], *first: Path
) -> None:
    """Make PATH the directories ``first`` and then ``folder``, which has just these programs; sbin is not looked at."""
    for program in programs:
        (folder / program).symlink_to(str(find(program)))

    monkeypatch.setenv("PATH", ":".join(map(str, (*first, folder))))
    monkeypatch.setattr("ipwrap.system.programs.SBIN", ())


def busybox_ip(folder: Path) -> Path:
    """Make a directory whose `ip` is BusyBox's: the real one if it is installed, else a script that answers alike.

    The real one stands there for the other programs, too, that it has: they take fewer options.
    """
    folder.mkdir()

    for program in _programs_of_busybox():
        (folder / program).symlink_to(str(find("busybox")))

    if not (folder / "ip").is_symlink():
        _script(folder / "ip", BUSYBOX)
    return folder


def _programs_of_busybox() -> set[str]:
    """Return which of a lab's programs BusyBox has here; none where it is not installed."""
    busybox = find("busybox")
    if busybox is None:
        return set()
    listed = subprocess.run((busybox, "--list"), capture_output=True, text=True, check=True).stdout
    return set(listed.split()) & set(LAB_PROGRAMS)


def ip_that_answers(folder: Path, answer: str) -> Path:
    """Make a directory whose `ip` is the real one, but for what it answers to `-V`."""
    folder.mkdir()
    _script(folder / "ip", f'#!/bin/sh\n[ "$1" = -V ] || exec {find("ip")} "$@"\necho "{answer}"\n')
    return folder


def _script(path: Path, text: str) -> None:
    """Write a script that can be run."""
    path.write_text(text)
    path.chmod(0o755)
