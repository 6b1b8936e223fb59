"""iproute2 alone, as a player: what is left if nothing is checked, recorded or parsed.

No program that runs iproute2 can be faster, so the ratio to this player is what ipwrap itself
costs. Lines of the first namespace go one by one to a single `ip -batch`, and the next one waits
for the reply. For lines of other namespaces an `ip` starts inside each, a dozen at a time.
"""

import ctypes
import os
import subprocess
from collections.abc import Sequence

from attrs import define, field

from scripts.bench.steps import Step, shell_line
from scripts.bench.timer import PhaseTimer

__all__ = ["play"]

NETNS_DIR = "/run/netns"
CLONE_NEWNET = 0x40000000
MAX_UNDER_WAY = 12
FENCE = b"fence\n"  # a line that `ip` rejects, as soon as the line before is done
FENCE_NUMBER = b"Command failed -:%d\n"
READ_BYTES = 1 << 16


def play(steps: Sequence[Step], *, warm: int, timer: PhaseTimer) -> None:
    """Take steps by as little as possible."""
    if any(step.netns is not None for step in steps):
        with timer.phase("work"):
            start_each(steps)
        return

    with timer.phase("open"):
        exchange = Exchange()
        exchange.run(steps[:warm])
    with timer.phase("work"):
        exchange.run(steps[warm:])
    with timer.phase("close"):
        exchange.close()


@define
class Exchange:
    """An `ip -batch` that gets a line at a time."""

    process: "subprocess.Popen[bytes]" = field(init=False)
    line_count: int = 0

    def __attrs_post_init__(self) -> None:
        argv = ("ip", "-j", "-d", "-force", "-batch", "-")
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(argv, stdin=pipe, stdout=pipe, stderr=pipe, bufsize=0)

    def run(self, steps: Sequence[Step]) -> None:
        """Send the line of each step, and wait for the reply. Raises `RuntimeError`."""
        process = self.process
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        write, out, err = process.stdin.write, process.stdout.fileno(), process.stderr.fileno()
        os.set_blocking(out, False)
        os.set_blocking(err, False)

        for step in steps:
            write(step.batch_line.encode() + b"\n" + FENCE)
            self.line_count += 2
            mark = FENCE_NUMBER % self.line_count
            text = b""
            while not text.endswith(mark):
                text += _read_available(err)
            _read_available(out)
            if FENCE_NUMBER % (self.line_count - 1) in text:
                raise RuntimeError(f"{step.batch_line}: {text.decode()}")

    def close(self) -> None:
        """End the process."""
        self.process.communicate()


def _read_available(fd: int) -> bytes:
    """Return what is in a pipe; give the processor away if it is empty."""
    try:
        return os.read(fd, READ_BYTES)
    except BlockingIOError:
        os.sched_yield()
        return b""


def start_each(steps: Sequence[Step]) -> None:
    """Start an `ip` for each step, inside the namespace. Raises `RuntimeError`."""
    libc = ctypes.CDLL(None, use_errno=True)
    null = os.open(os.devnull, os.O_RDWR | os.O_CLOEXEC)
    outputs = [(os.POSIX_SPAWN_DUP2, null, 1)]

    under_way = 0
    for step in steps:
        namespace = os.open(f"{NETNS_DIR}/{step.netns}", os.O_RDONLY | os.O_CLOEXEC)
        if libc.setns(namespace, CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), f"setns: {step.netns}")
        os.close(namespace)

        argv = shell_line(Step(step.verb, step.args)).split()
        os.posix_spawnp(argv[0], argv, os.environ, file_actions=outputs)
        under_way += 1
        if under_way == MAX_UNDER_WAY:
            _wait_for_one()
            under_way -= 1

    for _ in range(under_way):
        _wait_for_one()


def _wait_for_one() -> None:
    """Wait for the end of a program. Raises `RuntimeError` if it has failed."""
    _, status = os.wait()
    if status:
        raise RuntimeError(f"ip: status {os.waitstatus_to_exitcode(status)}")
