"""A recording on disk is read as one in memory is, in memory that does not grow with it."""

import tracemalloc
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipwrap import Command, DryRun, Local, Recording, RecordingError, Result, Secret, Session
from ipwrap.export import FORMATS, markdown, shell
from ipwrap.kinds import Bridge
from ipwrap.recording import (
    CommandEvent,
    End,
    Event,
    Header,
    Note,
    ResultEvent,
    Snapshot,
    StreamedRecording,
)

KEY = Secret("sesam", "KEY")


def asked(number: int) -> CommandEvent:
    """Return a command event."""
    return CommandEvent(number, Command(("true", str(number))), f"lab.py:{number}")


def answered(number: int) -> ResultEvent:
    """Return its result."""
    return ResultEvent(number, Result(asked(number).command, call_site=f"lab.py:{number}"))


def saved(path: Path, events: list[Event]) -> Path:
    """Write a recording."""
    return Recording(Header(place="sandbox"), events).save(path)


@given(
    order=st.permutations(range(6)),
    silent=st.sets(st.integers(0, 5)),
    notes=st.sets(st.integers(0, 12)),
)
def test_pairs_are_those_of_one_in_memory(
    tmp_path_factory: pytest.TempPathFactory, order: list[int], silent: set[int], notes: set[int]
) -> None:
    """In whatever order the results came, and whichever never came."""
    events: list[Event] = [asked(number) for number in range(3)]
    events += [answered(number) for number in order if number < 3 and number not in silent]
    events += [asked(number) for number in range(3, 6)]
    events += [answered(number) for number in order if number >= 3 and number not in silent]
    for place in sorted(notes, reverse=True):
        events.insert(place, Note(f"note {place}"))
    path = saved(tmp_path_factory.mktemp("pairs") / "a.jsonl", events)

    assert [*Recording.load(path).pairs()] == [*StreamedRecording.open(path).pairs()]


def test_a_result_that_comes_late_lets_nothing_wait(tmp_path: Path) -> None:
    """A monitor's comes when the session ends: it has its place, and the notes behind it are read one by one."""
    notes: list[Event] = [Note(str(number)) for number in range(2000)]
    path = saved(tmp_path / "a.jsonl", [asked(1), *notes, answered(1)])
    read: list[bytes] = []

    def watch(lines: Iterable[bytes], _: int) -> Iterable[bytes]:
        read.clear()
        for line in lines:
            read.append(line)
            yield line

    pairs = StreamedRecording.open(path, watch).pairs()

    assert [(asked(1), answered(1).result), (Note("0"), None)] == [next(pairs), next(pairs)]
    assert 2 == len(read)
    assert 1999 == len(list(pairs))


def test_it_can_be_read_again_and_again(tmp_path: Path) -> None:
    """Also while another reading is under way."""
    stored = StreamedRecording.open(
        saved(tmp_path / "a.jsonl", [asked(1), answered(1), asked(2), answered(2)])
    )

    assert [(asked(1), answered(1).result), (asked(2), answered(2).result)] == [*stored.pairs()]
    assert 4 == sum(1 for _ in stored.pairs() for _ in stored.pairs())


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
def test_what_is_known_of_it_is_what_is_known_in_memory(
    tmp_path: Path, events: list[Event]
) -> None:
    """The header, the states, how it ended, which secrets it needs."""
    path = saved(tmp_path / "a.jsonl", events)
    kept, stored = Recording.load(path), StreamedRecording.open(path)

    assert (kept.header, kept.initial_state, kept.end, kept.required_secrets) == (
        stored.header,
        stored.initial_state,
        stored.end,
        stored.required_secrets,
    )


def test_a_torn_last_line_is_said_and_left_out(tmp_path: Path) -> None:
    """Wherever it is torn; each reading leaves it out."""
    path = saved(tmp_path / "a.jsonl", [asked(1), answered(1), asked(2)])
    data = path.read_bytes()
    for size in range(data.rindex(b"\n", 0, -1) + 2, len(data) - 1):
        path.write_bytes(data[:size])
        stored = StreamedRecording.open(path)

        assert f"{path}:4: the last line is torn; the rest was read" == stored.truncated_line
        assert [(asked(1), answered(1).result)] == [*stored.pairs()]


def test_what_is_written_after_it_was_opened_is_not_read(tmp_path: Path) -> None:
    """All readings give the same."""
    path = saved(tmp_path / "a.jsonl", [Note("one")])
    stored = StreamedRecording.open(path)
    path.write_bytes(path.read_bytes() + b'{"event":"note","text":"two"}\n')

    assert [(Note("one"), None)] == [*stored.pairs()]


def test_a_damaged_line_is_refused_at_once(tmp_path: Path) -> None:
    """Before anything of it is used."""
    path = saved(tmp_path / "a.jsonl", [Note("one"), Note("two"), Note("three")])
    path.write_bytes(path.read_bytes().replace(b'"two"', b"two"))

    with pytest.raises(RecordingError, match=r"a\.jsonl:3: damaged"):
        StreamedRecording.open(path)


