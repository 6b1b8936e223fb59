"""A recording as an asciicast, which asciinema plays with the recorded times.

The format is described on docs.asciinema.org, "asciicast" v2 and v3.
"""

from collections.abc import Iterator

from ipwrap.errors import InvalidArgument
from ipwrap.export.exporter import Exporter
from ipwrap.export.transcript import Output, Step, prose, transcript
from ipwrap.jsonio import reader
from ipwrap.recording import RecordingView

__all__ = ["asciicast"]

COLUMNS, ROWS = 100, 30
PROMPT = "\x1b[1;32m$\x1b[0m "


@Exporter
def asciicast(
    recording: RecordingView,
    *,
    reads: bool = True,
    output: Output | None = None,
    version: int = 2,
    speed: float = 1.0,
    idle_limit: float | None = None,
) -> Iterator[str]:
    """Yield the transcript as an asciicast of version 2 or 3.

    ``speed`` multiplies the speed of playback; ``idle_limit`` is the longest pause, in seconds of
    recorded time. Raises `InvalidArgument` for values that are not positive.
    """
    if version not in (2, 3):
        raise InvalidArgument(f"version: {version!r} is not one of 2, 3")

    if not speed > 0 or (idle_limit is not None and not idle_limit > 0):
        raise InvalidArgument(
            f"speed {speed!r}, idle_limit {idle_limit!r}: both are numbers above 0"
        )

    yield _encode_line(_header(recording, version))

    clock = last_time = 0.0
    for pause, text in _events(recording, reads=reads, output=output):
        if idle_limit is not None:
            pause = min(pause, idle_limit)
        clock += pause / speed

        if text:
            # Version 3 counts from the event before, version 2 from the start.
            event_time = clock if version == 2 else clock - last_time
            yield _encode_line([round(event_time, 6), "o", text])
            last_time = clock


def _encode_line(value: object) -> str:
    """Return a line of the file."""
    return f"{reader.encode(value)}\n"


def _header(recording: RecordingView, version: int) -> object:
    """Return the first line."""
    size: dict[str, object] = {"width": COLUMNS, "height": ROWS}
    if version == 3:
        size = {"term": {"cols": COLUMNS, "rows": ROWS}}

    return {"version": version, **size, "timestamp": int(recording.header.started)}


def _events(
    recording: RecordingView, *, reads: bool, output: Output | None
) -> Iterator[tuple[float, str]]:
    """Yield terminal output, with the pause in seconds since the previous output."""
    clock = recording.header.started

    for entry in transcript(recording, reads=reads, output=output):
        if not isinstance(entry, Step):
            yield 0.0, _terminal_text(_dim_comment(prose(entry)))
            continue

        started = max(clock, entry.started)
        yield started - clock, _terminal_text(f"{PROMPT}{entry.line}\n")
        yield entry.seconds, _terminal_text(entry.output)
        clock = started + entry.seconds


def _dim_comment(text: str) -> str:
    """Return prose as lines of comment in a dim colour."""
    return "".join(f"\x1b[2m# {line}\x1b[0m\n" for line in text.splitlines())


def _terminal_text(text: str) -> str:
    """Return text with the line ends of a terminal."""
    return text.replace("\n", "\r\n")
