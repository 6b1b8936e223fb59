"""`run_within`: a run with a time limit, in a process of its own that can be ended at any point.

Neither a thread nor a task of an executor can be ended from outside. The process of the run starts
afresh, since a worker may have threads, and ends with the worker: it reads a socket from it.
"""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from multiprocessing.connection import Connection, Pipe, wait

from attrs import evolve, frozen

from ipwrap.sweeps.run import RunReply, RunTask
from ipwrap.system.process_tree import adopt_orphans, kill_descendants, kill_tree

__all__ = ["Job", "run_within"]

BEGUN = "begun"
END_SECONDS = 10.0  # for a process to end by itself, once it has replied
PROGRAM = "import sys; sys.path[:] = {path!r}; from ipwrap.sweeps.limits import main; main({fd})"


@frozen
class Job:
    """The request to the process of a run: the run, how to run it, and the file to record to."""

    task: RunTask
    run: Callable[[RunTask, str | None], RunReply]
    record: str | None


def run_within(job: Job, seconds: float) -> RunReply:
    """Run a lab, at most ``seconds``. What runs longer is ended with all that it has started.

    The time counts from the moment before the lab is loaded, and does not include the start of the
    process.
    """
    ours, theirs = Pipe()
    with ours:
        with theirs:
            path = [str(folder) for folder in sys.path]
            process = subprocess.Popen(
                (sys.executable, "-c", PROGRAM.format(path=path, fd=theirs.fileno())),
                stdin=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )
        try:
            reply = _exchange(ours, job, seconds=seconds)
        except (EOFError, OSError):
            end = _describe_status(_end(process, patience=END_SECONDS))
            return _failed(f"the process of the run ended {end}, without a result")
        except BaseException:
            _end(process, patience=0.0)
            raise
        _end(process, patience=0.0 if reply is None else END_SECONDS)

    if reply is None:
        reply = _failed(f"it still ran after {seconds:g} s, and was ended with all its processes")
        return evolve(reply, seconds=seconds)
    return reply


def _exchange(connection: Connection, job: Job, *, seconds: float) -> RunReply | None:
    """Send a job, and return its reply; None for one that does not come in time."""
    connection.send(job)
    connection.recv()  # BEGUN
    begin = time.monotonic()
    if not connection.poll(seconds):
        return None

    reply = connection.recv()
    assert isinstance(reply, RunReply)
    return evolve(reply, seconds=time.monotonic() - begin)


def _end(process: "subprocess.Popen[bytes]", *, patience: float) -> int:
    """Wait for a process, kill its tree after ``patience`` seconds, and return its status."""
    try:
        return process.wait(patience)
    except subprocess.TimeoutExpired:
        kill_tree(process.pid)
        return process.wait()


def _failed(error: str) -> RunReply:
    """Return the reply of a run without a result."""
    return RunReply(status="failed", seconds=0.0, error=error)


def _describe_status(status: int) -> str:
    """Return how a process ended."""
    return f"with status {status}" if status >= 0 else f"by {signal.Signals(-status).name}"


def main(descriptor: int) -> None:
    """Run the job that comes by a socket, and send the reply: the process of a run."""
    os.set_inheritable(descriptor, False)
    adopt_orphans()
    connection = Connection(descriptor)
    job: Job = connection.recv()

    threading.Thread(target=_end_with_worker, args=(connection,), daemon=True).start()
    connection.send(BEGUN)
    connection.send(job.run(job.task, job.record))


def _end_with_worker(connection: Connection) -> None:
    """Kill this process, and what its lab has started, as soon as the worker has ended."""
    wait([connection])
    kill_descendants()
    os.killpg(os.getpgrp(), signal.SIGKILL)
