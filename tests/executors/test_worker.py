"""The worker: a reply is the same, however late it comes and in how many parts it is read."""

import os
from collections.abc import Callable

import pytest

from ipwrap import CommandTimeout, Session
from ipwrap.command import Command
from ipwrap.executors import worker as worker_module
from ipwrap.executors.worker import COMMANDS_A_LOOK, FENCE, MAX_UNSPUN, PIPE_BUF, Worker
from ipwrap.kinds import Bridge
from tests.executors.workers import CHANGES_KEY, LINK_READS_KEY, stop_worker, workers
from tests.waiting import LIMIT, until

pytestmark = pytest.mark.live

SPIN = "SPIN_SECONDS"
NEVER = -1.0  # seconds of spinning: one look, and none after that


@pytest.fixture
def link_session(session: Session) -> Session:
    """A session with a bridge, and workers for changes and for reads of links."""
    session.ip.link.add("d0", Bridge())
    session.ip.link.show("d0")
    return session


def reader(session: Session) -> Worker:
    """Return the worker for reads of links."""
    return workers(session)[LINK_READS_KEY]


def spin_for(seconds: float) -> Callable[[pytest.MonkeyPatch], None]:
    """Return a function that sets the time of spinning."""
    return lambda patch: patch.setattr(worker_module, SPIN, seconds)


def read_in_small_parts(patch: pytest.MonkeyPatch) -> None:
    """Read every reply in parts of a few bytes."""
    patch.setattr(worker_module, SPIN, LIMIT)
    patch.setattr(worker_module, "CHUNK", 16)
    patch.setattr(worker_module, "SPIN_CHUNK", 8)


@pytest.mark.parametrize(
    "prepare",
    [spin_for(NEVER), spin_for(LIMIT), read_in_small_parts],
    ids=["late", "at once", "in parts"],
)
def test_replies_are_the_same(
    link_session: Session,
    monkeypatch: pytest.MonkeyPatch,
    prepare: Callable[[pytest.MonkeyPatch], None],
) -> None:
    """Output, errors and the numbers of lines are right for late replies and for early ones."""
    prepare(monkeypatch)
    for number in range(2 * MAX_UNSPUN):
        mtu = 1300 + number % 7
        assert "" == link_session.ip.link.set("d0", mtu=mtu).stderr
        assert mtu == link_session.ip.link.show("d0")[0].mtu

        missing = Command(("ip", "link", "set", "dev", "d9", "up"), batch=True)
        failed = link_session.run(missing, check=False)
        assert (1, "", 'Cannot find device "d9"\n') == (failed.status, failed.stdout, failed.stderr)


def test_output_larger_than_a_pipe(link_session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that waits for room in its stdout is read while the reply is waited for."""
    with link_session.batch():
        for number in range(100):
            link_session.ip.link.add(f"more{number}", Bridge())

    for seconds in (LIMIT / 1000, NEVER):
        monkeypatch.setattr(worker_module, SPIN, seconds)
        for _ in range(2):
            assert 102 == len(link_session.ip.link.show())


def test_late_replies_end_the_spinning_for_a_while(
    link_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The more replies in a row come late, the more of the next commands sleep at once."""
    worker = reader(link_session)
    monkeypatch.setattr(worker_module, SPIN, NEVER)
    worker._next_unspun_count = 1

    # No command is in the worker, so that no reply comes.
    counts = []
    for _ in range(8):
        assert b"" == worker._spin(b"mark")
        counts.append(worker.unspun_count)

    assert [1, 2, 4, 8, 16, 32, MAX_UNSPUN, MAX_UNSPUN] == counts


def test_reply_in_time_begins_the_spinning_again(
    link_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After the commands that sleep at once the next one spins, and finds its reply."""
    worker = reader(link_session)
    worker.unspun_count = 2
    for left in (1, 0, 0):
        link_session.ip.link.show("d0")
        monkeypatch.setattr(worker_module, SPIN, LIMIT)
        assert left == worker.unspun_count


@pytest.mark.parametrize("unspun_count", [0, 1])
def test_timeout_of_a_command(link_session: Session, unspun_count: int) -> None:
    """A limit holds for a command that spins and for one that sleeps at once."""
    worker = reader(link_session)
    stop_worker(link_session, worker)
    worker.unspun_count = unspun_count
    argv = ("ip", "-j", "-d", "link", "show", "dev", "d0")
    command = Command(argv, changes=False, batch=True, timeout=0.1)

    with pytest.raises(CommandTimeout):
        link_session.run(command)
    assert "d0" == link_session.ip.link.show("d0")[0].ifname


def test_longest_line_that_a_pipe_takes_at_once(link_session: Session) -> None:
    """A line up to that length is written as a whole, a longer one in parts, with equal results."""
    worker = workers(link_session)[CHANGES_KEY]
    text = b"link set dev d0 mtu 1444"
    longest = PIPE_BUF - len(FENCE) - 1

    for length in (longest, longest + 1, 3 * longest):
        # iproute2 skips the blanks.
        assert not worker.run(text.ljust(length)).failed
    assert not worker.run(b"link set dev d0 mtu 1445").failed
    assert 1445 == link_session.ip.link.show("d0")[0].mtu


def test_worker_knows_whether_it_has_printed(link_session: Session) -> None:
    """A worker for changes has printed nothing, one for reads has."""
    assert reader(link_session).has_printed
    assert not workers(link_session)[CHANGES_KEY].has_printed


def processors_of(session: Session, worker: Worker) -> set[int]:
    """Return the processors that a worker may run on."""
    status = session.exec("cat", f"/proc/{worker.started.get().decode()}/status", changes=False)
    (line,) = (line for line in status.stdout.splitlines() if line.startswith("Cpus_allowed_list:"))
    ranges = [part.split("-") for part in line.partition(":")[2].strip().split(",")]
    return {number for part in ranges for number in range(int(part[0]), int(part[-1]) + 1)}


def run_until_looked(session: Session) -> None:
    """Run as many commands in both workers as pass between two looks at the processor."""
    for number in range(COMMANDS_A_LOOK):
        session.ip.link.set("d0", mtu=1400 + number)
        session.ip.link.show("d0")


def test_a_worker_follows_its_thread(
    link_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After some commands a worker runs on the processor of the thread that waits for it."""
    worker = reader(link_session)
    assert os.sched_getaffinity(0) == processors_of(link_session, worker)

    for processor in os.sched_getaffinity(0):
        monkeypatch.setattr(worker_module, "current_processor", lambda found=processor: found)
        run_until_looked(link_session)
        assert until(lambda: {worker.processor} == processors_of(link_session, worker))
        assert processor == worker.processor


def test_a_worker_runs_beside_a_batch_block(link_session: Session) -> None:
    """The changes of a block run while further ones are prepared: on any processor."""
    worker = workers(link_session)[CHANGES_KEY]
    run_until_looked(link_session)
    assert until(lambda: 1 == len(processors_of(link_session, worker)))

    with link_session.batch():
        link_session.ip.link.set("d0", mtu=1300)

    assert worker.processor is None
    assert until(lambda: os.sched_getaffinity(0) == processors_of(link_session, worker))


def test_unknown_processors_change_nothing(
    link_session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the processor of a thread is not known, a worker runs anywhere."""
    monkeypatch.setattr(worker_module, "current_processor", lambda: None)
    run_until_looked(link_session)

    assert reader(link_session).processor is None
    assert os.sched_getaffinity(0) == processors_of(link_session, reader(link_session))
