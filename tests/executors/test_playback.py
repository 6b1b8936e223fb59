"""`Playback`: a recording replies instead of a kernel."""

from pathlib import Path
from typing import Any

import pytest

from ipwrap import (
    AlreadyExists,
    Command,
    CommandTimeout,
    DryRun,
    ExecutorError,
    Local,
    NotFound,
    Playback,
    PlaybackError,
    Recording,
    RecordingError,
    Result,
    Secret,
    Session,
)
from ipwrap.executors.playback import Ordered
from ipwrap.kinds import Bridge, Veth
from ipwrap.recording import CommandEvent, ResultEvent


def run_lab(session: Session) -> list[Any]:
    """Build a small network, read its state, and return all results."""
    session.note("a bridge and a pod")
    session.ip.link.add("br0", Bridge(stp_state=1))
    session.ip.netns.add("ns1")
    session.ip.link.add("v0", Veth(peer="eth0", peer_netns="ns1"), master="br0")
    pod = session.netns("ns1")
    pod.ip.address.add("10.0.0.1/24", "eth0")
    pod.ip.link.set("eth0", up=True)
    results: list[Any] = [
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
        *results,
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
    """A script gets the same results and errors from the recording as from the kernel."""
    results = run_lab(session)
    session.close()
    path = session.recording.save(tmp_path / "run_lab.jsonl")
    argument: Any = {"memory": session.recording, "path": path, "str": str(path)}[source]
    executor = Playback(argument)
    with Session(Local(), executor) as playback_session:
        assert results == run_lab(playback_session)

    assert [] == executor.unplayed
    lines = [result.line for result in session.recording.results]

    assert lines == [result.line for result in playback_session.recording.results]
    assert playback_session.recording.end is not None
    assert playback_session.recording.end.state is None


@pytest.mark.live
def test_doubtful_names_are_played_back(session: Session) -> None:
    """The recording includes the reads by which ipwrap checks a doubtful name."""

    def script(session: Session) -> str:
        session.ip.link.add("if1", Bridge())
        session.ip.link.set("if1", mtu=1300)
        return session.ip.link.show("if1")[0].ifname

    assert "if1" == script(session)
    with Session(Local(), Playback(session.recording)) as playback_session:
        assert "if1" == script(playback_session)


@pytest.mark.live
def test_missing_program_is_missing_in_the_playback(session: Session) -> None:
    """A script that catches the error of a missing program catches it in the playback as well."""

    def script(session: Session) -> None:
        with pytest.raises(ExecutorError, match="no such program"):
            session.exec("no-such-program")

    script(session)
    with Session(Local(), Playback(session.recording)) as playback_session:
        script(playback_session)


def test_mismatch_shows_asked_and_recorded_command(recording: Recording) -> None:
    """The error shows the asked, the recorded and the most similar command."""
    with Session(Local(), Playback(recording)) as session, pytest.raises(PlaybackError) as caught:
        session.netns("ns1").ip.link.show("eth1")
    error = caught.value
    assert "ip -n ns1 -j -d link show dev eth1" == error.asked
    assert "ip link add name br0 type bridge" == error.recorded
    assert "ip -n ns1 -j -d link show dev eth0" == error.nearest

    for text in (error.asked, error.recorded, error.nearest, "record="):
        assert text is not None
        assert text in str(error)


def test_nearest_command_equal_to_the_recorded_one(recording: Recording) -> None:
    """A most similar command equal to the next recorded one is not repeated."""
    with Session(Local(), Playback(recording)) as session, pytest.raises(PlaybackError) as caught:
        session.ip.link.add("br1", Bridge())
    assert caught.value.recorded == caught.value.nearest
    assert "nearest" not in str(caught.value)


def test_command_without_similar_command(recording: Recording) -> None:
    """Without a similar recorded command, the error shows none."""
    with Session(Local(), Playback(recording)) as session, pytest.raises(PlaybackError) as caught:
        session.exec("zzz")
    assert caught.value.nearest is None


def test_end_of_the_recording(recording: Recording) -> None:
    """A command after the last recorded one is an error."""
    executor = Playback(recording)
    with Session(Local(), executor) as session:
        session.ip.link.add("br0", Bridge())
        session.ip.link.set("br0", up=True)
        assert ["ip -n ns1 -j -d link show dev eth0"] == executor.unplayed
        session.netns("ns1").ip.link.show("eth0")
        with pytest.raises(PlaybackError, match="nothing more") as caught:
            session.ip.link.show()

    assert caught.value.recorded is None


def test_mismatch_uses_up_no_reply(recording: Recording) -> None:
    """A mismatch does not use up a reply."""
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
        (("cat",), {"env": {"A": "b"}}),
        (("cat",), {"cwd": "/"}),
    ],
)
def test_fields_compared_in_a_command(argv: tuple[str, ...], options: dict[str, Any]) -> None:
    """A different argv, stdin, timeout, environment or purpose makes a different command."""
    with Session(Local(), DryRun()) as session:
        session.exec("cat", stdin="x")
    with (
        Session(Local(), Playback(session.recording)) as playback_session,
        pytest.raises(PlaybackError),
    ):
        playback_session.exec(*argv, **{"stdin": "x", **options})


def test_unreadable_recording_is_an_error(tmp_path: Path) -> None:
    """The error for a missing recording names the path."""
    with pytest.raises(RecordingError, match=r"nothing\.jsonl"):
        Playback(tmp_path / "nothing.jsonl")


def test_error_names_the_recording(recording: Recording, tmp_path: Path) -> None:
    """A mismatch names the file of the recording."""
    path = recording.save(tmp_path / "x.jsonl")

    with Session(Local(), Playback(path)) as session, pytest.raises(PlaybackError) as caught:
        session.exec("zzz")
    assert str(path) == caught.value.path
    assert str(caught.value).startswith(str(path))


def test_playback_is_not_live(recording: Recording) -> None:
    """A playback is not live, and can be closed twice."""
    executor = Playback(recording)
    executor.close()
    executor.close()

    assert not executor.live


@pytest.mark.parametrize("ordered", ["strict", "any"])
def test_variables_and_directory_are_matched(ordered: Ordered) -> None:
    """A command is found by its variables and directory; the mismatch shows both."""
    command = Command(("cat",), env={"A": "b", "KEY": Secret("x", "KEY")}, cwd="/usr")
    recording = Recording()
    recording.append(CommandEvent(1, command))
    recording.append(ResultEvent(1, Result(command, 0, "output", left_running=True)))

    options: dict[str, Any] = {"env": {"KEY": Secret("x", "KEY"), "A": "b"}, "cwd": "/usr"}
    with Session(Local(), Playback(recording, ordered=ordered)) as session:
        with pytest.raises(PlaybackError, match=r"env=\[-\{'A': 'b'.*-\]\{\+\{'A': 'c'\}\+\}"):
            session.exec("cat", env={"A": "c"}, cwd="/usr")
        result = session.exec("cat", **options)

    assert ("output", True) == (result.stdout, result.left_running)
