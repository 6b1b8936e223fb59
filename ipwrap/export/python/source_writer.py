"""Values as Python source, and the imports that it needs."""

import itertools
import sys
from typing import Any

import attrs
from attrs import define, field

from ipwrap.export.python.formatter import CallNode, Node, Text, literal
from ipwrap.secrets.secret import Secret

__all__ = ["SourceWriter"]


@define
class SourceWriter:
    """Writes values, and keeps what has to be imported for them.

    ``names`` are the names under which things are imported, by where they come from; ``secrets`` those variables that
    hold a secret.
    """

    names: dict[tuple[str, str], str] = field(factory=dict)
    secrets: dict[str, str] = field(factory=dict)

    def of(self, value: Any) -> Node:
        """Return a value as source."""
        match value:
            case Secret():
                known = self.secrets.get(value.name)
                return Text(known or f'{self.name("ipwrap", "Secret")}(None, "{value.name}")')
            case str():
                return literal(value)
            case tuple():
                return CallNode("(", tuple(map(self.of, value)))
            case list():
                return CallNode("[", tuple(map(self.of, value)), "]")
            case dict():
                items = tuple(map(self.of, value.values()))
                return CallNode("{", items, "}", tuple(f"{self.of(key).flat}: " for key in value))
            case _:
                return self._object(value) if attrs.has(type(value)) else Text(repr(value))

    def call(self, head: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> CallNode:
        """Return a call; ``head`` is what stands before the bracket."""
        items = tuple(self.of(each) for each in (*args, *kwargs.values()))
        return CallNode(
            f"{head}(", items, names=(*("" for _ in args), *(f"{name}=" for name in kwargs))
        )

    def name(self, module: str, name: str) -> str:
        """Return the name by which something is known, and have it imported."""
        if (module, name) not in self.names:
            taken = set(self.names.values())
            self.names[module, name] = (
                f"{module.rpartition('.')[2].capitalize()}{name}" if name in taken else name
            )
        return self.names[module, name]

    def _object(self, value: Any) -> Node:
        """Return an object of a table, or another of our classes, as what makes it."""
        cls = type(value)
        said = {
            each.name: _to_python(each, value)
            for each in attrs.fields(cls)
            if each.init and _is_given(each, value)
        }
        first = [each.name for each in attrs.fields(cls) if each.init and not each.kw_only]
        args = tuple(said.pop(name) for name in list(itertools.takewhile(said.__contains__, first)))
        return self.call(self.name(_home(cls), cls.__name__), args, said)


def _is_given(about: "attrs.Attribute[Any]", value: Any) -> bool:
    """Tell whether a field is other than its default."""
    made = getattr(about.default, "factory", None)
    default = about.default if made is None else made()
    return bool(getattr(value, about.name) != default)


def _to_python(about: "attrs.Attribute[Any]", value: Any) -> Any:
    """Return the value of a field as a person would write it."""
    found = getattr(value, about.name)
    row = about.metadata.get("option")
    return found if row is None else row.codec.to_python(found)


def _home(cls: type) -> str:
    """Return the module from which people import a class: the outermost that offers it."""
    parts = cls.__module__.split(".")
    above = (".".join(parts[:count]) for count in range(1, len(parts) + 1))
    return next(each for each in above if cls.__name__ in getattr(sys.modules[each], "__all__", ()))
