"""A recording is readable after any crash, and a damaged file is refused."""

import contextlib
import json
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from attrs import define, field
from hypothesis import given
from hypothesis import strategies as st

from ipwrap import DryRun, Local, PlaceError, Session
from ipwrap.command import Command, CreatedObject, LinkRename
from ipwrap.errors import AlreadyExists, ExecutorError, RecordingError
from ipwrap.executors import Reply
from ipwrap.places import Place
from ipwrap.recording import (
    FORMAT,
    CommandEvent,
    End,
    Event,
    Header,
    Note,
    Recording,
    ResultEvent,
    Snapshot,
    event_json,
    header_json,
)
from ipwrap.result import Result
from ipwrap.state import keep_covered_by_all
from ipwrap.system.process_identity import ProcessIdentity
from ipwrap.version import __version__
from tests.strategies import ANY_TEXT, JSON

CREATED = CreatedObject("link", "v0", {"dev": "v0"}, "ns1", ("br0",))
ADD = Command(
    ("ip", "link", "add", "name", "v0"),
    "ns1",
    stdin="in\n",
    timeout=1.5,
    creates=(CREATED,),
    deletes=(("link", None, "v9"), ("netns", "ns1", "x")),
    renames=LinkRename("v0", "v1", None),
)
SHOW = Command(("ip", "-j", "link", "show"), changes=False, batch=True)
EVENTS: list[Event] = [
    Note("Two pods: é, \udcff"),
    Snapshot({"": {"link": [{"ifname": "lo"}]}}),
    Snapshot({"": {"link": [{"ifname": "v1"}]}}, asked=True),
    CommandEvent(1, ADD, "lab.py:3"),
    ResultEvent(1, Result(ADD, 0, "", "", 1.25, 0.5, "lab.py:3")),
    CommandEvent(2, SHOW),
    ResultEvent(2, Result(SHOW, 255, "[\n", "a\r\nb\u2028\udcff", 2.0, 0.25, None, timed_out=True)),
    End("AlreadyExists: no", 2, {"": {}}),
]
HEADER = Header(iproute2="6.1.0", kernel="6.12", place="sandbox", started=1.5)


def write_recording(path: Path, events: list[Event] = EVENTS) -> bytes:
    """Write a recording and return the content of the file."""
    recording = Recording.start(HEADER, path)
    for event in events:
        recording.append(event)

    recording.close()
    return path.read_bytes()


def refusal(path: Path, data: bytes) -> str:
    """Return the error message for a file."""
    path.write_bytes(data)

    with pytest.raises(RecordingError) as caught:
        Recording.load(path)

    return str(caught.value)


def line_of(data: dict[str, Any]) -> bytes:
    """Return an object as a line of a recording."""
    return json.dumps(data).encode() + b"\n"


HEAD = line_of(header_json(HEADER))


@pytest.mark.parametrize("event", EVENTS, ids=lambda event: type(event).__name__)
def test_every_event_survives_the_file(tmp_path: Path, event: Event) -> None:
    """Events of every kind are read with all attributes."""
    path = tmp_path / "a.jsonl"
    events = [event]
    if isinstance(event, ResultEvent):
        result = event.result
        events.insert(0, CommandEvent(event.number, result.command, result.call_site))

    write_recording(path, events)

    assert event == Recording.load(path).events[-1]


def test_a_header_survives_the_file(tmp_path: Path) -> None:
    """Releases, place and time are read."""
    write_recording(tmp_path / "a.jsonl")

    assert HEADER == Recording.load(tmp_path / "a.jsonl").header


def test_the_objects_of_a_command_survive(tmp_path: Path) -> None:
    """A script made from the file can delete the created objects."""
    write_recording(tmp_path / "a.jsonl")
    command = Recording.load(tmp_path / "a.jsonl").commands[0].command

    assert ADD.creates == command.creates
    assert ADD.deletes == command.deletes
    assert ADD.renames == command.renames


def test_a_result_has_times_and_call_site(tmp_path: Path) -> None:
    """Times are kept to the microsecond; the call site is the command's."""
    write_recording(tmp_path / "a.jsonl")
    result = Recording.load(tmp_path / "a.jsonl").results[0]

    assert 1.25 == result.started
    assert 0.5 == result.seconds
    assert "lab.py:3" == result.call_site


def test_a_whole_recording_is_not_truncated(tmp_path: Path) -> None:
    """A complete file gives no warning."""
    write_recording(tmp_path / "a.jsonl")

    assert Recording.load(tmp_path / "a.jsonl").truncated_line is None


