"""A recording as Markdown: notes are the prose, commands with what they said stand between."""

import re
from itertools import groupby

from ipwrap.export.transcript import Output, Step, prose, transcript
from ipwrap.recording import Recording

__all__ = ["markdown"]

FENCE = re.compile(r"`{3,}")


def markdown(recording: Recording, *, reads: bool = True, output: Output | None = None) -> str:
    """Return the transcript as Markdown, for a post or a report. A note may be Markdown itself."""
    paragraphs: list[str] = []
    steps = transcript(recording, reads=reads, output=output)
    for typed, several in groupby(steps, key=lambda each: isinstance(each, Step)):
        if typed:
            text = "".join(f"$ {each.line}\n{each.output}" for each in several if isinstance(each, Step))
            paragraphs.append(_block(text))
        else:
            paragraphs += [prose(each) for each in several if not isinstance(each, Step)]
    return "\n\n".join(paragraphs) + "\n" if paragraphs else ""


def _block(text: str) -> str:
    """Return text as a block of code, fenced by more backquotes than it holds in a row."""
    longest = max(map(len, FENCE.findall(text)), default=2)
    fence = "`" * (longest + 1)
    return f"{fence}console\n{text}{fence}"