def test_a_line_damaged_meanwhile_is_refused_with_its_number(tmp_path: Path) -> None:
    """States that are passed over count as lines."""
    path = saved(tmp_path / "a.jsonl", [Note("one"), Snapshot({}), Note("two")])
    stored = StreamedRecording.open(path)
    path.write_bytes(path.read_bytes().replace(b'"two"', b"two"))

    with pytest.raises(RecordingError, match=r"a\.jsonl:4: damaged"):
        list(stored.pairs())


@pytest.mark.parametrize("second", [b'{"event":"result","n":1,', b'{"event":"result","n":2,'])
def test_a_result_that_no_command_waits_for_is_damage(tmp_path: Path, second: bytes) -> None:
    """It was never asked for, or has a result already."""
    path = saved(tmp_path / "a.jsonl", [asked(1), answered(1)])
    *_, line = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(path.read_bytes() + line.replace(b'{"event":"result","n":1,', second))

    with pytest.raises(
        RecordingError,
        match=r"a\.jsonl:4: damaged: a result of command [12], which is not there or",
    ):
        StreamedRecording.open(path)


@pytest.mark.parametrize("content", [b"", b"{}\n", b"\x7fELF\n"])
def test_what_is_no_recording_is_refused(tmp_path: Path, content: bytes) -> None:
    """As by `Recording.load`, in the same words."""
    path = tmp_path / "a.jsonl"
    path.write_bytes(content)
    said = []
    for read in (Recording.load, StreamedRecording.open):
        with pytest.raises(RecordingError) as caught:
            read(path)
        said.append(str(caught.value))

    assert said[0] == said[1]


def test_each_reading_can_be_watched(tmp_path: Path) -> None:
    """The watch is given the lines behind the header, and how many bytes they are."""
    path = saved(tmp_path / "a.jsonl", [Note("one"), Note("two")])
    seen: list[tuple[int, int]] = []

    def watch(lines: Iterable[bytes], size: int) -> Iterable[bytes]:
        read = list(lines)
        seen.append((size, sum(map(len, read))))
        return read

    stored = StreamedRecording.open(path, watch)
    list(stored.pairs())

    left = len(path.read_bytes().partition(b"\n")[2])
    assert [(left, left)] * 2 == seen


@pytest.fixture(scope="module")
def sizes(tmp_path_factory: pytest.TempPathFactory) -> tuple[StreamedRecording, StreamedRecording]:
    """A recording of 2,000 events, and one of 20,000, that both leave one link."""
    folder = tmp_path_factory.mktemp("sizes")
    made = []
    for size in (2_000, 20_000):
        with Session(Local(), DryRun(), record=folder / f"{size}.jsonl") as session:
            session.ip.link.add("br0", Bridge())
            for number in range((size - 2) // 10):
                session.ip.netns.add(f"pod{number}")
                session.netns(f"pod{number}").ip.link.add("eth0", Bridge())
                session.netns(f"pod{number}").ip.address.add("10.0.0.1/24", dev="eth0")
                session.netns(f"pod{number}").ip.route.show()
                session.ip.netns.delete(f"pod{number}")
        made.append(StreamedRecording.open(folder / f"{size}.jsonl"))
    return made[0], made[1]


def peak(stored: StreamedRecording, format_: str) -> tuple[int, int]:
    """Return how much memory an export needs at most, and how much it writes."""
    tracemalloc.start()
    try:
        written = sum(map(len, FORMATS[format_].iter_text(stored)))
        return tracemalloc.get_traced_memory()[1], written
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("format_", ["asciicast", "console", "markdown", "plain", "sh"])
def test_an_export_needs_no_more_memory_for_more_events(
    sizes: tuple[StreamedRecording, StreamedRecording], format_: str
) -> None:
    """Ten times as many events, ten times as much text, the same memory; Python keeps some freed tuples by itself."""
    (few, little), (many, much) = (peak(each, format_) for each in sizes)

    assert much > 5 * little
    assert many - few < 2**20, (few, many)


def test_exports_are_those_of_a_recording_in_memory(
    sizes: tuple[StreamedRecording, StreamedRecording],
) -> None:
    """To the letter."""
    stored = sizes[0]
    kept = Recording.load(stored.path)
    texts: list[tuple[Any, Any]] = [(export(kept), export(stored)) for export in FORMATS.values()]

    assert [] == [name for name, (one, other) in zip(FORMATS, texts, strict=True) if one != other]


def test_a_torn_recording_is_exported(tmp_path: Path) -> None:
    """A command without a result is shown as one that was cut short."""
    stored = StreamedRecording.open(saved(tmp_path / "a.jsonl", [Note("one"), asked(1)]))

    assert "    # the session was cut short while this ran:\n    true 1\n" in shell(stored)
    assert "one\n\n```console\n$ true 1\n```\n" == markdown(stored)
