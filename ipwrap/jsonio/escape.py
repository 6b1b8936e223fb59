"""Text on its way out: made visible for people, and written to streams whatever it holds."""

import codecs
import io
import sys

__all__ = ["any_text", "escape_controls"]


def escape_controls(text: str, keep: str = "") -> str:
    """Return a text with what cannot be printed escaped, so that no name can disturb a terminal or forge a line."""
    if text.isprintable():
        return text
    return "".join(
        each
        if each.isprintable() or each in keep
        else each.encode("unicode_escape", "surrogatepass").decode()
        for each in text
    )


def _as_it_came(error: UnicodeError) -> tuple[str | bytes, int]:
    """Write bytes that were no text as they came, and half a character as its escape."""
    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeError:
        return codecs.lookup_error("backslashreplace")(error)


def any_text() -> None:
    """Let stdout and stderr take any text: bytes that were none leave as they came."""
    codecs.register_error("ipwrap-as-it-came", _as_it_came)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            encoding = (
                "utf-8" if sys.platform == "win32" else stream.encoding
            )  # Windows has its code page in a pipe
            stream.reconfigure(encoding=encoding, errors="ipwrap-as-it-came")
