"""Every key that iproute2 prints of the objects in `cases/nouns.json` has a field."""

import json
from pathlib import Path
from typing import Any

import pytest

from ipwrap import parse
from ipwrap.models import NOUNS, dump_all
from ipwrap.models.unknown_keys import unknown_keys
from ipwrap.views.table import COLUMNS, format_object_table

OBJECTS: dict[str, list[Any]] = json.loads(
    (Path(__file__).parents[1] / "cases" / "nouns.json").read_text()
)


@pytest.mark.parametrize("noun", OBJECTS)
@pytest.mark.parametrize("indent", [None, 4])
def test_objects_are_read_without_loss(noun: str, indent: int | None) -> None:
    """Compact and pretty JSON has no unknown keys, and is written as it was."""
    models = parse(noun, json.dumps(OBJECTS[noun], indent=indent))

    assert {} == unknown_keys(models)
    assert [
        {key: value for key, value in data.items() if value != []} for data in OBJECTS[noun]
    ] == [{key: value for key, value in data.items() if value != []} for data in dump_all(models)]


@pytest.mark.parametrize("noun", OBJECTS)
def test_table_has_a_row_for_each_object(noun: str) -> None:
    """No object is missing in the table but the number of actions, which is none."""
    rows = format_object_table(noun, parse(noun, json.dumps(OBJECTS[noun]))).splitlines()[1:]

    assert len([data for data in OBJECTS[noun] if "total acts" not in data]) == len(rows)


def test_every_noun_has_a_table() -> None:
    """A noun without a table could be shown as JSON only."""
    assert sorted(NOUNS) == sorted(COLUMNS)
