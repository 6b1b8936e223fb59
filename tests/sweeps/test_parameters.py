"""The parameters of a lab: types by annotation, and combinations."""

from collections.abc import Callable
from typing import Any

import pytest

from ipwrap import InvalidArgument, UnknownOption
from ipwrap.sweeps.parameters import LabParameters, combine


def lab(  # type: ignore[no-untyped-def]  # labs need no annotations
    session: object, *, delay: int, loss: float = 0, on: bool = False, name: str = "", any_=None
) -> None:
    """A lab with a parameter of each type."""


def optional(session: object, mtu: int | None, path: "str | None" = None) -> None:
    """A lab with parameters that may be None."""


PARSED = [
    (lab, "delay", "10,50", [10, 50]),
    (lab, "loss", "1, 0.5", [1.0, 0.5]),
    (lab, "on", "true,off", [True, False]),
    (lab, "name", '7,"a,b"', ["7", "a,b"]),
    (lab, "any_", "7,0.5,x", [7, 0.5, "x"]),
    (optional, "mtu", "1400,none", [1400, None]),
    (optional, "path", "x", ["x"]),
]


@pytest.mark.parametrize(("function", "name", "text", "values"), PARSED)
def test_values_are_typed_by_the_annotation(
    function: Callable[..., Any], name: str, text: str, values: list[Any]
) -> None:
    """Text is read as the type that the lab declares; without one, numbers are numbers."""
    parsed = LabParameters.of(function).parse(name, text)

    assert [(type(value), value) for value in values] == [(type(one), one) for one in parsed]


@pytest.mark.parametrize(("name", "text"), [("delay", "fast"), ("delay", "1.5"), ("on", "2")])
def test_a_text_of_another_type_is_refused(name: str, text: str) -> None:
    """The message has the name, the text and the type."""
    with pytest.raises(InvalidArgument, match=f"{name}: '{text}' is no (int|bool)"):
        LabParameters.of(lab).parse(name, text)


def test_a_mistyped_name_is_refused_with_a_suggestion() -> None:
    """An unknown parameter is told before anything runs."""
    with pytest.raises(UnknownOption, match="'delya' is no parameter of the lab; did you mean 'de"):
        LabParameters.of(lab).parse("delya", "1")


def test_a_missing_parameter_is_refused() -> None:
    """A parameter without a default needs a value."""
    with pytest.raises(InvalidArgument, match="the lab needs delay; give the values: --set delay="):
        LabParameters.of(lab).check({"loss": 1.0})


def test_a_value_of_another_type_is_refused() -> None:
    """Values of Python are checked against the annotation, and an int is a float where asked."""
    assert {"delay": 1, "loss": 2.0} == LabParameters.of(lab).check({"delay": 1, "loss": 2})
    for wrong in ("1", True, 1.5, [1]):
        with pytest.raises(InvalidArgument, match=r"^delay: "):
            LabParameters.of(lab).check({"delay": wrong})  # type: ignore[dict-item]


def test_the_name_of_a_column_is_refused() -> None:
    """A parameter cannot be called as a column of the results."""

    def timed(session: object, *, seconds: int) -> None:
        pass

    with pytest.raises(InvalidArgument, match="seconds: is the name of a column"):
        LabParameters.of(timed)


def test_a_lab_without_session_is_told_apart() -> None:
    """A lab that has no parameter `session` makes its sessions itself."""
    assert LabParameters.of(lab).takes_session
    assert not LabParameters.of(lambda: None).takes_session


def test_a_grid_is_every_combination() -> None:
    """The last name changes fastest; a list has the combinations themselves."""
    expected = [{"a": 1, "b": "x"}, {"a": 1, "b": "y"}, {"a": 2, "b": "x"}, {"a": 2, "b": "y"}]

    assert expected == combine({"a": [1, 2], "b": ("x", "y")})
    assert expected[:1] == combine([{"a": 1, "b": "x"}])
    assert [{}] == combine({})


@pytest.mark.parametrize("parameters", [{"a": []}, [], {"a": "text"}, {"a": 3}])
def test_a_grid_without_values_is_refused(parameters: Any) -> None:
    """Text is no list of values, and an empty list leaves nothing to run."""
    with pytest.raises(InvalidArgument):
        combine(parameters)
