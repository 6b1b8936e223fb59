"""The parameters of a lab's function: their names and types, and the combinations of a sweep."""

import csv
import inspect
import itertools
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from attrs import frozen

from ipwrap.errors import InvalidArgument, UnknownOption
from ipwrap.sweeps.lab_source import LabFunction
from ipwrap.sweeps.run import COLUMNS, Value

__all__ = ["LabParameters", "Parameters", "combine"]

# A grid, name by name, or the combinations one by one.
Parameters = Mapping[str, Iterable[Any]] | Iterable[Mapping[str, Any]]

SESSION = "session"
TRUE, FALSE = ("true", "on", "yes", "1"), ("false", "off", "no", "0")
NONE = "none"
# In this order a text is tried: "1" is a number where the parameter may be one.
TYPES = ("bool", "int", "float", "str")
UNTYPED = ("int", "float", "str")
NULL = "None"


@frozen
class LabParameters:
    """What a lab's function takes, by its signature.

    - ``types``: the names of the types that each parameter may have; empty: it has no annotation
    - ``required``: the parameters without a default
    - ``takes_session``: whether it has a parameter ``session``; else it makes sessions of its own
    - ``takes_any``: whether it takes other names, too (``**parameters``)
    """

    types: Mapping[str, tuple[str, ...]]
    required: tuple[str, ...]
    takes_session: bool
    takes_any: bool

    @classmethod
    def of(cls, function: LabFunction) -> "LabParameters":
        """Read a function's signature.

        Raises `InvalidArgument` for a parameter that has no name in a call, or that of a column.
        """
        signature = inspect.signature(function).parameters
        named: dict[str, inspect.Parameter] = {}
        for name, parameter in signature.items():
            if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
                continue
            if name != SESSION:
                _check_parameter(parameter)
                named[name] = parameter

        return cls(
            {name: _type_names(parameter.annotation) for name, parameter in named.items()},
            tuple(name for name, one in named.items() if one.default is one.empty),
            takes_session=SESSION in signature,
            takes_any=any(one.kind is one.VAR_KEYWORD for one in signature.values()),
        )

    def parse(self, name: str, text: str) -> list[Value]:
        """Return the values of a comma-separated text: ``10,50``; quotes keep a comma: ``"a,b"``.

        By the annotation: int, float, str or bool, ``int | None`` as well; without one, what looks
        like a number is one. Raises `InvalidArgument`, and `UnknownOption` with a suggestion.
        """
        self.check_name(name)
        texts = next(csv.reader([text], skipinitialspace=True), [])
        return [self._parse_value(name, one) for one in texts]

    def _parse_value(self, name: str, text: str) -> Value:
        """Return one value of a text."""
        wanted = self.types.get(name, ())
        if NULL in wanted and text.lower() == NONE:
            return None

        known = [type_name for type_name in TYPES if type_name in wanted]
        if wanted and not known:
            raise InvalidArgument(
                f"{name}: no value can be given as text for {' | '.join(wanted)}; annotate the "
                f"parameter as {', '.join(TYPES)}, or call ipwrap.sweep() in Python"
            )

        for type_name in known or UNTYPED:
            value = _parse_as(type_name, text)
            if value is not None:
                return value
        raise InvalidArgument(f"{name}: {text!r} is no {' or '.join(known)}")

    def check(self, parameters: Mapping[str, Value]) -> dict[str, Value]:
        """Return the parameters of a run, with an int as a float where the lab says float.

        Raises `InvalidArgument` for a wrong type or a missing parameter, and `UnknownOption`.
        """
        for name in parameters:
            self.check_name(name)

        missing = [name for name in self.required if name not in parameters]
        if missing:
            raise InvalidArgument(
                f"the lab needs {', '.join(missing)}; give the values: --set {missing[0]}=…, or "
                f"{{{missing[0]!r}: […]}} in Python"
            )
        return {name: self._check_value(name, value) for name, value in parameters.items()}

    def check_name(self, name: str) -> None:
        """Raise `UnknownOption` for a name that the lab does not take, with a suggestion."""
        if name in self.types or (self.takes_any and name not in (*COLUMNS, SESSION)):
            return

        import difflib  # late: only mistakes need it

        known = sorted(self.types)
        closest = difflib.get_close_matches(name, known, n=1)
        advice = f"there are: {', '.join(known)}" if known else "it has none"
        if closest:
            advice = f"did you mean {closest[0]!r}?"
        raise UnknownOption(f"{name!r} is no parameter of the lab; {advice}")

    def _check_value(self, name: str, value: Value) -> Value:
        """Return a value of the right type."""
        if not isinstance(value, (str, int, float, types.NoneType)):
            raise InvalidArgument(
                f"{name}: {value!r} is a {type(value).__name__}; give a str, int, float, bool or "
                "None, and let the lab make the rest of it"
            )

        wanted = self.types.get(name, ())
        if not set(wanted) <= {*TYPES, NULL} or not wanted:
            return value  # an annotation that is the lab's own affair

        type_name = type(value).__name__
        if type_name == "int" and "int" not in wanted and "float" in wanted:
            return float(value)  # type: ignore[arg-type]  # an int
        if type_name not in wanted and not (value is None and NULL in wanted):
            raise InvalidArgument(f"{name}: {value!r} is no {' or '.join(wanted)}")
        return value


