"""Decode JSON leniently, with the position of an error, and encode values.

iproute2 prints some texts that a strict JSON decoder refuses: raw control characters before 7.0,
bytes outside of UTF-8, and mistakes repaired by `ipwrap.jsonio.repair`. The fast decoder reads
valid JSON, and a lenient decoder the rest. Invalid text without a certain repair raises
`OutputError`, and no other exception.
"""

import json
import math
import re
from collections.abc import Callable, Collection, Iterable
from functools import cache, partial
from typing import Any

import msgspec

from ipwrap.errors import OutputError
from ipwrap.jsonio.escape import escape_json
from ipwrap.system.lazy_pattern import lazy_pattern

__all__ = [
    "MAX_DEPTH",
    "check_objects",
    "decode",
    "describe_position",
    "encode",
    "encode_bytes",
    "is_shallow",
    "may_repeat",
]

MakeObject = Callable[[list[tuple[str, Any]]], Any]

# iproute2 nests about ten deep. Far deeper text would exhaust the stack of a recursive decoder.
MAX_DEPTH = 100
NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
TOKEN = lazy_pattern(r'"(?:[^"\\]|\\.)*"|[\[\]{}]', re.DOTALL)
DEPTH_CHANGE = {"[": 1, "{": 1, "]": -1, "}": -1}
# int() refuses a text of more digits than sys.get_int_max_str_digits(), 4300 by default.
ENDLESS_NUMBER = lazy_pattern(r"\d{4000,}")
EXCERPT_RADIUS = 30


def decode(
    text: str,
    *,
    repair: bool = True,
    repeated: Collection[str] = (),
    to_object: MakeObject | None = None,
) -> Any:
    """Return the values of a JSON text. Raises `OutputError` with the line and column of an error.

    ``repair`` repairs known mistakes of iproute2. The last value of a repeated key counts, as in
    most decoders; a key in ``repeated`` has a list of values instead. ``to_object`` makes an object
    of the members, including repeated members.
    """
    # msgspec keeps the last value of a repeated key only, and does not check the depth.
    try:
        if not (to_object or may_repeat(text, repeated)) and is_shallow(text.encode()):
            return msgspec.json.decode(text)
    except (msgspec.DecodeError, ValueError, RecursionError):
        pass

    decoder = _make_decoder(frozenset(repeated), to_object)
    return _decode_leniently(text, allow_repair=repair, decoder=decoder)


def check_objects(document: Any) -> list[dict[str, Any]]:
    """Return the objects of a document that is a list of objects, without the empty objects.

    Raises `OutputError` for a document of another shape.
    """
    if not isinstance(document, list):
        raise OutputError(
            f"expected a list of objects, got {type(document).__name__}: {str(document)[:80]!r}"
        )

    for element in document:
        if not isinstance(element, dict):
            raise OutputError(
                f"expected a list of objects, got one of {type(element).__name__}:"
                f" {str(element)[:80]!r}"
            )

    # iproute2 prints an empty object for a link that a filter excludes.
    return [element for element in document if element]


def may_repeat(text: str, keys: Iterable[str]) -> bool:
    """Return whether an object in a text may repeat a key."""
    return any(text.count(f'"{key}":') > 1 for key in keys)


def encode(value: Any) -> str:
    """Return a value as JSON on one line.

    Lone surrogates (undecodable bytes) and terminal control characters become escapes.
    """
    return escape_json(encode_bytes(value).decode())


def encode_bytes(value: Any) -> bytes:
    """Return a value as JSON, as in `encode`, in bytes."""
    try:
        return _encoder.encode(value)
    except UnicodeEncodeError:
        # msgspec refuses lone surrogates; the encoder of the standard library escapes them.
        return json.dumps(value, separators=(",", ":")).encode()


_encoder = msgspec.json.Encoder()