def test_a_last_line_cut_at_any_byte_is_accepted(tmp_path: Path) -> None:
    """After a crash the complete lines are read, with a warning about the last one."""
    path = tmp_path / "a.jsonl"
    data = write_recording(path)
    last_line = data.rindex(b"\n", 0, -1) + 1
    warning = f"{path}:{len(EVENTS) + 1}: the last line is torn; the rest was read"

    for size in range(last_line + 1, len(data) - 1):
        path.write_bytes(data[:size])
        recording = Recording.load(path)

        assert EVENTS[:-1] == recording.events
        assert warning == recording.truncated_line


def test_a_recording_cut_between_two_lines_is_whole(tmp_path: Path) -> None:
    """Without its last line a recording ends earlier, without a warning."""
    path = tmp_path / "a.jsonl"
    data = write_recording(path)
    path.write_bytes(data[: data.rindex(b"\n", 0, -1) + 1])
    recording = Recording.load(path)

    assert EVENTS[:-1] == recording.events
    assert recording.truncated_line is None
    assert recording.end is None


def test_a_last_line_without_its_newline_is_read(tmp_path: Path) -> None:
    """A complete event without a newline counts."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(write_recording(path)[:-1])

    assert EVENTS == Recording.load(path).events


@given(data=st.data())
def test_a_recording_cut_anywhere_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """A file cut behind the header is read up to the cut; a cut header is refused."""
    path = tmp_path_factory.mktemp("cut") / "a.jsonl"
    content = write_recording(path)
    size = data.draw(st.integers(0, len(content)))
    path.write_bytes(content[:size])
    if size < content.index(b"\n"):
        with pytest.raises(RecordingError):
            Recording.load(path)
    else:
        events = Recording.load(path).events

        assert EVENTS[: len(events)] == events


@pytest.mark.parametrize("number", range(1, len(EVENTS) + 1))
def test_a_damaged_line_before_the_last_is_refused(tmp_path: Path, number: int) -> None:
    """The error names path and line: no line in the middle is skipped."""
    lines = write_recording(tmp_path / "a.jsonl").splitlines(keepends=True)
    lines[number] = lines[number][:-9] + b"\n"

    assert refusal(tmp_path / "a.jsonl", b"".join(lines)).startswith(
        f"{tmp_path}/a.jsonl:{number + 1}: damaged: "
    )


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (b"\n", "damaged: not JSON"),
        (b"[]\n", "damaged: '[]' is no event"),
        (b"null\n", "damaged: 'None' is no event"),
        (b"\xff\xfe\n", "damaged: "),
        (b"{}\n", "damaged: there is no event None"),
        (line_of({"event": "dance"}), "damaged: there is no event 'dance'"),
        (line_of({"event": []}), "damaged: there is no event []"),
        (line_of({"event": "note"}), "damaged: the note event is not whole: $: object missing"),
        (line_of({"event": "end", "error": None}), "damaged: the end event is not whole"),
        (line_of({"event": "snapshot"}), "damaged: the snapshot event is not whole"),
        (line_of({"event": "command", "n": 1}), "damaged: the command event is not whole"),
        (
            line_of({"event": "command", "n": 1, "argv": [], "netns": None, "changes": True}),
            (
                "damaged: the command event is not whole: "
                "InvalidArgument('argv: there is no program to run')"
            ),
        ),
        (
            line_of({"event": "command", "n": 1, "argv": ["ip"], "netns": "a/b", "changes": True}),
            "damaged: the command event is not whole: InvalidArgument",
        ),
        (
            line_of({"event": "command", "n": [1], "argv": ["ip"], "netns": None, "changes": True}),
            "damaged: the command event is not whole: $.n: expected int, got array",
        ),
        (
            line_of(
                {
                    "event": "command",
                    "n": 1,
                    "argv": ["ip"],
                    "netns": None,
                    "changes": True,
                    "makes": [1],
                }
            ),
            "damaged: the command event is not whole: $.makes[0]: expected object, got int",
        ),
        (
            line_of(
                {
                    "event": "result",
                    "n": 5,
                    "status": 0,
                    "stdout": "",
                    "stderr": "",
                    "started": 0,
                    "seconds": 0,
                }
            ),
            "damaged: a result of command 5, which is not there",
        ),
        (line_of({"event": "result", "n": 5}), "damaged: the result event is not whole"),
    ],
)
def test_a_line_that_is_no_event_is_refused(tmp_path: Path, line: bytes, message: str) -> None:
    """The error describes the damage, after path and line, also for the last line."""
    path = tmp_path / "a.jsonl"

    assert refusal(path, HEAD + line).startswith(f"{path}:2: {message}")


@given(data=st.data(), value=JSON)
def test_a_field_of_any_value_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject, value: Any
) -> None:
    """For any damaged field the result is a recording or a `RecordingError`."""
    objects = [header_json(HEADER), *map(event_json, EVENTS)]
    damaged = data.draw(st.sampled_from(objects))

    keys = st.sampled_from(sorted(damaged))
    key = data.draw(st.one_of(keys, st.just("__doc__")))
    damaged[key] = value

    path = tmp_path_factory.mktemp("field") / "a.jsonl"
    path.write_bytes(b"".join(map(line_of, objects)))

    with contextlib.suppress(RecordingError):
        assert str(path) == Recording.load(path).path


@given(content=st.binary(max_size=60))
def test_any_file_is_read_or_refused(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    """A file without a recording is refused with its path."""
    path = tmp_path_factory.mktemp("any") / "a.jsonl"

    assert refusal(path, content).startswith(f"{path}:")


def test_an_unknown_format_is_refused(tmp_path: Path) -> None:
    """An older program refuses a newer format."""
    path = tmp_path / "a.jsonl"
    message = refusal(path, line_of({**header_json(HEADER), "format": FORMAT + 1}))

    assert (
        message == f"{path}:1: has format 3, and this ipwrap ({__version__}) reads formats "
        "up to 2; use a newer ipwrap"
    )


@pytest.mark.parametrize("number", [True, "1", [], "\x1b[2J"])
def test_a_format_that_is_no_number_is_refused(tmp_path: Path, number: object) -> None:
    """The message shows the format without control characters."""
    path = tmp_path / "a.jsonl"
    message = refusal(path, line_of({**header_json(HEADER), "format": number}))

    assert message.startswith(f"{path}:1: has format ")
    assert message.isprintable()


@pytest.mark.parametrize(
    "first",
    [b"{}\n", b'{"event":"note","text":"x"}\n', b'{"event":"recording"}\n', b'{"format":1}\n'],
)
def test_a_file_without_a_header_is_refused(tmp_path: Path, first: bytes) -> None:
    """JSON Lines of a different kind are no recording."""
    path = tmp_path / "a.jsonl"

    assert f"{path}:1: is not a recording of ipwrap: the header is missing" == refusal(path, first)


def test_a_surrogate_in_a_header_with_an_owner_is_damage(tmp_path: Path) -> None:
    """A lone surrogate in place of a number is told, though the owner has been read by then."""
    path = Recording(Header(owner=ProcessIdentity.current())).save(tmp_path / "x.jsonl")
    header, *rest = path.read_text().splitlines(keepends=True)
    data = {**json.loads(header), "started": "\ud800"}
    path.write_text("".join((json.dumps(data), "\n", *rest)))

    with pytest.raises(RecordingError, match=r"\$\.started: expected float, got str"):
        Recording.load(path)


def test_unknown_keys_of_a_header_are_ignored(tmp_path: Path) -> None:
    """A header of the same format may have more keys."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(line_of({**header_json(HEADER), "mood": "good", "append": 1, "__doc__": "x"}))

    assert HEADER == Recording.load(path).header


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    """An empty file is not an empty recording."""
    path = tmp_path / "a.jsonl"

    assert f"{path}: is empty; a recording starts with a header" == refusal(path, b"")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    """The error names the file."""
    with pytest.raises(
        RecordingError, match=r"/none\.jsonl: cannot be read: No such file or directory$"
    ):
        Recording.load(tmp_path / "none.jsonl")


