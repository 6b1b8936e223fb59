"""JSON text to values and back, with the position where it is wrong.

iproute2 prints some texts that no JSON reader takes: control characters raw before 7.0, bytes that are not UTF-8, and
what `ipwrap.jsonio.repair` knows how to repair. The fast reader takes what is right; the rest is read leniently, so
that nothing is lost. What is neither right nor surely to be repaired is an `OutputError`, whatever it is.
"""

import json
import math
import re
from collections.abc import Collection, Iterable
from functools import cache, partial
from typing import Any

import msgspec

from ipwrap.errors import OutputError
from ipwrap.jsonio import repair

__all__ = ["MAX_DEPTH", "decode", "encode", "encode_bytes", "is_shallow", "objects", "repeats"]

MAX_DEPTH = (
    100  # what iproute2 prints is nested about ten deep; what Python can take is not far above that
)
NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
ENDLESS_NUMBER = re.compile(r"\d{4000,}")  # Python refuses to read a number of so many digits


def decode(text: str, *, repair: bool = True, repeated: Collection[str] = ()) -> Any:
    """Return the values that a JSON text holds; raise `OutputError` with line and column where it is none.

    ``mend`` repairs what releases of iproute2 are known to print wrongly. A key that an object holds several times has
    its last value, as with any reader; if it is one of ``repeated``, all of them, as a list.
    """
    try:
        if not repeats(text, repeated) and is_shallow(text.encode()):
            return msgspec.json.decode(text)
    except (msgspec.DecodeError, ValueError, RecursionError):
        pass
    return _decode_leniently(text, repair, _decoder(frozenset(repeated)))


def objects(document: Any) -> list[dict[str, Any]]:
    """Return the objects of a document that is a list of them; raise `OutputError` for one of another shape.

    Empty ones are left out: iproute2 prints them for what a filter leaves out.
    """
    if not isinstance(document, list):
        raise OutputError(
            f"expected a list of objects, got {type(document).__name__}: {str(document)[:80]!r}"
        )

    for each in document:
        if not isinstance(each, dict):
            raise OutputError(
                f"expected a list of objects, got one of {type(each).__name__}: {str(each)[:80]!r}"
            )

    return [each for each in document if each]


def repeats(text: str, keys: Iterable[str]) -> bool:
    """Tell whether a text may hold one of these keys several times in an object."""
    return any(text.count(f'"{key}":') > 1 for key in keys)


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


def is_shallow(text: bytes) -> bool:
    """Tell, quickly, whether a text is surely nested no deeper than `DEEPEST`.

    Of brackets alone, those next to each other are taken away, until none is left.
    """
    if text.count(b"[") + text.count(b"{") <= MAX_DEPTH:
        return True
    left, before = text.translate(None, NO_BRACKETS), -1
    for _ in range(MAX_DEPTH):
        if len(left) in (0, before):
            break
        before = len(left)
        left = left.replace(b"{}", b"").replace(b"[]", b"")
    return not left


def _is_too_deep(text: str) -> int | None:
    """Return where a text is nested deeper than `DEEPEST`, if it is."""
    if is_shallow(text.encode(errors="surrogatepass")):
        return None
    depth = 0
    for found in TOKEN.finditer(text):
        depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
        if depth > MAX_DEPTH:
            return found.start()
    return None


def _decode_leniently(text: str, mend: bool, decoder: json.JSONDecoder) -> Any:
    """Return what a text holds that the fast reader does not take."""
    loads = partial(_decode_once, decoder)
    try:
        return loads(text)
    except ValueError as error:
        if not mend:
            raise OutputError(_error_with_position(text, error)) from error
        try:
            return repair.repair(text, loads)
        except ValueError:
            raise OutputError(_error_with_position(text, error)) from error


def _decode_once(decoder: json.JSONDecoder, text: str) -> Any:
    """Return what a text holds, control characters in its strings or not; raise ValueError where it is no JSON."""
    deep = _is_too_deep(text)
    if deep is not None:
        raise json.JSONDecodeError(f"nested more than {MAX_DEPTH} deep", text, deep)
    try:
        return decoder.decode(text)
    except NoNumberError as error:
        raise json.JSONDecodeError("no number", text, max(0, text.find(str(error)))) from error


class NoNumberError(ValueError):
    """What Python would read and JSON does not have: NaN, and what is beyond all floats."""


def _parse_number(text: str) -> float:
    """Return a number with a point or an exponent."""
    number = float(text)
    if not math.isfinite(number):
        raise NoNumberError(text)
    return number


@cache
def _decoder(repeated: frozenset[str]) -> json.JSONDecoder:
    """Return a reader that takes control characters in strings, and keeps all values of some keys."""
    hook = partial(_all_values, repeated) if repeated else None
    return json.JSONDecoder(
        strict=False,
        parse_float=_parse_number,
        parse_constant=_parse_number,
        object_pairs_hook=hook,
    )


def _all_values(repeated: frozenset[str], pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; of a key that is there several times all values, as a list, if it is one of some."""
    out = dict(pairs)
    if len(out) < len(pairs):
        for key in repeated & out.keys():
            values = [value for name, value in pairs if name == key]
            out[key] = values if len(values) > 1 else values[0]
    return out


def _error_with_position(text: str, error: ValueError) -> str:
    """Return a message that shows where the text stops being JSON."""
    if isinstance(error, json.JSONDecodeError):
        position, said = error.pos, error.msg
    else:  # of a number that is too long Python does not say where it is
        found = ENDLESS_NUMBER.search(text)
        position, said = (found.start() if found else 0), str(error)
    line, column = text.count("\n", 0, position) + 1, position - text.rfind("\n", 0, position)
    around = text[max(0, position - 30) : position + 30]
    return f"not JSON at line {line}, column {column}: {said}; there it reads {around!r}"