def _check_parameter(parameter: inspect.Parameter) -> None:
    """Raise `InvalidArgument` for a parameter that no sweep can give."""
    if parameter.kind is parameter.POSITIONAL_ONLY:
        raise InvalidArgument(f"{parameter.name}: the lab takes it without a name; leave out the /")
    if parameter.name in COLUMNS:
        raise InvalidArgument(
            f"{parameter.name}: is the name of a column of the results ({', '.join(COLUMNS)}); "
            "give the lab's parameter another one"
        )


def _type_names(annotation: Any) -> tuple[str, ...]:
    """Return the names of the types of an annotation, which may be text; none without one."""
    if annotation is inspect.Parameter.empty or annotation is Any:
        return ()
    if isinstance(annotation, str):
        return tuple(name.strip() for name in annotation.split("|"))
    if typing.get_origin(annotation) in (typing.Union, types.UnionType):
        return tuple(_type_name(one) for one in typing.get_args(annotation))
    return (_type_name(annotation),)


def _type_name(annotation: Any) -> str:
    """Return the name of one type."""
    if annotation is types.NoneType:
        return NULL
    return getattr(annotation, "__name__", str(annotation))


def _parse_as(type_name: str, text: str) -> Value:
    """Return a text as a value of a type; None if it is no such value."""
    if type_name == "str":
        return text
    if type_name == "bool":
        return {**dict.fromkeys(TRUE, True), **dict.fromkeys(FALSE, False)}.get(text.lower())

    try:
        return int(text) if type_name == "int" else float(text)
    except ValueError:
        return None


def combine(parameters: Parameters) -> list[dict[str, Value]]:
    """Return the combinations of a grid, the last name changing fastest, or those of a list.

    Raises `InvalidArgument` for a grid with something else than lists, and for equal combinations.
    """
    if isinstance(parameters, Mapping):
        values = [_as_list(name, some) for name, some in parameters.items()]
        combinations = [
            dict(zip(parameters, chosen, strict=True)) for chosen in itertools.product(*values)
        ]
    else:
        combinations = [dict(one) for one in parameters]

    if not combinations:
        raise InvalidArgument("parameters: no combination; each name needs at least one value")
    return combinations


def _as_list(name: str, values: object) -> Sequence[Value]:
    """Return the values of one parameter of a grid."""
    if isinstance(values, (str, bytes, Mapping)) or not isinstance(values, Iterable):
        raise InvalidArgument(
            f"{name}: {values!r} is no list; give {name!r}: [{values!r}], or several values"
        )
    return list(values)
