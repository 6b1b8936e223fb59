"""JSON text is read as it is, leniently where old releases print what is none, and nothing is lost on the way."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given

from ipwrap.errors import OutputError
from ipwrap.jsonio.reader import MAX_DEPTH, decode, encode, objects
from tests.strategies import ANY_TEXT, JSON


@pytest.mark.parametrize(
    ("text", "value"),
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
def test_text_becomes_values(text: str, value: object) -> None:
    """Also text that no strict reader takes: `'` as `\\'`, control characters raw, bytes that are not UTF-8."""
    assert value == decode(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('["a\\\\\'b\x01"]', ["a\\'b\x01"]),
        ('["a\\\\\\\'b"]', ["a\\'b"]),
        ('["\\\\\\\\\'\udcff"]', ["\\\\'\udcff"]),
    ],
)
def test_a_backslash_before_a_quote_stays_a_backslash(text: str, value: object) -> None:
    """An escaped backslash that `'` follows is not the old releases' escape for `'`."""
    assert value == decode(text)


def test_processes_without_braces_are_read() -> None:
    """Each starts with its name, which may hold anything."""
    text = '[{"ifname":"t","processes":["name":"a, [b]","pid":7,"name":"\\"","pid":8]},{"processes":[]}]'
    processes = [{"name": "a, [b]", "pid": 7}, {"name": '"', "pid": 8}]
    assert [{"ifname": "t", "processes": processes}, {"processes": []}] == decode(text)


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", "line 1, column 1"),
        ("[", "line 1, column 2"),
        ('[{"mdb":[', "line 1, column 10"),
        ('[{\n"a":1,\n{', "line 3, column 1"),
        ("Usage: ip link", "line 1, column 1"),
        ("[1] [2]", "line 1, column 5"),
    ],
)
def test_what_is_no_json_says_where(text: str, where: str) -> None:
    """Line and column point to the first thing that is wrong."""
    with pytest.raises(OutputError, match=f"^not JSON at {where}: "):
        decode(text)


def test_what_is_no_json_shows_what_is_there() -> None:
    """A piece of the text helps to see what it is."""
    with pytest.raises(OutputError, match="there it reads 'Usage: ip link'"):
        decode("Usage: ip link")


def test_a_number_beyond_all_bounds_is_an_output_error() -> None:
    """Python refuses to read a number of five thousand digits; that is no crash."""
    with pytest.raises(OutputError, match=r"^not JSON at line 1, column 2: Exceeds"):
        decode("[" + "1" * 5000 + ",\x01]")


@pytest.mark.parametrize("text", ["[NaN]", "[-Infinity]", "[1e999]", '[{"a": 1e400}]'])
def test_what_is_no_number_in_json_is_none_here(text: str) -> None:
    """Python reads it, and would write it as null."""
    with pytest.raises(OutputError, match=r"^not JSON at line 1, column \d+: no number; "):
        decode(text)


@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 1000, 100_000])
@pytest.mark.parametrize(
    ("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a": ', "} ]"), ("[", "")]
)
def test_what_is_nested_too_deep_is_refused(depth: int, opening: str, closing: str) -> None:
    """Before it can do harm: Python takes no more than a thousand."""
    with pytest.raises(
        OutputError, match=f"^not JSON at line 1, column .*: nested more than {MAX_DEPTH} deep"
    ):
        decode(opening * depth + "1" + closing * depth)


def test_what_only_looks_deep_is_read() -> None:
    """Brackets in texts are no brackets."""
    text = "[" * 1000
    assert [text, text] == decode(encode([text, text]))
    assert [[]] * 1000 == decode(encode([[]] * 1000))


def test_all_values_of_a_key_are_read() -> None:
    """Of the keys that are named; of others the last one counts."""
    text = '[{"a":1,"b":2,"a":3,"b":4},{"a":5}]'
    assert [{"a": 3, "b": 4}, {"a": 5}] == decode(text)
    assert [{"a": [1, 3], "b": 4}, {"a": 5}] == decode(text, repeated=("a",))


@given(value=JSON)
def test_what_is_written_is_read(value: Any) -> None:
    """Writing and reading gives the same value."""
    assert value == decode(encode(value))


@given(text=ANY_TEXT, key=ANY_TEXT)
def test_any_text_survives(text: str, key: str) -> None:
    """Whatever bytes a program printed, with quotes, backslashes and all, they are read back."""
    assert {key: [text]} == decode(encode({key: [text]}))


@given(text=ANY_TEXT)
def test_one_value_is_one_line(text: str) -> None:
    """A recording is read line by line."""
    assert 1 == len(encode([text]).encode().splitlines())


@given(value=JSON)
def test_others_can_read_it(value: Any) -> None:
    """What is written is JSON to any reader."""
    assert value == json.loads(encode(value))


@given(text=ANY_TEXT)
def test_any_input_is_a_value_or_an_output_error(text: str) -> None:
    """Whatever the text, no other error comes out."""
    with contextlib.suppress(OutputError):
        json.dumps(decode(text))


def test_objects_of_a_list() -> None:
    """Those that are empty stand for what a filter leaves out."""
    assert [{"a": 1}, {"b": 2}] == objects([{"a": 1}, {}, {"b": 2}])
    assert [] == objects([])


@pytest.mark.parametrize(
    ("document", "what"),
    [
        ({"mdb": []}, "got dict: \"{'mdb': []}\""),
        ("text", "got str: 'text'"),
        (None, "got NoneType"),
        ([{"a": 1}, "local", {}], "got one of str: 'local'"),
        ([[{"a": 1}]], "got one of list"),
    ],
)
def test_document_of_another_shape_is_an_output_error(document: object, what: str) -> None:
    """It says what it is instead, and shows its beginning."""
    with pytest.raises(OutputError) as caught:
        objects(document)

    assert str(caught.value).startswith("expected a list of objects, ")
    assert what in str(caught.value)
