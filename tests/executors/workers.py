"""Access to the workers of a session."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ipwrap import Session
from ipwrap.executors import Batch
from ipwrap.executors.worker import Worker
from ipwrap.executors.worker_key import WorkerKey

__all__ = ["CHANGES_KEY", "LINK_READS_KEY", "killed_during_command", "workers"]

CHANGES_KEY = WorkerKey("ip", None, (), changes=True, reads_links=False)
LINK_READS_KEY = WorkerKey("ip", None, ("-j", "-d"), changes=False, reads_links=True)


def workers(session: Session) -> dict[WorkerKey, Worker]:
    """Return the open workers of a session."""
    assert isinstance(session.executor, Batch)
    return session.executor.workers.store.by_key()


@contextmanager
def killed_during_command(session: Session, worker: Worker) -> Iterator[None]:
    """Stop a worker, and kill it while the block waits for the reply to a command."""
    pid = worker.started.get().decode()
    session.exec("kill", "-STOP", pid, changes=False)
    timer = threading.Timer(0.3, lambda: session.exec("kill", "-9", pid, changes=False))
    timer.start()
    try:
        yield
    finally:
        timer.join()
