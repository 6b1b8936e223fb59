"""Signals at random moments: no process, mount or temporary file is left, and each recording that
was begun can be read.
"""

import os
import random
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

from attrs import frozen

from scripts.torture.host import REPOSITORY, StandIn, difference, open_stand_in
from scripts.torture.outcome import Outcome

__all__ = ["signals"]

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT, signal.SIGKILL)
MARK = "IPWRAP_TORTURE_MARK"
LIMIT = 60.0  # seconds until everything has ended: only a hang takes as long
STEP = 0.02

WILD_LAB = Path(__file__).with_name("wild_lab.py")
PODS = REPOSITORY / "recordings" / "pods.jsonl"

# Builds in a sandbox, or under `ipwrap record`; each finished pod is a line of the witness.
SHELL_LAB = """
set -e
witness=$1
ip link add br9 type bridge
ip link set br9 up
for pod in 1 2 3 4; do
    ip netns add pod$pod
    ip link add v$pod type veth peer name eth0 netns pod$pod
    ip link set v$pod master br9 up
    ip -n pod$pod address add 10.9.0.$pod/24 dev eth0
    ip -n pod$pod link set eth0 up
    ip -j link show > /dev/null
    echo pod$pod >> "$witness"
done
ip netns exec pod1 sleep 0.1
"""


@frozen
class Target:
    """A program to interrupt.

    - ``argv``: the program, run on the stand-in
    - ``recording``: the file that the program writes, if any
    - ``witness``: a file with the names that the recording must contain
    - ``prepare``: runs before
    - ``restore``: returns the problems of undoing the program's effects
    """

    name: str
    argv: tuple[str, ...]
    recording: Path | None = None
    witness: Path | None = None
    prepare: Callable[[], object] = lambda: None
    restore: Callable[[], list[str]] = list


def signals(folder: Path, *, runs: int, seed: int) -> Outcome:
    """Send a signal at a random moment, and look at what is left."""
    outcome = Outcome("signals")
    source = random.Random(seed)

    with open_stand_in(folder) as host:
        before = host.state()
        targets = _targets(host, source)
        durations = {target.name: _duration(host, target) for target in targets}

        for number in range(runs):
            target = targets[number % len(targets)]
            sent = source.choice(SIGNALS)
            delay = source.uniform(0, 1.1 * durations[target.name])
            outcome.runs += 1

            problems = [*_interrupt(host, target, sent=sent, delay=delay)]
            problems += difference(before, host.state())
            label = f"{target.name}, {sent.name} after {delay:.3f} s"
            for problem in problems:
                outcome.fail(f"{label}: {problem}")

            if problems:
                before = host.state()

    return outcome


def _targets(host: StandIn, source: random.Random) -> list[Target]:
    """Return the programs to interrupt."""
    ipwrap = (sys.executable, "-m", "ipwrap")
    shell_lab = host.folder / "lab.sh"
    shell_lab.write_text(SHELL_LAB, encoding="utf-8")

    recorded = host.folder / "recorded.jsonl"
    witness = host.folder / "witness"
    lab_argv = ("sh", str(shell_lab), str(witness))
    wild = host.folder / "wild.jsonl"

    def crash() -> None:
        """Leave a crashed session on the host."""
        host.run(sys.executable, str(WILD_LAB), str(source.randrange(2**32)), str(wild))

    def undo() -> list[str]:
        """Undo the session on the host."""
        if not wild.exists() or not wild.stat().st_size:
            return []
        undone = host.ipwrap("undo", str(wild))
        host.ipwrap("clean", "--yes")
        return [] if undone.returncode == 0 else [f"undo: {undone.stderr.strip()}"]

    wild_argv = (sys.executable, str(WILD_LAB), "7", str(wild))
    record_argv = (*ipwrap, "record", "--sandbox", "-o", str(recorded), *lab_argv)

    return [
        Target("sandbox", (*ipwrap, "sandbox", *lab_argv)),
        Target("host session", wild_argv, wild, restore=undo),
        Target("record", record_argv, recorded, witness),
        Target("replay", (*ipwrap, "replay", "--check", str(PODS))),
        Target("replay --via", (*ipwrap, "replay", "--via", "sh", str(PODS))),
        Target("undo", (*ipwrap, "undo", str(wild)), prepare=crash, restore=undo),
    ]


def _duration(host: StandIn, target: Target) -> float:
    """Return how long a program runs undisturbed, in seconds."""
    target.prepare()
    start = time.monotonic()
    host.run(*target.argv)
    duration = time.monotonic() - start

    target.restore()
    return duration


