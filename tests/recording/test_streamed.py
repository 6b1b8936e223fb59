"""A recording on disk is read with constant memory, as a recording in memory is."""

import tracemalloc
from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipwrap import Command, DryRun, Local, Recording, RecordingError, Result, Secret, Session
from ipwrap.export import FORMATS
from ipwrap.export.markdown import markdown
from ipwrap.export.shell import shell
from ipwrap.kinds import Bridge
from ipwrap.recording import (
    CommandEvent,
    CommandsEvent,
    End,
    Event,
    Header,
    Note,
    ResultEvent,
    Snapshot,
    StreamedRecording,
)

KEY = Secret("sesam", "KEY")


def command_event(number: int) -> CommandEvent:
    """Return a command event."""
    return CommandEvent(number, Command(("true", str(number))), f"lab.py:{number}")


def result_event(number: int) -> ResultEvent:
    """Return the result event of a command."""
    return ResultEvent(number, Result(command_event(number).command, call_site=f"lab.py:{number}"))


def save(path: Path, events: list[Event]) -> Path:
    """Write a recording."""
    return Recording(Header(place="sandbox"), events).save(path)


@given(
    order=st.permutations(range(6)),
    silent=st.sets(st.integers(0, 5)),
    notes=st.sets(st.integers(0, 12)),
)
def test_pairs_equal_those_in_memory(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], silent: set[int], notes: set[int]
) -> None:
    """Results may come in any order, or be missing."""
    answered = [number for number in order if number not in silent]
    events: list[Event] = []

    for numbers in (range(3), range(3, 6)):
        events += map(command_event, numbers)
        events += [result_event(number) for number in answered if number in numbers]

    for position in sorted(notes, reverse=True):
        note = Note(f"note {position}")
        events.insert(position, note)

    path = save(tmp_path_factory.mktemp("pairs") / "a.jsonl", events)
    loaded = Recording.load(path)
    streamed = StreamedRecording.open(path)

    assert list(loaded.pairs()) == list(streamed.pairs())


def test_a_late_result_delays_no_events(tmp_path: Path) -> None:
    """The result of a monitor comes at the end; earlier notes do not wait for it."""
    notes: list[Event] = [Note(str(number)) for number in range(2000)]
    path = save(tmp_path / "a.jsonl", [command_event(1), *notes, result_event(1)])
    read: list[bytes] = []

    def watch(lines: Iterable[bytes], _: int) -> Iterable[bytes]:
        read.clear()
        for line in lines:
            read.append(line)
            yield line

    pairs = StreamedRecording.open(path, watch).pairs()

    assert [(command_event(1), result_event(1).result), (Note("0"), None)] == [
        next(pairs),
        next(pairs),
    ]
    assert 2 == len(read)
    assert 1999 == len(list(pairs))


def test_a_recording_can_be_read_repeatedly(tmp_path: Path) -> None:
    """Two readings can go on at the same time."""
    streamed = StreamedRecording.open(
        save(
            tmp_path / "a.jsonl",
            [command_event(1), result_event(1), command_event(2), result_event(2)],
        )
    )

    assert [
        (command_event(1), result_event(1).result),
        (command_event(2), result_event(2).result),
    ] == [*streamed.pairs()]
    assert 4 == sum(1 for _ in streamed.pairs() for _ in streamed.pairs())


@pytest.mark.parametrize(
    "events",
    [
        [],
        [Snapshot({"": {}}), Snapshot({"a": {}}), End("no", 2, {"b": {}})],
        [Snapshot({}), Snapshot({"a": {}})],
        [
            CommandEvent(1, Command(("wg", KEY))),
            CommandEvent(2, Command(("wg", Secret("x", "MADE")), stdin=Secret("y", "PSK"))),
        ],
        [
            CommandEvent(1, Command(("wg", "genkey"), output_secret="MADE")),
            CommandEvent(2, Command(("wg", Secret("x", "MADE")))),
        ],
    ],
)
def test_properties_equal_those_in_memory(tmp_path: Path, events: list[Event]) -> None:
    """Header, states, end and secrets equal those of a recording in memory."""
    path = save(tmp_path / "a.jsonl", events)
    loaded, streamed = Recording.load(path), StreamedRecording.open(path)

    assert loaded.header == streamed.header
    assert loaded.initial_state == streamed.initial_state
    assert loaded.end == streamed.end
    assert loaded.required_secrets == streamed.required_secrets


def test_a_truncated_last_line_is_left_out(tmp_path: Path) -> None:
    """A last line cut at any byte is left out of every reading, with a warning."""
    path = tmp_path / "a.jsonl"
    save(path, [command_event(1), result_event(1), command_event(2)])
    expected = [(command_event(1), result_event(1).result)]
    warning = f"{path}:4: the last line is torn; the rest was read"

    data = path.read_bytes()
    last_line = data.rindex(b"\n", 0, -1) + 1

    for size in range(last_line + 1, len(data) - 1):
        path.write_bytes(data[:size])
        streamed = StreamedRecording.open(path)

        assert warning == streamed.truncated_line
        assert expected == list(streamed.pairs())


def test_lines_written_after_opening_are_not_read(tmp_path: Path) -> None:
    """All readings return the same events."""
    path = save(tmp_path / "a.jsonl", [Note("one")])
    streamed = StreamedRecording.open(path)
    path.write_bytes(path.read_bytes() + b'{"event":"note","text":"two"}\n')

    assert [(Note("one"), None)] == [*streamed.pairs()]


