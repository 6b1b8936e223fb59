"""The events of a long session take little memory, and are read back as they were."""

import gc
import json
import os
import threading
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from ipwrap import Command, DryRun, Local, Recording, RecordingError, Result, Secret, Session
from ipwrap.export import FORMATS
from ipwrap.recording import (
    CommandEvent,
    CommandsEvent,
    End,
    Event,
    Header,
    Note,
    ResultEvent,
    ResultsEvent,
    Snapshot,
    event_json,
)
from ipwrap.recording.encode import encode_event, encode_line
from ipwrap.recording.event_log import BLOCK
from ipwrap.result import RecordedLink, RecordedNetns
from tests.recording.test_recording import EVENTS

MANY = 5 * BLOCK + 7
GENERATOR = Command(("wg", "genkey"), changes=False, output_secret="OTHER")
USER = Command(("wg", Secret("sesam", "KEY"), "\udcff"), stdin=Secret(None, "OTHER"))
LINK = RecordedLink(netns=None, name="v0", ifindex=7)
RESULTS = (
    Result(USER, started=1.5, seconds=0.25),
    Result(USER, 255, '"[1]\n\x00é', "\udcff", started=1.8e9 + 1e-6, seconds=1e-6),
    Result(USER, -9, "x", "y", started=1e15, seconds=4.0),
    Result(USER, started=1.5, seconds=0.0),
    Result(USER, 124, started=1.5, seconds=0.25, timed_out=True),
    Result(USER, started=1.5, seconds=0.25, left_running=True),
    Result(USER, started=1.5, seconds=0.25, text="1: lo"),
    Result(USER, started=1.5, seconds=0.25, links=(LINK,)),
    Result(USER, started=1.5, seconds=0.25, devices=(LINK,)),
    Result(USER, started=1.5, seconds=0.25, namespaces=(RecordedNetns(name="red", identity="x"),)),
)
RESULT_EVENTS = [ResultEvent(5, result) for result in RESULTS]
SECRET_EVENTS: list[Event] = [CommandEvent(3, GENERATOR), CommandEvent(4, USER)]


