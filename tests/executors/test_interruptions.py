"""Ctrl-C at every line of the exchanges: the next commands get their own replies."""

import gc
import os
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from ipwrap import AlreadyExists, Session
from ipwrap.executors import Batch
from ipwrap.executors import worker as worker_module
from ipwrap.executors.worker import Worker
from ipwrap.kinds import Bridge
from tests.executors.interruptions import Interruption, count_steps
from tests.executors.workers import LINK_READS_KEY, stop_worker, workers
from tests.waiting import LIMIT

pytestmark = [
    pytest.mark.live,
    # What an interruption loses on the way is closed by Python, which warns of it.
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

EXCHANGE = (
    "executors/batch.py",
    "executors/link_names.py",
    "executors/pool.py",
    "executors/spawner.py",
    "executors/watched_namespaces.py",
    "executors/worker.py",
    "executors/worker_starter.py",
    "executors/worker_store.py",
)
LINKS = ("br0", "br1", "br2")


@pytest.fixture(autouse=True)
def _collect_lost_objects() -> Iterator[None]:
    """Collect what the interruptions have lost, while the warnings of it are ignored."""
    yield
    gc.collect()


def within_limit(action: Callable[[], object], place: str) -> None:
    """Run an action in a thread of its own, so that a hang is a failure and not a hang."""
    failures: list[BaseException] = []

    def run() -> None:
        try:
            action()
        except BaseException as error:
            failures.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(LIMIT)

    if thread.is_alive():
        frame = sys._current_frames()[thread.ident or 0]
        stack = "".join(traceback.format_stack(frame))
        raise AssertionError(f"a hang, {place}\n{stack}")
    if failures:
        raise AssertionError(place) from failures[0]


def check_own_replies(session: Session, place: str) -> None:
    """Check that each read gets its own reply, and that a change is carried out."""
    for name in LINKS:
        names = [link.ifname for link in session.ip.link.show(name)]
        assert [name] == names, place

    session.netns("red").ip.link.set("lo", up=True)
    names = [link.ifname for link in session.netns("red").ip.link.show()]
    assert ["lo"] == names, place


@pytest.fixture
def linked_session(session: Session) -> Session:
    """A session with three bridges and a namespace, whose workers have been started."""
    for name in LINKS:
        session.ip.link.add(name, Bridge())
    session.ip.netns.add("red")
    check_own_replies(session, "before")

    return session


def interrupt_every_step(
    session: Session, action: Callable[[], object], files: tuple[str, ...]
) -> None:
    """Interrupt an action at each of its steps, and check the session after each interruption."""
    for step in range(1, count_steps(files, action) + 1):
        interruption = Interruption.within(files, step)

        def run(armed: Interruption = interruption) -> None:
            armed.run(action)
            check_own_replies(session, f"interrupted at step {armed.step}: {armed.raised_at}")

        within_limit(run, f"step {step}")


def test_interrupted_read_of_a_running_worker(linked_session: Session) -> None:
    """Ctrl-C at any line of a read through a running worker shifts no reply."""
    interrupt_every_step(linked_session, lambda: linked_session.ip.link.show("br0"), EXCHANGE)


def test_interrupted_change_of_a_running_worker(linked_session: Session) -> None:
    """Ctrl-C at any line of a change through a running worker shifts no reply."""
    interrupt_every_step(
        linked_session, lambda: linked_session.ip.link.set("br0", up=True), EXCHANGE
    )


def close_workers(session: Session) -> None:
    """Close all workers and the spawner, so that the next command starts them."""
    assert isinstance(session.executor, Batch)
    session.executor.workers.close()


def test_interrupted_start_of_the_spawner_and_a_worker(linked_session: Session) -> None:
    """Ctrl-C at any line of the start of spawner and worker shifts no reply."""

    def start_and_read() -> None:
        close_workers(linked_session)
        linked_session.netns("red").ip.link.show()

    interrupt_every_step(
        linked_session, start_and_read, ("executors/spawner.py", "executors/worker_starter.py")
    )


def test_interrupted_start_of_a_worker(linked_session: Session) -> None:
    """Ctrl-C at any line of the start of a worker in a namespace shifts no reply."""
    red = linked_session.netns("red")

    def start_and_read() -> None:
        assert isinstance(linked_session.executor, Batch)
        linked_session.executor.workers.close_namespace("red")
        red.ip.link.show()

    interrupt_every_step(linked_session, start_and_read, EXCHANGE)


def test_interrupted_batch_block(linked_session: Session) -> None:
    """Ctrl-C at any line of a batch block shifts no reply."""

    def change_together() -> None:
        with linked_session.batch():
            for name in LINKS:
                linked_session.ip.link.set(name, mtu=1400)

    interrupt_every_step(
        linked_session,
        change_together,
        (
            "executors/chunk_exchange.py",
            "executors/lane.py",
            "executors/pipeline.py",
            "executors/worker.py",
            "sessions/batching.py",
        ),
    )


def test_interrupted_bulk(linked_session: Session) -> None:
    """Ctrl-C at any line of like commands shifts no reply."""

    def add_routes() -> None:
        with suppress(AlreadyExists):
            linked_session.ip.route.add_many(["10.1.0.0/24", "10.2.0.0/24"], type="blackhole")

    interrupt_every_step(
        linked_session,
        add_routes,
        ("executors/bulk.py", "executors/chunk_exchange.py", "sessions/bulk.py"),
    )


def test_interrupted_start_closes_each_descriptor_once(
    linked_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker lost during its start never closes a number that is another file's by then."""

    def interrupt(_: Worker) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Worker, "__attrs_post_init__", interrupt)
    assert isinstance(linked_session.executor, Batch)
    spawner = linked_session.executor.workers.starter.spawner
    assert spawner is not None
    with pytest.raises(KeyboardInterrupt) as caught:
        Worker.start(spawner, None, argv=("true",), remembers_all=True)

    files = [os.open("/dev/null", os.O_RDONLY) for _ in range(12)]
    caught.value.__traceback__ = None
    del caught
    gc.collect()
    still_open = [fd for fd in files if os.path.exists(f"/proc/self/fd/{fd}")]
    for fd in still_open:
        os.close(fd)

    assert files == still_open


def test_interruption_of_a_wait_is_no_consequence_of_another_error(
    linked_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C while the worker has not replied yet is shown alone, not as "During handling of"."""

    def interrupt() -> None:
        raise KeyboardInterrupt

    worker = workers(linked_session)[LINK_READS_KEY]
    stop_worker(linked_session, worker)
    worker.unspun_count = 0  # the command spins
    monkeypatch.setattr(os, "sched_yield", interrupt)
    # Longer than the worker needs until the first look at its reply.
    monkeypatch.setattr(worker_module, "SPIN_SECONDS", LIMIT)

    with pytest.raises(KeyboardInterrupt) as caught:
        linked_session.ip.link.show("br0")

    assert caught.value.__context__ is None
