"""Regular expressions that mean the same to Python and to `grep -E`."""

import re
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ipwrap import InvalidArgument
from ipwrap.conditions.pattern import check_pattern, count_choices, to_extended_pattern


@pytest.mark.parametrize(
    ("pattern", "reason"),
    [
        ("a*?", "lazy quantifier"),
        ("a+?", "lazy quantifier"),
        ("a??", "lazy quantifier"),
        ("a{2}?", "lazy quantifier"),
        ("a**", "nothing to repeat"),
        ("a++", "nothing to repeat"),
        ("*a", "nothing to repeat"),
        ("(*a)", "nothing to repeat"),
        ("a|*", "nothing to repeat"),
        ("^*", "nothing to repeat"),
        ("a$+", "nothing to repeat"),
        ("(?:a)", "'(?'"),
        ("(?i)a", "'(?'"),
        ("(?=a)", "'(?'"),
        ("(?P<n>a)", "'(?'"),
        (r"(a)\1", r"'\1' is unknown"),
        (r"\bready\b", r"'\b' is unknown"),
        (r"\Aready", r"'\A' is unknown"),
        (r"\x41", r"'\x' is unknown"),
        ("a\\", "'\\' is unknown"),
        ("a||b", "an empty alternative"),
        ("|a", "an empty alternative"),
        ("a|", "an empty alternative"),
        ("a()", "an empty alternative"),
        ("(a", "a parenthesis is not closed"),
        ("a)", "')' without '('"),
        ("[a", "a bracket is not closed"),
        ("[]", "a bracket is not closed"),
        ("[z-a]", "bad character range"),
        ("[[:alpha:]]", "'[' in brackets"),
        (r"[\d]", "in brackets"),
        ("[a--b]", "'--' in brackets"),
        ("a{", "'{' needs numbers"),
        ("a{,2}", "'{' needs numbers"),
        ("a{3,2}", "fewer"),
        ("a{256}", "more than 255"),
        ("((a{9}){9}){9}", "more than 255"),
        ("a}", "'}' without '{'"),
        ("a\nb", "the end of a line"),
        ("a" * 1001, "longer than 1000"),
        ("(" * 300 + "a" + ")" * 300, "more than 20 groups"),
    ],
)
def test_refused_patterns(pattern: str, reason: str) -> None:
    """A pattern that `grep -E` would read in a different way is refused with the reason."""
    with pytest.raises(InvalidArgument, match=re.escape(reason)):
        check_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "extended"),
    [
        (r"\d+\.\d*", r"[0-9]+\.[0-9]*"),
        (r"\w\W\s\S\D", "[A-Za-z0-9_][^A-Za-z0-9_][[:space:]][^[:space:]][^0-9]"),
        (r"\-\/\"\]\}", '-/"[]][}]'),
        (r"\<a\>", "<a>"),
        (r"a{2}b{3,}c{4,5}", "a{2}b{3,}c{4,5}"),
        (r"(a|b)?^c$", "(a|b)?^c$"),
        ("[^]x]", "[^]x]"),
    ],
)
def test_translation(pattern: str, extended: str) -> None:
    """Classes of Python become brackets; what is ordinary loses its backslash."""
    check_pattern(pattern)
    assert extended == to_extended_pattern(pattern)


PARTS = st.sampled_from(
    [*"ab0 .^$|()[]*+?{}\\-,", "[a-b]", "[^a]", "{2}", "{1,2}", r"\d", r"\w", r"\s", r"\.", "]"]
)


@given(
    st.lists(PARTS, min_size=1, max_size=8).map("".join),
    st.text("ab0 .^$|[]\\-,x", max_size=12),
)
def test_python_and_grep_agree(pattern: str, line: str) -> None:
    """Whatever pattern is taken finds the same lines in Python and in `grep -E`."""
    try:
        check_pattern(pattern)
    except InvalidArgument:
        return

    completed = subprocess.run(
        ["grep", "-Eq", "-e", to_extended_pattern(pattern)],
        input=f"{line}\n",
        text=True,
        capture_output=True,
        check=False,
    )

    matches = re.search(pattern, line, re.ASCII) is not None
    assert "" == completed.stderr
    assert matches == (completed.returncode == 0)


@pytest.mark.parametrize(
    ("pattern", "choices"),
    [
        ("listening on", 0),
        ("^(ready|up)$", 0),
        (r"port [0-9]+ of .*x?", 3),
        (r"a\*b\+", 0),
        ("(a+)+c", None),
        ("(a?){20}", None),
        ("|".join("abcdefghij"), None),
    ],
)
def test_choices(pattern: str, choices: int | None) -> None:
    """The parts that may match more or less are counted; a repeated group has no number."""
    assert choices == count_choices(pattern)
