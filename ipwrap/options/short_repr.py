"""Short reprs of models and kinds: one line for a REPL, without None and empty values."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import attrs

__all__ = ["given_fields", "iter_rich_fields", "short_repr"]

ELLIPSIS = "…"  # stands for what a repr leaves out
MAX_VALUE = 100  # characters of a value, such as the VLANs of a port


def short_repr(instance: Any, hidden: Collection[str] = ()) -> str:
    """Return a repr without None and empty values: `Route(dst='default', gateway='10.0.0.1')`.

    A class may name the most informative fields in ``repr_head``, with their paths from the
    instance: only these are shown. An ellipsis stands for further fields, for ``hidden`` fields,
    and for the end of a long value.
    """
    cls = type(instance)
    given = given_fields(instance)
    head: Mapping[str, str] = getattr(cls, "repr_head", {})
    if not head:
        shown = {name: value for name, value in given.items() if name not in hidden}
        return _format_call(cls.__name__, shown, is_shortened=len(shown) < len(given))

    named = {path.split(".")[0] for path in head.values()}
    return _format_call(
        cls.__name__, _head_fields(instance, head), is_shortened=not named.issuperset(given)
    )


def given_fields(instance: Any) -> dict[str, Any]:
    """Return the informative fields of an instance of an attrs class, by name.

    None, empty values, and fields that the class keeps out of its repr are left out.
    """
    given = {}

    for attribute in attrs.fields(type(instance)):
        value = getattr(instance, attribute.name)
        if attribute.repr and not _is_empty(value):
            given[attribute.name] = value

    return given


def _is_empty(value: Any) -> bool:
    """Return whether a value is None, or a text or collection without content; 0 is a value."""
    return value is None or (isinstance(value, (str, tuple, list, dict)) and not value)


def _head_fields(instance: Any, head: Mapping[str, str]) -> dict[str, Any]:
    """Return the values at the paths of a head, by name, without empty ones."""
    values = {name: _value_at(instance, path) for name, path in head.items()}
    return {name: value for name, value in values.items() if not _is_empty(value)}


def _value_at(instance: Any, path: str) -> Any:
    """Return the value at a path of attributes; None where the path ends before."""
    value = instance
    for name in path.split("."):
        value = getattr(value, name, None)
    return value


def _format_call(name: str, fields: Mapping[str, Any], *, is_shortened: bool = False) -> str:
    """Return a repr in the form of a call: `Link(ifname='eth0', …)`."""
    arguments = [f"{field}={_shorten(repr(value))}" for field, value in fields.items()]
    if is_shortened:
        arguments.append(ELLIPSIS)
    return f"{name}({', '.join(arguments)})"


def iter_rich_fields(instance: Any) -> Iterator[tuple[str, Any]]:
    """Yield the informative fields, without a limit, in the form for `rich.pretty`."""
    yield from given_fields(instance).items()


def _shorten(text: str) -> str:
    """Return the beginning of a long repr."""
    return text if len(text) <= MAX_VALUE else f"{text[:MAX_VALUE]}{ELLIPSIS}"
