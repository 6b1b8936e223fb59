"""`BulkRun`: like commands in a worker that may end on the way."""

from typing import Any

import pytest

from ipwrap import Command, ExecutorError, NotBatchable, Session
from ipwrap.executors import Batch, Reply
from ipwrap.executors.bulk import BulkRun
from ipwrap.executors.pool import Pool
from ipwrap.kinds import Bridge, Veth
from tests.executors.workers import CHANGES_KEY, killed_during_command, workers

pytestmark = pytest.mark.live

COUNT = 300


def bulk_run(session: Session, lines: list[str]) -> BulkRun:
    """Return a run of lines of `ip`."""
    assert isinstance(session.executor, Batch)
    first = Command(("ip", *lines[0].split()), batch=True)
    return BulkRun(session.executor, session.place, first, [line.encode() for line in lines])


def routes(count: int = COUNT) -> list[str]:
    """Return lines that add routes."""
    return [f"route add to 10.1.{n >> 8}.{n & 255} dev br0" for n in range(count)]


@pytest.fixture
def bridge_session(session: Session) -> Session:
    """A session with a bridge, and a worker for changes."""
    session.ip.link.add("br0", Bridge(), up=True)
    return session


def test_all_lines_run(bridge_session: Session) -> None:
    """Each line runs once, and only failures are kept."""
    run = bulk_run(bridge_session, [*routes(), routes()[5]])
    run.run()

    assert COUNT + 1 == run.done_count
    assert {COUNT: Reply(2, "", "RTNETLINK answers: File exists\n")} == run.failures
    assert COUNT == len(bridge_session.ip.route.show())


def test_first_line_that_ends_its_worker_is_told_exactly(bridge_session: Session) -> None:
    """An option that iproute2 refuses ends a worker, for each of the first lines alone."""
    lines = [f"link add name b{n} type bridge stp_state x" for n in range(3)]
    run = bulk_run(bridge_session, lines)
    run.run()

    assert [0, 1, 2] == list(run.failures)
    assert [255] * 3 == [
        reply.status for reply in run.failures.values() if isinstance(reply, Reply)
    ]


def test_line_that_ends_its_worker_among_others(bridge_session: Session) -> None:
    """The lines that share its packet may or may not have run; all others have."""
    lines = routes()
    lines[100] = "route add to 10.1.0.300 dev br0"
    run = bulk_run(bridge_session, lines)
    run.run()

    assert COUNT == run.done_count
    assert 100 in run.failures
    assert len(run.failures) < 64
    assert all(isinstance(outcome, ExecutorError) for outcome in run.failures.values())
    assert COUNT - len(run.failures) <= len(bridge_session.ip.route.show()) < COUNT


def test_worker_killed_on_the_way(bridge_session: Session) -> None:
    """Lines behind a worker that was killed go to a new one."""
    run = bulk_run(bridge_session, routes())
    with killed_during_command(bridge_session, workers(bridge_session)[CHANGES_KEY]):
        run.run()

    assert COUNT == run.done_count
    assert [0] == list(run.failures)
    assert COUNT - 1 <= len(bridge_session.ip.route.show()) <= COUNT


def test_names_that_change_on_the_way(bridge_session: Session) -> None:
    """A stale worker is left, and the next one reaches the link that bears the name then."""
    bridge_session.ip.link.add("v0", Veth(peer="v1"), up=True)
    bridge_session.ip.link.set("v1", up=True)
    run = bulk_run(bridge_session, [line.replace("br0", "v0") for line in routes(2000)])
    call_count = 0
    is_trusted = Pool.is_trusted

    def rename_in_the_middle(*arguments: Any, **options: Any) -> bool:
        nonlocal call_count
        call_count += 1
        if call_count == 5:
            for old, new in (("v0", "tmp"), ("v1", "v0"), ("tmp", "v1")):
                other_session.ip.link.set(old, name=new)
        return is_trusted(*arguments, **options)

    with Session(bridge_session.place) as other_session, pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pool, "is_trusted", rename_in_the_middle)
        run.run()

    devices = [route.dev for route in bridge_session.ip.route.show()]
    assert {} == run.failures
    assert 2000 == len(devices)
    assert {"v0", "v1"} == set(devices)


def test_commands_that_are_no_lines(bridge_session: Session) -> None:
    """Commands that need a process are refused before anything runs."""
    with pytest.raises(NotBatchable):
        bulk_run(bridge_session, ["netns exec red true"] * 2)
