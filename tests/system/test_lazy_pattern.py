"""`lazy_pattern` is a regular expression that is compiled on its first use."""

import re

import pytest

from ipwrap.system.lazy_pattern import lazy_pattern


class TestLazyPattern:
    """A pattern that is compiled when it is used."""

    def test_matches_as_a_compiled_pattern(self) -> None:
        """The methods and attributes are those of the compiled pattern."""
        pattern = lazy_pattern("([a-z])x", re.IGNORECASE)

        match = pattern.fullmatch("BX")

        assert match is not None
        assert "B" == match[1]
        assert "([a-z])x" == pattern.pattern
        assert ["a", "b"] == pattern.findall("axbx")

    def test_compiles_on_first_use_only(self) -> None:
        """A text that is no regular expression fails where the pattern is used, not before."""
        pattern = lazy_pattern("(")

        with pytest.raises(re.error):
            pattern.match("x")

    def test_keeps_a_method(self) -> None:
        """The second use of a method does not look the pattern up again."""
        pattern = lazy_pattern("a")
        pattern.match("a")

        assert "match" in vars(pattern)

    def test_takes_bytes(self) -> None:
        """A pattern of bytes searches bytes."""
        assert lazy_pattern(b"[0-9]+").search(b"a12") is not None

    def test_repr_has_the_text(self) -> None:
        """The repr shows what the pattern is made of, without compiling it."""
        assert "lazy_pattern('(', 0)" == repr(lazy_pattern("("))
