"""`Markup`: text that is HTML already. All other text is escaped when it gets into an element."""

import re
from collections.abc import Mapping, Sequence
from html import escape

from ipwrap.jsonio.escape import escape_controls

__all__ = ["EMPTY", "Markup", "element", "fill", "join", "text"]

PLACEHOLDER = re.compile(r"\{\{([a-z_]+)\}\}")
VOID = frozenset({"input", "meta"})  # these have no end tag

Value = str | int | float | bool | None


class Markup(str):
    """Text that is HTML."""

    __slots__ = ()


EMPTY = Markup()


def text(content: str) -> Markup:
    r"""Return a text as HTML: control characters, bidi marks and lone surrogates are visible.

    Newlines and tabs stay. A carriage return is escaped as ``\r``.
    """
    return Markup(escape(escape_controls(content, keep="\n\t")))


def element(name: str, *children: str, **attributes: Value) -> Markup:
    """Return an element. Children that are no `Markup` are escaped, and so are attributes.

    An attribute of None or False is left out, one of True has no value. `_` is `-` in a name, and
    left out at its end: ``class_``.
    """
    head = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in VOID:
        return Markup(f"<{name}{head}>")
    return Markup(f"<{name}{head}>{join(children)}</{name}>")


def join(children: Sequence[str], between: str = "") -> Markup:
    """Return HTML of several children, with HTML between them."""
    return Markup(
        between.join(child if isinstance(child, Markup) else text(child) for child in children)
    )


def _attribute(key: str, value: Value) -> str:
    """Return an attribute, with a blank before it."""
    if value is None or value is False:
        return ""

    name = key.rstrip("_").replace("_", "-")
    if value is True:
        return f" {name}"
    return f' {name}="{text(str(value))}"'


def fill(template: str, parts: Mapping[str, str]) -> str:
    """Return a template with each `{{name}}` replaced once: what a part holds stays as it is."""
    return PLACEHOLDER.sub(lambda match: parts[match[1]], template)
