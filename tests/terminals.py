"""A program that runs on a terminal, as for a person."""

import contextlib
import os
import pty
import select
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path

from tests.waiting import LIMIT

__all__ = ["run_on_terminal"]


def run_on_terminal(
    argv: tuple[str, ...], keys: bytes, *, env: Mapping[str, str], folder: Path
) -> str:
    """Run a program on a terminal of its own, type keys, and return what the terminal shows."""
    terminal, its_end = pty.openpty()
    process = subprocess.Popen(
        # fish asks for a terminal of its own.
        ("setsid", "--ctty", "--wait", *argv),
        env=env,
        stdin=its_end,
        stdout=its_end,
        stderr=its_end,
        cwd=folder,
    )
    os.close(its_end)
    try:
        os.write(terminal, keys)
        return _read_all(terminal)
    finally:
        os.close(terminal)
        process.kill()
        process.wait()


def _read_all(terminal: int) -> str:
    """Return everything that comes from a terminal, up to the end of its programs."""
    data = b""
    end = time.monotonic() + LIMIT
    while time.monotonic() < end:
        readable, _, _ = select.select([terminal], [], [], 1)
        if not readable:
            continue
        with contextlib.suppress(OSError):  # EIO: the last program has ended
            data += os.read(terminal, 4096)
            continue
        break
    return data.decode(errors="replace")
