"""Answers to the usual mistakes: another word for a verb or an object, and a line as one word."""

import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ipwrap.errors import InvalidArgument
from ipwrap.system.lazy import LazyTable

__all__ = ["HintsAttributes", "check_kind", "check_words", "class_names"]

# Words of iproute2, of other tools and of habit, and the names that they have here.
OTHER_NAMES = {
    "addr": "address",
    "addresses": "address",
    "route_add": "route",
    "routes": "route",
    "rules": "rule",
    "links": "link",
    "neighbor": "neigh",
    "neighbour": "neigh",
    "neighbors": "neigh",
    "namespace": "netns",
    "namespaces": "netns",
    "ns": "netns",
    "class": "class_",
    "qdiscs": "qdisc",
    "filters": "filter",
    "list": "show",
    "ls": "show",
    "lst": "show",
    "dump": "show",
    "show": "list",
    "get": "show",
    "del": "delete",
    "remove": "delete",
    "rm": "delete",
    "create": "add",
    "new": "add",
    "modify": "set",
    "update": "set",
    "up": "set",
    "down": "set",
    "command": "run",
    "execute": "exec",
    "popen": "spawn",
    "start": "spawn",
    "wait": "wait_for",
}
# Attributes with the objects of a session, by program.
PROGRAMS = ("ip", "bridge", "tc")


class HintsAttributes:
    """A base whose missing attributes are errors with the name that was probably meant."""

    __slots__ = ()

    if not TYPE_CHECKING:  # a type checker would take it that every name exists

        def __getattr__(self, name: str) -> Any:
            """Raise `AttributeError` with a suggestion."""
            # With the object but without a name, Python 3.12 adds no suggestion of its own.
            raise AttributeError(_describe_missing(type(self), name), obj=self)


def _describe_missing(cls: type, name: str) -> str:
    """Return the message for an attribute that a class lacks."""
    message = f"{cls.__name__!r} object has no attribute {name!r}"
    if name.startswith("_"):
        return message

    suggestion = _suggest(cls, name)
    return message if suggestion is None else f"{message}; did you mean {suggestion!r}?"


def _suggest(cls: type, name: str) -> str | None:
    """Return the attribute that was probably meant, None if none is close."""
    names = [known for known in dir(cls) if not known.startswith("_")]
    other_name = OTHER_NAMES.get(name, name)
    for candidate in (other_name, OTHER_NAMES.get(other_name)):
        if candidate in names:
            return candidate

    for program in PROGRAMS:
        if program in names and other_name in _objects_of(program):
            return f"{program}.{other_name}"

    close = _close_names(name, names, similarity=0.6)
    return close[0] if close else None


def _close_names(name: str, names: Sequence[str], *, similarity: float) -> list[str]:
    """Return the name that resembles a name most, if one does."""
    import difflib  # late: only mistakes need it

    return difflib.get_close_matches(name, names, 1, similarity)


def _objects_of(program: str) -> Sequence[str]:
    """Return the objects of a program of iproute2, as its class has them."""
    from importlib import import_module

    classes = {"ip": "Ip", "bridge": "BridgeProgram", "tc": "TcProgram"}
    return dir(getattr(import_module(f"ipwrap.{program}"), classes[program]))


def check_words(verb: str, argv: Sequence[Any]) -> None:
    """Raise `InvalidArgument` for a list of words, and for a line that was given as one word."""
    if len(argv) != 1:
        return

    (word,) = argv
    if isinstance(word, (list, tuple)):
        raise InvalidArgument(f"{verb}: {word!r} is a {type(word).__name__}; give {verb}(*words)")
    if not isinstance(word, str) or " " not in word.strip() or "/" in word.split()[0]:
        return

    try:
        words = shlex.split(word)
    except ValueError:
        words = word.split()
    given = ", ".join(map(repr, words))
    line = f", or run({word!r})" if verb == "exec" else ""
    raise InvalidArgument(f"{verb}: no program is called {word!r}; give {verb}({given}){line}")


def class_names(table: LazyTable[Any]) -> dict[str, str]:
    """Return the names of the classes of a table of kinds, without importing them."""
    return {name: path.partition(":")[2] for name, path in table.paths.items()}


def check_kind(kind: Any, base: type, *, classes: Mapping[str, str], package: str) -> None:
    """Raise `InvalidArgument` for what is no kind of link or qdisc, such as its name as text.

    ``classes`` are the names of the classes in ``package``, by the names of the kinds.
    """
    if isinstance(kind, base):
        return

    if isinstance(kind, type) and issubclass(kind, base):
        raise InvalidArgument(f"kind: {kind.__name__} is a class; give {kind.__name__}(…)")

    if not isinstance(kind, str):
        raise InvalidArgument(f"kind: {kind!r} is no kind; give one of {package}")

    if kind in ("up", "down"):
        raise InvalidArgument(f"kind: {kind!r} is an option; give it by name: up={kind == 'up'}")
    close = _close_names(kind, list(classes), similarity=0.7)
    if not close:
        raise InvalidArgument(f"kind: {kind!r} is text, and no kind of that name is known")
    name = classes[close[0]]
    raise InvalidArgument(
        f"kind: {kind!r} is text; give {name}(…), with `from {package} import {name}`"
    )
