"""The output of six releases for the same state gives the same models, except for later keys.

``cases/releases.json`` lists the accepted differences, by object and path:

- ``since``: the first release with a key
- ``moves``: values that the kernel changes between two captures
- ``rounded``: sizes that the text of old releases rounds
- ``renamed``: keys with another name in old releases
- ``named``: the keys that identify an object, if releases print further objects
- ``besides``: a key of the objects that every release prints
"""

import json
from collections.abc import Iterable, Iterator
from functools import cache
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
    """Return the name of the object that a class models."""
    nouns = [noun for noun, model in NOUNS.items() if model is cls]
    return nouns[0]


def accepted(difference: str, cls: type) -> dict[str, str]:
    """Return the accepted differences of a sort, by path; addresses are printed with their link."""
    nouns = ["link", "address"] if cls is Interface else [noun_of(cls)]

    paths: dict[str, str] = {}
    for noun in nouns:
        paths |= DIFFERS[difference].get(noun, {})
    return paths


def leaves(value: Any, *, path: str, place: str) -> Iterator[tuple[str, str, Any]]:
    """Yield the path, the place (the path with list indexes) and the value of every leaf."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            inner_path = f"{path}.{key}" if path else key
            yield from leaves(inner, path=inner_path, place=f"{place}.{key}")
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for index, inner in enumerate(value):
            yield from leaves(inner, path=path, place=f"{place}[{index}]")
    elif path.rpartition(".")[2] == "flags":
        # A carrier comes and goes between two captures.
        yield path, place, sorted(set(value) - {"NO-CARRIER"})
    else:
        yield path, place, value


def identity_of(data: dict[str, Any], index: int, *, cls: type) -> str:
    """Return the place of an object: its identifying keys, or its index."""
    keys = DIFFERS["named"].get(noun_of(cls), ())
    if not keys:
        return f"[{index}]"
    return f"[{' '.join(str(data.get(key)) for key in keys)}]"


@cache
def comparable_leaves(release: str, file: str) -> dict[str, tuple[str, Any]]:
    """Return the comparable leaves in the output of a release: place -> path and value."""
    name = f"real/v{release}/{file}"
    cls = class_of(name)
    renamed = accepted("renamed", cls)
    rounded = accepted("rounded", cls)
    moving = accepted("moves", cls)

    comparable: dict[str, tuple[str, Any]] = {}
    for index, data in enumerate(comparable_objects(name)):
        identity = identity_of(data, index, cls=cls)
        for path, place, value in leaves(data, path="", place=identity):
            if is_within(path, moving):
                continue
            if path in rounded:
                value = round(value / 1024)
            comparable[place.strip()] = (renamed.get(path, path), value)

    return comparable


def comparable_objects(name: str) -> list[dict[str, Any]]:
    """Return the objects of a capture that every release prints."""
    cls = class_of(name)
    objects = dump_all(read(cls, text_of(name)))

    required_key = DIFFERS["besides"].get(noun_of(cls))
    if required_key is None:
        return objects
    return [data for data in objects if required_key in data]


def is_within(path: str, prefixes: Iterable[str]) -> bool:
    """Return whether a path is one of the prefixes, or below one of them."""
    return any(path == prefix or path.startswith(f"{prefix}.") for prefix in prefixes)


def missing_paths(release: str, file: str) -> set[str]:
    """Return the paths in the output of the newest release that an older release lacks."""
    old_leaves = comparable_leaves(release, file)
    new_leaves = comparable_leaves(NEWEST, file)
    return {path for place, (path, _) in new_leaves.items() if place not in old_leaves}


def is_later(since: str, release: str) -> bool:
    """Return whether ``since`` is later than ``release``."""
    return RELEASES.index(since) > RELEASES.index(release)


@pytest.mark.parametrize(("release", "file"), PAIRS)
def test_releases_agree(release: str, file: str) -> None:
    """The values of two releases are equal, and only later keys are missing in the older one."""
    since = accepted("since", class_of(f"real/v{NEWEST}/{file}"))
    later_paths = {path for path, first in since.items() if is_later(first, release)}
    old_leaves = comparable_leaves(release, file)
    new_leaves = comparable_leaves(NEWEST, file)

    different = {
        place: (leaf, new_leaves.get(place))
        for place, leaf in old_leaves.items()
        if new_leaves.get(place) != leaf
    }

    assert set() == missing_paths(release, file) - later_paths
    assert {} == different


@pytest.mark.parametrize("noun", sorted(DIFFERS["since"]))
def test_later_keys_were_missing_before(noun: str) -> None:
    """A key is missing in the release before its first one, so no exception is idle."""
    missing: dict[str, set[str]] = {release: set() for release in RELEASES}
    for release, file in PAIRS:
        file_class = class_of(f"real/v{NEWEST}/{file}")
        if issubclass(file_class, NOUNS[noun]):
            missing[release] |= missing_paths(release, file)

    for path, since in DIFFERS["since"][noun].items():
        position = RELEASES.index(since)
        release_before = RELEASES[position - 1]
        assert path in missing[release_before], f"{path} is shown before {since}"


def test_every_object_is_compared() -> None:
    """Every captured object is compared, except files that are skipped for a reason."""
    newest_captures = [name for name in names_of_captures() if name.startswith(f"real/v{NEWEST}/")]

    assert all(DIFFERS["skipped"].values())
    assert {class_of(f"real/v{NEWEST}/{file}") for file in FILES} == {
        class_of(name) for name in newest_captures
    }
