"""`parse`: any output of `ip -j`, by the name of its object or the class of its model."""

import pytest

from ipwrap.errors import OutputError, UnknownOption
from ipwrap.models import ALIASES, NOUNS, Link, Neigh, parse

LINK = '[{"ifname": "a", "flags": ["UP"], "new": 1}]'


@pytest.mark.parametrize("noun", ["link", Link])
def test_an_answer_is_parsed(noun: str | type[Link]) -> None:
    """By name or class."""
    assert [Link(ifname="a", flags=("UP",), extra={"new": 1})] == parse(noun, LINK)


@pytest.mark.parametrize("alias", sorted(ALIASES))
def test_other_words_for_a_noun_do(alias: str) -> None:
    """Those that iproute2 takes, too."""
    assert ALIASES[alias] in NOUNS
    assert [] == parse(alias, "[]")


def test_no_output_is_no_object() -> None:
    """As of `ip -j netns list` where there is no /run/netns."""
    assert [] == parse(Neigh, "")


@pytest.mark.parametrize(
    ("noun", "said"), [("lnik", "did you mean 'link'"), ("quux", "there are: address, ")]
)
def test_another_noun_is_refused(noun: str, said: str) -> None:
    """With what was meant, or all that there are."""
    with pytest.raises(UnknownOption, match=f"{noun}.*{said}"):
        parse(noun, "[]")


def test_what_is_no_json_is_refused() -> None:
    """With the position."""
    with pytest.raises(OutputError, match="line 1, column 2"):
        parse("link", "[")
