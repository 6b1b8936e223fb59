"""The CPU time and the memory of a process and of all its descendants."""

import subprocess
import sys
import time

from scripts.bench.process_tree import CpuClock, used_memory

# A shell whose child works for a while, and then waits for the end of its input.
BUSY = """
import sys, time
while time.process_time() < 0.2:
    pass
print("done", flush=True)
sys.stdin.read()
"""


def test_living_and_ended_descendants_count() -> None:
    """A grandchild counts while it lives, and as much when it has ended."""
    clock = CpuClock()
    clock.start()
    argv = ("sh", "-c", '"$@"; exit 0', "sh", sys.executable, "-c", BUSY)

    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert b"done\n" == process.stdout.readline()
        living = clock.stop()

    ended = clock.stop()

    assert living > 200_000
    assert ended > 200_000


def test_own_work_counts() -> None:
    """The work of the calling process counts."""
    clock = CpuClock()
    clock.start()
    until = time.process_time() + 0.05
    while time.process_time() < until:
        pass

    assert clock.stop() >= 50_000


# A child that touches 64 MiB, and then waits for the end of its input.
LARGE = 'import sys; kept = b"x" * 2**26; print("done", flush=True); sys.stdin.read()'


def test_memory_counts_descendants_while_they_live() -> None:
    """The memory of a grandchild counts, and no longer when it has ended."""
    before = used_memory()
    argv = ("sh", "-c", '"$@"; exit 0', "sh", sys.executable, "-c", LARGE)

    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert b"done\n" == process.stdout.readline()
        living = used_memory()

    assert living - before > 2**26
    assert used_memory() - before < 2**26
