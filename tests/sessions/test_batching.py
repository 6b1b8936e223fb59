"""``with session.batch():``, also with unbatchable commands and executors without workers."""

from collections.abc import Iterable

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
    Secret,
    Session,
)
from ipwrap.kinds import Bridge, Ifb, Veth
from ipwrap.recording import CommandEvent, Note


def test_block_of_a_dry_run_is_recorded() -> None:
    """An executor without workers runs the changes of a block immediately."""
    with Session(Local(), DryRun()) as session, session.batch():
        session.ip.link.add("br", Bridge())
        session.ip.link.set("br", up=True)

    assert ["ip link add name br type bridge", "ip link set dev br up"] == [
        result.line for result in session.recording.results
    ]


def test_block_shows_names_of_secrets() -> None:
    """The output of a change of a block is recorded without the secrets of the session."""
    with Session(Local(), Process()) as session:
        session.exec("true", stdin=Secret("sesame-open-0123", "PASS"))
        with session.batch():
            session.exec("sh", "-c", "printf 'sesame-%s' open-0123")

    assert "$PASS" == session.recording.results[-1].stdout


@pytest.mark.live
def test_block_of_processes_raises_at_its_end(session: Session) -> None:
    """Failures are raised at the end of the block with processes as well."""
    with (
        Session(session.place, Process()) as process_session,
        pytest.raises(NotFound),
        process_session.batch(),
    ):
        process_session.ip.link.set("nope", up=True)
        process_session.ip.link.add("br", Bridge())

    assert "br" == session.ip.link.show("br")[0].ifname


@pytest.mark.live
def test_missing_program_is_a_failure_of_the_block(session: Session) -> None:
    """A change whose program is missing fails, and the remaining changes are done."""
    with pytest.raises(ExecutorError, match="no such program"), session.batch():
        session.run(Command(("/nonexistent/program",)))
        session.ip.link.add("br", Bridge())

    with (
        Session(session.place, Process()) as process_session,
        pytest.raises(ExecutorError),
        process_session.batch(),
    ):
        process_session.run(Command(("/nonexistent/program",)))

    assert "br" == session.ip.link.show("br")[0].ifname


def test_blocks_do_not_nest(dry_session: Session) -> None:
    """A block within a block is refused, and the outer block continues."""
    with dry_session.batch():
        dry_session.ip.link.add("br", Bridge())
        with pytest.raises(IpwrapError, match="open already"), dry_session.batch():
            pass

    assert 1 == len(dry_session.recording.results)


@pytest.mark.live
def test_change_that_may_fail_is_not_queued(session: Session) -> None:
    """With ``check=False`` the result is available at once, also in a block."""
    with session.batch():
        session.ip.link.add("br", Bridge())
        result = session.run(
            Command(("ip", "link", "delete", "dev", "nope"), batch=True), check=False
        )

        assert 1 == result.status
        assert not result.queued


def add_addresses(session: Session, numbers: Iterable[int]) -> None:
    """Add an address a number to v0."""
    for number in numbers:
        session.ip.address.add(f"10.0.{number}.1/24", dev="v0")


def swap_links(session: Session) -> None:
    """Swap the names of v0 and v1."""
    for old, new in (("v0", "tmp"), ("v1", "v0"), ("tmp", "v1")):
        session.ip.link.set(old, name=new)


def count_addresses(session: Session) -> dict[str, int]:
    """Return the number of IPv4 addresses of each link."""
    links = session.ip.address.show(family="inet")
    return {link.ifname: len(link.addr_info) for link in links}


@pytest.mark.live
def test_names_swapped_in_the_middle_of_a_block(session: Session) -> None:
    """Links that are renamed during a block are reached by their present names."""
    with Session(session.place) as other_session, session.batch():
        session.ip.link.add("v0", Veth(peer="v1"))
        add_addresses(session, range(64))
        session.bridge.link.show()  # a read waits for the changes before it

        swap_links(other_session)
        add_addresses(session, range(64, 128))

    assert {"lo": 1, "v0": 64, "v1": 64} == count_addresses(session)


@pytest.mark.live
def test_names_swapped_behind_pending_changes(session: Session) -> None:
    """A busy worker is discarded when a name in its cache becomes stale."""
    session.ip.link.add("v0", Veth(peer="v1"))

    with Session(session.place) as other_session, session.batch():
        add_addresses(session, range(64))  # so many lines are sent at once
        while count_addresses(other_session)["v0"] < 64:
            pass

        swap_links(other_session)
        add_addresses(session, range(64, 128))

    assert {"lo": 1, "v0": 64, "v1": 64} == count_addresses(session)


