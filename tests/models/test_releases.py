"""The same state, shown by six releases, becomes the same models, but for what a release did not show yet.

``cases/releases.json`` says what may differ, by noun and path. ``since``: the first of the releases that shows it of
all objects. ``moves``: what the kernel had changed before the next release was asked. ``rounded``: sizes that text
rounds. ``renamed``: keys that were spelled otherwise. ``named``: which keys tell an object from the others, where
releases show more of them in between. ``besides``: what only objects have that all releases show.
"""

import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

from ipwrap.models import NOUNS, Interface, dump_all, read
from tests.models.test_captures import BROKEN, CAPTURES, class_of, names_of_captures, text_of

DIFFERS: dict[str, Any] = json.loads((CAPTURES.parent / "releases.json").read_text())
RELEASES = ("5.4", "5.10", "6.1", "6.6", "6.12", "7.1")
NEWEST = RELEASES[-1]
CAPTURED = {Path(name).name for name in names_of_captures() if name.startswith("real/")}
FILES = sorted(CAPTURED - DIFFERS["skipped"].keys())
PAIRS = [
    (release, file)
    for file in FILES
    for release in RELEASES[:-1]
    if (CAPTURES / f"real/v{release}/{file}").exists() and f"real/v{release}/{file}" not in BROKEN
]


def noun_of(cls: type) -> str:
    """Return the noun that a class is the model of."""
    return next(noun for noun, each in NOUNS.items() if each is cls)


def about(what: str, cls: type) -> dict[str, str]:
    """Return what may differ of a noun; an address is shown within its link."""
    nouns = ["link", "address"] if cls is Interface else [noun_of(cls)]
    return {path: each for noun in nouns for path, each in DIFFERS[what].get(noun, {}).items()}


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, str, Any]]:
    """Yield every value that is no object and no list of objects: its path, where exactly, and itself."""
    for at, where, each in _leaves(value, path, path):
        yield at.strip("."), where, each


def _leaves(value: Any, path: str, where: str) -> Iterator[tuple[str, str, Any]]:
    """Yield them, with the dot in front."""
    if isinstance(value, dict) and value:
        for key, each in value.items():
            yield from _leaves(each, f"{path}.{key}", f"{where}.{key}")
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for n, each in enumerate(value):
            yield from _leaves(each, path, f"{where}[{n}]")
    else:
        yield path, where, sorted(set(value) - {"NO-CARRIER"}) if path.endswith(".flags") else value


def shown(release: str, file: str) -> dict[str, tuple[str, Any]]:
    """Return what a release shows that may be compared: by where it is, its path and value."""
    name = f"real/v{release}/{file}"
    cls = class_of(name)
    objects = dump_all(read(cls, text_of(name)))
    needed = DIFFERS["besides"].get(noun_of(cls))
    objects = [each for each in objects if not needed or needed in each]
    renamed, rounded, moves = about("renamed", cls), about("rounded", cls), about("moves", cls)
    found: dict[str, tuple[str, Any]] = {}
    keys = DIFFERS["named"].get(noun_of(cls), ())
    placed = {
        " ".join(str(each.get(key)) for key in keys) if keys else str(n): each
        for n, each in enumerate(objects)
    }
    for path, where, value in chain.from_iterable(
        leaves(each, f"[{name}]") for name, each in placed.items()
    ):
        path = path.partition("].")[2]
        if not any(path == moving or path.startswith(f"{moving}.") for moving in moves):
            value = round(value / 1024) if path in rounded else value
            path = renamed.get(path, path)
            found[where.strip()] = (path, value)
    return found


def later(release: str, since: str) -> bool:
    """Tell whether something came after a release."""
    return RELEASES.index(since) > RELEASES.index(release)


@pytest.mark.parametrize(("release", "file"), PAIRS)
def test_each_release_shows_the_same(release: str, file: str) -> None:
    """What two releases show is equal, and only what came later is missing."""
    old, new = shown(release, file), shown(NEWEST, file)
    since = about("since", class_of(f"real/v{NEWEST}/{file}"))
    missing = {path for where, (path, _) in new.items() if where not in old}
    assert [] == sorted(
        path for path in missing if path not in since or not later(release, since[path])
    )
    assert {} == {where: both for where, both in old.items() if new.get(where) != both}


@pytest.mark.parametrize("noun", sorted(DIFFERS["since"]))
def test_what_came_later_was_missing(noun: str) -> None:
    """Right before the release that is said to be the first: nothing may be absent without need."""
    cls = NOUNS[noun]
    files = [file for file in FILES if issubclass(class_of(f"real/v{NEWEST}/{file}"), cls)]
    absent: dict[str, set[str]] = {release: set() for release in RELEASES}
    for release, file in PAIRS:
        if file in files:
            old = shown(release, file)
            absent[release] |= {
                path for where, (path, _) in shown(NEWEST, file).items() if where not in old
            }
    for path, since in DIFFERS["since"][noun].items():
        assert path in absent[RELEASES[RELEASES.index(since) - 1]], (
            f"{path} is shown before {since}"
        )


def test_every_object_is_compared() -> None:
    """All that was captured of the one machine, but what is skipped with a reason."""
    assert all(DIFFERS["skipped"].values())
    assert {class_of(f"real/v{NEWEST}/{file}") for file in FILES} == {
        class_of(name) for name in names_of_captures() if name.startswith(f"real/v{NEWEST}/")
    }