def _interrupt(
    host: StandIn, target: Target, *, sent: signal.Signals, delay: float
) -> Iterator[str]:
    """Run a program, send the signal, and yield what is wrong afterwards."""
    for path in (target.recording, target.witness):
        if path is not None:
            path.unlink(missing_ok=True)
    target.prepare()

    mark = str(uuid.uuid4())
    mounts = _mounts(host)
    process = subprocess.Popen(
        host.wrap(target.argv),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        env={**host.environment, MARK: mark},
        start_new_session=True,
    )

    try:
        time.sleep(delay)
        process.send_signal(sent)
        _, stderr = process.communicate(timeout=LIMIT)
    except subprocess.TimeoutExpired:
        process.kill()
        _, stderr = process.communicate()
        yield "the program did not end"

    left = _wait_for_end(mark)
    if left:
        yield f"processes left: {left}"
        _kill(left)
    if _mounts(host) != mounts:
        yield "mounts left"

    yield from _left_files(host, sent)

    is_command_line = "ipwrap" in target.argv
    if is_command_line and b"Traceback" in stderr and not _is_of_start(stderr):
        yield f"traceback: {stderr.decode(errors='replace')[-400:]}"

    yield from _reading_problems(host, target)
    yield from target.restore()


def _is_of_start(stderr: bytes) -> bool:
    """Return whether Ctrl-C came while Python loaded itself, or the package that holds the command.

    No line of the command line had run by then.
    """
    is_loading_package = b"/ipwrap/__init__.py" in stderr and b"/ipwrap/cli/" not in stderr
    is_interrupted = stderr.rstrip().endswith(b"KeyboardInterrupt")
    return b"/ipwrap/" not in stderr or (is_interrupted and is_loading_package)


def _left_files(host: StandIn, sent: signal.Signals) -> Iterator[str]:
    """Yield the temporary files that were left, and remove those beside the recording."""
    temporary = [path.name for path in host.temporary_folder.iterdir()]
    if temporary:
        yield f"temporary files left: {temporary}"

    beside = list(host.folder.glob(".*.ipwrap-*"))
    for path in beside:
        path.unlink()
    # What SIGKILL and SIGQUIT leave is removed by the next run for the same file.
    if beside and sent not in (signal.SIGKILL, signal.SIGQUIT):
        yield f"files left beside the recording: {[path.name for path in beside]}"


def _reading_problems(host: StandIn, target: Target) -> Iterator[str]:
    """Yield why a recording that was begun cannot be read, and what the recording lacks."""
    path = target.recording
    if path is None:
        return

    recorded = path.read_text(encoding="utf-8") if path.exists() else ""
    for name in _witnessed(target):
        if name not in recorded:
            yield f"{name} was built, and is not recorded"

    if recorded:
        shown = host.ipwrap("show", str(path))
        if shown.returncode != 0:
            yield f"the recording cannot be read: {shown.stderr.strip()}"


def _witnessed(target: Target) -> list[str]:
    """Return the names that a program's recording must contain."""
    if target.witness is None or not target.witness.exists():
        return []
    return target.witness.read_text(encoding="utf-8").split()


def _wait_for_end(mark: str) -> dict[int, str]:
    """Return the processes with the mark that do not end, with their command lines."""
    end = time.monotonic() + LIMIT
    left = _marked_processes(mark)

    while left and time.monotonic() < end:
        time.sleep(STEP)
        left = _marked_processes(mark)
    return left


def _marked_processes(mark: str) -> dict[int, str]:
    """Return the processes that have the mark in their environment."""
    wanted = f"{MARK}={mark}".encode()
    marked = {}

    for process in Path("/proc").glob("[0-9]*"):
        try:
            if wanted in (process / "environ").read_bytes():
                arguments = (process / "cmdline").read_bytes().replace(b"\0", b" ")
                marked[int(process.name)] = arguments.decode(errors="replace")
        except OSError:
            continue  # it has just ended, or belongs to another user
    return marked


def _kill(pids: dict[int, str]) -> None:
    """Kill the processes that were left."""
    for pid in pids:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _mounts(host: StandIn) -> list[str]:
    """Return the mount points of the machine and of the stand-in."""
    tables = (Path("/proc/self/mountinfo"), Path(f"/proc/{host.holder.pid}/mountinfo"))
    lines = [line for table in tables for line in table.read_text(encoding="utf-8").splitlines()]
    # `ip netns exec` mounts for its own process only; the namespaces of the host stay mounted.
    return sorted(line.split()[4] for line in lines if "/netns" not in line.split()[4])
