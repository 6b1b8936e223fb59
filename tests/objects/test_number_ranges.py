"""Ranges of numbers are single objects, unless they are too long."""

import pytest

from ipwrap.command import CreatedObject
from ipwrap.objects import object_type
from ipwrap.objects.base import Json
from ipwrap.objects.number_ranges import MAX_NUMBERS, expand_created, expand_numbers


def created_range(text: str) -> CreatedObject:
    """Return the tunnels that a command has created."""
    return CreatedObject("vni", f"{text} dev vx0", {"vni": text, "dev": "vx0"}, None, ("vx0",))


def test_a_range_is_an_object_for_each_number() -> None:
    """Each has its number as name and identity, and the link of the range."""
    parts = [*expand_created(created_range("10-12"), "vni")]

    assert [created_range(number) for number in ("10", "11", "12")] == parts


@pytest.mark.parametrize("text", ["7", f"1-{MAX_NUMBERS + 1}"])
def test_a_number_and_a_long_range_are_one_object(text: str) -> None:
    """A vxlan may have millions of tunnels: nobody lists them."""
    assert [created_range(text)] == [*expand_created(created_range(text), "vni")]


def test_the_longest_range_is_expanded() -> None:
    """The limit counts the numbers, both ends included."""
    assert (range(1, MAX_NUMBERS + 1), None) == (
        expand_numbers(1, MAX_NUMBERS),
        expand_numbers(1, MAX_NUMBERS + 1),
    )


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ({"vni": 1}, {"vni": 2}, {"vni": 1, "vniEnd": 2}),
        ({"vni": 1, "vniEnd": 3}, {"vni": 4}, {"vni": 1, "vniEnd": 4}),
        ({"vni": 1}, {"vni": 3}, None),
        ({"vni": 1}, {"vni": 2, "vniEnd": 9}, None),
        ({"vni": 1, "remote": "10.0.0.1"}, {"vni": 2}, None),
        ({"vni": 1, "ifname": "vx0"}, {"vni": 2, "ifname": "vx1"}, None),
    ],
)
def test_neighbours_with_one_address_are_created_as_a_range(
    first: Json, second: Json, expected: Json | None
) -> None:
    """The next number of the same vxlan joins a range."""
    assert expected == object_type("vni").join(first, second)


def test_a_range_that_is_too_long_stays_a_range() -> None:
    """It is compared as one object, and a command that names it is not narrowed down."""
    tunnels = object_type("vni")
    nouns = {"bridge vni": [{"ifname": "vx0", "vnis": [{"vni": 1, "vniEnd": 99999}]}]}
    (data,) = tunnels.split("bridge vni", nouns)

    assert ({"vni": 1, "vniEnd": 99999, "ifname": "vx0"}, {}, {}) == (
        data,
        tunnels.keys_of("bridge vni", data),
        tunnels.keys_of_call("add", {"vni": [(1, 99999), 5]}),
    )
