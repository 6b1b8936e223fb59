"""The scanner finds each key and each list item of a TOML or a JSON text."""

import json
import tomllib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ipwrap.lab.formats.positions import Path, RepeatedKey, scan_json, scan_toml

TEXTS = (
    'a = 1\nb.c = "x.y"\n',
    "[t]\nx = [1, [2, 3], {y = 4, z.w = [5]}]\n",
    "[[l]]\na = 1\n[[l]]\na = 2\n[l.sub]\nb = 3\n[[l.many]]\nc = 4\n[[l.many]]\nc = 5\n",
    '"quoted.key" = 1\n\'single\' = 2\n"\\U0001F600" = 3\n',
    "a = [ # a comment with ] and \"\n  1, # one\n  2,\n]\nb = '''\n[no]\nc = 1'''\n",
    'd = 1979-05-27 07:32:00\ne = """a\\"""b""""\nf = [1e5, true, inf]\ng = {}\nh = []\n',
    "[ a . b ]\nc = 1\n[a.d]\ne = 2\n[a]\nf = 3\n",
)


def paths_of(value: Any, path: Path = ()) -> set[Path]:
    """Return the paths of all keys and items of a value."""
    members: Any = ()
    if isinstance(value, dict):
        members = value.items()
    elif isinstance(value, list):
        members = enumerate(value)
    paths = {path} if path else set()
    return paths.union(*(paths_of(member, (*path, key)) for key, member in members))


@pytest.mark.parametrize("text", TEXTS)
def test_toml_paths(text: str) -> None:
    """Every key and item of a TOML text has a position, and nothing else has."""
    assert paths_of(tomllib.loads(text)) == set(scan_toml(text))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=8,
    )
)
@settings(max_examples=50)
def test_json_paths(value: Any) -> None:
    """Every key and item of a JSON text has a position, and nothing else has."""
    text = json.dumps(value, indent=1)

    assert paths_of(value) == set(scan_json(text))


def test_lines_and_columns() -> None:
    """Positions count from 1; a list of tables is at its first header, a table at its own."""
    positions = scan_toml("a = 1\n  b = [2, 3]\n[[c]]\nd = 4\n[[c]]\n")

    assert {
        ("a",): (1, 1),
        ("b",): (2, 3),
        ("b", 0): (2, 8),
        ("b", 1): (2, 11),
        ("c",): (3, 3),
        ("c", 0): (3, 3),
        ("c", 0, "d"): (4, 1),
        ("c", 1): (5, 3),
    } == positions


def test_repeated_key_of_json() -> None:
    """A key that is given twice is refused, with both places."""
    with pytest.raises(RepeatedKey, match="3:1: 'a' is given twice; first in line 2"):
        scan_json('{\n"a": 1,\n"a": 2\n}')
