"""`RecordNewPlayback`: a playback that continues in a sandbox after its recording."""

import pytest

from ipwrap import Command, ExecutorError, PlaybackError, Recording, Result, Session
from ipwrap.executors import RecordNewPlayback
from ipwrap.kinds import Bridge, Veth
from ipwrap.placeholders import EVERY
from ipwrap.places import NullPlace, Sandbox
from ipwrap.recording import CommandEvent, ResultEvent

pytestmark = pytest.mark.live


def build(session: Session) -> str:
    """Build a bridge with a port, and return the port's address."""
    session.ip.link.add("br0", Bridge())
    with pytest.raises(ExecutorError):
        session.exec("no-such-program")

    session.ip.link.add("v0", Veth(peer="v1"), master="br0")
    (port,) = session.ip.link.show("v0")
    return str(port.address)


@pytest.fixture
def recording(session: Session) -> Recording:
    """The recording of a bridge with a port, with placeholders."""
    with Session(session.place, normalise=EVERY) as normalised_session:
        build(normalised_session)
    return normalised_session.recording


def extend(recording: Recording) -> tuple[Session, RecordNewPlayback]:
    """Return a session that continues a recording, and its executor."""
    executor = RecordNewPlayback(recording)
    return Session(NullPlace("sandbox"), executor, normalise=recording.header.normalised), executor


def test_recorded_commands_need_no_sandbox(recording: Recording) -> None:
    """During the recorded commands no place is opened, and the final state is known."""
    session, executor = extend(recording)
    with session:
        assert "02:00:00:00:00:01" == build(session)
        assert ["lo", "br0", "v1", "v0"] == [link["ifname"] for link in session.state()[""]["link"]]

    assert not executor.live


def test_new_commands_run_in_the_recorded_state(recording: Recording) -> None:
    """New commands find the recorded links by the placeholders that the script knows."""
    session, executor = extend(recording)
    with session:
        address = build(session)
        session.ip.neigh.add("10.0.0.9", dev="v0", lladdr=address)
        (neighbour,) = session.ip.neigh.show(dev="v0", nud="permanent")
        assert (address, [address]) == (
            neighbour.lladdr,
            [link.address for link in session.ip.link.show("v0")],
        )
        assert executor.live
        assert "br0" in [link["ifname"] for link in session.state()[""]["link"]]
        argv = executor.place.wrap(("cat", "/sys/class/net/v0/address"))
        with Session(executor.place) as inside:
            assert address != inside.exec(*argv[-2:], changes=False).stdout.strip()

    assert session.recording.end is not None
    assert session.recording.end.state is not None


def test_mismatch_is_an_error(recording: Recording) -> None:
    """A command that differs from the next recorded one is refused."""
    session, executor = extend(recording)
    with session, pytest.raises(PlaybackError):
        session.ip.link.show("lo")

    assert not executor.live


def test_different_outcome_on_this_machine_is_an_error() -> None:
    """A machine that does not reach the recorded state cannot continue the recording."""
    read_link = Command(("ip", "link", "show", "dev", "nope"), changes=False)
    recording = Recording(events=[CommandEvent(1, read_link), ResultEvent(1, Result(read_link))])
    session, executor = extend(recording)
    session.run(read_link)

    with (
        session,
        pytest.raises(
            PlaybackError, match=r'status \[-0-\]\{\+1\+\} Device "nope" does not exist'
        ) as caught,
    ):
        session.ip.link.show("lo")

    assert [caught.value] == executor.mismatches
    assert not executor.live


def test_monitor_after_the_end_of_the_recording(session: Session) -> None:
    """A recorded monitor is played back, but not restarted; a new monitor is refused."""
    monitor = Command(("ip", "monitor", "link"), changes=False)
    true = Command(("true",))
    recording = Recording(
        events=[
            CommandEvent(1, monitor),
            ResultEvent(1, Result(monitor)),
            CommandEvent(2, true),
            ResultEvent(2, Result(true)),
        ]
    )
    extended_session, executor = extend(recording)
    with extended_session:
        assert executor.listen(monitor, extended_session.place).ended
        extended_session.exec("true")
        with pytest.raises(ExecutorError, match="ip monitor link: a command that runs until"):
            executor.listen(monitor, extended_session.place)
        assert "lo" == extended_session.ip.link.show("lo")[0].ifname


def test_interrupted_preparation_begins_anew(
    recording: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After Ctrl-C during the recorded commands, the next command runs in a fresh place."""
    session, executor = extend(recording)
    with session:
        build(session)
        with monkeypatch.context() as patch:
            # Ctrl-C twice: during a recorded command, and while the place is being closed.
            patch.setattr(RecordNewPlayback, "_to_script", interrupt)
            patch.setattr(Sandbox, "close", interrupt)
            with pytest.raises(KeyboardInterrupt):
                session.ip.link.set("v0", up=True)

        session.ip.link.set("v0", up=True)
        assert session.ip.link.show("v0")[0].up
        assert executor.live


def interrupt(*_: object) -> None:
    """Raise what Ctrl-C raises."""
    raise KeyboardInterrupt
