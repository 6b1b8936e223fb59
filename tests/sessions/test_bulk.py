"""`RecordedBulk`: like commands are recorded as one event, and read as the single commands."""

import json
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from ipwrap import AlreadyExists, NotFound, Process, Recording, Session
from ipwrap.kinds import Bridge, Vxlan
from ipwrap.recording import CommandEvent, End, ResultEvent, StreamedRecording
from ipwrap.teardown.ledger import teardown_commands
from tests.undo.hosts import undo_recording

pytestmark = pytest.mark.live

PREFIXES = [f"10.{n >> 8}.{n & 255}.0/24" for n in range(256, 456)]
MAC = "02:00:00:00:00:%02x"


def build(session: Session) -> None:
    """Build routes, addresses, neighbours and forwarding entries, many of each."""
    session.ip.netns.add("red")
    for commands in (session, session.netns("red")):
        commands.ip.link.add("br0", Bridge(), up=True)
        commands.ip.address.add_many([f"192.0.2.{n}/24" for n in range(1, 9)], "br0")
        commands.ip.route.add_many(PREFIXES, via="192.0.2.99")
        commands.ip.route.add_many([("10.99.0.0/24", {"metric": n}) for n in range(5)], dev="br0")
        commands.ip.neigh.add_many(
            [(f"192.0.2.{n}", {"lladdr": MAC % n}) for n in range(100, 110)], "br0"
        )
        commands.ip.link.add("vx0", Vxlan(id=7, dstport=4789))
        commands.bridge.fdb.add_many([MAC % n for n in range(20, 30)], "vx0", dst="192.0.2.9")


def state_of(session: Session) -> list[str]:
    """Return the routes, addresses, neighbours and entries of both namespaces."""
    lines: list[str] = []
    for commands in (session, session.netns("red")):
        routes = [(route.dst, route.gateway, route.metric) for route in commands.ip.route.show()]
        neighbours = [(neigh.dst, neigh.lladdr) for neigh in commands.ip.neigh.show()]
        addresses = [
            (address.local, address.prefixlen)
            for link in commands.ip.address.show("br0", family="inet")
            for address in link.addr_info
        ]
        entries = [(entry.mac, entry.dst) for entry in commands.bridge.fdb.show("vx0")]
        lines += sorted(map(repr, (*routes, *neighbours, *addresses, *entries)))

    return lines


@pytest.fixture
def recorded(tmp_path: Path) -> Path:
    """The recording of a session that has built many things."""
    path = tmp_path / "many.jsonl"
    with Session(sandbox=True, record=path) as session:
        build(session)
    return path


def test_outcome_is_that_of_single_processes(session: Session) -> None:
    """Like commands leave the same state, recording and effects as processes, one by one."""
    build(session)
    with Session(sandbox=True, executor=Process()) as process_session:
        build(process_session)
        expected_state = state_of(process_session)

    def described(recording: Recording) -> list[tuple[int, str, int | None, str]]:
        """Return what the recording says of its changes."""
        return [
            (event.number, event.command.line, result.status, result.stderr)
            for event, result in recording.pairs()
            if isinstance(event, CommandEvent) and event.command.changes and result is not None
        ]

    expected = [entry[1:] for entry in described(process_session.recording)]
    assert expected_state == state_of(session)
    assert expected == [entry[1:] for entry in described(session.recording)]


def test_one_event_holds_the_commands(recorded: Path) -> None:
    """The file has one line for the commands, and one for their results; numbers go on behind."""
    events = [json.loads(line) for line in recorded.read_text().splitlines()]
    commands = [event for event in events if event["event"] == "commands"]
    results = [event for event in events if event["event"] == "results"]

    assert 10 == len(commands) == len(results)
    assert [["10.1.0.0/24"], ["10.1.1.0/24"]] == commands[1]["rows"][:2]
    assert ["ip", "route", "add", "to", None, "via", "192.0.2.99"] == commands[1]["argv"]
    numbers = [asked.number for asked in Recording.load(recorded).commands]
    assert list(range(1, len(numbers) + 1)) == numbers


def test_recording_is_read_in_every_way(recorded: Path, session: Session, tmp_path: Path) -> None:
    """A loaded, a streamed, a saved recording and one in memory have the same commands."""
    build(session)
    copy = tmp_path / "copy.jsonl"
    session.recording.save(copy)

    def lines(recording: Recording | StreamedRecording) -> list[tuple[str, int | None]]:
        """Return the changes with their status."""
        return [
            (result.line, result.status)
            for _, result in recording.pairs()
            if result is not None and result.command.changes
        ]

    expected = lines(session.recording)
    assert len(expected) > 2 * len(PREFIXES)
    assert expected == lines(Recording.load(recorded)) == lines(Recording.load(copy))
    assert expected == lines(StreamedRecording.open(recorded))
    assert len(list(session.recording.events)) == len(session.recording.events)


@pytest.mark.parametrize("format_", ["sh", "plain", "batch", "markdown", "console", "python"])
def test_every_export_has_the_commands(recorded: Path, format_: str) -> None:
    """Exports write the single commands."""
    from ipwrap.export import FORMATS

    text = FORMATS[format_](Recording.load(recorded))
    for prefix in PREFIXES:
        assert prefix in text


@pytest.mark.parametrize("via", ["one-by-one", "sh", "python", "batch"])
def test_replay_has_the_same_end(recorded: Path, via: str) -> None:
    """A replay, and each script, rebuild the same state."""
    options = [] if via == "one-by-one" else ["--via", via]
    replay = subprocess.run(
        ["ipwrap", "replay", "--check", "--sandbox", *options, str(recorded)],
        capture_output=True,
        text=True,
        check=False,
    )

    assert "no difference" in replay.stdout + replay.stderr
    assert 0 == replay.returncode


