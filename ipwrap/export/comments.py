"""Text of a recording as comments: always one visible line, so that no text becomes code.

A name, a note or an error message may hold line ends of every alphabet (U+2028 ends a line for some
readers, CR for a terminal), escapes, and characters that reorder the displayed text.
"""

from collections.abc import Iterator

from ipwrap.jsonio.escape import escape_controls

__all__ = ["comment_lines", "first_line", "one_line"]


def one_line(text: str) -> str:
    """Return a text as one line of printable characters; line ends and controls as escapes."""
    return escape_controls(text, keep="\t")


def comment_lines(text: str) -> Iterator[str]:
    """Yield the lines of a text for a comment each, and without directives for shellcheck."""
    for line in text.replace("\r\n", "\n").splitlines():
        visible = one_line(line)
        is_directive = visible.lstrip().startswith("shellcheck")
        yield f"{'##' if is_directive else '#'} {visible}".rstrip()


def first_line(text: str) -> str:
    """Return the first line of a text, as `one_line` does; empty for a blank text."""
    lines = text.strip().splitlines()
    return one_line(lines[0]) if lines else ""
