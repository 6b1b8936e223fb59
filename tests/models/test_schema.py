"""JSON Schema of every object: captured output is valid, wrong values are invalid."""

from typing import Any

import pytest
from attrs import field
from jsonschema import Draft202012Validator

from ipwrap.models import NOUNS
from ipwrap.models.base import json_key, nested, null_means
from ipwrap.models.declaration import model
from ipwrap.models.schema import schema
from tests.models.test_captures import class_of, objects_of, readable


@model(kw_only=True)
class Leaf:
    """An inner object. First paragraph of two.

    Second paragraph.
    """

    name: str | None = None
    extra: dict[str, Any] = field(factory=dict)


@model(kw_only=True)
class Tree:
    """A model with every kind of field."""

    number: int | None = None
    router: bool | None = null_means()
    odd_key: int | None = json_key("odd-key")
    leaves: tuple[Leaf, ...] | None = nested(Leaf)
    extra: dict[str, Any] = field(factory=dict)


@pytest.mark.parametrize("noun", sorted(NOUNS))
def test_schema_is_valid(noun: str) -> None:
    """The schema of every object is valid by the rules of its dialect."""
    Draft202012Validator.check_schema(schema(NOUNS[noun]))


@pytest.mark.parametrize("name", readable())
def test_captured_output_is_valid(name: str) -> None:
    """Every object of every capture is valid."""
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
def test_objects_of_a_model_are_valid(data: list[Any]) -> None:
    """Properties are JSON keys, and unknown keys are allowed."""
    assert Draft202012Validator(schema(Tree)).is_valid(data)


@pytest.mark.parametrize(
    "data", [{}, [1], [{"number": "x"}], [{"odd-key": "x"}], [{"leaves": [{"name": 3}]}]]
)
def test_objects_that_a_model_refuses_are_invalid(data: Any) -> None:
    """A value that is not a list, not an object, or of the wrong type is invalid."""
    assert not Draft202012Validator(schema(Tree)).is_valid(data)


def test_attribute_names_are_not_properties() -> None:
    """`extra` is not a property, and renamed attributes appear with their JSON keys."""
    properties = schema(Tree)["$defs"]["Tree"]["properties"]

    assert {"number", "router", "odd-key", "leaves"} == set(properties)


def test_description_is_the_first_paragraph() -> None:
    """The description of an object is the first paragraph of its class docstring."""
    description = schema(Tree)["$defs"]["Leaf"]["description"]

    assert "An inner object. First paragraph of two." == description
