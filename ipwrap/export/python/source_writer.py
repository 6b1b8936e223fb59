"""Values as Python source, and the imports that the source needs."""

import sys
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import attrs
from attrs import define, field, frozen

from ipwrap.conditions import Condition
from ipwrap.conditions.base import POSITIONAL
from ipwrap.export.python.formatter import WIDTH, CallNode, Node, Text, literal
from ipwrap.secrets.secret import Secret

__all__ = ["Expression", "SourceWriter"]


@frozen
class Expression:
    """A value that is source already."""

    source: str


@define
class SourceWriter:
    """Writes values as source, and collects the imports.

    ``names`` maps module and name to the imported name; ``secrets`` maps the name of a secret to
    its variable.
    """

    names: dict[tuple[str, str], str] = field(factory=dict)
    secrets: dict[str, str] = field(factory=dict)

    def of(self, value: Any) -> Node:
        """Return a value as source."""
        match value:
            case Expression():
                return Text(value.source)
            case Secret():
                return Text(self.secrets.get(value.name) or self._new_secret(value))
            case str():
                return literal(value)
            case tuple():
                return CallNode("(", self._all_of(value))
            case list():
                return CallNode("[", self._all_of(value), "]")
            case dict():
                keys = tuple(f"{self.of(key).flat}: " for key in value)
                return CallNode("{", self._all_of(value.values()), "}", keys)
            case _ if attrs.has(type(value)):
                return self._object(value)
            case _:
                return Text(repr(value))

    def call(
        self, head: str, args: tuple[Any, ...], *, kwargs: Mapping[str, Any] = MappingProxyType({})
    ) -> CallNode:
        """Return the call of ``head``, the expression before the bracket."""
        items = self._all_of((*args, *kwargs.values()))
        positional_names = ("",) * len(args)
        keyword_names = tuple(f"{name}=" for name in kwargs)
        return CallNode(f"{head}(", items, names=(*positional_names, *keyword_names))

    def name(self, module: str, name: str) -> str:
        """Import a name from a module, and return its name in the script."""
        key = (module, name)
        if key in self.names:
            return self.names[key]

        alias = name
        if name in self.names.values():
            last_part = module.rpartition(".")[2]
            alias = f"{last_part.capitalize()}{name}"

        self.names[key] = alias
        return alias

    def imports(self) -> str:
        """Return the import statements."""
        modules: dict[str, list[str]] = {}
        statements: list[str] = []
        for (module, name), alias in sorted(self.names.items()):
            if module == "contextlib":
                continue
            if alias != name:
                statements.append(f"from {module} import {name} as {alias}")
            else:
                modules.setdefault(module, []).append(name)

        for module, names in modules.items():
            statements.append(_import_statement(module, sorted(names, key=_import_order)))

        statements.sort(key=lambda statement: statement.split()[1])  # by module
        uses_contextlib = ("contextlib", "suppress") in self.names
        first = "import contextlib\n\n" if uses_contextlib else ""
        return first + "\n".join(statements)

    def _all_of(self, values: Iterable[Any]) -> tuple[Node, ...]:
        """Return values as source."""
        return tuple(self.of(value) for value in values)

    def _new_secret(self, secret: Secret) -> str:
        """Return the expression for a secret without its value."""
        return f'{self.name("ipwrap", "Secret")}(None, "{secret.name}")'

    def _condition(self, condition: Condition) -> Node:
        """Return the call of a condition's constructor in `ipwrap.until`."""
        args: list[Any] = []
        kwargs: dict[str, Any] = {}
        for attribute in attrs.fields(type(condition)):
            value = getattr(condition, attribute.name)
            if not attribute.metadata.get(POSITIONAL):
                if _is_given(attribute, condition):
                    kwargs[attribute.name] = value
            elif isinstance(value, tuple):
                args += value
            else:
                args.append(value)

        until = self.name("ipwrap", "until")
        return self.call(f"{until}.{condition.tag}", tuple(args), kwargs=kwargs)

    def _object(self, value: Any) -> Node:
        """Return the call that creates an attrs object, without fields that have the default."""
        if isinstance(value, Condition):
            return self._condition(value)

        cls = type(value)
        fields = [attribute for attribute in attrs.fields(cls) if attribute.init]

        kwargs = {}
        for attribute in fields:
            if _is_given(attribute, value):
                kwargs[attribute.name] = _to_python(attribute, value)

        # Positional as far as they go: a field behind one with its default needs its name.
        args = []
        for attribute in fields:
            if attribute.kw_only:
                continue
            if attribute.name not in kwargs:
                break
            args.append(kwargs.pop(attribute.name))

        return self.call(self.name(_public_module(cls), cls.__name__), tuple(args), kwargs=kwargs)


def _is_given(attribute: "attrs.Attribute[Any]", value: Any) -> bool:
    """Return whether a field differs from its default."""
    factory = getattr(attribute.default, "factory", None)
    default = attribute.default if factory is None else factory()
    return bool(getattr(value, attribute.name) != default)


def _to_python(attribute: "attrs.Attribute[Any]", value: Any) -> Any:
    """Return the value of a field as a person would write it."""
    field_value = getattr(value, attribute.name)
    option = attribute.metadata.get("option")
    return field_value if option is None else option.codec.to_python(field_value)


def _public_module(cls: type) -> str:
    """Return the outermost package that exports a class, which is the package to import from."""
    parts = cls.__module__.split(".")

    for count in range(1, len(parts)):
        package = ".".join(parts[:count])
        if cls.__name__ in getattr(sys.modules[package], "__all__", ()):
            return package

    return cls.__module__


def _import_order(name: str) -> tuple[int, str]:
    """Return the key that sorts imported names: constants before classes."""
    is_constant = name.isupper() and len(name) > 1
    return (0 if is_constant else 1, name)


def _import_statement(module: str, names: list[str]) -> str:
    """Return an import statement, on several lines if too long for a line."""
    statement = f"from {module} import {', '.join(names)}"
    if len(statement) <= WIDTH:
        return statement

    name_lines = [f"    {name}," for name in names]
    return "\n".join((f"from {module} import (", *name_lines, ")"))
