"""Recordings made of a few events, and the scripts of these."""

import runpy
from pathlib import Path
from typing import Any

from ipwrap import Command, Local, Playback, Recording, Result, Session
from ipwrap.export.python.exporter import python
from ipwrap.recording import (
    CommandEvent,
    End,
    Event,
    Note,
    ProcessEvent,
    ProcessStarted,
    ResultEvent,
)
from ipwrap.recording.captures import CAPTURE_PROGRAMS, CaptureOptions


def main_lines(recording: Recording, **options: bool) -> list[str]:
    """Return the lines of `main`."""
    _, _, text = python(recording, **options).partition('    """Run what was recorded."""\n')
    return [
        line.removeprefix("    ") for line in text.partition("\n\n\nif __name__")[0].splitlines()
    ]


def recording_of(*commands: Command | Result | Note, end: End | None = None) -> Recording:
    """Return a recording of commands, results and notes; commands without a result succeed."""
    events: list[Note | CommandEvent | ResultEvent | End] = []
    for number, entry in enumerate(commands, start=1):
        if isinstance(entry, Note):
            events.append(entry)
            continue

        result = entry if isinstance(entry, Result) else Result(entry)
        events += [CommandEvent(number, result.command), ResultEvent(number, result)]

    return Recording(events=[*events, *([end] if end else [])])


def play_script(recording: Recording, folder: Path, **options: bool) -> Recording:
    """Run the script of a recording with a playback, and return the new recording."""
    script = folder / "script.py"
    script.write_text(python(recording, **options))
    playback = Playback(recording)
    with Session(Local(), playback) as session:
        runpy.run_path(str(script), run_name="played")["main"](session)

    # A tree or a drawing has read the state, which is no command.
    assert [] == [line for line in playback.unplayed if line != "session.state()"]

    return session.recording


def steps_of(*steps: Event, end: End | None = None) -> Recording:
    """Return a recording of steps as they are."""
    return Recording(events=[*steps, *([end] if end else [])])


def spawned(number: int, *argv: str, **options: Any) -> list[Event]:
    """Return the events of a background process that has started."""
    options = {"name": argv[0], **options}
    command = Command(argv, options.pop("netns", None), stdin=options.pop("stdin", None))
    return [ProcessEvent(number, command, **options), ProcessStarted(number, 100 + number)]


def ran(number: int, *argv: str, status: int = 0) -> list[Event]:
    """Return the events of a command."""
    command = Command(argv)
    return [CommandEvent(number, command), ResultEvent(number, Result(command, status))]


def captured(number: int, program: str = "tcpdump", **options: Any) -> list[Event]:
    """Return the events of a capture of `lo` that has started."""
    name = options.pop("name", "capture")
    netns = options.pop("netns", None)
    capture_program = CAPTURE_PROGRAMS[program]
    argv = capture_program.argv(CaptureOptions(dev="lo", path="a.pcap", **options))
    ready = capture_program.readiness(name)
    return spawned(number, *argv, name=name, netns=netns, ready=ready, ready_timeout=10.0)


def end_of_capture(number: int, program: str = "tcpdump", name: str = "capture") -> list[Event]:
    """Return the events of the end of a capture."""
    return [*CAPTURE_PROGRAMS[program].end_steps(name, number)]