def test_playback_has_the_recorded_results(recorded: Path) -> None:
    """The script runs again without a kernel."""
    with Session.playback(recorded) as session:
        build(session)
        assert [] == session.unplayed


def test_down_takes_the_things_away(session: Session) -> None:
    """What like commands have created is deleted by an exported script."""
    session.ip.route.add_many(["10.1.0.0/24", "10.2.0.0/24"], type="blackhole")
    session.ip.route.delete("10.1.0.0/24", type="blackhole")

    deletions = [command.line for command in teardown_commands(session.recording)]
    assert ["ip route delete blackhole 10.2.0.0/24"] == deletions


@pytest.mark.parametrize("is_interrupted", [False, True])
def test_undo_takes_back_what_has_run(session: Session, is_interrupted: bool) -> None:
    """Undo deletes what like commands have created, also where nobody wrote down their results."""
    session.ip.link.add("br0", Bridge(), up=True)
    session.ip.address.add("192.0.2.1/24", dev="br0")
    session.ip.route.add("10.1.1.0/24", via="192.0.2.9")
    with Session(session.place) as many_session:
        with suppress(AlreadyExists):
            many_session.ip.route.add_many(PREFIXES[:30], via="192.0.2.9")
        many_session.ip.neigh.add_many(["192.0.2.7", "192.0.2.8"], "br0", lladdr=MAC % 7)

    recording = many_session.recording
    if is_interrupted:
        events = [event for event in recording.events if not isinstance(event, ResultEvent | End)]
        recording = Recording(recording.header, events)
    is_restored, commands, warnings = undo_recording(session, recording)

    assert (True, []) == (is_restored, warnings)
    assert 31 == len(commands)
    assert ["192.0.2.0/24", "10.1.1.0/24"] == [route.dst for route in session.ip.route.show()][::-1]
    assert [] == session.ip.neigh.show("br0", nud="permanent")


def test_failures_are_raised_behind_the_last_command(session: Session) -> None:
    """Commands that fail do not stop the others; the error names its command and its line."""
    session.ip.route.add("10.1.3.0/24", type="blackhole")
    with pytest.raises(AlreadyExists) as caught:
        session.ip.route.add_many([f"10.1.{n % 250}.0/24" for n in range(251)], type="blackhole")

    assert "ip route add blackhole 10.1.3.0/24" in str(caught.value)
    assert "test_bulk.py" in str(caught.value)
    summary, further_failure = caught.value.__notes__
    assert "in bulk: 249 changes were done, 2 failed, with these after it:" == summary
    assert further_failure.endswith("ip route add blackhole 10.1.0.0/24")
    statuses = [result.status for result in session.recording.results]
    assert [0, 0, 0, 0, 2] == statuses[:5]
    assert 2 == statuses[-1]
    assert 250 == len(session.ip.route.show())


@pytest.mark.parametrize("netns", ["ghost", None])
def test_error_of_all_is_raised_at_once(session: Session, netns: str | None) -> None:
    """A missing namespace or link is the error of the first command, and no other one runs."""
    commands = session if netns is None else session.netns(netns)
    with pytest.raises(NotFound) as caught:
        commands.ip.route.add_many(PREFIXES, dev="nope")

    assert "10.1.0.0/24" in str(caught.value)
    assert 1 == len([asked for asked in session.recording.commands if asked.command.changes])


def test_link_by_its_alternative_name(session: Session) -> None:
    """Names that no worker may use are used by processes."""
    session.ip.link.add("br0", Bridge(), up=True)
    session.ip.link.property_add("br0", "another-name")
    session.ip.route.add_many(["10.1.0.0/24", "10.2.0.0/24"], dev="another-name")

    assert ["br0", "br0"] == [route.dev for route in session.ip.route.show()]


def test_changes_of_a_block_come_first(session: Session) -> None:
    """In a block, the changes before are sent first."""
    with session.batch():
        session.ip.link.add("br0", Bridge(), up=True)
        session.ip.route.add_many(["10.1.0.0/24", "10.2.0.0/24"], dev="br0")
        session.ip.link.set("br0", mtu=1400)

    numbers = [asked.number for asked in session.recording.commands]
    assert [1, 2, 3, 4] == numbers
    assert 2 == len(session.ip.route.show())


def test_recording_with_placeholders_has_them_in_each_command() -> None:
    """Where values are replaced, the commands are recorded one by one."""
    with Session(sandbox=True, normalise=("mac",)) as session:
        session.ip.link.add("br0", Bridge(), up=True)
        address = session.ip.link.show("br0")[0].address
        session.ip.neigh.add_many(["192.0.2.7", "192.0.2.8"], "br0", lladdr=str(address))
        lines = [asked.command.line for asked in session.recording.commands]

    assert str(address) not in " ".join(lines)


def test_long_and_quoted_arguments(session: Session) -> None:
    """Arguments with blanks and quotes reach the kernel as they are."""
    session.ip.link.add("br0", Bridge(), up=True)
    labels = ["br0:a b", "br0:it's"]
    session.ip.address.add_many(
        [(f"10.0.{n}.1/24", {"label": label}) for n, label in enumerate(labels)], "br0"
    )

    (link,) = session.ip.address.show("br0", family="inet")
    assert labels == [address.label for address in link.addr_info]
