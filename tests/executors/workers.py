"""The workers of a session, for a test to look at."""

from ipwrap import Session
from ipwrap.executors import Batch
from ipwrap.executors.pool import WorkerKey
from ipwrap.executors.worker import Worker

__all__ = ["workers"]


def workers(session: Session) -> dict[WorkerKey, Worker]:
    """Return the workers that a session has open."""
    assert isinstance(session.executor, Batch)
    return dict(session.executor.workers._workers)
