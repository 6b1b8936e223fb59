"""A recording as what stood on the terminal: notes as comments, `$` lines, and what they said."""

from ipwrap.export.transcript import Output, Step, prose, transcript
from ipwrap.recording import Recording

__all__ = ["console"]


def console(recording: Recording, *, reads: bool = True, output: Output | None = None) -> str:
    """Return the transcript as plain text."""
    parts: list[str] = []
    for each in transcript(recording, reads=reads, output=output):
        if isinstance(each, Step):
            parts.append(f"$ {each.line}\n{each.output}")
        else:
            parts.append("".join(f"# {line}".rstrip() + "\n" for line in prose(each).splitlines()))
            parts[-1] = parts[-1] if len(parts) == 1 else f"\n{parts[-1]}"
    return "".join(parts)
