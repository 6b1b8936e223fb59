"""Access to the workers of a session."""

from ipwrap import Session
from ipwrap.executors import Batch
from ipwrap.executors.worker import Worker
from ipwrap.executors.worker_key import WorkerKey

__all__ = ["workers"]


def workers(session: Session) -> dict[WorkerKey, Worker]:
    """Return the open workers of a session."""
    assert isinstance(session.executor, Batch)
    return session.executor.workers.store.by_key()
