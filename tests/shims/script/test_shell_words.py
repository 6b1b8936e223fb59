"""Tests of `ipwrap.shims.script.shell_words`."""

import re

import pytest

from ipwrap.shims.script.shell_words import commands_of


@pytest.mark.parametrize(
    ("line", "commands"),
    [
        ("ip link add br0 type bridge", [["ip", "link", "add", "br0", "type", "bridge"]]),
        ("ip link set 'my br' up # now", [["ip", "link", "set", "my br", "up"]]),
        (r"echo a\ b \"c", [["echo", "a b", '"c']]),
        ("ip link del br0 2>/dev/null || true", [["ip", "link", "del", "br0"], ["true"]]),
        ("ip link >>log 2>&1 &", [["ip", "link"]]),
        ("if ! sudo ip link; then exit 1; fi", [["ip", "link"], ["exit", "1"], ["fi"]]),
        ("LC_ALL=C ip link", [["ip", "link"]]),
        ("x=$(ip -o link | wc -l)", [["ip", "-o", "link"], ["wc", "-l"]]),
        ("echo `ip link`", [["echo", "`ip link`"], ["ip", "link"]]),
        ("f() { ip link set $1 up; }", [["f"], ["ip", "link", "set", "$1", "up"]]),
        ("  # only a comment", []),
        ("", []),
        ("echo 'open", [["echo", "'open"]]),
    ],
)
def test_the_commands_of_a_line(line: str, commands: list[list[str]]) -> None:
    """A line is split into simple commands, without redirections and what stands before them."""
    assert commands == [[word.text for word in words] for words in commands_of(line)]


@pytest.mark.parametrize(
    ("word", "texts", "is_open"),
    [
        ("$ns", ["", "red"], True),
        ("${1:-red}", ["blue"], True),
        ('"$ns"', ["red", "a b"], False),
        ("veth-$ns", ["veth-red"], False),
        ('"10.0.$i.1"/24', ["10.0.3.1/24"], False),
        ("v*", ["v0"], False),
        ("{a,b}", ["a"], True),
        ("'$ns'", ["$ns"], False),
    ],
)
def test_a_word_matches_what_it_may_become(word: str, texts: list[str], is_open: bool) -> None:
    """An expansion matches any part of an argument; a word of it alone may be no argument."""
    ((shell_word,),) = commands_of(word)
    matches = [bool(re.fullmatch(shell_word.pattern, text)) for text in texts]

    assert (True, is_open) == (all(matches), shell_word.is_open)
    assert not re.fullmatch(shell_word.pattern, "a\0b")
