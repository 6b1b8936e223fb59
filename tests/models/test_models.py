"""`parse`: the output of `ip -j`, by the name of its object or by the class of its model."""

import pytest

from ipwrap.errors import OutputError, UnknownOption
from ipwrap.models import ALIASES, NOUNS, Link, Neigh, parse

LINK = '[{"ifname": "a", "flags": ["UP"], "new": 1}]'


@pytest.mark.parametrize("noun", ["link", Link])
def test_output_is_parsed(noun: str | type[Link]) -> None:
    """`parse` takes the name of an object or the class of a model."""
    assert [Link(ifname="a", flags=("UP",), extra={"new": 1})] == parse(noun, LINK)


@pytest.mark.parametrize("alias", sorted(ALIASES))
def test_alias_of_an_object(alias: str) -> None:
    """`parse` takes the aliases of iproute2."""
    assert ALIASES[alias] in NOUNS
    assert [] == parse(alias, "[]")


def test_empty_output_has_no_objects() -> None:
    """`ip -j netns list` prints nothing without /run/netns."""
    assert [] == parse(Neigh, "")


@pytest.mark.parametrize(
    ("noun", "hint"), [("lnik", "did you mean 'link'"), ("quux", "there are: address, ")]
)
def test_unknown_object_is_refused(noun: str, hint: str) -> None:
    """The message has the closest name, or the list of the names."""
    with pytest.raises(UnknownOption, match=f"{noun}.*{hint}"):
        parse(noun, "[]")


def test_invalid_json_is_refused() -> None:
    """The message has the position of the error."""
    with pytest.raises(OutputError, match="line 1, column 2"):
        parse("link", "[")