def test_a_directory_is_refused(tmp_path: Path) -> None:
    """The error names the directory."""
    with pytest.raises(RecordingError, match=r"cannot be read: Is a directory$"):
        Recording.load(tmp_path)


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    """An ELF file is no recording."""
    assert "a.jsonl:1: is not a recording of ipwrap: " in refusal(
        tmp_path / "a.jsonl", b"\x7fELF\x02\x01\x01\x00\n\xff\xfe\x00"
    )


@pytest.mark.parametrize(
    "write", [lambda path: Recording.start(HEADER, path), lambda path: Recording(HEADER).save(path)]
)
def test_an_unwritable_path_is_refused(tmp_path: Path, write: Callable[[Path], object]) -> None:
    """The error is a `RecordingError` with the path."""
    path = tmp_path / "none" / "a.jsonl"
    with pytest.raises(
        RecordingError, match=r"none/a\.jsonl: cannot be written: No such file or directory"
    ):
        write(path)


@given(text=ANY_TEXT)
def test_any_output_survives_save_and_load(
    tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    """Quotes, backslashes and bytes that are not UTF-8 survive the file."""
    path = tmp_path_factory.mktemp("text") / "a.jsonl"
    events: list[Event] = [
        Note(text),
        CommandEvent(1, SHOW),
        ResultEvent(1, Result(SHOW, 0, text, text)),
    ]
    Recording(HEADER, events).save(path)

    assert events == Recording.load(path).events


def test_a_backslash_before_a_quote_survives_beside_other_bytes(tmp_path: Path) -> None:
    r"""The characters \' survive in a line with bytes that are not UTF-8."""
    path = tmp_path / "a.jsonl"
    Recording(HEADER, [Note("it\\'s \udcff")]).save(path)

    assert [Note("it\\'s \udcff")] == Recording.load(path).events


def test_each_event_is_in_the_file_at_once(tmp_path: Path) -> None:
    """When `append` returns, the line has left the process."""
    path = tmp_path / "a.jsonl"
    recording = Recording.start(HEADER, path)
    sizes = []
    for event in EVENTS:
        recording.append(event)
        sizes.append(len(path.read_bytes().splitlines()))

    recording.close()

    assert list(range(2, len(EVENTS) + 2)) == sizes


def test_a_delayed_line_leaves_with_the_next_event(tmp_path: Path) -> None:
    """The line of a read may be delayed; the order is kept."""
    path = tmp_path / "a.jsonl"
    recording = Recording.start(HEADER, path)
    recording.append(Note("one"), at_once=False)
    before = Recording.load(path).events
    recording.append(Note("two"))

    assert [] == before
    assert [Note("one"), Note("two")] == Recording.load(path).events

    recording.close()


def test_delayed_lines_can_be_flushed(tmp_path: Path) -> None:
    """`flush` and `close` write delayed lines."""
    path = tmp_path / "a.jsonl"
    recording = Recording.start(HEADER, path)
    recording.append(Note("one"), at_once=False)
    recording.flush()
    recording.flush()

    assert [Note("one")] == Recording.load(path).events

    recording.append(Note("two"), at_once=False)
    recording.close()

    assert [Note("one"), Note("two")] == Recording.load(path).events


def test_several_threads_lose_no_line(tmp_path: Path) -> None:
    """Every event is in the file once, in the order in memory."""
    path = tmp_path / "a.jsonl"
    recording = Recording.start(HEADER, path)

    def write(thread: int) -> None:
        for number in range(200):
            recording.append(Note(f"{thread} {number}"), at_once=number % 3 == 0)

    threads = [threading.Thread(target=write, args=(thread,)) for thread in range(8)]
    for thread in threads:
        thread.start()

    for thread in threads:
        thread.join()

    recording.close()

    assert 1600 == len(recording.events)
    assert recording.events == Recording.load(path).events


def test_the_header_is_in_the_file_at_once(tmp_path: Path) -> None:
    """A session that dies before its first command leaves a readable recording."""
    recording = Recording.start(HEADER, tmp_path / "a.jsonl")
    loaded = Recording.load(tmp_path / "a.jsonl")
    recording.close()

    assert HEADER == loaded.header
    assert [] == loaded.events


def test_an_old_recording_is_replaced(tmp_path: Path) -> None:
    """A second recording to the same path starts with an empty file."""
    write_recording(tmp_path / "a.jsonl")
    write_recording(tmp_path / "a.jsonl", [])

    assert [] == Recording.load(tmp_path / "a.jsonl").events


def test_closing_twice_is_no_error(tmp_path: Path) -> None:
    """`close` is idempotent."""
    recording = Recording.start(HEADER, tmp_path / "a.jsonl")
    recording.close()
    recording.close()

    assert HEADER == Recording.load(tmp_path / "a.jsonl").header


def test_without_a_path_a_recording_is_in_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No file appears, and the recording has the events."""
    monkeypatch.chdir(tmp_path)
    recording = Recording.start(HEADER)
    recording.append(Note("x"))
    recording.close()

    assert [Note("x")] == recording.events
    assert [] == list(tmp_path.iterdir())


def test_a_saved_recording_is_the_file_of_a_live_one(tmp_path: Path) -> None:
    """Saving at the end and writing on the way give the same bytes."""
    live = write_recording(tmp_path / "a.jsonl")
    saved = Recording(HEADER, list(EVENTS)).save(tmp_path / "b.jsonl")

    assert live == saved.read_bytes()


def test_loading_and_saving_changes_nothing(tmp_path: Path) -> None:
    """A copy has the same bytes."""
    data = write_recording(tmp_path / "a.jsonl")

    assert data == Recording.load(tmp_path / "a.jsonl").save(tmp_path / "b.jsonl").read_bytes()


def test_results_are_in_the_order_of_the_commands() -> None:
    """Results may arrive in a different order; an unfinished command has none."""
    first = Command(("one",))
    second = Command(("two",))
    third = Command(("three",))
    recording = Recording(
        HEADER,
        [
            CommandEvent(1, first),
            CommandEvent(2, second),
            CommandEvent(3, third),
            ResultEvent(3, Result(third)),
            ResultEvent(1, Result(first)),
        ],
    )

    assert ["one", "three"] == [result.line for result in recording.results]


def test_pairs_give_each_command_its_result() -> None:
    """Notes and commands are in order; an unfinished command has None."""
    note = Note("x")
    finished = CommandEvent(1, SHOW)
    unfinished = CommandEvent(2, ADD)
    result = Result(SHOW)
    recording = Recording(
        HEADER,
        [
            note,
            Snapshot({}),
            finished,
            ResultEvent(1, result),
            unfinished,
            End(),
        ],
    )

    assert [
        (note, None),
        (finished, result),
        (unfinished, None),
    ] == list(recording.pairs())


def test_the_initial_state_and_the_end() -> None:
    """The initial state is the first snapshot that the script did not ask for."""
    recording = Recording(HEADER, list(EVENTS))

    assert {"": {"link": [{"ifname": "lo"}]}} == recording.initial_state
    assert EVENTS[-1] == recording.end


def test_an_empty_recording_has_no_states() -> None:
    """An empty recording has neither an initial state nor an end."""
    assert Recording().initial_state is None
    assert Recording().end is None


def test_defaults_are_not_written() -> None:
    """The line of a plain command has only the required keys."""
    assert {"event", "n", "argv", "netns", "changes", "at"} == event_json(
        CommandEvent(1, Command(("true",)))
    ).keys()


@pytest.mark.parametrize("batch", [True, False])
def test_the_batch_flag_survives(tmp_path: Path, batch: bool) -> None:
    """A replay may use a worker for the same commands."""
    path = Recording(HEADER, [CommandEvent(1, Command(("ip", "link"), batch=batch))]).save(
        tmp_path / "a.jsonl"
    )

    assert batch is Recording.load(path).commands[0].command.batch


@define
class FileReader:
    """An executor that reads the recording while a command runs."""

    path: Path
    live: bool = False
    contents: list[bytes] = field(factory=list)

    def run(self, command: Command, place: Place) -> Reply:  # noqa: ARG002 - a protocol
        """Keep the present content of the file."""
        self.contents.append(self.path.read_bytes())
        return Reply()

    def close(self) -> None:
        """There is nothing to give up."""


def test_a_command_is_in_the_file_before_it_runs(tmp_path: Path) -> None:
    """After a crash the file has the command that was running."""
    executor = FileReader(tmp_path / "a.jsonl")
    with Session(Local(), executor, record=executor.path) as session:
        session.exec("one")

    assert ["recording", "command"] == [
        json.loads(line)["event"] for line in executor.contents[-1].splitlines()
    ]


@pytest.mark.live
def test_a_real_command_finds_itself_in_the_file(tmp_path: Path) -> None:
    """`cat` of the recording shows the line of that `cat`, without a result."""
    path = tmp_path / "a.jsonl"
    try:
        with Session(sandbox=True, record=path) as session:
            lines = session.exec("cat", str(path)).stdout.splitlines()
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")

    last_event = json.loads(lines[-1])
    assert "command" == last_event["event"]
    assert ["cat", str(path)] == last_event["argv"]


def test_a_copy_saved_in_mid_session_has_an_end(dry_session: Session, tmp_path: Path) -> None:
    """The copy can be exported and replayed."""
    dry_session.exec("one")

    assert End() == Recording.load(dry_session.recording.save(tmp_path / "a.jsonl")).end


def test_saving_in_mid_session_does_not_end_the_session(
    dry_session: Session, tmp_path: Path
) -> None:
    """Only the copy has the end."""
    dry_session.recording.save(tmp_path / "a.jsonl")
    dry_session.exec("one")

    assert dry_session.recording.end is None
    assert ["one"] == [result.line for result in dry_session.recording.results]


def test_a_session_that_has_ended_is_saved_with_one_end(tmp_path: Path) -> None:
    """The end is not added twice."""
    with Session(Local(), DryRun()) as session:
        session.exec("one")

    events = Recording.load(session.recording.save(tmp_path / "a.jsonl")).events

    assert 1 == sum(isinstance(event, End) for event in events)


@pytest.mark.live
def test_a_copy_saved_in_mid_session_has_the_state(session: Session, tmp_path: Path) -> None:
    """The end of the copy has the state that the session reached."""
    session.ip.netns.add("ns1")
    end = Recording.load(session.recording.save(tmp_path / "a.jsonl")).end
    assert end is not None

    # The copy lacks the objects that such a session cannot have changed.
    current, saved = keep_covered_by_all(session.state(), end.state)

    assert json.dumps(current, sort_keys=True) == json.dumps(saved, sort_keys=True)


@pytest.mark.live
def test_bytes_that_are_not_utf8_survive_a_session(session: Session, tmp_path: Path) -> None:
    """The output of a program is read back byte by byte."""
    output = session.exec("printf", r"\377\303\050 \\'", changes=False).stdout
    result = Recording.load(session.recording.save(tmp_path / "a.jsonl")).results[-1]

    assert (
        b"\xff\xc3( \\'"
        == output.encode(errors="surrogateescape")
        == result.stdout.encode(errors="surrogateescape")
    )


@pytest.mark.live
def test_an_error_that_ends_a_session_is_in_its_recording(tmp_path: Path) -> None:
    """The end names the error and the command that failed."""
    try:
        with Session(sandbox=True, record=tmp_path / "a.jsonl") as session:
            session.ip.netns.add("ns1")
            session.ip.netns.add("ns1")
    except PlaceError as error:
        pytest.skip(f"no sandbox here: {error}")
    except AlreadyExists:
        pass

    recording = Recording.load(tmp_path / "a.jsonl")
    assert recording.end is not None
    assert str(recording.end.error).startswith("AlreadyExists: Cannot create namespace file")
    assert recording.commands[-1].number == recording.end.failed


def test_a_command_that_could_not_run_has_a_result(tmp_path: Path) -> None:
    """A missing program is recorded with the error as stderr."""
    path = tmp_path / "a.jsonl"
    with Session(Local(), record=path) as session, pytest.raises(ExecutorError):
        session.exec("ipwrap-test-none", changes=False)

    result = Recording.load(path).results[-1]

    assert 127 == result.status
    assert "no such program" in result.stderr


@pytest.mark.parametrize("path", ["/dev/full", "none/x.jsonl"])
def test_a_file_that_cannot_be_written_is_abandoned(path: str) -> None:
    """The recording in memory stays as before, without a file."""
    recording = Recording(Header())

    with pytest.raises(
        RecordingError, match=rf"^{path}: cannot be written: (No space left|No such file)"
    ):
        recording.keep(path)

    recording.append(Note("still here"))
    recording.close()

    assert recording.path is None
    assert [Note("still here")] == recording.events


def start_on_a_full_disk(path: Path) -> Recording:
    """Return a recording whose file takes no more after its header."""
    recording = Recording.start(Header(), path)
    full = os.open("/dev/full", os.O_WRONLY)

    assert recording._file is not None

    os.dup2(full, recording._file.fileno())
    os.close(full)
    return recording


def test_a_full_disk_is_reported_once(tmp_path: Path) -> None:
    """A second `close` does nothing."""
    recording = start_on_a_full_disk(tmp_path / "x.jsonl")

    recording.append(Note("waits"), at_once=False)

    with pytest.raises(
        RecordingError, match=r"x.jsonl: cannot be written: No space left on device"
    ):
        recording.close()

    recording.close()


def test_buffered_bytes_are_written_by_close(tmp_path: Path) -> None:
    """A failed append leaves bytes that `close` tries to write again."""
    recording = start_on_a_full_disk(tmp_path / "x.jsonl")

    with pytest.raises(RecordingError, match="No space left on device"):
        recording.append(Note("one"))

    with pytest.raises(RecordingError, match="No space left on device"):
        recording.close()
