"""The processes that run labs."""

import os

from ipwrap.sweeps.workers import LocalWorkers, cpu_count


def test_there_is_a_process_for_each_processor() -> None:
    """Those that this process may use count."""
    assert len(os.sched_getaffinity(0)) == cpu_count()


def test_workers_that_have_not_begun_are_stopped() -> None:
    """No process starts before the first run, and a second stop does nothing."""
    workers = LocalWorkers(2)

    workers.stop()
    workers.stop()

    assert workers.share_files