def test_lines_written_behind_like_commands_are_not_read(tmp_path: Path) -> None:
    """A line of many commands is one line: those written later are left out as well."""
    path = tmp_path / "many.jsonl"
    recording = Recording.start(Header(), path)
    recording.append_bulk(CommandsEvent(1, ("ip", "route", "add", None), [("a",), ("b",)]))
    streamed = StreamedRecording.open(path)
    for _ in range(3):
        recording.append(Note("later"))
    recording.close()

    assert 2 == len([*streamed.pairs()])


def test_a_damaged_line_is_refused_on_opening(tmp_path: Path) -> None:
    """A damaged line is refused before any event is used."""
    path = save(tmp_path / "a.jsonl", [Note("one"), Note("two"), Note("three")])
    path.write_bytes(path.read_bytes().replace(b'"two"', b"two"))

    with pytest.raises(RecordingError, match=r"a\.jsonl:3: damaged"):
        StreamedRecording.open(path)


def test_a_line_damaged_later_is_refused_with_its_number(tmp_path: Path) -> None:
    """Skipped states count as lines."""
    path = save(tmp_path / "a.jsonl", [Note("one"), Snapshot({}), Note("two")])
    streamed = StreamedRecording.open(path)
    path.write_bytes(path.read_bytes().replace(b'"two"', b"two"))

    with pytest.raises(RecordingError, match=r"a\.jsonl:4: damaged"):
        list(streamed.pairs())


@pytest.mark.parametrize("second", [b'{"event":"result","n":1,', b'{"event":"result","n":2,'])
def test_an_orphan_result_is_damage(tmp_path: Path, second: bytes) -> None:
    """A result without a command, and a second result, are refused."""
    path = save(tmp_path / "a.jsonl", [command_event(1), result_event(1)])
    *_, line = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(path.read_bytes() + line.replace(b'{"event":"result","n":1,', second))

    with pytest.raises(
        RecordingError,
        match=r"a\.jsonl:4: damaged: a result of command [12], which is not there or",
    ):
        StreamedRecording.open(path)


@pytest.mark.parametrize("content", [b"", b"{}\n", b"\x7fELF\n"])
def test_a_file_without_a_recording_is_refused(tmp_path: Path, content: bytes) -> None:
    """The error equals that of `Recording.load`."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    messages = []
    for read in (Recording.load, StreamedRecording.open):
        with pytest.raises(RecordingError) as caught:
            read(path)

        messages.append(str(caught.value))

    assert messages[0] == messages[1]


def test_every_reading_can_be_watched(tmp_path: Path) -> None:
    """The watch gets the lines behind the header, and their number of bytes."""
    path = save(tmp_path / "a.jsonl", [Note("one"), Note("two")])
    watched: list[tuple[int, int]] = []

    def watch(lines: Iterable[bytes], size: int) -> Iterable[bytes]:
        content = b"".join(lines)
        watched.append((size, len(content)))
        return content.splitlines(keepends=True)

    streamed = StreamedRecording.open(path, watch)
    list(streamed.pairs())

    _header, _, rest = path.read_bytes().partition(b"\n")
    expected = (len(rest), len(rest))

    assert [expected, expected] == watched


def record_pods(path: Path, size: int) -> None:
    """Record a dry run of so many events, which leaves a bridge."""
    with Session(Local(), DryRun(), record=path) as session:
        session.ip.link.add("br0", Bridge())

        for number in range((size - 2) // 10):
            name = f"pod{number}"
            session.ip.netns.add(name)
            pod = session.netns(name)
            pod.ip.link.add("eth0", Bridge())
            pod.ip.address.add("10.0.0.1/24", dev="eth0")
            pod.ip.route.show()
            session.ip.netns.delete(name)


@pytest.fixture(scope="module")
def sizes(tmp_path_factory: pytest.TempPathFactory) -> tuple[StreamedRecording, StreamedRecording]:
    """Recordings of 2,000 and of 20,000 events, which both leave one link."""
    folder = tmp_path_factory.mktemp("sizes")
    small = folder / "small.jsonl"
    large = folder / "large.jsonl"

    record_pods(small, 2_000)
    record_pods(large, 20_000)
    return StreamedRecording.open(small), StreamedRecording.open(large)


def measure_export(streamed: StreamedRecording, format_: str) -> tuple[int, int]:
    """Return the peak memory of an export, and the number of characters written."""
    tracemalloc.start()

    try:
        written = 0
        for text in FORMATS[format_].iter_text(streamed):
            written += len(text)

        _current, peak = tracemalloc.get_traced_memory()
        return peak, written
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("format_", ["asciicast", "console", "markdown", "plain", "sh"])
def test_an_export_needs_constant_memory(
    sizes: tuple[StreamedRecording, StreamedRecording], format_: str
) -> None:
    """Ten times as many events and as much text need the same memory, within 1 MiB."""
    small, large = sizes
    small_peak, small_text = measure_export(small, format_)
    large_peak, large_text = measure_export(large, format_)

    assert large_text > 5 * small_text
    assert large_peak - small_peak < 2**20, (small_peak, large_peak)


def test_exports_equal_those_of_a_recording_in_memory(
    sizes: tuple[StreamedRecording, StreamedRecording],
) -> None:
    """Every format gives the same text."""
    streamed = sizes[0]
    loaded = Recording.load(streamed.path)

    for name, export in FORMATS.items():
        assert export(loaded) == export(streamed), name


def test_a_truncated_recording_is_exported(tmp_path: Path) -> None:
    """A command without a result is shown as cut short."""
    streamed = StreamedRecording.open(save(tmp_path / "a.jsonl", [Note("one"), command_event(1)]))

    assert "    # the session was cut short while this ran:\n    step true\n    true 1\n" in shell(
        streamed
    )
    assert "one\n\n```console\n$ true 1\n```\n" == markdown(streamed)
