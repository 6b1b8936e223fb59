"""The pages of verbs: `ip`, `bridge`, `tc`, sysctl, and what else a session has."""

import ast
import inspect
import textwrap
from collections.abc import Callable, Iterator
from typing import Any, get_type_hints, is_typeddict

from ipwrap.bridge import BridgeProgram
from ipwrap.ip import Ip
from ipwrap.session import Session
from ipwrap.sysctl.verbs import Sysctl
from ipwrap.tc import TcProgram
from scripts.reference.markdown import docstring
from scripts.reference.options import option_table

__all__ = ["bridge_verbs", "ip_verbs", "session_methods", "sysctl_verbs", "tc_verbs"]

# Steps of verbs, which no script calls.
HIDDEN = {"make_secret", "read_in_each"}


def ip_verbs() -> str:
    """Return the objects of `ip`, with their verbs."""
    return _program("ip", Ip(Any))  # type: ignore[arg-type]  # no verb runs


def bridge_verbs() -> str:
    """Return the objects of `bridge`, with their verbs."""
    return _program("bridge", BridgeProgram(Any))  # type: ignore[arg-type]


def tc_verbs() -> str:
    """Return the objects of `tc`, with their verbs."""
    return _program("tc", TcProgram(Any))  # type: ignore[arg-type]


def sysctl_verbs() -> str:
    """Return the verbs of sysctl(8)."""
    return _object("session.sysctl", Sysctl)


def session_methods() -> str:
    """Return the methods of a session."""
    return "\n\n".join(
        _method(f"session.{name}", method) for name, method in _methods(Session, own=False)
    )


def _program(word: str, program: Any) -> str:
    """Return a section for each object of a program, those below objects included."""
    sections = []

    for name, commands in _objects(program):
        path = f"session.{word}.{name}"
        sections.append(_object(path, type(commands)))
        sections += [_object(f"{path}.{inner}", type(below)) for inner, below in _objects(commands)]

    return "\n\n".join(sections)


def _objects(parent: Any) -> Iterator[tuple[str, Any]]:
    """Yield the objects that a program, or an object, has as attributes."""
    for name in dir(type(parent)):
        attribute = inspect.getattr_static(type(parent), name)
        if isinstance(attribute, property) and not name.startswith("_"):
            yield name, getattr(parent, name)


def _object(path: str, cls: type) -> str:
    """Return the section of an object: its verbs, and the options that they share."""
    parts = [f"## {path}"]
    options: dict[str, type] = {}

    for name, method in _methods(cls):
        call = path if name == "__call__" else f"{path}.{name}"
        parts.append(_method(call, method))
        options |= _option_classes(method)

    for name, table in options.items():
        parts += [f"### {name}", docstring(table), option_table(table)]

    return "\n\n".join(part for part in parts if part)


def _methods(cls: type, *, own: bool = True) -> Iterator[tuple[str, Callable[..., Any]]]:
    """Yield the public methods of a class, in the order of the source."""
    for base in cls.__mro__ if not own else (cls,):
        for name, method in vars(base).items():
            is_public = name == "__call__" or not name.startswith("_")
            if inspect.isfunction(method) and is_public and name not in HIDDEN:
                yield name, method


def _method(call: str, method: Callable[..., Any]) -> str:
    """Return a verb: its signature as in the source, and its docstring."""
    return f"### {call}\n\n```python\n{_signature(call, method)}\n```\n\n{docstring(method)}"


def _signature(call: str, method: Callable[..., Any]) -> str:
    """Return a signature as in the source, without self, at most 90 columns wide."""
    source = textwrap.dedent(inspect.getsource(inspect.unwrap(method)))
    function = next(node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef))
    arguments = function.args
    arguments.args = [argument for argument in arguments.args if argument.arg != "self"]

    returned = f" -> {ast.unparse(function.returns)}" if function.returns else ""
    words = ast.unparse(arguments).replace("'", "")
    line = f"{call}({words}){returned}".replace("'", "")
    if len(line) <= 90:
        return line

    rows = "".join(f"    {part},\n" for part in _split_arguments(words))
    return f"{call}(\n{rows}){returned}".replace("'", "")


def _split_arguments(words: str) -> Iterator[str]:
    """Yield the parameters of a signature, split at the commas outside of brackets."""
    depth = start = 0
    for position, letter in enumerate(words):
        depth += (letter in "[(") - (letter in "])")
        if letter == "," and not depth:
            yield words[start:position].strip()
            start = position + 1

    yield words[start:].strip()


def _option_classes(method: Callable[..., Any]) -> dict[str, type]:
    """Return the `TypedDict` of a verb's options, by name."""
    try:
        hints = get_type_hints(method)
    except NameError:  # a type that is imported for type checkers only
        hints = dict(method.__annotations__)

    classes = {}
    for hint in hints.values():
        for candidate in (hint, *getattr(hint, "__args__", ())):
            if is_typeddict(candidate):
                classes[candidate.__name__] = candidate

    return classes
