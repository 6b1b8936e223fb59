"""`RecordNewPlayback`: a playback that goes on in a sandbox where its recording ends."""

import pytest

from ipwrap import Command, ExecutorError, PlaybackError, Recording, Result, Session
from ipwrap.executors import RecordNewPlayback
from ipwrap.kinds import Bridge, Veth
from ipwrap.placeholders import EVERY
from ipwrap.places import NullPlace
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
    """The recording of a bridge with a port, with stand-ins."""
    with Session(session.place, normalise=EVERY) as inside:
        build(inside)
    return inside.recording


def extended(recording: Recording) -> tuple[Session, RecordNewPlayback]:
    """Return a session that goes on where a recording ends."""
    executor = RecordNewPlayback(recording)
    return Session(NullPlace("sandbox"), executor, normalise=recording.header.normalised), executor


def test_what_was_recorded_needs_no_sandbox(recording: Recording) -> None:
    """As long as there are recorded answers, nothing is opened; the state reached is known, too."""
    session, executor = extended(recording)
    with session:
        assert "02:00:00:00:00:01" == build(session)
        assert ["lo", "br0", "v1", "v0"] == [link["ifname"] for link in session.state()[""]["link"]]

    assert not executor.live


def test_what_is_new_is_run_where_the_recording_ended(recording: Recording) -> None:
    """The links are there; the stand-ins that the script has seen lead to them, and are what it goes on to see."""
    session, executor = extended(recording)
    with session:
        address = build(session)
        session.ip.neigh.add("10.0.0.9", dev="v0", lladdr=address)
        (neighbour,) = session.ip.neigh.show(dev="v0", nud="permanent")
        assert (address, [address]) == (
            neighbour.lladdr,
            [each.address for each in session.ip.link.show("v0")],
        )
        assert executor.live
        assert "br0" in [link["ifname"] for link in session.state()[""]["link"]]
        real = executor.where.wrap(("cat", "/sys/class/net/v0/address"))
        assert address != Session(executor.where).exec(*real[-2:], changes=False).stdout.strip()

    assert session.recording.end is not None
    assert session.recording.end.state is not None


def test_another_command_is_still_an_error(recording: Recording) -> None:
    """While there are recorded answers, what is not the next of them is refused."""
    session, executor = extended(recording)
    with session, pytest.raises(PlaybackError):
        session.ip.link.show("lo")

    assert not executor.live


def test_a_recording_that_comes_out_otherwise_is_told() -> None:
    """A machine that does not come where the recording ended cannot go on from there."""
    then = Command(("ip", "link", "show", "dev", "nope"), changes=False)
    recording = Recording(events=[CommandEvent(1, then), ResultEvent(1, Result(then))])
    session, executor = extended(recording)
    session.run(then)
    with (
        session,
        pytest.raises(
            PlaybackError, match=r'status \[-0-\]\{\+1\+\} Device "nope" does not exist'
        ) as caught,
    ):
        session.ip.link.show("lo")

    assert [caught.value] == executor.mismatches
    assert not executor.live


def test_what_goes_on_does_not_go_on_where_the_recording_ends(session: Session) -> None:
    """A monitor is played back; a new one is refused, and an old one is not started again."""
    look, true = Command(("ip", "monitor", "link"), changes=False), Command(("true",))
    recording = Recording(
        events=[
            CommandEvent(1, look),
            ResultEvent(1, Result(look)),
            CommandEvent(2, true),
            ResultEvent(2, Result(true)),
        ]
    )
    again, executor = extended(recording)
    with again:
        assert executor.listen(look, again.place).ended
        again.exec("true")
        with pytest.raises(ExecutorError, match="ip monitor link: a command that runs until"):
            executor.listen(look, again.place)
        assert "lo" == again.ip.link.show("lo")[0].ifname
