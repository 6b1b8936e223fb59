"""Output of arbitrary text: escaped control characters, and streams without encoding errors."""

import codecs
import io
import shlex
import sys

from ipwrap.system.lazy_pattern import lazy_pattern

__all__ = ["CONTROLS", "accept_any_text", "escape_controls", "escape_json", "quote_visibly"]

ERROR_HANDLER = "ipwrap-as-it-came"

# C0 but tab and newline, DEL, C1, the bidirectional controls, and Unicode's line separators.
CONTROLS = lazy_pattern(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)


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


def escape_json(text: str) -> str:
    r"""Return a line of JSON with control characters as ``\uXXXX``: the values stay the same.

    JSON demands escapes for C0 only, and a terminal obeys others as well.
    """
    if text.isascii() and text.isprintable():
        return text
    return CONTROLS.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def quote_visibly(argument: str) -> str:
    """Return an argument in the quotes of a POSIX shell, with unprintable characters by printf(1).

    The line can be run, and is printed as one line.
    """
    if argument.isprintable():
        return shlex.quote(argument)

    # A shell removes newlines from the end of the output of a command.
    text = argument.rstrip("\n")
    newlines = argument[len(text) :]
    visible_end = shlex.quote(newlines) if newlines else ""

    characters = []
    for character in text:
        if character in "%\\":
            characters.append(character * 2)
        elif character.isprintable():
            characters.append(character)
        else:
            octets = character.encode("utf-8", "surrogateescape")
            characters += [f"\\{octet:03o}" for octet in octets]

    template = shlex.quote("".join(characters))
    return f'"$(printf {template})"{visible_end}'


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
