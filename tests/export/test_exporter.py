"""An exporter gives all of its text, or pieces of it."""

from collections.abc import Iterator

import pytest

from ipwrap import Recording
from ipwrap.export import FORMATS, Exporter, shell


@Exporter
def letters(word: str, *, times: int = 1) -> Iterator[str]:
    """Yield the letters of a word."""
    for _ in range(times):
        yield from word


def test_called_it_returns_the_whole() -> None:
    """The pieces, joined."""
    assert "abab" == letters("ab", times=2)


def test_pieces_come_one_by_one() -> None:
    """None is made before it is asked for."""
    assert "a" == next(letters.iter_text("ab", times=10**12))


def test_it_bears_the_name_and_the_words_of_its_function() -> None:
    """For `help`, and for those who look."""
    assert ("letters", "Yield the letters of a word.") == (letters.__name__, letters.__doc__)  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", FORMATS)
def test_an_option_that_it_does_not_have_is_refused_at_once(name: str) -> None:
    """Not when the first piece is asked for."""
    with pytest.raises(TypeError):
        FORMATS[name].iter_text(Recording(), nonsense=1)


def test_every_format_has_pieces() -> None:
    """Whoever adds one says so."""
    assert {Exporter} == {type(each) for each in FORMATS.values()}
    assert shell(Recording()) == "".join(shell.iter_text(Recording()))
