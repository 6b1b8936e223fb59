"""A recording as what stood on the terminal: notes as comments, `$` lines, and what they said."""

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
    gap = ""
    for each in transcript(recording, reads=reads, output=output):
        if isinstance(each, Step):
            yield f"$ {each.line}\n{each.output}"
        else:
            yield gap + "".join(f"# {line}".rstrip() + "\n" for line in prose(each).splitlines())
        gap = "\n"
