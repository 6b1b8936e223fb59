"""Run programs with some files of this machine covered, in a mount namespace."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

__all__ = ["cover_files"]

SCRIPT = """
while [ "$1" != -- ]; do
    mount --bind "$1" "$2" || exit 99
    shift 2
done
shift
exec "$@"
"""


def cover_files(files: Mapping[str, Path | str]) -> list[str]:
    """Return a command prefix that bind-mounts a source over each path. Skip without permission."""
    unshare = ["unshare", "--mount"]
    if os.geteuid() != 0:
        unshare += ["--user", "--map-root-user"]

    process = subprocess.run([*unshare, "true"], capture_output=True, text=True, check=False)
    if process.returncode != 0:
        pytest.skip(f"no mounts of our own here: {process.stderr.strip()}")

    pairs = []

    for path, source in files.items():
        if not Path(path).exists():
            pytest.skip(f"{path} is not here, and cannot be covered")
        pairs += [str(source), path]

    return [*unshare, "sh", "-c", SCRIPT, "sh", *pairs, "--"]
