"""Wrappers of codecs: nested JSON objects, and words with a JSON key of their own."""

from typing import Any

import pytest

from ipwrap.options.codecs import Choice, Codec, Hex, NoPrefixFlag, Number
from ipwrap.options.codecs.numbers import HexWord, PositiveOrNone
from ipwrap.options.codecs.words import PresenceChoice
from ipwrap.options.codecs.wrappers import ChoiceWithOwnKey, NestedKey

TOS = ChoiceWithOwnKey(HexWord(0, 255), "inherit", "orig_tclass")


@pytest.mark.parametrize(
    ("codec", "data", "value"),
    [
        (NestedKey(Number()), {"encap": {"sport": 7}}, 7),
        (NestedKey(Number()), {"encap": {}}, None),
        (NestedKey(Number()), {"encap": None}, None),
        (NestedKey(Number()), {}, None),
        (NestedKey(Hex()), {"encap": {"sport": "0x1f"}}, 31),
    ],
)
def test_nested_key_reads_an_object(codec: Codec, data: dict[str, Any], value: object) -> None:
    """The value comes from the inner key of the object, and is None without the object."""
    assert value == codec.from_json(data, "encap.sport")


def test_nested_key_reads_objects_in_objects() -> None:
    """Two wrappers read two levels."""
    codec = NestedKey(NestedKey(Number()))

    assert 5 == codec.from_json({"timing": {"tdc": {"tdco": 5}}}, "timing.tdc.tdco")


def test_nested_key_consumes_the_object() -> None:
    """The object is not left in `extra`."""
    assert ("encap.sport", "encap") == NestedKey(Number()).json_keys("encap.sport")


def test_nested_key_has_the_arguments_of_its_inner_codec() -> None:
    """Only JSON is nested."""
    codec = NestedKey(NoPrefixFlag())

    assert ("nocsum",) == codec.format_args("csum", False)
    assert ("csum", "nocsum") == codec.keywords("csum")
    assert (True, 1) == codec.parse_args("csum", ["csum"])


def test_wrapper_passes_choices_on() -> None:
    """The words of a `Literal` reach the inner codec."""
    assert NestedKey(Choice(("a", "b"))) == NestedKey(Choice()).with_choices(("a", "b"))


@pytest.mark.parametrize(
    ("data", "value"),
    [
        ({"tclass": "0x10"}, 16),
        ({"orig_tclass": True}, "inherit"),
        ({"orig_tclass": False, "tclass": "0x10"}, 16),
        ({}, None),
    ],
)
def test_choice_with_own_key_reads_both_keys(data: dict[str, Any], value: object) -> None:
    """The word has precedence over the value of the inner codec."""
    assert value == TOS.from_json(data, "tclass")


def test_choice_with_own_key_consumes_both_keys() -> None:
    """Neither key is left in `extra`."""
    assert ("tclass", "orig_tclass") == TOS.json_keys("tclass")


@pytest.mark.parametrize(
    ("value", "arguments"), [("inherit", ("tos", "inherit")), (16, ("tos", "0x10"))]
)
def test_choice_with_own_key_formats_and_parses(value: object, arguments: tuple[str, ...]) -> None:
    """Word and value have the same keyword."""
    assert arguments == TOS.format_args("tos", value)
    assert (value, 2) == TOS.parse_args("tos", arguments)


def test_hex_word_needs_no_prefix() -> None:
    """iproute2 reads `tclass 10` as 16, so ipwrap writes the prefix."""
    assert 16 == HexWord().parse("10")
    assert 16 == HexWord().parse("0x10")
    assert "0xa" == HexWord().format("tclass", 10)


@pytest.mark.parametrize(("data", "value"), [({"k": 7}, 7), ({"k": 0}, None), ({}, None)])
def test_positive_or_none_reads_no_zero(data: dict[str, Any], value: int | None) -> None:
    """JSON shows 0 for an option without a value."""
    assert value == PositiveOrNone(1, 9).from_json(data, "k")


@pytest.mark.parametrize(
    ("data", "value"), [({"k": True}, "inherit"), ({"k": False}, None), ({}, None)]
)
def test_presence_choice_reads_a_boolean(data: dict[str, Any], value: str | None) -> None:
    """JSON shows only whether the word is set."""
    assert value == PresenceChoice(("inherit",)).from_json(data, "k")
