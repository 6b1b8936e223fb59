"""A recording as the text of a terminal: notes as comments, `$` lines, and their output."""

from collections.abc import Iterator

from ipwrap.export.exporter import Exporter
from ipwrap.export.transcript import Output, Step, prose, transcript
from ipwrap.recording import RecordingView

__all__ = ["console"]


@Exporter
def console(
    recording: RecordingView, *, reads: bool = True, output: Output | None = None
) -> Iterator[str]:
    """Yield the transcript as plain text."""
    separator = ""

    for entry in transcript(recording, reads=reads, output=output):
        if isinstance(entry, Step):
            yield f"$ {entry.line}\n{entry.output}"
        else:
            comment_lines = [f"# {line}".rstrip() for line in prose(entry).splitlines()]
            yield separator + "".join(f"{line}\n" for line in comment_lines)

        separator = "\n"
