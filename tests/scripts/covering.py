"""Programs run where some files of this machine are covered by others, in mounts of their own."""

import os
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

__all__ = ["covering"]

SCRIPT = """
while [ "$1" != -- ]; do
    mount --bind "$1" "$2" || exit 99
    shift 2
done
shift
exec "$@"
"""


def covering(files: Mapping[str, Path | str]) -> list[str]:
    """Return the words before a command that sees these files with the contents of those.

    Skip where that is denied.
    """
    unshare = ["unshare", "--mount"]
    if os.geteuid() != 0:
        unshare += ["--user", "--map-root-user"]
    tried = subprocess.run([*unshare, "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"no mounts of our own here: {tried.stderr.strip()}")
    pairs = []
    for path, source in files.items():
        if not Path(path).exists():
            pytest.skip(f"{path} is not here, and cannot be covered")
        pairs += [str(source), path]
    return [*unshare, "sh", "-c", SCRIPT, "sh", *pairs, "--"]
