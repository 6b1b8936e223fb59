"""`WorkerStore`: a bounded number of workers; the least recently used goes first."""

from typing import Any, cast

import pytest
from attrs import define, field

from ipwrap.executors.link_names import EVERYTHING
from ipwrap.executors.worker import Worker
from ipwrap.executors.worker_key import WorkerKey
from ipwrap.executors.worker_store import WorkerStore


@define(eq=False)
class WorkerDouble:
    """A worker without a process."""

    cached_names: set[str] | None = None
    held_netns: set[str] = field(factory=set)
    stale: bool = False
    is_closed: bool = False
    user: int | None = None

    def close(self) -> None:
        """Note the call."""
        self.is_closed = True


def worker_key(netns: str | None, *, changes: bool = True) -> WorkerKey:
    """Return the key of a worker of `ip` in a namespace."""
    return WorkerKey("ip", netns, (), changes=changes, reads_links=False)


def add_worker(store: WorkerStore, key: WorkerKey, **attributes: Any) -> WorkerDouble:
    """Add a double to a store and return it."""
    worker = WorkerDouble(**attributes)
    store.add(key, cast("Worker", worker))

    return worker


@pytest.fixture
def store() -> WorkerStore:
    """An empty store for three workers."""
    return WorkerStore(3)


def test_stored_worker_is_returned_by_its_key(store: WorkerStore) -> None:
    """A worker is found by its key and by itself, until it is discarded."""
    key = worker_key("red")
    worker = cast("Worker", add_worker(store, key))

    assert store.get(key) is worker
    assert store.contains(worker)
    assert {key: worker} == store.by_key()
    assert [worker] == store.workers([key])
    assert 1 == len(store)

    store.discard(key)
    assert store.get(key) is None
    assert not store.contains(worker)
    assert 0 == len(store)
    store.discard(key)


def test_discarded_worker_is_closed(store: WorkerStore) -> None:
    """An idle worker is closed at once, and marked as stale."""
    worker = add_worker(store, worker_key("red"))
    store.discard(worker_key("red"))

    assert worker.stale
    assert worker.is_closed
    assert worker.user is None


def test_discarded_worker_with_a_running_command_stays_open(store: WorkerStore) -> None:
    """A worker that runs a command is only marked as stale: the command's thread closes it."""
    worker = add_worker(store, worker_key("red"), user=1)
    store.discard(worker_key("red"))

    assert worker.stale
    assert not worker.is_closed
    assert store.get(worker_key("red")) is None


def test_keys_of_a_namespace(store: WorkerStore) -> None:
    """The workers of a namespace are known, and those that hold a descriptor of it."""
    red_reads = worker_key("red", changes=False)
    add_worker(store, worker_key("red"))
    add_worker(store, red_reads)
    add_worker(store, worker_key(None), held_netns={"red"})

    assert {worker_key("red"), red_reads} == set(store.keys_in("red"))
    assert {worker_key("red"), red_reads, worker_key(None)} == set(store.keys_using("red"))
    assert [] == store.keys_in("blue")
    assert [] == store.keys_using("blue")
    assert store.has_workers_in("red")

    store.discard(worker_key("red"))
    assert store.has_workers_in("red")
    store.discard(red_reads)
    assert not store.has_workers_in("red")


def test_least_recently_used_worker_is_evicted_first(store: WorkerStore) -> None:
    """Workers are evicted in the order of their last use, as many as make room for another one."""
    for netns in ("red", "blue", "green"):
        assert [] == store.keys_to_evict()
        add_worker(store, worker_key(netns))
    assert [worker_key("red")] == store.keys_to_evict()

    store.mark_used(worker_key("red"))
    assert [worker_key("blue")] == store.keys_to_evict()

    store.max_workers = 2
    assert [worker_key("blue"), worker_key("green")] == store.keys_to_evict()


def test_busy_and_spared_workers_are_not_evicted(store: WorkerStore) -> None:
    """A worker with a running command, and the workers of the spared namespace, are left alone."""
    add_worker(store, worker_key("red"), user=1)
    add_worker(store, worker_key(None))
    add_worker(store, worker_key("blue"))

    assert [worker_key(None)] == store.keys_to_evict()
    assert [worker_key(None)] == store.keys_to_evict(spared_netns="blue")
    assert [worker_key("blue")] == store.keys_to_evict(spared_netns=None)


def test_workers_that_remember_an_invalid_name_become_stale(store: WorkerStore) -> None:
    """Only workers of the same namespace with the name in their cache are marked."""
    unaffected = add_worker(store, worker_key("red"), cached_names={"v1"})
    affected = add_worker(store, worker_key("red", changes=False), cached_names={"v0"})
    elsewhere = add_worker(store, worker_key("blue"), cached_names={"v0"})

    store.mark_stale("red", frozenset({"v0"}))
    assert [False, True, False] == [unaffected.stale, affected.stale, elsewhere.stale]

    store.mark_stale("red", EVERYTHING)
    assert [True, True, False] == [unaffected.stale, affected.stale, elsewhere.stale]
    store.mark_stale("green", EVERYTHING)
