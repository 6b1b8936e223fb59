"""Workers of pytest-xdist tell one another which tests they run."""

import time
from pathlib import Path

from ipwrap.testing.workers import WorkerLog


def test_tests_that_overlap_are_found(tmp_path: Path) -> None:
    """A test of another worker counts if it had not ended at the moment, or began later."""
    ours, theirs = (WorkerLog.open(tmp_path, worker) for worker in ("gw0", "gw1"))
    theirs.write("before")
    theirs.write()
    theirs.write("across")
    since = time.monotonic()
    theirs.write()
    theirs.write("within")
    theirs.write()
    theirs.write("still running")
    ours.write("our own")

    assert ["gw1: across", "gw1: within", "gw1: still running"] == ours.concurrent_tests(since)


def test_a_worker_alone_has_no_concurrent_tests(tmp_path: Path) -> None:
    """The worker's own tests do not count."""
    log = WorkerLog.open(tmp_path / "new", "gw0")
    log.write("one")

    assert [] == log.concurrent_tests(0.0)
