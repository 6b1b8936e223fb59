"""What one types for an object is found: short, as a command line, and of every program."""

import pytest

from ipwrap.errors import UnknownOption
from ipwrap.models.nouns import ALIASES, MONITORS, NOUNS, find_noun


@pytest.mark.parametrize("name", [*NOUNS, *MONITORS])
def test_noun_is_found_by_its_name(name: str) -> None:
    """So is an alias, as the object that it stands for."""
    assert name == find_noun(name)
    assert set(NOUNS) >= {find_noun(alias) for alias in ALIASES}


@pytest.mark.parametrize(
    ("text", "noun"),
    [
        ("a", "address"),
        ("l", "link"),
        ("r", "route"),
        ("ru", "rule"),
        ("n", "neigh"),
        ("m", "maddress"),
        ("bridge f", "bridge fdb"),
        ("bridge vlan global show", "bridge vlan global"),
        ("ip -j -d link", "link"),
        ("ip -j link show dev lo", "link"),
        ("ip -n red -j route show table all", "route"),
        ("ip -j route get 10.0.0.1", "route"),
        ("tc -s -j qdisc ls dev eth0", "tc qdisc"),
    ],
)
def test_noun_is_found_in_what_was_run(text: str, noun: str) -> None:
    """An abbreviation means what it means to iproute2, and options and filters do not matter."""
    assert noun == find_noun(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("lnik", "did you mean 'link'?"),
        ("fdb", "did you mean 'bridge fdb'?"),
        ("qdisc", "did you mean 'tc qdisc'?"),
        ("nothing of the sort", "there are: address,"),
        ("link nosuch", "there are: address,"),
        ("ip", "there are: "),
        ("-n", "there are: "),
    ],
)
def test_other_text_is_no_noun(text: str, hint: str) -> None:
    """The error names the nearest noun, or all."""
    with pytest.raises(UnknownOption) as raised:
        find_noun(text)

    assert str(raised.value).startswith(f"{text!r} is no object that is read; ")
    assert hint in str(raised.value)