def is_shallow(text: bytes) -> bool:
    """Return whether a text is certainly nested no deeper than `MAX_DEPTH`.

    Fast and conservative: brackets in strings count, too.
    """
    brackets = text.translate(None, NO_BRACKETS)
    if brackets.count(b"[") + brackets.count(b"{") <= MAX_DEPTH:
        return True

    # Each round removes the innermost pairs, of two levels where a list is around an object.
    previous_length = -1
    for _ in range(MAX_DEPTH // 2):
        if len(brackets) in (0, previous_length):
            break

        previous_length = len(brackets)
        brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")

    return not brackets


def _find_excess_depth(text: str) -> int | None:
    """Return the first position deeper than `MAX_DEPTH`; None for a text that is shallow enough."""
    if is_shallow(text.encode(errors="surrogatepass")):
        return None

    depth = 0
    for token in TOKEN.finditer(text):
        depth += DEPTH_CHANGE.get(token[0], 0)
        if depth > MAX_DEPTH:
            return token.start()

    return None


def _decode_leniently(text: str, *, allow_repair: bool, decoder: json.JSONDecoder) -> Any:
    """Return the values of a text that the fast decoder refuses. Raises `OutputError`."""
    loads = partial(_decode_once, decoder)

    try:
        return loads(text)
    except TooDeepError as error:
        raise OutputError(_describe_error(text, error)) from error
    except ValueError as error:
        # The message has the position in the printed text, not in the repaired text.
        if not allow_repair:
            raise OutputError(_describe_error(text, error)) from error

        # Imported late: the JSON of present releases needs no repair.
        from ipwrap.jsonio import repair

        try:
            return repair.repair(text, loads)
        except ValueError:
            raise OutputError(_describe_error(text, error)) from error


def _decode_once(decoder: json.JSONDecoder, text: str) -> Any:
    """Return the values of a text. Raises `ValueError` for invalid JSON."""
    excess = _find_excess_depth(text)
    if excess is not None:
        raise TooDeepError(f"nested more than {MAX_DEPTH} deep", text, excess)

    try:
        return decoder.decode(text)
    except NoNumberError as error:
        position = max(0, text.find(str(error)))
        raise json.JSONDecodeError("no number", text, position) from error


class TooDeepError(json.JSONDecodeError):
    """A text nested deeper than `MAX_DEPTH`, which no repair changes."""


class NoNumberError(ValueError):
    """A number that Python reads and JSON lacks: NaN, and numbers beyond the range of a float."""


def _parse_number(text: str) -> float:
    """Return a number with a point or an exponent. Raises `NoNumberError` for NaN and infinity."""
    number = float(text)
    if not math.isfinite(number):
        raise NoNumberError(text)

    return number


@cache
def _make_decoder(repeated: frozenset[str], to_object: MakeObject | None) -> json.JSONDecoder:
    """Return a decoder that accepts control characters, and collects the values of some keys."""
    hook = partial(_collect_repeated, repeated) if repeated else to_object
    return json.JSONDecoder(
        strict=False,
        parse_float=_parse_number,
        parse_constant=_parse_number,
        object_pairs_hook=hook,
    )


def _collect_repeated(repeated: frozenset[str], pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object with a list of values for repeated keys in ``repeated``."""
    members = dict(pairs)
    if len(members) == len(pairs):
        return members

    for key in repeated & members.keys():
        values = [value for name, value in pairs if name == key]
        if len(values) > 1:
            members[key] = values

    return members


def _describe_error(text: str, error: ValueError) -> str:
    """Return a message with the position of an error, and the text around it."""
    if isinstance(error, json.JSONDecodeError):
        position, reason = error.pos, error.msg
    else:
        # For a number with too many digits Python raises a plain ValueError without a position.
        number = ENDLESS_NUMBER.search(text)
        position, reason = number.start() if number else 0, str(error)

    return describe_position(text, position, reason=reason)


def describe_position(text: str, position: int, *, reason: str) -> str:
    """Return a message with the line and column of a position, a reason, and the text there."""
    line = text.count("\n", 0, position) + 1
    column = position - text.rfind("\n", 0, position)

    start = max(0, position - EXCERPT_RADIUS)
    excerpt = text[start : position + EXCERPT_RADIUS]
    return f"not JSON at line {line}, column {column}: {reason}; there it reads {excerpt!r}"
