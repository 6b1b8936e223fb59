"""A recording as Markdown: notes are prose, commands and their output are console blocks."""

import re
from collections.abc import Iterable, Iterator

from ipwrap.export.exporter import Exporter
from ipwrap.export.transcript import Output, Step, prose, transcript
from ipwrap.recording import Note, RecordingView

__all__ = ["markdown"]

FENCE = re.compile(r"`{3,}")


@Exporter
def markdown(
    recording: RecordingView,
    *,
    reads: bool = True,
    output: Output | None = None,
    picture: str | None = None,
) -> Iterator[str]:
    """Yield the transcript as Markdown, for a post or a report. A note may be Markdown itself.

    ``picture`` is a drawing in the language of mermaid, which ends the text: ``session.draw()``.
    """
    fence = _fence(transcript(recording, reads=reads, output=output))
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

    if picture is not None:
        gap = "" if is_first else "\n"
        yield f"{gap}```mermaid\n{str(picture).rstrip()}\n```\n"


def _fence(steps: Iterable[Note | Step]) -> str:
    """Return a fence longer than the longest run of backquotes in a block."""
    longest = 2
    for step in steps:
        if not isinstance(step, Step):
            continue

        # The rendered text counts: a table shows backquotes that are escapes in its JSON.
        for run in FENCE.findall(f"{step.line}\n{step.output}"):
            longest = max(longest, len(run))

    return "`" * (longest + 1)
