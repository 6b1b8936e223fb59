"""A recording as Markdown: notes are prose, commands and their output are console blocks."""

import re
from collections.abc import Iterator

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
    is_first = True
    in_block = False

    for entry in transcript(recording, reads=reads, output=output):
        is_step = isinstance(entry, Step)

        if in_block and not is_step:
            yield f"{fence}\n"

        continues_block = in_block and is_step
        if not is_first and not continues_block:
            yield "\n"

        if is_step and not in_block:
            yield f"{fence}console\n"

        if isinstance(entry, Step):
            yield f"$ {entry.line}\n{entry.output}"
        else:
            yield f"{prose(entry)}\n"

        is_first = False
        in_block = is_step

    if in_block:
        yield f"{fence}\n"


def _fence(recording: RecordingView) -> str:
    """Return a fence that is longer than any run of backquotes in a block."""
    longest = 2
    for text in _block_texts(recording):
        for run in FENCE.findall(text):
            longest = max(longest, len(run))

    return "`" * (longest + 1)


def _block_texts(recording: RecordingView) -> Iterator[str]:
    """Yield the arguments and the output of all commands."""
    for event, result in recording.pairs():
        if not isinstance(event, CommandEvent):
            continue

        yield from event.command.argv
        if result is not None:
            yield from (result.stdout, result.stderr, result.text or "")
