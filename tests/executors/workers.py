"""Access to the workers of a session."""

import fcntl
import struct
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ipwrap import Session
from ipwrap.executors import Batch
from ipwrap.executors.worker import Worker
from ipwrap.executors.worker_key import WorkerKey
from tests.waiting import until

__all__ = ["CHANGES_KEY", "LINK_READS_KEY", "killed_during_command", "stop_worker", "workers"]

CHANGES_KEY = WorkerKey("ip", None, (), changes=True, reads_links=False)
LINK_READS_KEY = WorkerKey("ip", None, ("-j", "-d"), changes=False, reads_links=True)


def workers(session: Session) -> dict[WorkerKey, Worker]:
    """Return the open workers of a session."""
    assert isinstance(session.executor, Batch)
    return session.executor.workers.store.by_key()


def has_unread_input(worker: Worker) -> bool:
    """Return whether a command is in the pipe of a worker, which has not read it."""
    count = fcntl.ioctl(worker.stdin, termios.FIONREAD, struct.pack("i", 0))
    return struct.unpack("i", count) > (0,)


def stop_worker(session: Session, worker: Worker) -> str:
    """Stop a worker by SIGSTOP, and return its pid inside the place when it has stopped.

    Until then it may still read a command, which it would not run.
    """
    pid = worker.started.get().decode()
    session.exec("kill", "-STOP", pid, changes=False)

    def has_stopped() -> bool:
        stat = session.exec("cat", f"/proc/{pid}/stat", changes=False).stdout
        return stat.rpartition(")")[2].split()[0] == "T"

    assert until(has_stopped)
    return pid


@contextmanager
def killed_during_command(session: Session, worker: Worker) -> Iterator[None]:
    """Stop a worker, and kill it when the block has sent a command, and waits for the reply."""
    pid = stop_worker(session, worker)

    def kill() -> None:
        has_command = until(lambda: has_unread_input(worker))
        session.exec("kill", "-9", pid, changes=False)
        outcomes.append(has_command)

    outcomes: list[bool] = []
    killer = threading.Thread(target=kill)
    killer.start()
    try:
        yield
    finally:
        killer.join()
        assert [True] == outcomes, "the block has sent no command"
