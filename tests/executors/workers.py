"""The workers of a session, for a test to look at."""

from ipwrap import Session
from ipwrap.executors import Batch
from ipwrap.executors.worker import Worker
from ipwrap.executors.worker_key import WorkerKey

__all__ = ["workers"]


def workers(session: Session) -> dict[WorkerKey, Worker]:
    """Return the workers that a session has open."""
    assert isinstance(session.executor, Batch)
    return session.executor.workers.store.by_key()
