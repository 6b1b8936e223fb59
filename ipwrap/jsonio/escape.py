"""Output of arbitrary text: escaped control characters, and streams without encoding errors."""

import codecs
import io
import sys

__all__ = ["accept_any_text", "escape_controls"]

ERROR_HANDLER = "ipwrap-as-it-came"


def escape_controls(text: str, keep: str = "") -> str:
    """Return a text with unprintable characters escaped, except the characters in ``keep``.

    Without this, the name of a link could move the cursor of a terminal, or forge a line.
    """
    if text.isprintable():
        return text

    characters = []
    for character in text:
        if character.isprintable() or character in keep:
            characters.append(character)
        else:
            escaped = character.encode("unicode_escape", "surrogatepass")
            characters.append(escaped.decode())

    return "".join(characters)


def _restore_bytes(error: UnicodeError) -> tuple[str | bytes, int]:
    """Encode undecodable bytes as the original bytes, and lone surrogates as escapes."""
    # surrogateescape covers U+DC80 to U+DCFF only, the surrogates that Python decodes bytes to.
    try:
        return codecs.lookup_error("surrogateescape")(error)
    except UnicodeError:
        return codecs.lookup_error("backslashreplace")(error)


def accept_any_text() -> None:
    """Make stdout and stderr accept any text: undecodable bytes leave as the original bytes."""
    codecs.register_error(ERROR_HANDLER, _restore_bytes)

    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, io.TextIOWrapper):
            continue

        # On Windows a pipe has the encoding of the code page, which lacks most characters.
        encoding = "utf-8" if sys.platform == "win32" else stream.encoding
        stream.reconfigure(encoding=encoding, errors=ERROR_HANDLER)
