"""A recording as Markdown: notes are the prose, commands with what they said stand between."""

import re
from collections.abc import Iterator
from itertools import chain

from ipwrap.export.exporter import Exporter
from ipwrap.export.transcript import Output, Step, prose, transcript
from ipwrap.recording import CommandEvent, RecordingView

__all__ = ["markdown"]

FENCE = re.compile(r"`{3,}")


@Exporter
def markdown(
    recording: RecordingView, *, reads: bool = True, output: Output | None = None
) -> Iterator[str]:
    """Yield the transcript as Markdown, for a post or a report. A note may be Markdown itself."""
    fence = _fence(recording)
    begun = inside = False
    for each in transcript(recording, reads=reads, output=output):
        typed = isinstance(each, Step)
        if inside and not typed:
            yield f"{fence}\n"
        if begun and not (inside and typed):
            yield "\n"
        if typed and not inside:
            yield f"{fence}console\n"
        yield f"$ {each.line}\n{each.output}" if isinstance(each, Step) else f"{prose(each)}\n"
        begun, inside = True, typed
    if inside:
        yield f"{fence}\n"


def _fence(recording: RecordingView) -> str:
    """Return a fence of more backquotes than any command or what it said holds in a row."""
    longest = max(
        (len(run) for text in _texts(recording) for run in FENCE.findall(text)), default=2
    )
    return "`" * (longest + 1)


def _texts(recording: RecordingView) -> Iterator[str]:
    """Yield all that may stand in a block."""
    for event, result in recording.pairs():
        if isinstance(event, CommandEvent):
            yield from chain(
                event.command.argv,
                (result.stdout, result.stderr, result.text or "") if result else (),
            )
