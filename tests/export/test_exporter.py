"""An exporter returns the whole text, or yields the text in pieces."""

from collections.abc import Iterator

import pytest

from ipwrap import Recording
from ipwrap.export import FORMATS
from ipwrap.export.exporter import Exporter
from ipwrap.export.shell import shell
from ipwrap.recording import Header, RecordingView


@Exporter
def letters(recording: RecordingView, *, times: int = 1) -> Iterator[str]:
    """Yield the letters of a place."""
    for _ in range(times):
        yield from recording.header.place or ""


RECORDING = Recording(Header(place="ab"))


def test_a_call_returns_the_whole_text() -> None:
    """A call returns the joined pieces."""
    assert "abab" == letters(RECORDING, times=2)


def test_pieces_are_generated_on_demand() -> None:
    """A piece is not generated before the caller asks for the piece."""
    assert "a" == next(letters.iter_text(RECORDING, times=10**12))


def test_an_exporter_has_name_and_docstring_of_its_function() -> None:
    """An exporter has the name and the docstring of the wrapped function."""
    name = letters.__name__  # type: ignore[attr-defined]

    assert ("letters", "Yield the letters of a place.") == (name, letters.__doc__)


@pytest.mark.parametrize("name", FORMATS)
def test_an_unknown_option_is_refused_at_once(name: str) -> None:
    """An unknown option is refused before the first piece."""
    with pytest.raises(TypeError):
        FORMATS[name].iter_text(Recording(), nonsense=1)


def test_every_format_has_pieces() -> None:
    """Every format is an exporter."""
    assert {Exporter} == {type(exporter) for exporter in FORMATS.values()}
    assert shell(Recording()) == "".join(shell.iter_text(Recording()))
