"""What a capture writes as the command line of its program is read back as the same capture."""

from typing import Any

import pytest
from attrs import evolve
from hypothesis import example, given
from hypothesis import strategies as st

from ipwrap import Command, InvalidArgument, until
from ipwrap.recording import ProcessAction, ProcessEvent, Sleep, WaitEvent
from ipwrap.recording.captures import (
    CAPTURE_PROGRAMS,
    CaptureOptions,
    CaptureProgram,
    RecordedCapture,
)

PING = CaptureOptions(dev="eth0", path="ping.pcap", filter="icmp", count=3)
programs = pytest.mark.parametrize("program", CAPTURE_PROGRAMS.values(), ids=lambda each: each.name)


def capture_event(program: CaptureProgram, **options: Any) -> ProcessEvent:
    """Return the event of a capture; ``options`` are those of the event, or of its command."""
    settings = {name: options.pop(name) for name in ("env", "cwd", "stdin") if name in options}
    command = Command(program.argv(PING), "red", **settings)
    event = ProcessEvent(1, command, "capture", program.readiness("capture"), 10.0)
    return evolve(event, **options)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        (
            "tcpdump",
            "--immediate-mode -B 8192 -s 66000 -U -n -Z root -i eth0 -w ping.pcap -c 3 -- icmp",
        ),
        ("dumpcap", "-q -P -i eth0 -w ping.pcap -c 3 -f icmp"),
    ],
)
def test_the_command_line_of_a_capture(name: str, line: str) -> None:
    """Each program has words of its own for the filter."""
    assert (name, *line.split()) == CAPTURE_PROGRAMS[name].argv(PING)


@programs
@given(
    dev=st.sampled_from(("any", "eth0", "c", "w")),
    path=st.text(min_size=1, max_size=5),
    expression=st.none() | st.text(max_size=5),
    count=st.none() | st.integers(1, 10**6),
)
@example(dev="any", path="-c", expression="-w", count=None)
@example(dev="any", path="--", expression="", count=1)
def test_options_are_read_back(
    program: CaptureProgram, dev: str, path: str, expression: str | None, count: int | None
) -> None:
    """Any options are those that the command line has."""
    try:
        options = CaptureOptions(dev=dev, path=path, filter=expression, count=count)
    except InvalidArgument:
        return

    assert options == program.parse_argv(program.argv(options))


@programs
@pytest.mark.parametrize(
    "words",
    [
        "-i eth0 -w a -c 0",
        "-i eth0 -w a -c 03",
        "-i eth0 -w a -c ٣",
        "-i eth0 -w -",
        "-w a -i eth0",
        "-i eth0 -w a -v",
        "-i eth0",
        "",
    ],
)
def test_another_command_line_is_no_capture(program: CaptureProgram, words: str) -> None:
    """A capture would not write it, so it stays the program that it is."""
    assert program.parse_argv((program.name, *program.fixed, *words.split())) is None
    assert program.parse_argv((program.name, *words.split())) is None


@programs
def test_the_capture_of_a_recording(program: CaptureProgram) -> None:
    """The process is a capture, and its options are those of the session."""
    event = capture_event(program)

    assert RecordedCapture(event, program, PING) == RecordedCapture.of(event)
    assert RecordedCapture.of(capture_event(program, ready_timeout=None)) is not None


@programs
@pytest.mark.parametrize(
    "options",
    [
        {"ready": None},
        {"ready": until.output("other", "listening on")},
        {"ready_timeout": 5.0},
        {"log": "x.log"},
        {"env": {"A": "1"}},
        {"cwd": "/tmp"},
        {"stdin": ""},
        {"command": Command(("tshark", "-i", "eth0"))},
        {"command": Command(("tcpdump", "-i", "eth0"))},
    ],
    ids=str,
)
def test_a_process_that_no_capture_starts(program: CaptureProgram, options: dict[str, Any]) -> None:
    """A program that the script has started by itself may be anything."""
    assert RecordedCapture.of(capture_event(program, **options)) is None


@programs
def test_the_end_of_a_capture(program: CaptureProgram) -> None:
    """The steps are those of `Capture.stop`, whatever the time that they took."""
    capture = RecordedCapture.of(capture_event(program))
    assert capture is not None
    wait = WaitEvent(until.idle("capture"), None, 60.0, 0.1, seen="state S", call_site="x.py:1")
    interrupt = ProcessAction(1, "signal", "INT", call_site="x.py:1")
    end = ProcessAction(1, "wait", seconds=60.0)
    pause = [Sleep(1.0, "x.py:1")] if program.name == "dumpcap" else []
    steps = [*pause, wait, interrupt, end]

    assert len(steps) == capture.count_end_steps(["before", *steps])
    assert 0 == capture.count_end_steps([wait, interrupt])
    assert 0 == capture.count_end_steps([*steps, "behind"])
    for other in (
        [*steps[:-1], evolve(end, timed_out=True)],
        [*pause, evolve(wait, satisfied=False), interrupt, end],
        [*pause, wait, evolve(interrupt, signal="TERM"), end],
        [*pause, wait, interrupt, evolve(end, number=2)],
        [*pause, evolve(wait, condition=until.idle("capture_2")), interrupt, end],
    ):
        assert 0 == capture.count_end_steps(other)
