"""JSON text to values and back, with the position where it is wrong.

iproute2 prints some texts that no JSON reader takes: control characters raw before 7.0, ``'`` as ``\\'`` before 6.1,
bytes that are not UTF-8, and, of `link afstats`, objects without braces in a list. The fast reader takes what is right;
the rest is read leniently, so that nothing is lost.
"""

import json
import re
from typing import Any

import msgspec

from ipwrap.errors import OutputError

__all__ = ["decode", "encode", "encode_bytes"]


ESCAPE = re.compile(r"\\(.)", re.DOTALL)
BARE = re.compile(r'\s*\[\s*("[^"]*")\s*:')  # a list that starts with a key


def decode(text: str) -> Any:
    """Return the values that a JSON text holds; raise `OutputError` with line and column where it is none."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeEncodeError):
        pass
    try:
        return json.loads(_braced(ESCAPE.sub(_unquoted, text) if "\\'" in text else text), strict=False)
    except ValueError as error:
        raise OutputError(_explain(text, error)) from error


def encode(value: Any) -> str:
    """Return a value as JSON on one line; lone surrogates (bytes that were not UTF-8) survive as escapes."""
    return encode_bytes(value).decode()


def encode_bytes(value: Any) -> bytes:
    """Return what `encode` returns, as bytes."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        return json.dumps(value, separators=(",", ":")).encode()


_encoder = msgspec.json.Encoder()


def _unquoted(escape: re.Match[str]) -> str:
    """Return an escape of JSON as it is, and `\\'`, which is none, as the quote that it stands for."""
    return "'" if escape[1] == "'" else escape[0]


def _braced(text: str) -> str:
    """Return a list of objects that were printed without their braces with them: each starts with the first key."""
    found = BARE.match(text)
    if not found:
        return text
    first = re.escape(found[1])
    return re.sub(rf",(?=\s*{first}\s*:)", "},{", text.replace("[", "[{", 1)).rpartition("]")[0] + "}]"


def _explain(text: str, error: ValueError) -> str:
    """Return a message that shows where the text stops being JSON."""
    if not isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error}"
    around = text[max(0, error.pos - 30) : error.pos + 30]
    return f"not JSON at line {error.lineno}, column {error.colno}: {error.msg}; there it reads {around!r}"
