"""Changes in a row: a batch block has the same outcome as its commands one by one."""

import pytest

from ipwrap import Command, ExecutorError, NotFound, Session
from ipwrap.executors.pipeline import MAX_LINES
from ipwrap.kinds import Bridge
from tests.executors.links import names_of
from tests.executors.workers import CHANGES_KEY, killed_during_command, workers

pytestmark = pytest.mark.live


def test_batch_block_is_recorded_as_single_commands(session: Session) -> None:
    """The commands of a block are recorded, exported and numbered as without a block."""
    session.ip.link.add("br", Bridge())
    with session.batch():
        queued = session.ip.link.add("br2", Bridge(), up=True)
        session.ip.address.add("10.0.0.1/24", dev="br2")
        session.ip.netns.add("red")
        session.netns("red").ip.link.set("lo", up=True)
        session.ip.link.set("br2", name="br3")
        session.ip.link.set("br3", mtu=1400)

    assert queued.queued
    statuses = [result.status for result in session.recording.results]
    assert [0] * 7 == statuses
    numbers = [event.number for event in session.recording.commands]
    assert list(range(1, 8)) == numbers
    assert 1400 == session.ip.link.show("br3")[0].mtu
    assert "ip link set br3 mtu 1400" in session.export("sh")


def test_failures_of_a_block_are_raised_at_its_end(session: Session) -> None:
    """The end of a block raises the first failure, with call site and a note of later failures."""
    with pytest.raises(NotFound) as caught, session.batch():
        session.ip.link.set("nope", up=True)
        session.ip.link.add("br", Bridge())
        session.run(
            Command(
                ("ip", "link", "add", "name", "b2", "type", "bridge", "stp_state", "x"), batch=True
            )
        )
        session.ip.link.add("br2", Bridge())

    assert "test_pipeline.py" in str(caught.value)
    summary, further_failure = caught.value.__notes__
    assert summary.startswith("in a batch: 2 changes were done, 2 failed")
    assert further_failure.startswith("  also failed: Error: argument")
    assert {"br", "br2"} <= set(names_of(session.ip.link.show()))
    statuses = [result.status for result in session.recording.results]
    assert [1, 0, 255, 0] == statuses[:4]


def test_failures_of_a_block_are_raised_at_the_next_read(session: Session) -> None:
    """A read in a block raises the failures of the changes before."""
    with session.batch():
        session.ip.link.set("nope", up=True)
        with pytest.raises(NotFound):
            session.ip.link.show()
        session.ip.link.add("br", Bridge())
        assert ["lo", "br"] == names_of(session.ip.link.show())


def test_block_that_ends_by_an_error_of_the_script(session: Session) -> None:
    """An error of the script is raised; a full pipeline was sent, the rest is not."""
    with pytest.raises(ZeroDivisionError) as caught, session.batch():
        for number in range(MAX_LINES + 3):
            session.ip.link.add(f"br{number}", Bridge())
        raise ZeroDivisionError

    assert MAX_LINES + 1 == len(session.ip.link.show())
    assert [
        f"in a batch: {MAX_LINES} of {MAX_LINES + 3} queued commands had run, 3 were not sent"
    ] == caught.value.__notes__
    added = [asked for asked in session.recording.commands if asked.command.changes]
    assert MAX_LINES == len(added)
    assert all(result.ok for result in session.recording.results)


def test_error_of_the_script_during_a_command_that_never_ends(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Replies to sent commands are waited for with a limit, and then their outcome is unknown."""
    monkeypatch.setattr("ipwrap.executors.pipeline.ABORT_SECONDS", 0.2)
    session.ip.link.add("br", Bridge())
    pid = int(workers(session)[CHANGES_KEY].started.get())
    session.exec("kill", "-STOP", str(pid), changes=False)

    with pytest.raises(ZeroDivisionError) as caught, session.batch():
        for number in range(MAX_LINES):
            session.ip.link.set("br", mtu=1000 + number)
        raise ZeroDivisionError

    assert [
        f"in a batch: 0 of {MAX_LINES} queued commands had run, {MAX_LINES} may or may not have run"
    ] == caught.value.__notes__
    session.ip.link.set("br", mtu=1300)
    assert 1300 == session.ip.link.show("br")[0].mtu


def test_worker_killed_in_the_middle_of_a_block(session: Session) -> None:
    """Changes behind the command at which a worker was killed go to a new worker."""
    session.ip.link.add("br", Bridge())
    worker = workers(session)[CHANGES_KEY]

    with (
        killed_during_command(session, worker),
        pytest.raises(ExecutorError, match="may or may not"),
        session.batch(),
    ):
        for n in range(200):
            session.ip.route.add(f"10.0.{n}.0/24", type="blackhole")

    assert 199 <= len(session.ip.route.show()) <= 200


def test_a_hundred_thousand_commands(session: Session) -> None:
    """A session can run a hundred thousand commands."""
    session.ip.link.add("br", Bridge())
    with session.batch():
        for n in range(100_000):
            session.ip.link.set("br", mtu=1000 + n % 500)

    assert 1499 == session.ip.link.show("br")[0].mtu
    assert 100_002 == len(session.recording.results)
