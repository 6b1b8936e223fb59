"""Decoding of valid JSON, lenient decoding of the output of old releases, and encoding."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given

from ipwrap.errors import OutputError
from ipwrap.jsonio.reader import MAX_DEPTH, check_objects, decode, encode
from tests.strategies import ANY_TEXT, JSON


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('["it\\\'s"]', ["it's"]),
        ('["a\tb"]', ["a\tb"]),
        ('["a\x01b"]', ["a\x01b"]),
        ('["a\nb"]', ["a\nb"]),
        ('["\udcff"]', ["\udcff"]),
        ('["\\udcff"]', ["\udcff"]),
        ('["\\u00e9"]', ["é"]),
        ("[1, -2, 2.5, true, null]", [1, -2, 2.5, True, None]),
        ("[18446744073709551615]", [2**64 - 1]),
        ("  [ ]\n", []),
        ('["a":1,"b":{"c":2}]', [{"a": 1, "b": {"c": 2}}]),
        ('["a":1,"b":[3],"a":2,"b":[4]]\n', [{"a": 1, "b": [3]}, {"a": 2, "b": [4]}]),
    ],
)
def test_text_is_decoded(text: str, expected: object) -> None:
    """Escaped `'`, raw control characters and bytes outside of UTF-8 are decoded, too."""
    assert expected == decode(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('["a\\\\\'b\x01"]', ["a\\'b\x01"]),
        ('["a\\\\\\\'b"]', ["a\\'b"]),
        ('["\\\\\\\\\'\udcff"]', ["\\\\'\udcff"]),
    ],
)
def test_backslash_before_a_quote_is_kept(text: str, expected: object) -> None:
    """An escaped backslash before `'` is not the escape of old releases for `'`."""
    assert expected == decode(text)


def test_processes_without_braces_are_decoded() -> None:
    """A process starts with its name, which may hold any character."""
    text = (
        '[{"ifname":"t","processes":["name":"a, [b]","pid":7,"name":"\\"","pid":8]},'
        '{"processes":[]}]'
    )
    processes = [{"name": "a, [b]", "pid": 7}, {"name": '"', "pid": 8}]

    assert [{"ifname": "t", "processes": processes}, {"processes": []}] == decode(text)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("", "line 1, column 1"),
        ("[", "line 1, column 2"),
        ('[{"mdb":[', "line 1, column 10"),
        ('[{\n"a":1,\n{', "line 3, column 1"),
        ("Usage: ip link", "line 1, column 1"),
        ("[1] [2]", "line 1, column 5"),
    ],
)
def test_invalid_json_error_has_the_position(text: str, position: str) -> None:
    """The error has the line and the column of the first mistake."""
    with pytest.raises(OutputError, match=f"^not JSON at {position}: "):
        decode(text)


def test_invalid_json_error_has_an_excerpt() -> None:
    """The error shows the text around the mistake."""
    with pytest.raises(OutputError, match="there it reads 'Usage: ip link'"):
        decode("Usage: ip link")


def test_endless_number_raises_output_error() -> None:
    """Python refuses to parse a number of five thousand digits; the error is an `OutputError`."""
    digits = "1" * 5000

    with pytest.raises(OutputError, match=r"^not JSON at line 1, column 2: Exceeds"):
        decode(f"[{digits},\x01]")


@pytest.mark.parametrize("text", ["[NaN]", "[-Infinity]", "[1e999]", '[{"a": 1e400}]'])
def test_number_outside_of_json_is_refused(text: str) -> None:
    """Python would decode NaN and infinity, and encode null."""
    with pytest.raises(OutputError, match=r"^not JSON at line 1, column \d+: no number; "):
        decode(text)


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 1000, 100_000])
@pytest.mark.parametrize(
    ("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a": ', "} ]"), ("[", "")]
)
def test_text_nested_too_deep_is_refused(depth: int, opening: str, closing: str) -> None:
    """The error comes before a recursive decoder exhausts the stack."""
    text = opening * depth + "1" + closing * depth
    reason = f"^not JSON at line 1, column .*: nested more than {MAX_DEPTH} deep"

    with pytest.raises(OutputError, match=reason):
        decode(text)


def test_lists_and_objects_in_turn_are_levels_of_their_own() -> None:
    """Objects in lists in objects may be `MAX_DEPTH` deep, and not twice as deep."""
    pairs = MAX_DEPTH // 2
    text = '[{"a":' * pairs + "1" + "}]" * pairs

    assert decode(text)
    with pytest.raises(OutputError, match=f"nested more than {MAX_DEPTH} deep"):
        decode(f"[{text}]")


def test_shallow_text_with_many_brackets_is_decoded() -> None:
    """Brackets in strings and in siblings do not count as depth."""
    text = "[" * 1000

    assert [text, text] == decode(encode([text, text]))
    assert [[]] * 1000 == decode(encode([[]] * 1000))


def test_values_of_a_repeated_key_are_a_list() -> None:
    """A key in ``repeated`` has a list of its values; the last value of the rest counts."""
    text = '[{"a":1,"b":2,"a":3,"b":4},{"a":5}]'

    assert [{"a": 3, "b": 4}, {"a": 5}] == decode(text)
    assert [{"a": [1, 3], "b": 4}, {"a": 5}] == decode(text, repeated=("a",))


@given(value=JSON)
def test_encoded_value_is_decoded(value: Any) -> None:
    """Encoding and decoding gives the same value."""
    assert value == decode(encode(value))


@given(text=ANY_TEXT, key=ANY_TEXT)
def test_arbitrary_text_survives_a_round_trip(text: str, key: str) -> None:
    """The bytes of a program's output, with quotes and backslashes, are decoded unchanged."""
    assert {key: [text]} == decode(encode({key: [text]}))


@given(text=ANY_TEXT)
def test_encoded_value_is_one_line(text: str) -> None:
    """A recording is decoded line by line."""
    assert 1 == len(encode([text]).encode().splitlines())


@given(value=JSON)
def test_encoded_value_is_standard_json(value: Any) -> None:
    """A strict decoder decodes the same value."""
    assert value == json.loads(encode(value))


@given(text=ANY_TEXT)
def test_arbitrary_text_is_decoded_or_raises_output_error(text: str) -> None:
    """Decoding raises no exception except `OutputError`."""
    with contextlib.suppress(OutputError):
        json.dumps(decode(text))


def test_objects_omits_empty_objects() -> None:
    """iproute2 prints an empty object for a link that a filter excludes."""
    assert [{"a": 1}, {"b": 2}] == check_objects([{"a": 1}, {}, {"b": 2}])
    assert [] == check_objects([])


@pytest.mark.parametrize(
    ("document", "reason"),
    [
        ({"mdb": []}, "got dict: \"{'mdb': []}\""),
        ("text", "got str: 'text'"),
        (None, "got NoneType"),
        ([{"a": 1}, "local", {}], "got one of str: 'local'"),
        ([[{"a": 1}]], "got one of list"),
    ],
)
def test_document_of_another_shape_raises_output_error(document: object, reason: str) -> None:
    """The error has the type of the document, and its beginning."""
    with pytest.raises(OutputError) as caught:
        check_objects(document)

    message = str(caught.value)
    assert message.startswith("expected a list of objects, ")
    assert reason in message
