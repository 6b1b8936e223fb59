"""A recording that plays in asciinema, with the times that it took. docs.asciinema.org, asciicast v2 and v3."""

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

    ``speed`` is how many times as fast it plays; ``idle_limit`` is the longest wait, in seconds of the recording.
    Raises `InvalidArgument`.
    """
    if version not in (2, 3):
        raise InvalidArgument(f"version: {version!r} is not one of 2, 3")
    if not speed > 0 or (idle_limit is not None and not idle_limit > 0):
        raise InvalidArgument(
            f"speed {speed!r}, idle_limit {idle_limit!r}: both are numbers above 0"
        )
    yield _line(_header(recording, version))
    clock = before = 0.0
    for wait, text in _events(recording, reads, output):
        clock += min(wait, wait if idle_limit is None else idle_limit) / speed
        if text:
            yield _line([round(clock if version == 2 else clock - before, 6), "o", text])
            before = clock


def _line(value: object) -> str:
    """Return a line of the file."""
    return f"{reader.encode(value)}\n"


def _header(recording: RecordingView, version: int) -> object:
    """Return the first line."""
    size = (
        {"width": COLUMNS, "height": ROWS}
        if version == 2
        else {"term": {"cols": COLUMNS, "rows": ROWS}}
    )
    return {"version": version, **size, "timestamp": int(recording.header.started)}


def _events(
    recording: RecordingView, reads: bool, output: Output | None
) -> Iterator[tuple[float, str]]:
    """Yield what comes onto the terminal, each with the seconds since what came before it."""
    now = recording.header.started
    for each in transcript(recording, reads=reads, output=output):
        if not isinstance(each, Step):
            yield (
                0.0,
                _lines("".join(f"\x1b[2m# {line}\x1b[0m\n" for line in prose(each).splitlines())),
            )
            continue
        started = max(now, each.started)
        yield started - now, _lines(f"{PROMPT}{each.line}\n")
        yield each.seconds, _lines(each.output)
        now = started + each.seconds


def _lines(text: str) -> str:
    """Return text as a terminal is given it."""
    return text.replace("\n", "\r\n")
