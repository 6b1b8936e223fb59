"""A PATH without certain programs, or with different ones first."""

import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest

from ipwrap.system.programs import find_program

__all__ = ["LAB_PROGRAMS", "make_busybox_folder", "make_ip_with_version", "set_path"]

LAB_PROGRAMS = (
    *("ip", "bridge", "tc", "mount", "unshare", "nsenter", "setpriv"),
    *("sh", "readlink", "cat", "env"),
)

# What Debian's BusyBox 1.35 prints for `ip -V`, on stderr, for a machine without one.
BUSYBOX = """#!/bin/sh
echo "BusyBox v1.35.0 (Debian 1:1.35.0-4) multi-call binary.

Usage: ip [OPTIONS] address|route|link|tunnel|neigh|rule [ARGS]" >&2
exit 1
"""


def set_path(
    monkeypatch: pytest.MonkeyPatch, folder: Path, programs: Iterable[str], *first: Path
) -> None:
    """Set PATH to the directories ``first`` and then ``folder``, which gets only these programs.

    ipwrap does not search sbin afterwards.
    """
    for program in programs:
        (folder / program).symlink_to(str(find_program(program)))

    monkeypatch.setenv("PATH", ":".join(map(str, (*first, folder))))
    monkeypatch.setattr("ipwrap.system.programs.SBIN", ())


def make_busybox_folder(folder: Path) -> Path:
    """Create a directory whose `ip` is BusyBox's, or a script that prints the same without BusyBox.

    An installed BusyBox replaces further programs of a lab as well: they take fewer options.
    """
    folder.mkdir()

    for program in _programs_of_busybox():
        (folder / program).symlink_to(str(find_program("busybox")))

    if not (folder / "ip").is_symlink():
        _write_script(folder / "ip", BUSYBOX)

    return folder


def _programs_of_busybox() -> set[str]:
    """Return the programs of a lab that BusyBox has; none without BusyBox."""
    busybox = find_program("busybox")
    if busybox is None:
        return set()

    listed = subprocess.run((busybox, "--list"), capture_output=True, text=True, check=True)
    return set(listed.stdout.split()) & set(LAB_PROGRAMS)


def make_ip_with_version(folder: Path, answer: str) -> Path:
    """Create a directory whose `ip` prints ``answer`` for `-V`, and else runs the real `ip`."""
    folder.mkdir()
    exec_real = f'[ "$1" = -V ] || exec {find_program("ip")} "$@"'
    _write_script(folder / "ip", f'#!/bin/sh\n{exec_real}\necho "{answer}"\n')
    return folder


def _write_script(path: Path, text: str) -> None:
    """Write an executable script."""
    path.write_text(text)
    path.chmod(0o755)
