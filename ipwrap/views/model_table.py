"""`table`: models as the table that `ipwrap parse` prints, for a REPL, a script and a notebook."""

import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from attrs import field, frozen

from ipwrap.errors import InvalidArgument
from ipwrap.models.event import Event
from ipwrap.models.nouns import NOUNS, find_noun
from ipwrap.options.short_repr import given_fields
from ipwrap.views.table import ObjectRows, format_cell, object_rows

__all__ = ["Table", "format_model_html", "table"]

EMPTY = "(no objects)"
TUNNEL_VLANS = "bridge vlan tunnelshow"  # it has the class of `bridge vlan`
VLANS = "bridge vlan"


@frozen(repr=False)
class Table:
    """A table of models. Its text is as wide as the terminal at most, unless it is ``wide``.

    Columns that do not fit are left out by their rank, and named below the table. Where stdout is
    no terminal, and in a notebook, no column is left out.
    """

    _rows: ObjectRows
    wide: bool = field(default=False, kw_only=True)

    @property
    def headers(self) -> tuple[str, ...]:
        """The headers of all columns with content."""
        return self._rows.headers

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """The texts of the cells, with control characters escaped."""
        return self._rows.rows

    def __str__(self) -> str:
        if not self.headers:
            return EMPTY

        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        fitted = self._rows.fit(None if self.wide else width)
        if not fitted.left_out:
            return fitted.text
        return f"{fitted.text}\n(left out for want of width: {', '.join(fitted.left_out)})"

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        """Return the table for a notebook."""
        return _format_html(self.headers, self.rows) if self.headers else f"<p>{EMPTY}</p>"


def table(
    models: Any,
    noun: str = "",
    *,
    columns: str | Sequence[str] = (),
    wide: bool = False,
    sort: str = "",
) -> Table:
    """Return models as a table, which prints itself and shows itself in a notebook.

    ::

        table(pod.ip.route.show())
        table(session.each("pod*").ip.link.show(), sort="mtu")
        ip -j -d link show | ipwrap parse link --columns ifname,mtu --sort mtu
        table(parse("link", text), columns="ifname,mtu", sort="mtu")

    - ``models``: what a verb or `parse` returned: a list of models or a single one, events of a
      monitor, or a dict of lists by namespace, which get a column ``netns``
    - ``noun``: the object, where the class of the models is that of two ("bridge vlan tunnelshow")
    - ``columns``: the columns to show, in this order; by default all with content
    - ``wide``: keep the columns that are wider than the terminal together
    - ``sort``: the column by which the rows are sorted, numbers by value

    Raises `InvalidArgument` for models of several objects, or of none that has a table, and
    `UnknownOption` for an unknown column or noun.
    """
    by_netns = _group_models(models)
    all_models = [model for group in by_netns.values() for model in group]
    chosen = tuple(filter(None, columns.split(","))) if isinstance(columns, str) else columns

    if not all_models and not noun:
        return Table(ObjectRows((), ()), wide=wide)

    name = find_noun(noun) if noun else _noun_of(all_models)
    return Table(object_rows(name, by_netns, columns=chosen, sort=sort), wide=wide)


def _group_models(models: Any) -> dict[str, list[Any]]:
    """Return models by namespace; those of a single namespace, or a single model, without one."""
    if isinstance(models, Mapping):
        return {str(netns): list(group) for netns, group in models.items()}
    if isinstance(models, Iterable) and not isinstance(models, (str, bytes)):
        return {"": list(models)}
    return {"": [models]}


def _noun_of(models: Sequence[Any]) -> str:
    """Return the noun of models. Raises `InvalidArgument`."""
    classes = sorted({type(model) for model in models}, key=lambda cls: cls.__name__)
    if len(classes) > 1:
        listed = ", ".join(cls.__name__ for cls in classes)
        raise InvalidArgument(f"a table has models of one class: these are of {listed}")

    noun = _find_noun_of_class(classes[0])
    if noun is None:
        raise InvalidArgument(
            f"{classes[0].__name__} has no table: give models as `show` or `parse` return them"
        )
    if noun == VLANS and any(port.tunnels for port in models):
        return TUNNEL_VLANS
    return noun


def _find_noun_of_class(cls: type) -> str | None:
    """Return the noun of a class of models; None for a class that is a part of another one."""
    if cls is Event:
        return "monitor"

    path = f"{cls.__module__.removeprefix('ipwrap.models.')}:{cls.__name__}"
    return next((noun for noun, known in NOUNS.paths.items() if known == path), None)


def format_model_html(model: Any) -> str:
    """Return a model as HTML: the row of its table, or its fields for a part of another model."""
    noun = _find_noun_of_class(type(model))
    if noun is not None:
        return table(model)._repr_html_()

    fields = [(name, format_cell(value)) for name, value in given_fields(model).items()]
    return _format_html((type(model).__name__, ""), fields)


def _format_html(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table as HTML; the texts of the cells are escaped."""
    body = "\n".join(_format_html_row(row, tag="td") for row in rows)
    return f"<table>\n{_format_html_row(headers, tag='th')}\n{body}\n</table>"


def _format_html_row(cells: Iterable[str], *, tag: str) -> str:
    """Return a row of HTML, with its cells in elements of a tag."""
    elements = "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in cells)
    return f"<tr>{elements}</tr>"
