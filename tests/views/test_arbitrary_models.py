"""Whatever is accepted can be shown: in a terminal of any width, in a REPL and in a notebook."""

import json
import types
import typing
from functools import cache
from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

from ipwrap import table
from ipwrap.errors import OutputError
from ipwrap.models import NOUNS, parse
from ipwrap.models.base import schema_of
from ipwrap.views.table import object_table

HOSTILE = ("a\x1b[2J", "\u202eevil\u2066", "a\nb\tc\rd", "\x9b31m\x07", "字" * 9, "\udcff", "")
TEXTS = st.sampled_from(HOSTILE) | st.text(max_size=12)
NUMBERS = st.sampled_from((0, 1, -1, 80, 2**32 - 1, 2**63, 2**64, 10**30)) | st.integers()
SCALARS = st.none() | st.booleans() | NUMBERS | st.floats(allow_nan=False) | TEXTS
ANYTHING = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=6,
)

# Words that decide how options are read.
OPTION_KEYS = (
    *("fh", "flowid", "classid", "handle", "match", "keys", "fw", "actions", "rate", "limit"),
    *("delay", "loss-random", "mark", "mask", "id", "remote", "mode", "state", "kind", "bands"),
)
KINDS = (
    *("u32", "flower", "matchall", "fw", "netem", "tbf", "htb", "fq_codel", "fq", "prio", "vlan"),
    *("vxlan", "bond", "bridge", "gre", "cake", "new"),
)


def values_of(annotation: Any) -> st.SearchStrategy[Any]:
    """Return JSON values of a type, for a field of a model."""
    if isinstance(annotation, types.UnionType) or typing.get_origin(annotation) is typing.Union:
        return st.one_of([values_of(argument) for argument in typing.get_args(annotation)])

    origin = typing.get_origin(annotation) or annotation
    arguments = typing.get_args(annotation)
    if origin is tuple:
        return st.lists(values_of(arguments[0]), max_size=3)
    if origin is dict:
        inner = ANYTHING if arguments[1] is Any else values_of(arguments[1])
        return st.dictionaries(st.sampled_from(OPTION_KEYS) | TEXTS, inner, max_size=4)
    if attrs.has(origin):
        return objects_of(origin)

    simple = {str: TEXTS, int: NUMBERS, bool: st.booleans(), float: st.floats(allow_nan=False)}
    return simple.get(origin, st.none() if origin is type(None) else ANYTHING)


@cache
def objects_of(cls: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Return JSON objects of a model, with some of its keys and a few others."""
    hints = typing.get_type_hints(cls)
    names = {attribute.name: key for key, attribute in _fields_by_key(cls).items()}
    known = {key: values_of(hints[name]) for name, key in names.items() if name != "extra"}
    for key in known.keys() & {"kind", "info_kind", "info_slave_kind", "class"}:
        known[key] = st.sampled_from(KINDS)

    unknown = st.dictionaries(TEXTS, ANYTHING, max_size=1)
    objects = st.fixed_dictionaries({}, optional=known)
    return st.builds(lambda first, second: {**first, **second}, unknown, objects)


def _fields_by_key(cls: Any) -> dict[str, "attrs.Attribute[Any]"]:
    """Return the fields of a model by their JSON keys."""
    key_of = {name: key for key, name in schema_of(cls).keys.items()}
    return {key_of.get(field.name, field.name): field for field in attrs.fields(cls)}


def is_harmless(text: str) -> bool:
    """Return whether a text has nothing that a terminal obeys, but line breaks."""
    return all(line.isprintable() for line in text.split("\n"))


@pytest.mark.parametrize("noun", sorted(NOUNS))
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_what_is_accepted_can_be_shown(noun: str, data: st.DataObject) -> None:
    """A table has no control character at any width, and no line that could have been narrower."""
    objects = data.draw(st.lists(objects_of(NOUNS[noun]), min_size=1, max_size=3))
    width = data.draw(st.integers(20, 200))
    text = json.dumps(objects)

    try:
        models = parse(noun, text)
    except OutputError:
        return

    fitted = object_table(noun, models, width=width)
    assert is_harmless(fitted.text)
    assert is_harmless("".join(map(repr, models)))

    whole = table(models, noun)
    assert is_harmless(str(whole))
    assert is_harmless(whole._repr_html_())


@pytest.mark.parametrize("noun", sorted(NOUNS))
def test_objects_of_every_noun_are_accepted(noun: str) -> None:
    """The objects of the test above are no mere refusals: some become a row with content."""

    def has_cells(objects: list[dict[str, Any]]) -> bool:
        """Return whether objects are accepted, and have a table with some content."""
        try:
            shown = table(parse(noun, json.dumps(objects)), noun)
        except OutputError:
            return False
        return any(map(any, shown.rows))

    objects = find(
        st.lists(objects_of(NOUNS[noun]), min_size=1, max_size=2),
        has_cells,
        settings=settings(max_examples=3000, deadline=None, phases=[Phase.generate]),
    )

    assert has_cells(objects)
