"""``with session.batch():``, also where it meets what cannot be queued, and executors that have no workers."""

import pytest

from ipwrap import (
    AlreadyExists,
    Command,
    DryRun,
    ExecutorError,
    IpwrapError,
    Local,
    NotFound,
    PlaceError,
    Process,
    Sandbox,
    Session,
)
from ipwrap.kinds import Bridge, Ifb, Veth


def test_block_of_a_dry_run_is_recorded() -> None:
    """An executor without workers runs the changes of a block one by one."""
    with Session(Local(), DryRun()) as session, session.batch():
        session.ip.link.add("br", Bridge())
        session.ip.link.set("br", up=True)
    assert ["ip link add name br type bridge", "ip link set dev br up"] == [
        result.line for result in session.recording.results
    ]


@pytest.mark.live
def test_block_of_processes_raises_at_its_end(session: Session) -> None:
    """Failures are raised at the end of the block with processes as well."""
    with Session(session.place, Process()) as other, pytest.raises(NotFound), other.batch():
        other.ip.link.set("nope", up=True)
        other.ip.link.add("br", Bridge())
    assert "br" == session.ip.link.show("br")[0].ifname


@pytest.mark.live
def test_program_that_is_missing_fails_like_the_rest(session: Session) -> None:
    """A change in a block whose program is not there is a failure among the others."""
    with pytest.raises(ExecutorError, match="no such program"), session.batch():
        session.run(Command(("/nonexistent/program",)))
        session.ip.link.add("br", Bridge())
    with Session(session.place, Process()) as other, pytest.raises(ExecutorError), other.batch():
        other.run(Command(("/nonexistent/program",)))
    assert "br" == session.ip.link.show("br")[0].ifname


def test_blocks_do_not_nest(dry: Session) -> None:
    """A block within a block is refused, and the outer one goes on."""
    with dry.batch():
        dry.ip.link.add("br", Bridge())
        with pytest.raises(IpwrapError, match="open already"), dry.batch():
            pass
    assert 1 == len(dry.recording.results)


@pytest.mark.live
def test_change_that_may_fail_is_not_queued(session: Session) -> None:
    """With ``check=False`` the result is wanted at once, also in a block."""
    with session.batch():
        session.ip.link.add("br", Bridge())
        result = session.run(
            Command(("ip", "link", "delete", "dev", "nope"), batch=True), check=False
        )
        assert 1 == result.status
        assert not result.queued


@pytest.mark.live
def test_names_swapped_in_the_middle_of_a_block(session: Session) -> None:
    """Links that others rename while a block goes on are reached by the names that they bear then."""
    with Session(session.place) as others, session.batch():
        session.ip.link.add("v0", Veth(peer="v1"))
        for n in range(64):
            session.ip.address.add(f"10.0.{n}.1/24", dev="v0")
        session.bridge.link.show()  # waits for all so far
        for old, new in (("v0", "tmp"), ("v1", "v0"), ("tmp", "v1")):
            others.ip.link.set(old, name=new)
        for n in range(64, 128):
            session.ip.address.add(f"10.0.{n}.1/24", dev="v0")
    addresses = {
        each.ifname: len(each.addr_info) for each in session.ip.address.show(family="inet")
    }
    assert {"lo": 1, "v0": 64, "v1": 64} == addresses


@pytest.mark.live
def test_names_broken_behind_a_block_under_way(session: Session) -> None:
    """A worker that is spoken to is given up when a name that it may remember is broken."""
    session.ip.link.add("v0", Veth(peer="v1"))
    with Session(session.place) as others, session.batch():
        for n in range(64):  # so many lines are sent at once
            session.ip.address.add(f"10.0.{n}.1/24", dev="v0")
        while len(others.ip.address.show("v0", family="inet")[0].addr_info) < 64:
            pass
        for old, new in (("v0", "tmp"), ("v1", "v0"), ("tmp", "v1")):
            others.ip.link.set(old, name=new)
        for n in range(64, 128):
            session.ip.address.add(f"10.0.{n}.1/24", dev="v0")
    addresses = {
        each.ifname: len(each.addr_info) for each in session.ip.address.show(family="inet")
    }
    assert {"lo": 1, "v0": 64, "v1": 64} == addresses


@pytest.mark.live
def test_words_that_end_the_worker_in_the_middle(session: Session) -> None:
    """Each command of a block whose words end a worker fails by itself; those around it are done."""
    bad = Command(
        ("ip", "link", "add", "name", "bad", "type", "bridge", "stp_state", "x"), batch=True
    )
    with pytest.raises(IpwrapError) as caught, session.batch():
        for n in range(200):
            session.ip.link.add(f"br{n}", Bridge())
            if n % 50 == 7:
                session.run(bad)
    assert caught.value.__notes__[0].startswith("in a batch: 200 changes were done, 4 failed")
    assert 201 == len(session.ip.link.show())


@pytest.mark.live
def test_ctrl_c_in_a_block_leaves_the_session_usable(session: Session) -> None:
    """After a block was interrupted, the next command gets its own answer."""
    with pytest.raises(KeyboardInterrupt), session.batch():
        for n in range(100):
            session.ip.link.add(f"br{n}", Bridge())
        raise KeyboardInterrupt
    assert "br99" == session.ip.link.show("br99")[0].ifname


@pytest.mark.live
@pytest.mark.parametrize("executor", [None, Process()], ids=["default", "process"])
def test_batch_sends_changes_together(executor: Process | None) -> None:
    """In a batch block a change is queued, a read waits for those before it, and all are recorded in order."""
    try:
        session = Session(Sandbox(), executor)  # type: ignore[arg-type]
        session.open()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    with session:
        with session.batch():
            queued = [session.ip.link.add(f"i{number}", Ifb()) for number in range(5)]
            assert 6 == len(session.ip.link.show())
            session.ip.link.set("i0", up=True)
        assert {True} == {result.queued for result in queued}
        (link,) = session.ip.link.show("i0")
        assert link.up
    assert list(range(1, 9)) == [asked.number for asked in session.recording.commands]
    assert all(result.ok for result in session.recording.results)


@pytest.mark.live
def test_batch_raises_the_first_failure_at_its_end(session: Session) -> None:
    """A change that fails does not stop those behind it, and is raised when the block ends."""
    with pytest.raises(AlreadyExists) as caught, session.batch():
        session.ip.link.add("i0", Ifb())
        session.ip.link.add("i0", Ifb())
        session.ip.link.delete("nope")
        session.ip.link.add("i1", Ifb())
    assert {"lo", "i0", "i1"} == {link.ifname for link in session.ip.link.show()}
    notes = "\n".join(caught.value.__notes__)
    assert "2 changes were done, 2 failed" in notes
    assert "nope" in notes


@pytest.mark.live
def test_batch_in_a_batch_is_refused(session: Session) -> None:
    """One block at a time; after one that failed the next can begin."""
    with pytest.raises(IpwrapError, match="open already"), session.batch(), session.batch():
        pass
    with session.batch():
        session.ip.link.add("i0", Ifb())
    assert {"lo", "i0"} == {link.ifname for link in session.ip.link.show()}


@pytest.mark.live
def test_error_of_the_script_leaves_a_batch(session: Session) -> None:
    """An error within the block is the error that is raised; what was asked for before is done."""
    with pytest.raises(ZeroDivisionError), session.batch():
        session.ip.link.add("i0", Ifb())
        session.ip.link.add("i0", Ifb())
        raise ZeroDivisionError
    assert {"lo", "i0"} == {link.ifname for link in session.ip.link.show()}
    assert [0, 2, 0] == [result.status for result in session.recording.results]