@pytest.mark.live
def test_arguments_that_end_the_worker(session: Session) -> None:
    """A command whose arguments end a worker fails alone; the commands around it are done."""
    bad_command = Command(
        ("ip", "link", "add", "name", "bad", "type", "bridge", "stp_state", "x"), batch=True
    )
    with pytest.raises(IpwrapError) as caught, session.batch():
        for number in range(200):
            session.ip.link.add(f"br{number}", Bridge())
            if number % 50 == 7:
                session.run(bad_command)

    assert caught.value.__notes__[0].startswith("in a batch: 200 changes were done, 4 failed")
    assert 201 == len(session.ip.link.show())


@pytest.mark.live
def test_ctrl_c_in_a_block_leaves_the_session_usable(session: Session) -> None:
    """After an interrupted block, the next command gets its own reply; nothing more was sent."""
    with pytest.raises(KeyboardInterrupt), session.batch():
        for number in range(100):
            session.ip.link.add(f"br{number}", Bridge())

        raise KeyboardInterrupt

    assert "br63" == session.ip.link.show("br63")[0].ifname
    assert 65 == len(session.ip.link.show())


@pytest.mark.live
@pytest.mark.parametrize("executor", [None, Process()], ids=["default", "process"])
def test_batch_sends_changes_together(executor: Process | None) -> None:
    """In a block changes are queued, a read waits for them, and the order is recorded."""
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
    """A failed change does not stop later changes, and is raised when the block ends."""
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
def test_a_block_can_follow_a_failed_block(session: Session) -> None:
    """After a block that failed the next block can begin."""
    with pytest.raises(IpwrapError, match="open already"), session.batch(), session.batch():
        pass

    with session.batch():
        session.ip.link.add("i0", Ifb())

    assert {"lo", "i0"} == {link.ifname for link in session.ip.link.show()}


@pytest.mark.live
def test_error_of_the_script_leaves_a_batch(session: Session) -> None:
    """An error within the block is raised; queued changes are neither run nor recorded."""
    with pytest.raises(ZeroDivisionError) as caught, session.batch():
        session.ip.link.add("i0", Ifb())
        session.ip.link.add("i1", Ifb())
        raise ZeroDivisionError

    assert {"lo"} == {link.ifname for link in session.ip.link.show()}
    assert [] == [asked for asked in session.recording.commands if asked.command.changes]
    assert ["in a batch: 0 of 2 queued commands had run, 2 were not sent"] == (
        caught.value.__notes__
    )


@pytest.mark.live
@pytest.mark.parametrize("executor", [None, Process()], ids=["default", "process"])
def test_failures_before_an_error_of_the_script_are_noted(
    session: Session, executor: Process | None
) -> None:
    """Failures among the sent changes are notes of the error that leaves the block."""
    other_session = Session(session.place, executor)  # type: ignore[arg-type]
    with other_session, pytest.raises(ZeroDivisionError) as caught, other_session.batch():
        other_session.ip.link.add("i0", Ifb())
        other_session.ip.link.add("i0", Ifb())
        for _ in range(63):
            other_session.ip.link.set("i0", up=True)
        raise ZeroDivisionError

    summary, failure = caught.value.__notes__
    assert summary == (
        "in a batch: 64 of 65 queued commands had run, 1 of them failed, 1 were not sent"
    )
    assert "ip link add name i0 type ifb" in failure
    statuses = [result.status for result in other_session.recording.results]
    assert [0, 2, *[0] * 62] == statuses


@pytest.mark.live
def test_notes_in_a_batch_keep_their_place(session: Session) -> None:
    """A note is recorded between the changes around it, and a state holds the queued changes."""
    with session.batch():
        session.note("before")
        session.ip.link.add("i0", Ifb())
        session.note("between")
        session.ip.link.add("i1", Ifb())
        state = session.state()

    assert ["lo", "i0", "i1"] == [link["ifname"] for link in state[""]["link"]]
    lines = [
        event.text if isinstance(event, Note) else event.command.argv[4]
        for event, _ in session.recording.pairs()
        if isinstance(event, (Note, CommandEvent))
    ]
    assert ["before", "i0", "between", "i1"] == lines


@pytest.mark.live
def test_interruption_of_a_batch_command_names_no_internal_error(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C during a command that cannot be a line of a worker is not chained to that reason."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ipwrap.executors.process.Process.run", interrupt)
    with pytest.raises(KeyboardInterrupt) as caught:
        session.exec("sleep", "1")

    assert caught.value.__context__ is None
