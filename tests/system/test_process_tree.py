"""A process is ended with all that it has started."""

import subprocess
import sys

from ipwrap.system.process_identity import ENDED_STATES, STATE, stat_fields
from ipwrap.system.process_tree import kill_tree
from tests.waiting import until

# An orphan, a child of a thread, and one in a session of its own: all below the first process.
TREE = """
import subprocess, sys, threading
from ipwrap.system.process_tree import adopt_orphans, kill_descendants

adopt_orphans()
script = "setsid sleep infinity >/dev/null 2>&1 & echo $!"
orphan = subprocess.run(["sh", "-c", script], capture_output=True, text=True).stdout.strip()
pids = [orphan]
def start():
    pids.append(str(subprocess.Popen(["sleep", "infinity"], start_new_session=True).pid))
    started.set()
    threading.Event().wait()

started = threading.Event()
threading.Thread(target=start, daemon=True).start()
started.wait()
print(*pids, flush=True)
sys.stdin.readline()
kill_descendants()
print("killed", flush=True)
sys.stdin.readline()
"""


def start() -> "tuple[subprocess.Popen[str], list[int]]":
    """Start a process with descendants, and return their pids."""
    argv = (sys.executable, "-c", TREE)
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, [int(pid) for pid in process.stdout.readline().split()]


def runs(pid: int) -> bool:
    """Return whether a process runs."""
    fields = stat_fields(str(pid))
    return fields is not None and fields[STATE] not in ENDED_STATES


def test_a_tree_is_killed() -> None:
    """The process and its descendants end; a tree that has ended is no mistake."""
    process, pids = start()
    before = [runs(pid) for pid in pids]

    kill_tree(process.pid)
    kill_tree(process.pid)
    process.communicate()

    assert before == [True, True]
    assert until(lambda: not any(map(runs, pids)))
    assert process.returncode == -9


def test_a_process_kills_what_is_below_itself() -> None:
    """The process itself goes on."""
    process, pids = start()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("\n")
    process.stdin.flush()
    answer = process.stdout.readline()
    process.communicate("\n")

    assert (answer, process.returncode) == ("killed\n", 0)
    assert until(lambda: not any(map(runs, pids)))
