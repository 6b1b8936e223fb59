"""The rules of cache invalidation, as functions of their arguments."""

import os
from collections.abc import Iterator

import pytest

from ipwrap import Command
from ipwrap.command import CreatedObject, LinkRename
from ipwrap.executors.invalidation import (
    expected_link_names,
    find_unknown_name,
    invalid_names,
    may_remember,
)
from ipwrap.executors.link_names import EVERYTHING, LinkNameCache

NOTHING: frozenset[str] = frozenset()
LOST_V0 = frozenset({"v0"})


@pytest.mark.parametrize(
    ("lost", "appeared", "expected", "invalid"),
    [
        (NOTHING, set(), set(), NOTHING),
        (LOST_V0, set(), set(), LOST_V0),
        (LOST_V0, {"v1"}, {"v1", "v2"}, LOST_V0),
        (LOST_V0, {"v1"}, set(), EVERYTHING),
        (NOTHING, {"v1", "v2"}, {"v1"}, EVERYTHING),
        (EVERYTHING, set(), set(), EVERYTHING),
    ],
)
def test_unexpected_link_invalidates_every_name(
    lost: frozenset[str], appeared: set[str], expected: set[str], invalid: frozenset[str]
) -> None:
    """Lost names are invalid, and every name after a new link that no own command created."""
    assert invalid == invalid_names(lost, appeared, expected=expected)


@pytest.mark.parametrize(
    ("cached_names", "invalid", "is_stale"),
    [
        ({"v0", "v1"}, LOST_V0, True),
        ({"v1"}, LOST_V0, False),
        (set(), LOST_V0, False),
        (set(), EVERYTHING, True),
        (None, LOST_V0, True),
        (None, EVERYTHING, True),
        (None, NOTHING, False),
        ({"v0"}, NOTHING, False),
    ],
)
def test_worker_may_remember_an_invalid_name(
    cached_names: set[str] | None, invalid: frozenset[str], *, is_stale: bool
) -> None:
    """A worker is stale if its cache is unknown or holds an invalid name."""
    assert is_stale is may_remember(cached_names, invalid)


def test_link_named_like_the_sign_for_everything() -> None:
    """A lost link named "*" invalidates its own name only."""
    lost = frozenset(["*"])

    assert not may_remember({"v0"}, lost)
    assert may_remember({"*"}, lost)


def test_expected_names_are_those_of_links() -> None:
    """A command is expected to create its new links, and the new name of a renamed link."""
    creates = (CreatedObject("netns", "red", {}), CreatedObject("link", "v0", {}))
    renames = LinkRename("v1", "v2", None)
    command = Command(("ip", "link"), creates=creates, renames=renames)

    assert ["v0", "v2"] == expected_link_names(command)
    assert [] == expected_link_names(Command(("ip", "link")))


@pytest.fixture
def link_names() -> Iterator[LinkNameCache]:
    """The names of a link "v0" with an alternative name "wan", without a kernel."""
    read_end, write_end = os.pipe()
    names = LinkNameCache(read_end)  # type: ignore[arg-type] # has a descriptor, like a socket
    names.index_by_name["v0"] = 2
    names.names_by_index[2] = frozenset({"v0", "wan"})
    yield names
    os.close(read_end)
    os.close(write_end)


def test_unknown_name_is_found(link_names: LinkNameCache) -> None:
    """Only own names of links are known: alternative names and free names are not."""
    assert find_unknown_name(link_names, ["v0"]) is None
    assert "wan" == find_unknown_name(link_names, ["v0", "wan", "nope"])
    assert "nope" == find_unknown_name(link_names, ["nope"])
