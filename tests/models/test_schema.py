"""JSON Schema of every noun: what releases print is valid by it, what a model refuses is not."""

from typing import Any

import pytest
from attrs import field, frozen
from jsonschema import Draft202012Validator

from ipwrap.models import NOUNS
from ipwrap.models.base import json_key, nested, null_means
from ipwrap.models.schema import schema
from tests.models.test_captures import class_of, objects_of, readable


@frozen(kw_only=True)
class Leaf:
    """An inner object. Of which more is said.

    In a second paragraph.
    """

    name: str | None = None
    extra: dict[str, Any] = field(factory=dict)


@frozen(kw_only=True)
class Tree:
    """A model with everything special."""

    number: int | None = None
    router: bool | None = null_means()
    odd_key: int | None = json_key("odd-key")
    leaves: tuple[Leaf, ...] | None = nested(Leaf)
    extra: dict[str, Any] = field(factory=dict)


@pytest.mark.parametrize("noun", sorted(NOUNS))
def test_a_schema_is_one(noun: str) -> None:
    """By the rules of its own dialect."""
    Draft202012Validator.check_schema(schema(NOUNS[noun]))


@pytest.mark.parametrize("name", readable())
def test_what_releases_print_is_valid(name: str) -> None:
    """Every object of every capture."""
    errors = Draft202012Validator(schema(class_of(name))).iter_errors(objects_of(name))
    assert [] == [error.message for error in errors]


@pytest.mark.parametrize(
    "data",
    [
        [{"number": 1, "router": None, "odd-key": 3, "leaves": [{"name": "x"}]}],
        [{"new": 1, "leaves": [{"new": 2}]}],
        [],
    ],
)
def test_what_a_model_takes_is_valid(data: list[Any]) -> None:
    """Keys are those of the JSON, and others may be there."""
    assert Draft202012Validator(schema(Tree)).is_valid(data)


@pytest.mark.parametrize(
    "data", [{}, [1], [{"number": "x"}], [{"odd-key": "x"}], [{"leaves": [{"name": 3}]}]]
)
def test_what_a_model_refuses_is_not(data: Any) -> None:
    """No list, no object, or a value of another type."""
    assert not Draft202012Validator(schema(Tree)).is_valid(data)


def test_our_own_names_are_not_in_it() -> None:
    """`extra` and attributes that are named otherwise than their keys are ours alone."""
    properties = schema(Tree)["$defs"]["Tree"]["properties"]
    assert {"number", "router", "odd-key", "leaves"} == set(properties)


def test_it_says_what_an_object_is() -> None:
    """By the first sentences of its class."""
    assert "An inner object. Of which more is said." == schema(Tree)["$defs"]["Leaf"]["description"]
