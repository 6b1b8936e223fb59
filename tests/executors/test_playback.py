"""`Playback`: a recording answers in place of a kernel."""

from pathlib import Path
from typing import Any

import pytest

from ipwrap import (
    AlreadyExists,
    CommandTimeout,
    DryRun,
    ExecutorError,
    Local,
    NotFound,
    Playback,
    PlaybackError,
    Recording,
    RecordingError,
    Session,
)
from ipwrap.kinds import Bridge, Veth


def lab(session: Session) -> list[Any]:
    """Build a small network, look at it, and return all that was seen."""
    session.note("a bridge and a pod")
    session.ip.link.add("br0", Bridge(stp_state=1))
    session.ip.netns.add("ns1")
    session.ip.link.add("v0", Veth(peer="eth0", peer_netns="ns1"), master="br0")
    pod = session.netns("ns1")
    pod.ip.address.add("10.0.0.1/24", "eth0")
    pod.ip.link.set("eth0", up=True)
    seen: list[Any] = [
        session.ip.link.show(),
        session.bridge.link.show(),
        session.bridge.fdb.show(),
        session.ip.netns.list(),
        session.ip.netns.identify(),
        pod.ip.address.show("eth0"),
        pod.ip.route.show(),
        pod.ip.route.get("10.0.0.1"),
        pod.exec("cat", stdin="é\n").stdout,
        session.exec("sh", "-c", "echo bad >&2; exit 3", check=False),
    ]
    with pytest.raises(AlreadyExists) as exists:
        session.ip.link.add("br0", Bridge())
    with pytest.raises(NotFound) as missing:
        session.ip.link.show("nope")
    with pytest.raises(CommandTimeout):
        session.exec("sleep", "1000", timeout=0.1)
    return [
        *seen,
        (exists.value.errno, exists.value.reason),
        (missing.value.errno, missing.value.reason),
    ]


@pytest.fixture
def recording() -> Recording:
    """A recording of three commands."""
    with Session(Local(), DryRun()) as session:
        session.ip.link.add("br0", Bridge())
        session.ip.link.set("br0", up=True)
        session.netns("ns1").ip.link.show("eth0")
    return session.recording


@pytest.mark.live
@pytest.mark.parametrize("source", ["memory", "path", "str"])
def test_playback_gives_equal_objects(session: Session, tmp_path: Path, source: str) -> None:
    """The same script sees in the recording what it saw of the kernel, and fails where it failed."""
    seen = lab(session)
    session.close()
    path = session.recording.save(tmp_path / "lab.jsonl")
    given: Any = {"memory": session.recording, "path": path, "str": str(path)}[source]
    executor = Playback(given)
    with Session(Local(), executor) as again:
        assert seen == lab(again)
    assert [] == executor.unplayed
    lines = [result.line for result in session.recording.results]
    assert lines == [result.line for result in again.recording.results]
    assert again.recording.end is not None
    assert again.recording.end.state is None


@pytest.mark.live
def test_doubtful_names_are_played_back(session: Session) -> None:
    """The questions that ipwrap asks by itself are in the recording, too."""

    def script(session: Session) -> str:
        session.ip.link.add("if1", Bridge())
        session.ip.link.set("if1", mtu=1300)
        return session.ip.link.show("if1")[0].ifname

    assert "if1" == script(session)
    with Session(Local(), Playback(session.recording)) as again:
        assert "if1" == script(again)


@pytest.mark.live
def test_missing_program_is_missing_in_the_playback_too(session: Session) -> None:
    """A script that catches the error of a program that is not there goes the same way again."""

    def script(session: Session) -> None:
        with pytest.raises(ExecutorError, match="no such program"):
            session.exec("no-such-program")

    script(session)
    with Session(Local(), Playback(session.recording)) as again:
        script(again)


def test_other_command_shows_what_was_asked_and_recorded(recording: Recording) -> None:
    """A command that is not the next one is an error with the one asked, the one recorded, and the nearest."""
    with Session(Local(), Playback(recording)) as session, pytest.raises(PlaybackError) as caught:
        session.netns("ns1").ip.link.show("eth1")
    error = caught.value
    assert "ip -n ns1 -j -d link show dev eth1" == error.asked
    assert "ip link add name br0 type bridge" == error.recorded
    assert "ip -n ns1 -j -d link show dev eth0" == error.nearest
    for text in (error.asked, error.recorded, error.nearest, "record="):
        assert text is not None
        assert text in str(error)


def test_nearest_that_is_the_recorded_one_is_said_once(recording: Recording) -> None:
    """What is both the next and the nearest is not told twice."""
    with Session(Local(), Playback(recording)) as session, pytest.raises(PlaybackError) as caught:
        session.ip.link.add("br1", Bridge())
    assert caught.value.recorded == caught.value.nearest
    assert "nearest" not in str(caught.value)


def test_command_that_is_like_no_other_has_no_nearest(recording: Recording) -> None:
    """Where nothing recorded is near, nothing is said."""
    with Session(Local(), Playback(recording)) as session, pytest.raises(PlaybackError) as caught:
        session.exec("zzz")
    assert caught.value.nearest is None


def test_end_of_the_recording_is_told(recording: Recording) -> None:
    """After the last recorded command nothing more can be asked."""
    executor = Playback(recording)
    with Session(Local(), executor) as session:
        session.ip.link.add("br0", Bridge())
        session.ip.link.set("br0", up=True)
        assert ["ip -n ns1 -j -d link show dev eth0"] == executor.unplayed
        session.netns("ns1").ip.link.show("eth0")
        with pytest.raises(PlaybackError, match="nothing more") as caught:
            session.ip.link.show()
    assert caught.value.recorded is None


def test_command_that_failed_to_match_can_be_asked_again(recording: Recording) -> None:
    """A wrong question does not use up an answer."""
    executor = Playback(recording)
    with Session(Local(), executor) as session:
        with pytest.raises(PlaybackError):
            session.ip.link.show()
        assert session.ip.link.add("br0", Bridge()).ok
    assert 2 == len(executor.unplayed)


@pytest.mark.parametrize(
    ("argv", "options"),
    [
        (("cat",), {"stdin": "other"}),
        (("cat",), {"changes": False}),
        (("cat", "-"), {}),
        (("cat",), {"timeout": 5.0}),
    ],
)
def test_command_is_the_same_in_all_that_matters(
    argv: tuple[str, ...], options: dict[str, Any]
) -> None:
    """Other words, another input, another intention or another time are another command."""
    with Session(Local(), DryRun()) as session:
        session.exec("cat", stdin="x")
    with Session(Local(), Playback(session.recording)) as again, pytest.raises(PlaybackError):
        again.exec(*argv, **{"stdin": "x", **options})


def test_recording_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """A path without a recording is an error with the path."""
    with pytest.raises(RecordingError, match=r"nothing\.jsonl"):
        Playback(tmp_path / "nothing.jsonl")


def test_error_names_the_recording(recording: Recording, tmp_path: Path) -> None:
    """A mismatch says in which file the recording is."""
    path = recording.save(tmp_path / "x.jsonl")
    with Session(Local(), Playback(path)) as session, pytest.raises(PlaybackError) as caught:
        session.exec("zzz")
    assert str(path) == caught.value.path
    assert str(caught.value).startswith(str(path))


def test_no_kernel_is_asked(recording: Recording) -> None:
    """A playback has no state to tell, and can be closed as often as one likes."""
    executor = Playback(recording)
    executor.close()
    executor.close()
    assert not executor.live