def numbered_events(count: int) -> list[Event]:
    """Return a note, and commands with their results."""
    events: list[Event] = [Note("begin")]
    for number in range(1, count // 2 + 1):
        command = Command(("true", str(number)))
        events += [
            CommandEvent(number, command, "lab.py:1"),
            ResultEvent(number, Result(command, stdout=f"{number}\n", call_site="lab.py:1")),
        ]

    return events


def start(path: Path | None, events: list[Event]) -> Recording:
    """Return an open recording to which events were appended."""
    recording = Recording.start(Header(), path)
    for event in events:
        recording.append(event)
    return recording


@pytest.fixture(params=["memory", "file"])
def target(request: pytest.FixtureRequest, tmp_path: Path) -> Path | None:
    """A path to record to, or None."""
    return tmp_path / "x.jsonl" if request.param == "file" else None


@pytest.mark.parametrize("count", [0, 3, 2 * BLOCK - 1, MANY])
def test_events_are_read_back(target: Path | None, count: int) -> None:
    """The log equals the list of the events, whatever its length, also after `close`."""
    events = numbered_events(count)
    recording = start(target, events)

    assert events == recording.events
    assert len(events) == len(recording.events)
    recording.close()

    assert events == list(recording.events)


def test_a_log_is_a_sequence(target: Path | None) -> None:
    """Indices and slices of both ends are those of a list."""
    events = numbered_events(MANY)
    recording = start(target, events)
    log = recording.events

    for index in (0, 1, BLOCK, len(events) - 1, -1, -len(events)):
        assert events[index] == log[index]

    assert events[3:-2:7] == log[3:-2:7]
    assert list(reversed(events)) == list(reversed(log))
    for index in (len(events), -len(events) - 1):
        with pytest.raises(IndexError):
            log[index]

    assert log != events[:-1]
    assert log != [*events[:-1], Note("other")]
    assert log != 7
    assert f"<{len(events)} events>" == repr(log)
    recording.close()


def test_every_view_agrees_with_a_list(target: Path | None) -> None:
    """Commands, results, pairs, states and secrets are those of the same events in a list."""
    events = [
        *EVENTS[:-1],
        *SECRET_EVENTS,
        *(Note(str(number)) for number in range(MANY)),
        ResultEvent(4, Result(USER)),
        EVENTS[-1],
    ]
    recording = start(target, events)
    listed = Recording(events=events)

    assert listed.commands == recording.commands
    assert listed.results == recording.results
    assert list(listed.pairs()) == list(recording.pairs())
    assert listed.initial_state == recording.initial_state
    assert listed.end == recording.end
    assert {"KEY"} == recording.required_secrets
    recording.close()


def test_saving_copies_the_lines(target: Path | None, tmp_path: Path) -> None:
    """A copy in mid-session, and one at the end, are those of a list of the same events."""
    events = numbered_events(MANY)
    expected = Recording(events=events).save(tmp_path / "list.jsonl").read_bytes()
    recording = start(target, events)

    assert expected == recording.save(tmp_path / "copy.jsonl").read_bytes()
    recording.close()

    assert expected == recording.save(tmp_path / "copy.jsonl").read_bytes()


def test_a_live_file_is_not_overwritten_by_its_copy(tmp_path: Path) -> None:
    """Saving to the file of an open session is refused; afterwards the file is the copy."""
    path = tmp_path / "x.jsonl"
    recording = start(path, [Note("one")])
    (tmp_path / "link.jsonl").symlink_to(path)
    content = path.read_bytes()

    for same in (path, tmp_path / "link.jsonl"):
        with pytest.raises(RecordingError, match="the session writes its recording to this file"):
            recording.save(same)

    recording.close()

    assert path == recording.save(path)
    assert content == path.read_bytes()


def test_events_that_wait_for_the_disk_are_read(tmp_path: Path) -> None:
    """A line that has not left the process yet counts, and reading writes nothing."""
    path = tmp_path / "x.jsonl"
    recording = start(path, [Note("one")])
    recording.append(Note("two"), at_once=False)

    assert [Note("one"), Note("two")] == recording.events
    assert [Note("one")] == Recording.load(path).events
    recording.close()

    assert [Note("one"), Note("two")] == Recording.load(path).events


def test_a_relative_path_survives_a_change_of_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The events are found after the script has changed its folder."""
    monkeypatch.chdir(tmp_path)
    recording = start(Path("x.jsonl"), [Note("one")])
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")

    assert [Note("one")] == recording.events
    assert "x.jsonl" == recording.path
    recording.close()


@pytest.mark.parametrize("fate", ["deleted", "replaced"])
def test_a_file_that_is_gone_is_an_error(tmp_path: Path, fate: str) -> None:
    """Another file of the same name is not taken for the recording."""
    path = tmp_path / "x.jsonl"
    recording = start(path, [Note("one")])
    kept = path.rename(tmp_path / "kept.jsonl")
    if fate == "replaced":
        path.write_bytes(kept.read_bytes())

    message = "another file" if fate == "replaced" else "No such file"
    with pytest.raises(RecordingError, match=rf"x\.jsonl: .*{message}"):
        list(recording.events)

    recording.append(Note("two"))
    recording.close()

    assert [Note("one"), Note("two")] == Recording.load(kept).events


@pytest.mark.parametrize("device", ["/dev/null", "fifo"])
def test_a_pipe_or_device_is_kept_in_memory(tmp_path: Path, device: str) -> None:
    """What cannot be read back from the path stays readable."""
    path = Path(device)
    reader = None
    if device == "fifo":
        path = tmp_path / "fifo"
        os.mkfifo(path)
        reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)

    recording = start(path, [Note("one")])

    assert [Note("one")] == recording.events
    if reader is not None:
        assert b'{"event":"note","text":"one"}\n' == os.read(reader, 9999).splitlines(True)[1]
        os.close(reader)

        with pytest.raises(RecordingError, match="Broken pipe"):
            recording.append(Note("two"))

    recording.close()


def test_a_file_holds_whole_lines_after_a_full_disk(tmp_path: Path) -> None:
    """Half a line is removed, and the line is written once there is room again."""
    path = tmp_path / "x.jsonl"
    recording = start(path, [Note("one")])
    content = path.read_bytes()
    file = recording._file

    assert file is not None
    stream, file._stream = file._stream, HalfStream(file._stream)  # type: ignore[assignment]
    with pytest.raises(RecordingError, match="No space left on device"):
        recording.append(Note("two"))

    assert content == path.read_bytes()
    file._stream = stream
    recording.append(Note("three"))
    recording.close()

    assert [Note("one"), Note("two"), Note("three")] == Recording.load(path).events
    assert [Note("one"), Note("two"), Note("three")] == recording.events


class HalfStream:
    """A file on a disk with room for five bytes."""

    def __init__(self, stream: Any) -> None:
        self.stream = stream
        self.room = 5

    def write(self, data: bytes) -> int:
        """Write as much as there is room for."""
        if not self.room:
            raise OSError(28, "No space left on device")

        count: int = self.stream.write(data[: self.room])
        self.room -= count
        return count

    def fileno(self) -> int:
        """Return the descriptor of the file."""
        number: int = self.stream.fileno()
        return number


def test_readers_beside_writers_see_whole_prefixes(target: Path | None) -> None:
    """While threads append, every reading is a beginning of the final events."""
    recording = Recording.start(Header(), target)
    readings: list[list[Event]] = []
    is_done = threading.Event()

    def write(thread: int) -> None:
        for number in range(400):
            recording.append(Note(f"{thread} {number}"), at_once=number % 3 == 0)

    def read() -> None:
        while not is_done.is_set():
            readings.append(list(recording.events))

    writers = [threading.Thread(target=write, args=(thread,)) for thread in range(4)]
    reader = threading.Thread(target=read)
    reader.start()
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    is_done.set()
    reader.join()
    recording.close()

    assert 1600 == len(recording.events)
    final = list(recording.events)
    for reading in readings:
        assert final[: len(reading)] == reading


def test_a_kept_file_is_a_second_copy(tmp_path: Path) -> None:
    """A recording in memory that a file keeps as well survives the deletion of the file."""
    path = tmp_path / "crash.jsonl"
    events = numbered_events(MANY)
    recording = start(None, events[:-1])
    recording.keep(path)
    recording.append(events[-1])

    assert events == Recording.load(path).events
    recording.close()
    path.unlink()

    assert events == recording.events


@pytest.mark.parametrize("is_file", [False, True])
def test_memory_grows_little_with_the_commands(tmp_path: Path, is_file: bool) -> None:
    """A further 20,000 commands take next to no memory with a file, and 100 bytes each without."""
    path = tmp_path / "x.jsonl" if is_file else None

    with Session(Local(), DryRun(), path) as session:
        run_commands(session, 2000)
        gc.collect()
        tracemalloc.start()
        try:
            run_commands(session, 20_000)
            gc.collect()
            grown, _peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert 44_001 == len(session.recording.events)
    assert grown < (200_000 if is_file else 2_000_000)


def run_commands(session: Session, count: int) -> None:
    """Run equal changes."""
    for _ in range(count):
        session.ip.address.add("10.0.0.1/24", dev="eth0")


@pytest.mark.parametrize("is_file", [False, True])
def test_a_session_offers_its_events_in_little_memory(tmp_path: Path, is_file: bool) -> None:
    """The pairs of a long session are read without holding all of them, and exports are equal."""
    path = tmp_path / "x.jsonl" if is_file else None
    with Session(Local(), DryRun(), path) as session:
        run_commands(session, 3000)

    tracemalloc.start()
    try:
        count = sum(1 for _ in session.recording.pairs())
        _size, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert 3000 == count
    assert peak < 1_500_000
    copied = Recording(session.recording.header, list(session.recording.events))
    assert FORMATS["sh"](copied) == session.export()
    assert isinstance(session.recording.events[-1], End)
    assert not any(isinstance(event, Snapshot) for event in session.recording.events)


@pytest.mark.parametrize("event", [*EVENTS, *SECRET_EVENTS, *RESULT_EVENTS], ids=repr)
def test_a_line_holds_the_object_of_the_event(event: Event) -> None:
    """The quick encoder of commands and results writes the object of `event_json`."""
    line = encode_event(event)
    assert line.endswith(b"}\n")
    assert json.loads(encode_line(event_json(event))) == json.loads(line)


def test_time_that_is_a_placeholder_is_written_in_its_usual_form() -> None:
    """A normalised recording is the same text, byte by byte, however its lines are encoded."""
    event = ResultEvent(1, Result(Command(("true",)), started=0.0, seconds=0.0))
    assert encode_line(event_json(event)) == encode_event(event)


@pytest.mark.parametrize("is_file", [False, True])
@pytest.mark.parametrize("note_count", [1, 3 * BLOCK])
def test_like_commands_count_as_single_ones(tmp_path: Path, is_file: bool, note_count: int) -> None:
    """A log with commands in bulk is a sequence of the single events, also in old blocks."""
    path = tmp_path / "many.jsonl" if is_file else None
    bulk = CommandsEvent(1, ("ip", "route", "add", None), [(f"10.0.0.{n}",) for n in range(9)])
    results = ResultsEvent(bulk, 8, {2: (2, "File exists")}, 1.5, 0.4)
    recording = Recording.start(Header(), path)
    recording.append(Note("begin"))
    recording.append_bulk(bulk)
    recording.append_bulk(results)
    for _ in range(note_count):
        recording.append(Note("more"))

    events = list(recording.events)
    assert [*bulk.expand(), *results.expand()] == events[1:18]
    assert len(events) == len(recording.events) == 18 + note_count
    assert Note("more") == recording.events[-1]
    assert recording.events == events
    copy = recording.save(tmp_path / "copy.jsonl")
    recording.close()
    assert events == list(Recording.load(copy).events)


@pytest.mark.parametrize(
    "options",
    [{}, {"stdout": "x"}, {"started": 1.5}, {"timed_out": True}, {"links": ()}, {"text": ""}],
)
def test_a_success_without_a_time_is_written_as_any_other(options: dict[str, Any]) -> None:
    """The line of the usual result of a batch block holds the object of the event as well."""
    event = ResultEvent(7, Result(Command(("true",)), 0, **options))
    assert encode_line(event_json(event)) == encode_event(event)
